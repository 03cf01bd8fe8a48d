"""Fringes of known strength put into a night that has none, simulated or real.

An injection test, as surveys of other skies use it; the rule is our own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from ..errors import UsageError
from .alfven import Physics
from .resonator import WINDOWS, fringes

USUAL = Physics()


def inject_fringes(
    amplitude: xr.DataArray, strength: float, rng: np.random.Generator, date: np.datetime64
) -> tuple[xr.DataArray, xr.DataArray]:
    """Add fringes to a spectrogram, as strong as a given multiple of what is there.

    A periodogram of Gaussian noise is its density times noise that does not depend on it. So power
    that grows from P to P (1 + r) is distributed as if the fringes, of r times the density of the
    background, had been recorded: nothing of the night's own noise, lines or gaps is lost.

    Parameters
    ----------
    amplitude : DataArray (time, frequency)
        Of 432 windows of 100 s, in any unit; NaN in gaps.
    strength : float
        Power of a fringe over the background, typically, at its best; as `Physics.contrast`. 0
        changes nothing.
    rng : numpy.random.Generator
        The same state gives the same fringes in the same places at any strength.
    date : numpy.datetime64
        The evening that the fringes follow; 18:00 UT is the first window.

    Returns
    -------
    amplitude : DataArray (time, frequency)
    mask : DataArray of bool (time, frequency)
        Where the fringes are: at all strengths the part that is seen at the usual one.

    Raises
    ------
    UsageError
        Not 432 windows, or a strength below zero.
    """
    if amplitude.sizes["time"] != WINDOWS or strength < 0:
        raise UsageError(f"give {WINDOWS} windows and a strength of zero or more.")
    f = np.maximum(amplitude.frequency.values, 0.05)[None, :]
    physics = replace(USUAL, p_fringes=1.0)
    excess, mask, *_ = fringes(date, f, np.ones((WINDOWS, f.size)), rng, physics)
    grown = amplitude * np.sqrt(1 + strength / USUAL.contrast * excess)
    return (
        grown.astype(amplitude.dtype).assign_attrs(amplitude.attrs),
        amplitude.notnull() & mask,
    )
