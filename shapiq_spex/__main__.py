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

HELD_OUT = 2_000  # new coalitions on which explanations are compared; a choice


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
    _print_quality(explainer, shapiq_spex, options.seed)
    _draw(values, names, options.output)
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


def _print_quality(explainer: Any, shapiq_spex: Any, seed: int) -> None:
    """Compare the explanation and the best additive one on new coalitions."""
    from shapiq_spex.estimators.held_out import r_squared
    from shapiq_spex.estimators.sparse.additive import Additive

    approximator = explainer.approximator
    seen, answers = approximator.ablations_
    rng = np.random.default_rng([seed, 1])
    additive = Additive().fit(seen, answers, rng=rng).spectrum
    fresh = shapiq_spex.Coalitions.from_dense(rng.random((HELD_OUT, seen.n_players)) < 0.5)
    truth = np.asarray(explainer.imputer(fresh.dense()))
    faithfulness = r_squared(truth, approximator.spectrum_.evaluate(fresh))
    best_additive = r_squared(truth, additive.evaluate(fresh))
    print(f"\nFaithfulness (R2 on {HELD_OUT} new coalitions):")
    print(f"  this explanation                {faithfulness:.3f}")
    print(f"  best additive one, same answers {best_additive:.3f}\n")
    print(approximator.report_)


def _draw(values: Any, names: list[str], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from shapiq_spex.plots import most_important

    if values.max_order > 1:
        labels = [name.replace(" ", "\n") for name in names]
        few = most_important(values, 12, names=labels)  # a network of more players is unreadable
        network: Any = few.values.plot_network(feature_names=few.names, show=False)
        figure, _ = network
    else:
        figure = values.plot_waterfall(
            feature_names=np.array(names), abbreviate=False, show=False
        ).figure
    figure.savefig(path, dpi=150, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
