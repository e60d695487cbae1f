"""The contributing guide's pages: what they tell newcomers to write runs."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parents[1] / ".github" / "CONTRIBUTING.md").read_text()
PAGES = dict(re.findall(r"^## (Add .*?)\n(.*?)(?=^## |\Z)", GUIDE, re.DOTALL | re.MULTILINE))
OUTPUTS = {
    "Add an estimator": r"low degree 100%",
    "Add a design": r"\(1, 2\)",
    "Add a game": r"left x right",
    "Add an index": r"\A\Z",  # it only compares
}


@pytest.mark.parametrize("title", OUTPUTS)
def test_the_code_of_a_page_runs(title, tmp_path, capsys):
    (block,) = re.findall(r"```python\n(.*?)```", PAGES[title], re.DOTALL)
    page = tmp_path / "page.py"
    page.write_text(block)
    runpy.run_path(str(page))
    assert re.search(OUTPUTS[title], capsys.readouterr().out)


def test_every_page_is_run_and_is_one_page():
    assert PAGES.keys() == OUTPUTS.keys()
    assert max(page.count("\n") for page in PAGES.values()) <= 66
    assert GUIDE.count("```python") == len(PAGES)
