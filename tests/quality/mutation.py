"""Which deliberate mistakes in the mathematical rooms the tests notice.

A development tool; it needs ``pip install cosmic-ray``, whose operators make the mutants. Every
place of a room's code that an operator can change counts once, however many replacements there
are, and N of the places are drawn at random. Each mutant is written into a copy of the package and
tested there: the examples of its module, the test file named after it, then the folders of the
room, until the first failure. Compiled kernels are cached; those that depend on the mutant are
compiled again. ::

    python tests/quality/mutation.py sparse gaussian --mutants 40 --seed 0 --log mutants.jsonl
    python tests/quality/mutation.py fourier --mutants 300 --module index --log fourier.jsonl
    python tests/quality/mutation.py --table --log mutants.jsonl --equivalent equivalent.txt

A log that exists is continued. ``equivalent.txt`` lists survivors that no test can tell from the
original, a line each, as ``path: original line -> mutated line | reason``; the survivors are
printed in this form. Mutants that no test could notice are not made: of annotations, of the
options of decorators of compiled functions and data classes, and of ``strict=True``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
PACKAGE = "shapiq_spex"

ROOMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fourier": ("fourier", ("tests/fourier",)),
    "coding": ("coding", ("tests/coding",)),
    "gaussian": ("estimators/gaussian", ("tests/estimators/gaussian", "tests/estimators")),
    "sparse": ("estimators/sparse", ("tests/estimators/sparse", "tests/estimators")),
    "trees": ("estimators/trees", ("tests/estimators/trees", "tests/estimators")),
    "blend": ("estimators/blend", ("tests/estimators/blend", "tests/estimators")),
    "estimators": ("estimators", ("tests/estimators",)),
}
"""For every room, its folder (without the folders inside it) and the tests that belong to it."""

MEMORY = 8 << 30
"""Bytes of address space that a mutant may take (a choice; the tests take less than half)."""


@dataclass(frozen=True)
class Mutant:
    """One changed place.

    Attributes:
        room: The room.
        path: The file, relative to the repository.
        operator: The operator of cosmic-ray.
        occurrence: Which place of this operator in the file, counted from 0.
        line: The line number.
        before: The lines before the change.
        after: The lines after it.
    """

    room: str
    path: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} -> {self.after}"


# Mutants ----------------------------------------------------------------------------------------


def places_of(path: Path) -> list[list[tuple[str, int, int]]]:
    """For every place of a file, what changes it: operators, occurrences and the line."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = path.read_text()
    skipped = _skipped_lines(source)
    nodes = list(ast_nodes(get_ast(source)))
    places: dict[tuple[Any, str], list[tuple[str, int, int]]] = defaultdict(list)
    for name in operator_names():
        if "Variable" in name:  # these need settings
            continue
        operator, occurrence = get_operator(name)(), 0
        for node in nodes:
            for start, _ in operator.mutation_positions(node):
                places[start, name.split("_")[0]].append((name, occurrence, start[0]))
                occurrence += 1
    return [ways for (start, _), ways in sorted(places.items()) if start[0] not in skipped]


def _mutant(
    room: str, path: Path, source: str, name: str, occurrence: int, line: int
) -> Mutant | None:
    """The mutant, unless it differs in nothing that runs."""
    mutated = mutated_source(source, name, occurrence)
    try:
        if _what_runs(mutated) == _what_runs(source):
            return None
    except SyntaxError:
        return None
    before, after = source.splitlines(), mutated.splitlines()
    changes = [
        (before[i:j], after[k:m])
        for tag, i, j, k, m in difflib.SequenceMatcher(None, before, after, False).get_opcodes()
        if tag != "equal"
    ]
    texts = [" ".join(" ".join(part).split()) for part in changes[0]]
    return Mutant(
        room, str(path.relative_to(REPOSITORY)), name, occurrence, line, texts[0], texts[1]
    )


