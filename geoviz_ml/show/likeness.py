"""Real beside simulated all-sky pictures: histogram and power spectrum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..analysis.likeness import brightness_histogram, radial_spectrum

LOOKS = {"real": ("#d55e00", "-"), "simulated": ("#0072b2", "--")}  # told apart without colour too


def plot_likeness(axes: Sequence[Axes], real: np.ndarray, simulated: np.ndarray) -> None:
    """Draw the median of each set, with 80 % of its pictures as a band.

    Parameters
    ----------
    axes : two Axes
        For the brightness histogram and for the radial power spectrum.
    real, simulated : ndarray (n, size, size), 0 to 255

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from geoviz_ml.show import plot_likeness
    >>> real = np.random.default_rng(0).integers(0, 256, (3, 64, 64))
    >>> axes = Figure().subplots(1, 2)
    >>> plot_likeness(axes, real, real[:2])
    >>> [text.get_text() for text in axes[0].get_legend().get_texts()]
    ['real (3)', 'simulated (2)']
    """
    for name, images in (("real", real), ("simulated", simulated)):
        colour, line = LOOKS[name]
        for ax, (x, y) in zip(
            axes, (brightness_histogram(images), radial_spectrum(images)), strict=True
        ):
            low, middle, high = np.percentile(y, [10, 50, 90], axis=0)
            ax.plot(x, middle, line, color=colour, label=f"{name} ({len(images)})")
            ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    axes[0].set(
        xlabel="brightness (0 to 255)", ylabel="share of pixels in the circle", yscale="log"
    )
    axes[1].set(
        xlabel="spatial frequency (cycles per pixel)", ylabel="power (variance per unit of plane)",
        xscale="log", yscale="log",
    )  # fmt: skip
    axes[0].legend(fontsize="small")
