"""Tables and chapters in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table; empty if there are no lines.

    Example:
        >>> print(markdown_table(["n", "R2"], [["8", "0.9"]]))
        | n | R2 |
        | --- | --- |
        | 8 | 0.9 |
    """
    rows = [head, ["---"] * len(head), *lines]
    if len(rows) == 2:
        return ""
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def captioned(caption: str, table: str) -> str:
    """A table below its caption; empty if there is no table."""
    return "\n\n".join(part for part in (caption, table) if part) if table else ""


def chapters(parts: Iterable[tuple[str, str]], level: int = 3) -> str:
    """Texts below their headings; empty texts are left out."""
    return "\n\n".join(f"{'#' * level} {title}\n\n{text}" for title, text in parts if text)