def mutated_source(source: str, name: str, occurrence: int) -> str:
    """The code after the change."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    mutated = mutate_code(source, get_operator(name)(), occurrence)
    assert mutated is not None
    return mutated


def _skipped_lines(source: str) -> set[int]:
    """The lines of decorators of kernels and data classes."""
    lines: set[int] = set()
    for number, text in enumerate(source.splitlines(), 1):
        if text.strip().startswith(("@njit", "@dataclass", "@runtime_checkable")):
            lines.add(number)
    return lines


def _what_runs(source: str) -> str:
    """The syntax tree without annotations, docstrings and ``strict=True``."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.Call):
            node.keywords = [k for k in node.keywords if k.arg != "strict"]
    return ast.dump(tree)


def sample(rooms: list[str], count: int, seed: int, module: str | None) -> list[Mutant]:
    """Mutants of places drawn at random from each room."""
    chosen: list[Mutant] = []
    for room in rooms:
        files = sorted((REPOSITORY / PACKAGE / ROOMS[room][0]).glob("*.py"))
        if module is not None:
            files = [path for path in files if path.stem == module]
        places = [(path, ways) for path in files for ways in places_of(path)]
        draw = random.Random(f"{seed} {room}")
        draw.shuffle(places)
        found = (_mutant(room, path, path.read_text(), *draw.choice(ways)) for path, ways in places)
        chosen += islice((mutant for mutant in found if mutant is not None), count)
    return chosen


# Running ----------------------------------------------------------------------------------------


