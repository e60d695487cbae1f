"""A demonstration: train a model, explain one prediction and measure how faithful that is.

Run it with ``python -m shapiq_spex``; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shapiq_spex.fourier.index import INDICES

HELD_OUT = 2_000  # coalitions drawn to compare explanations on those that are new; a choice
SHOWN = 12  # players in the picture; a choice


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; returns the exit code."""
    options = _options(arguments)
    started = time.perf_counter()

    import shapiq
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline

    import shapiq_spex

    table: Any = load_breast_cancer()
    names = [str(name) for name in table.feature_names]
    train, test, train_labels, test_labels = train_test_split(
        table.data, table.target, test_size=0.25, random_state=0
    )
    boosting = HistGradientBoostingClassifier(random_state=0)
    model = make_pipeline(SimpleImputer(), boosting).fit(train, train_labels)
    accuracy = model.score(test, test_labels)
    chances = model.predict_proba(test)[:, 1]
    case = int(np.argmin(np.abs(chances - 0.5)))  # the least certain prediction
    print(
        f"Model: gradient boosting on {len(names)} measurements of {len(train)} breast tumours "
        f"(scikit-learn's table), accuracy {accuracy:.3f} on {len(test)} others."
    )
    print(f"Prediction explained: tumour {case}, benign with probability {chances[case]:.2f}.\n")

    with shapiq_spex.registered(ablation=shapiq_spex.Ablation(progress=True)):
        explainer = shapiq.Explainer(
            model,
            np.asarray(train),
            class_index=1,
            sample_size=20,
            random_state=options.seed,
            approximator=options.approximator,
            index=options.index,
            max_order=options.order,
        )
        values = explainer.explain(test[case], budget=options.budget, random_state=options.seed)

    _print_interactions(values, names)
    _print_quality(explainer, options.seed)
    title = (
        f"Tumour {case}, benign with probability {chances[case]:.2f}:\n{values.index} of order "
        f"{values.max_order}"
    )
    _drawn(values, names, title).savefig(options.output, dpi=150, bbox_inches="tight")
    print(f"\nPicture: {options.output}    (all in {time.perf_counter() - started:.0f} s)")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m shapiq_spex",
        description="Train a model on a real table, explain one of its predictions and measure how "
        "faithful the explanation is.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--approximator", choices=["proxyspex", "spex"], default="proxyspex", help="the method"
    )
    parser.add_argument(
        "--index",
        choices=[name for name, r in INDICES.items() if r.prediction and r.in_every_shapiq],
        default="k-SII",
        help="the interaction index",
    )
    parser.add_argument(
        "--order", type=_at_least(1), default=2, metavar="K", help="largest interaction order"
    )
    parser.add_argument(
        "--budget", type=_at_least(2), default=1_000, metavar="B", help="number of ablations"
    )
    parser.add_argument("--seed", type=_at_least(0), default=0, metavar="S", help="random seed")
    parser.add_argument(
        "--output",
        type=_picture,
        default=Path("shapiq_spex_explanation.png"),
        metavar="FILE",
        help="the file of the picture (.png, .pdf or .svg)",
    )
    options = parser.parse_args(arguments)
    options.order = INDICES[options.index].only_order or options.order
    return options


def _at_least(least: int) -> Any:
    def integer(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"expected at least {least}, got {number}")
        return number

    return integer


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix not in {".png", ".pdf", ".svg"}:
        raise argparse.ArgumentTypeError(f"expected a .png, .pdf or .svg file, got {text!r}")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder {path.parent} does not exist")
    return path


def _print_interactions(values: Any, names: list[str], count: int = 12) -> None:
    print(f"\nStrongest interactions ({values.index}, order <= {values.max_order}):")
    effects = {key: values[key] for key in values.interaction_lookup if key}
    for key in sorted(effects, key=lambda key: -abs(effects[key]))[:count]:
        print(f"  {effects[key]:+.4f}  {' x '.join(names[player] for player in key)}")


def _print_quality(explainer: Any, seed: int) -> None:
    """Compare the explanation and the best additive one on new coalitions."""
    from shapiq_spex.designs.random_coalitions import sample_coalitions
    from shapiq_spex.estimators.held_out import r_squared
    from shapiq_spex.estimators.sparse.additive import Additive

    approximator = explainer.approximator
    seen, answers = approximator.ablations_
    rng = np.random.default_rng([seed, 1])
    additive = Additive().fit(seen, answers, rng=rng).spectrum
    drawn = sample_coalitions(approximator.n, HELD_OUT, approximator.law, rng=rng)
    fresh = drawn[~np.isin(drawn.keys(), seen.keys())]
    truth = np.asarray(explainer.imputer(fresh.dense()))
    faithfulness = r_squared(truth, approximator.spectrum_.evaluate(fresh))
    best_additive = r_squared(truth, additive.evaluate(fresh))
    print(f"\nFaithfulness (R2 on {len(fresh)} new coalitions, drawn like those explained):")
    print(f"  this explanation                {faithfulness:.3f}")
    print(f"  best additive one, same answers {best_additive:.3f}")
    where = "" if approximator.report_.worst is None else ", within sizes where it should hold"
    print(f"The report estimates both figures without new coalitions{where}:\n")
    print(approximator.report_)


def _drawn(values: Any, names: list[str], title: str) -> Any:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from shapiq_spex.plots import most_important

    if values.max_order > 1:
        labels = [name.replace(" ", "\n") for name in names]
        few = most_important(values, SHOWN, names=labels)  # a network of more is unreadable
        network: Any = few.values.plot_network(feature_names=few.names, show=False)
        figure, axes = network
        title += f", {len(few.players)} of {len(names)} measurements"
        _make_readable(axes)
    else:
        axes = values.plot_waterfall(feature_names=np.array(names), abbreviate=False, show=False)
        figure = axes.figure
    axes.set_title(title, fontsize=11, pad=30 if values.max_order > 1 else 40)
    plt.close(figure)  # it can still be saved
    return figure


def _make_readable(axes: Any) -> None:
    """Give shapiq's network labels beside its nodes, nodes a rim, and both a legend.

    A node without an effect would be white on white.
    """
    from matplotlib.lines import Line2D

    from shapiq_spex.plots.colours import BLUE, RED

    rim = "#777777"
    for patch in axes.patches:
        if tuple(patch.get_edgecolor()) == (1.0, 1.0, 1.0, 1.0):  # a node, not a line
            patch.set_edgecolor(rim)
    for label in axes.texts:
        x, y = label.get_position()
        x, y = np.array([x, y]) / np.hypot(x, y)  # nodes are on the unit circle
        label.set_position((1.13 * x, 1.13 * y))
        label.set_horizontalalignment("center" if abs(x) < 0.2 else "left" if x > 0 else "right")
        label.set_verticalalignment("center" if abs(y) < 0.6 else "bottom" if y > 0 else "top")
    node: dict[str, Any] = {"marker": "o", "markersize": 11, "markeredgecolor": rim, "ls": "none"}
    entries = {
        "raises the probability on its own": Line2D([], [], color=RED, **node),
        "lowers the probability on its own": Line2D([], [], color=BLUE, **node),
        "together more than the sum of both": Line2D([], [], color=RED, lw=4),
        "together less than the sum of both": Line2D([], [], color=BLUE, lw=4),
    }
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.08), "fontsize": 9}
    place |= {"title": "the paler, the smaller the effect", "title_fontsize": 9}
    axes.legend(entries.values(), entries.keys(), frameon=False, ncols=2, **place)


if __name__ == "__main__":
    sys.exit(main())
