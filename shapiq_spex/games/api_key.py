"""Keys of hosted models: read and check them, and keep them out of every text.

A server may repeat a key in its errors, whole or in part, and in another encoding.
:func:`without_key` masks every run of five of its characters, whether they stand as they are, as
escapes of JSON, URLs or HTML (also one inside another), as numbers of bytes, in hexadecimal or in
base64, in upper or lower case.
"""

from __future__ import annotations

import base64
import os
import re
import string
from collections.abc import Callable, Iterator
from html import unescape

MASK = " *** "
"""What replaces a part of a key. A key has no blanks, so that no masked text contains a part."""
_FEWEST = 5
"""Characters of a key in a row that are masked. A choice; four of them are what services show of a
key to tell it from others."""
_DEPTH = 3
"""Encodings inside each other that are undone. A choice; bounds the work."""


def _after_backslash(found: str) -> str:
    body = found[1:]
    if body[0] in "uUx" and len(body) > 1:
        return chr(int(body[1:].strip("{}"), 16))
    return chr(int(body, 8)) if len(body) == 3 else body


_ESCAPES: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (  # of JSON, Python, JavaScript and C
        re.compile(
            r"\\(?:u00[0-9a-fA-F]{2}|U0{6}[0-9a-fA-F]{2}|u\{0*[0-9a-fA-F]{2}\}|x[0-9a-fA-F]{2}"
            r"|[01][0-7]{2}|.)",
            re.DOTALL,
        ),
        _after_backslash,
    ),
    (  # of URLs and e-mails
        re.compile(r"(?:%u00|[%=])[0-9a-fA-F]{2}"),
        lambda found: chr(int(found[-2:], 16)),
    ),
    (re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);?"), unescape),
    (  # lists of bytes: decimal, or hexadecimal, which is then searched for as such
        re.compile(r"(?<![\w.])(?:3[3-9]|[4-9]\d|1[01]\d|12[0-6])(?:\b[,; ]*)"),
        lambda found: chr(int(found.rstrip(",; "))),
    ),
    (
        re.compile(r"(?<![0-9a-zA-Z])(?:0[xX])?[0-9a-fA-F]{2}[,: -]+"),
        lambda found: found.strip(",: -")[-2:],
    ),
)

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY_START = re.compile(r"(?:sk|pk|gsk|hf|xai|nvapi|pplx|ghp|AIza)[-_A-Z]", re.ASCII)
_KEY_SHAPE = re.compile(r"(?=.*[0-9])(?=.*[a-z])[A-Za-z0-9_+/=.~-]{24,}", re.ASCII)


def read_key(variable: str) -> str:
    """The key in an environment variable, without blanks and line ends around it; "" if unset.

    Raises:
        ValueError: If it cannot be sent in a header. The message does not show it.
    """
    key = os.environ.get(variable, "").strip()
    if not all("!" <= character <= "~" for character in key):
        del key  # some tools show the variables of a traceback
        raise ValueError(
            f"the key in {variable} contains a blank, a line end or a character that is not ASCII, "
            "which no key has: set the variable again, to the key alone"
        )
    return key


def check_key_variable(variable: object) -> None:
    """Refuse anything but a name, above all a key in its place, without showing it."""
    if not isinstance(variable, str) or not _NAME.fullmatch(variable) or resembles_key(variable):
        raise ValueError(
            "key_variable must be the name of an environment variable that holds the key, such as "
            '"OPENAI_API_KEY"; the key itself must not be given'
        )


def resembles_key(text: str) -> bool:
    """Whether a text starts like the keys of well-known services, or is as long and as random."""
    return bool(_KEY_START.match(text) or _KEY_SHAPE.fullmatch(text))


def without_key(key: str, text: str) -> str:
    """The text without any part of the key, and without characters that cannot be printed."""
    text = "".join(c if c.isprintable() else " " * c.isspace() for c in text)
    if not key:
        return text
    needles = [
        ({needle[i : i + fewest] for i in range(len(needle) - fewest + 1)}, fewest)
        for needle, fewest in {(exact.translate(_LOWER), size) for exact, size in _needles(key)}
    ]
    masked = bytearray(len(text))
    for exact, spans in _layers(text, [(i, i + 1) for i in range(len(text))], _DEPTH):
        layer = exact.translate(_LOWER)  # some servers change the case of headers
        for parts, fewest in needles:
            for start in range(len(layer) - fewest + 1):
                if layer[start : start + fewest] in parts:
                    first, last = spans[start][0], spans[start + fewest - 1][1]
                    masked[first:last] = b"\1" * (last - first)
    return re.sub("\1+", MASK, "".join("\1" if m else c for c, m in zip(text, masked, strict=True)))


def _needles(key: str) -> Iterator[tuple[str, int]]:
    """What to search for, and how many of its characters in a row give the key away."""
    yield key, min(_FEWEST, len(key))
    content = key.encode()
    yield content.hex(), 2 * min(_FEWEST, len(key))
    if len(key) < _FEWEST:
        return
    for before in range(3):  # base64 takes three bytes at a time, from any place
        code = base64.b64encode(b"\0" * before + content).decode().rstrip("=")
        own = code[(0, 2, 3)[before] : len(code) - ((before + len(content)) % 3 > 0)]
        # seven characters of six bits hold at most four bytes and parts of others
        yield own, 7
        yield own.translate(str.maketrans("+/", "-_")), 7


def _layers(
    text: str, spans: list[tuple[int, int]], depth: int
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The text and what its escapes stand for; with each character its place in the original."""
    yield text, spans
    if depth == 0:
        return
    for pattern, meaning in _ESCAPES:
        characters: list[str] = []
        places: list[tuple[int, int]] = []
        end = 0
        for found in pattern.finditer(text):
            plain = meaning(found[0])
            characters += [text[end : found.start()], plain]
            whole = (spans[found.start()][0], spans[found.end() - 1][1])
            places += spans[end : found.start()] + [whole] * len(plain)
            end = found.end()
        if end:
            yield from _layers("".join([*characters, text[end:]]), places + spans[end:], depth - 1)
