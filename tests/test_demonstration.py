"""The demonstration and the README as a newcomer meets them."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path as FilePath

import pytest
from matplotlib import image
from matplotlib.path import Path

from shapiq_spex import Spectrum, to_interaction_values
from shapiq_spex.__main__ import _drawn, main
from tests.plots.pictures import overlapping

ROOT = FilePath(__file__).parents[1]

LONG_NAMES = ["concave points", "fractal dimension", "smoothness", "symmetry", "compactness"] * 2


@pytest.mark.parametrize(
    "options",
    [
        ["--approximator", "proxyspex", "--index", "k-SII", "--order", "2"],
        ["--approximator", "spex", "--index", "SV"],
    ],
)
def test_the_demonstration_explains_a_prediction_and_draws_it(options, tmp_path, capsys):
    picture = tmp_path / "explanation.png"
    assert main([*options, "--budget", "150", "--output", str(picture)]) == 0
    captured = capsys.readouterr()
    assert "Strongest interactions" in captured.out
    explained = float(re.search(r"this explanation +(-?[\d.]+)", captured.out)[1])
    additive = float(re.search(r"best additive one.* (-?[\d.]+)", captured.out)[1])
    assert 1 >= explained > additive - 0.05
    in_report = float(
        re.search(r"an additive explanation reaches about R2 (-?[\d.]+\d)", captured.out)[1]
    )
    assert abs(additive - in_report) < 0.1  # two estimates of one number
    assert "150 planned: 150 asked" in captured.out
    assert "150/150" in captured.err  # the progress display
    assert image.imread(picture).std() > 0.05  # not an empty page


def test_the_picture_of_interactions_can_be_read():
    names = [f"{kind} {what}" for kind in ("mean", "worst") for what in LONG_NAMES]
    spectrum = Spectrum.from_terms(
        20, [(i,) for i in range(1, 20)] + [(0, 1), (2, 9)], range(1, 22)
    )
    values = to_interaction_values(spectrum, index="k-SII", max_order=2)
    figure = _drawn(values, names, "A title")
    axes = figure.axes[0]
    assert axes.get_title().startswith("A title, 12 of 20")
    entries = [text.get_text() for text in axes.get_legend().get_texts()]
    assert len(entries) == 4
    axes.set(xticks=[], yticks=[])  # shapiq hides them
    assert not overlapping(figure)
    discs = [patch for patch in axes.patches if patch.get_path().codes[-1] == Path.CLOSEPOLY]
    rims = {patch.get_edgecolor() for patch in discs}
    assert len(discs) >= 12
    assert (1.0, 1.0, 1.0, 1.0) not in rims, "white on white"
    centres = [patch.get_path().get_extents() for patch in discs]
    for label in axes.texts:  # no name reaches into a node
        box = label.get_window_extent().transformed(axes.transData.inverted())
        assert not any(box.overlaps(centre) for centre in centres), label.get_text()


def test_help_explains_every_option(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for option in ["--approximator", "--index", "--order", "--budget", "--seed", "--output"]:
        assert option in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--budget", "1"], "expected at least 2"),
        (["--budget", "many"], "invalid integer value"),
        (["--order", "0"], "expected at least 1"),
        (["--index", "nonsense"], "invalid choice"),
        (["--approximator", "magic"], "invalid choice"),
        (["--output", "picture.txt"], r"expected a \.png"),
        (["--output", "no/such/folder/picture.png"], "does not exist"),
    ],
)
def test_wrong_options_are_explained(options, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(options)
    assert end.value.code == 2
    assert re.search(message, capsys.readouterr().err)


def test_the_code_in_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```python( torch)?\n(.*?)```", readme, re.DOTALL)
    torch = all(find_spec(name) for name in ("torch", "transformers"))
    namespace: dict[str, object] = {}
    for needs_torch, block in blocks:
        if torch or not needs_torch:
            exec(compile(block, "README.md", "exec"), namespace)
    assert len(blocks) == readme.count("```python") >= 8
    assert "faithfulness" in capsys.readouterr().out
