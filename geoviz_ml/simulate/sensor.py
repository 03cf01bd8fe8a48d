"""A sensor with lines of its own: narrow, evenly spaced, at the same frequencies day and night.

Many real spectrograms hold such lines: harmonics of a pump, of a clock, of a switching supply. They
are evenly spaced as the fringes of a resonator are. What tells them apart is that they do not move.

A trap of our own making.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .alfven import FREQUENCY, Night


def with_constant_lines(
    night: Night,
    rng: np.random.Generator,
    *,
    spacing: float = 1.4,
    loudest: float = 8.0,
    half_width: float = 0.03,
) -> Night:
    """The night as a sensor with constant instrumental lines records it.

    The lines stand at f_0 + n `spacing`, f_0 drawn below `spacing`; the power of each is constant
    through the night and raises the night's median density by 2 dB to `loudest`. The truth stays
    as it is: the lines are no fringes.

    Parameters
    ----------
    night : Night
        With densities (432, F) on `FREQUENCY`.
    rng : numpy.random.Generator
    spacing : float
        Hz.
    loudest : float
        dB.
    half_width : float
        Standard deviation of a line's Gaussian shape, Hz.

    Returns
    -------
    Night
    """
    lines = rng.uniform(0, spacing) + spacing * np.arange(int(FREQUENCY[-1] / spacing) + 1)
    level = np.median(night.psd, axis=0)
    power = np.zeros(len(FREQUENCY))
    for line in lines:
        decibel = rng.uniform(2.0, loudest)
        shape = np.exp(-0.5 * ((FREQUENCY - line) / half_width) ** 2)
        power += (10 ** (decibel / 10) - 1) * np.interp(line, FREQUENCY, level) * shape
    return replace(night, psd=night.psd + power)
