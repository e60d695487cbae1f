"""Runs shapiq's own tests of SPEX, ProxySPEX and the explainers on our classes.

    python -m tests.contracts.upstream [CHECKOUT]

CHECKOUT is a copy of shapiq's repository at the version that is installed (PyPI's archives have no
tests); without it the tag is downloaded from GitHub, and where that cannot be reached the run is
skipped with a message. Nothing of shapiq's is kept: its tests are copied to a temporary folder and
run there, against the *installed* shapiq, with the plugin `tests.contracts.substitution`, which
also lists the exceptions and their reasons.
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

ARCHIVE = "https://github.com/mmschlk/shapiq/archive/refs/tags/v{version}.tar.gz"
UNIT_TESTS = Path("tests", "shapiq", "tests_unit")
TESTS = (
    UNIT_TESTS / "tests_approximators" / "test_approximator_spex.py",
    UNIT_TESTS / "tests_approximators" / "test_approximator_proxyspex.py",
    UNIT_TESTS / "tests_explainer" / "test_configuration.py",
    UNIT_TESTS / "tests_explainer" / "test_agnostic_explainer.py",
    UNIT_TESTS / "tests_explainer" / "test_explainer_tabular.py",
    UNIT_TESTS / "tests_explainer" / "test_explainer_tabpfn.py",
    UNIT_TESTS / "tests_explainer" / "test_explainer_proxy_integration.py",
)
HERE = Path(__file__).resolve().parent


def download(shapiq_version: str, folder: Path) -> Path:
    """Fetch and unpack shapiq's repository at a version; return its root."""
    url = ARCHIVE.format(version=shapiq_version)
    with urllib.request.urlopen(url, timeout=60) as response:
        archive = io.BytesIO(response.read())
    with tarfile.open(fileobj=archive) as files:
        files.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    return root


def run(checkout: Path, folder: Path) -> int:
    """Run the chosen tests of a checkout from a copy in ``folder``; return pytest's exit code."""
    shutil.copytree(checkout / "tests", folder / "tests", dirs_exist_ok=True)
    for package in (folder / "tests", folder / "tests" / "shapiq"):
        (package / "__init__.py").touch()  # so that "import tests" finds these, not our own
    settings = folder / "pytest.ini"  # shapiq's settings would test the checkout's own shapiq
    settings.write_text("[pytest]\n")
    chosen = [str(test) for test in TESTS if (folder / test).exists()]
    if not chosen:
        message = f"{checkout} has none of the tests we run; has shapiq moved them? See {__file__}"
        raise FileNotFoundError(message)
    paths = [str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, "-m", "pytest", "-q", "-rxs", "-p", "substitution"]
    command += ["--import-mode=importlib", "-c", str(settings), *chosen]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", type=Path, nargs="?", help="a copy of shapiq's repository")
    checkout: Path | None = parser.parse_args().checkout
    with tempfile.TemporaryDirectory() as scratch:
        if checkout is None:
            try:
                checkout = download(version("shapiq"), Path(scratch, "archive"))
            except (urllib.error.URLError, TimeoutError) as error:
                sys.stdout.write(
                    f"shapiq's own tests were NOT run, they are out of reach: {error}\n"
                )
                return 0
        return run(checkout, Path(scratch, "copy"))


if __name__ == "__main__":
    sys.exit(main())
