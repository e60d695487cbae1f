"""Plot the share of the variance at each degree of a spectrum."""

from __future__ import annotations

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from shapiq_spex._argument_checks import (
    check_type,
)
from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.spectrum import Spectrum, check_spectrum
from shapiq_spex.plots.colours import finish


def spectrum_by_degree(
    spectrum: Spectrum, *, keep: float = 0.5, axes: Axes | None = None, show: bool = False
) -> tuple[Figure, Axes]:
    r"""Draw the share of the variance that the terms of each degree carry.

    By Parseval's identity the variance over coalitions that keep each player with probability p is
    the sum of F_p(U)^2 over U != {} (:mod:`shapiq_spex.fourier.biased`). Degree 1 is the share that
    an additive explanation can reach; the rest are interactions. The share and the number of terms
    are written above each bar.

    Args:
        spectrum: The spectrum, such as ``approximator.spectrum_``.
        keep: The probability p. With one half, coalitions are uniformly random.
        axes: Where to draw; by default a new figure.
        show: Whether to call ``matplotlib.pyplot.show()``.

    Returns:
        The figure and its axes.

    Raises:
        TypeError: If it is not a spectrum.
        ValueError: If the spectrum is constant, ``keep`` is not a probability, or terms are of so
            high a degree that they have more than 50 million subsets (unless p is one half).

    Example:
        >>> figure, axes = spectrum_by_degree(Spectrum.from_dict(3, {(0,): 3.0, (1, 2): -1.0}))
        >>> [text.get_text() for text in axes.texts]
        ['90.0%\n1 term', '10.0%\n1 term']
        >>> plt.close(figure)
    """
    check_spectrum(spectrum)
    check_type(axes, Axes | None, "axes must be the Axes of a figure or None")
    seen = BiasedSpectrum.of(spectrum, keep)
    if not seen.variance:
        raise ValueError("the spectrum is constant: it has no variance to divide by degree")
    energy = seen.energy_by_degree()[1:]
    shares = energy / energy.sum()
    counts = {group.degree: len(group.coefficients) for group in seen.groups}
    degrees = range(1, len(shares) + 1)
    if axes is None:
        width = max(4.0, 0.85 * len(shares) + 1.0)
        axes = plt.figure(figsize=(width, 3.0), layout="constrained").add_subplot()
    axes.bar(degrees, shares, color="#9db4c8", edgecolor="#33475b", width=0.7)
    for degree, share in zip(degrees, shares, strict=True):
        axes.annotate(
            _label(float(share), counts.get(degree, 0)),
            (degree, share),
            xytext=(0, 3),
            textcoords="offset points",
            horizontalalignment="center",
            verticalalignment="bottom",
            fontsize=8,
        )
    axes.set_xticks(degrees)
    axes.set_ylim(0, 1.3 * shares.max())
    axes.set_yticks([tick for tick in axes.get_yticks() if tick <= min(1.0, 1.3 * shares.max())])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("degree of the terms")
    axes.set_ylabel("share of variance")
    axes.spines[["top", "right"]].set_visible(False)
    return finish(axes, show=show)


def _label(share: float, count: int) -> str:
    if not count:
        return "no terms"
    written = "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"
    return f"{written}\n{count:,} term{'s' if count > 1 else ''}"
