"""What hides the fringes in a search coil's night: resonances, pulsations, harmonics, lightning.

Each function adds to the power spectral density (432, F) of a night, in pT^2/Hz, at frequencies
`f` (1, F) in Hz. Sources: Schumann 1952, Beggan and Musur 2018 (amplitudes at Eskdalemuir).
"""

from __future__ import annotations

import numpy as np

from .resonator import SECONDS, WINDOW, WINDOWS, wander


def schumann(f: np.ndarray, rng: np.random.Generator, amplitude: float) -> np.ndarray:
    """Four Schumann resonances at `f` (1, F); levels wander.

    The first has an `amplitude` in pT/sqrt(Hz).
    """
    psd = 0.0
    strength = amplitude * np.exp(rng.normal(0, 0.3) + 0.15 * wander(rng, 3.0))[:, None]
    for n, (centre, half) in enumerate([(7.83, 0.75), (14.1, 1.0), (20.4, 1.2), (26.8, 1.5)]):
        centre = centre + rng.normal(0, 0.05) + 0.08 * wander(rng, 4.0)[:, None]
        psd = psd + (strength * 0.85**n) ** 2 / (1 + ((f - centre) / half) ** 2)
    return psd


def pc1(f: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A Pc1 event at `f` (1, F): pearls that repeat every 4 to 7 minutes, from 0.5 to 2 Hz.

    Real pearls often repeat after less than 3 minutes, which windows of 100 s cannot show.
    """
    middle, length = rng.uniform(0, WINDOWS * WINDOW), rng.uniform(0.4, 1.5) * 3600
    envelope = np.exp(-0.5 * ((SECONDS - middle) / length) ** 2)
    pearls = 0.6 + 0.4 * np.cos(2 * np.pi * SECONDS / rng.uniform(230, 420))
    centre = rng.uniform(0.6, 1.8) + 0.1 * (SECONDS - middle) / 3600 * rng.normal(0, 1)
    band = rng.uniform(0.06, 0.15)
    power = (rng.uniform(0.8, 3.0) * envelope * pearls) ** 2
    return power[:, None] * np.exp(-0.5 * ((f - centre[:, None]) / band) ** 2)


def harmonics(f: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Man-made harmonics of 1 Hz at `f` (1, F), on for part of the night."""
    start, stop = np.sort(rng.uniform(-0.3, 1.3, 2)) * WINDOWS * WINDOW
    on = ((SECONDS > start) & (SECONDS < stop))[:, None]
    lines = 0.0
    for k in range(1, int(min(f.max(), 40)) + 1):
        amplitude = rng.uniform(0.3, 1.2) * np.exp(-k / 12)
        lines = lines + amplitude**2 * np.exp(-0.5 * ((f - k) / 0.02) ** 2)
    return on * lines


def broadband(f: np.ndarray, rng: np.random.Generator, events: dict) -> np.ndarray:
    """Vertical lines at `f` (1, F): near lightning fills single windows, interference some minutes.

    What there was is added to `events`.
    """
    power = np.zeros(WINDOWS)
    strikes = rng.poisson(rng.gamma(1.2, 12))
    power[rng.integers(0, WINDOWS, strikes)] += rng.lognormal(np.log(0.15), 0.7, strikes) ** 2
    disturbed = rng.poisson(0.5)
    for _ in range(disturbed):
        start = int(rng.integers(0, WINDOWS))
        power[start : start + int(rng.integers(3, 14))] += rng.uniform(0.1, 0.5) ** 2
    events["strikes"], events["interference"] = strikes, disturbed
    return power[:, None] * (1 + (1 / f) ** 0.5)