class Copy:
    """A copy of the package and its tests in which mutants are tested.

    Args:
        folder: Where to copy them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        leave_out = shutil.ignore_patterns("*.nb?", "*.pyc")
        for name in (PACKAGE, "tests"):
            shutil.copytree(REPOSITORY / name, folder / name, ignore=leave_out)
        shutil.copy2(REPOSITORY / "pyproject.toml", folder)
        self.kernels: dict[Path, bytes] = {}
        kernels = {
            path: path.read_text()
            for path in (folder / PACKAGE).rglob("*.py")
            if "njit" in path.read_text()
        }
        self._callers = {
            path: {
                other
                for other, text in kernels.items()
                if other != path and f"{_module(path.relative_to(folder))} import" in text
            }
            for path in kernels
        }

    def tests(self, room: str, path: str) -> list[str]:
        """The files to test, the most telling ones first."""
        own = f"test_{Path(path).stem.removeprefix('_')}.py"
        files = [
            file.relative_to(self.folder)
            for folder in ROOMS[room][1]
            for file in (self.folder / folder).rglob("test_*.py")
        ]
        nearest = Path(ROOMS[room][1][0])
        files.sort(key=lambda file: (file.name != own, file.parent != nearest, file))
        return [path, *dict.fromkeys(map(str, files))]

    def run(self, tests: list[str], timeout: float, *, write_bytecode: bool = False) -> int | None:
        """The exit code of the tests; ``None`` if they take too long."""
        command = [
            sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider",
            "--hypothesis-seed=0", "--doctest-modules", "-o", "doctest_optionflags=ELLIPSIS",
            "--import-mode=prepend", *tests,  # "importlib" would load the mutated module twice
        ]  # fmt: skip
        environment = {
            **os.environ, "PYTHONPATH": str(self.folder), "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / ".hypothesis"),
        }  # fmt: skip
        environment.pop("NUMBA_CACHE_DIR", None)  # kernels are looked for next to their code
        if not write_bytecode:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        with open(self.folder / "output.txt", "wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                return None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def output(self) -> str:
        """What the last run printed."""
        return (self.folder / "output.txt").read_text(errors="replace")

    def remember_kernels(self) -> None:
        """Keep the compiled kernels of the package as it is."""
        self.kernels = {p: p.read_bytes() for p in (self.folder / PACKAGE).rglob("*.nb?")}

    @contextlib.contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """The copy with the mutant in it."""
        path = self.folder / mutant.path
        source, times = path.read_text(), path.stat()
        stale = self._dependents(path)
        self._forget(stale)
        path.write_text(mutated_source(source, mutant.operator, mutant.occurrence))
        try:
            yield
        finally:
            path.write_text(source)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            self._forget(stale)
            for kernel, content in self.kernels.items():
                if not kernel.exists():
                    kernel.write_bytes(content)

    def _dependents(self, path: Path) -> set[Path]:
        """The files whose compiled kernels contain code of this one."""
        found, new = set(), {path} if path in self._callers else set()
        while new:
            found |= new
            new = {caller for p in new for caller in self._callers[p]} - found
        return found

    def _forget(self, files: set[Path]) -> None:
        for path in files:
            for kernel in (path.parent / "__pycache__").glob(f"{path.stem}.*.nb?"):
                kernel.unlink()


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def run(mutants: list[Mutant], log: Path) -> None:
    """Test the mutants that the log lacks, and add them to it."""
    done = {mutant for mutant, _ in read(log)}
    mutants = [mutant for mutant in mutants if mutant not in done]
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        limits: dict[str, float] = {}
        for room in dict.fromkeys(mutant.room for mutant in mutants):
            tests = [PACKAGE + "/" + ROOMS[room][0], *ROOMS[room][1]]
            for warm in (False, True):  # the first run compiles
                started = time.monotonic()
                if copy.run(tests, 3600, write_bytecode=True) != 0:
                    sys.exit(f"the tests of {room} fail without a mutant:\n{copy.output()}")
                if warm:
                    limits[room] = 60 + 3 * (time.monotonic() - started)
        copy.remember_kernels()
        for number, mutant in enumerate(mutants, 1):
            started = time.monotonic()
            with copy.mutated(mutant):
                code = copy.run(copy.tests(mutant.room, mutant.path), limits[mutant.room])
            outcome = {0: "survived", None: "timeout"}.get(code, "killed")
            failed = [line for line in copy.output().splitlines() if line.startswith("FAILED")]
            record = {
                **asdict(mutant), "outcome": outcome, "by": failed[0] if failed else f"exit {code}",
                "seconds": round(time.monotonic() - started, 1),
            }  # fmt: skip
            with log.open("a") as file:
                file.write(json.dumps(record) + "\n")
            _say(f"{number}/{len(mutants)} {outcome} {record['seconds']} s {mutant}")


# Results ----------------------------------------------------------------------------------------


def read(log: Path) -> list[tuple[Mutant, str]]:
    """The mutants of a log and their outcomes."""
    if not log.exists():
        return []
    fields = Mutant.__dataclass_fields__
    records = [json.loads(line) for line in log.read_text().splitlines()]
    return [(Mutant(**{k: r[k] for k in fields}), r["outcome"]) for r in records]


def table(results: list[tuple[Mutant, str]], equivalent: set[str]) -> str:
    """Mutants by room and module; a mutant that takes too long counts as killed."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for mutant, outcome in results:
        kind = "survived" if outcome == "survived" else "killed"
        if kind == "survived" and str(mutant) in equivalent:
            kind = "equivalent"
        for module in (Path(mutant.path).stem, "all"):
            counts[mutant.room, module][kind] += 1
        counts["all", ""][kind] += 1
    lines = ["| room | module | mutants | killed | survived | equivalent | killed of the others |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    order = {room: number for number, room in enumerate(dict.fromkeys(m.room for m, _ in results))}
    rank = lambda key: (order.get(key[0], len(order)), key[1] == "all", key[1])  # noqa: E731
    for room, module in sorted(counts, key=rank):
        count = counts[room, module]
        others = count["killed"] + count["survived"]
        share = f"{count['killed'] / others:.0%}" if others else ""
        lines.append(
            f"| {room} | {module} | {count.total()} | {count['killed']} | {count['survived']} "
            f"| {count['equivalent']} | {share} |"
        )
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run mutants, or print the table of a log."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rooms", nargs="*", choices=[*ROOMS, []], metavar="room")
    parser.add_argument("--mutants", type=int, default=50, help="places drawn from each room")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--module", help="only this module of the rooms")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--equivalent", type=Path, help="survivors that no test can tell apart")
    parser.add_argument("--table", action="store_true", help="print the table and the survivors")
    options = parser.parse_args()
    if options.rooms:
        run(sample(options.rooms, options.mutants, options.seed, options.module), options.log)
    equivalent: set[str] = set()
    if options.equivalent is not None:
        lines = options.equivalent.read_text().splitlines()
        equivalent = {line.rpartition(" | ")[0] for line in lines if " | " in line}
    results = read(options.log)
    _say(table(results, equivalent))
    for mutant, outcome in results:
        if options.table and outcome == "survived" and str(mutant) not in equivalent:
            _say(str(mutant))


if __name__ == "__main__":
    main()
