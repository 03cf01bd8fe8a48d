"""The ionospheric Alfvén resonator through a night: spacing, fringes, masks.

The spacing follows the electron density N of the F region, ``delta_f ~ 1 / sqrt(N)``, and N follows
the Sun: production while the layer is lit, loss with a time constant of hours in the dark. So the
fringes fan out after dusk and fold back at dawn, later in winter than in summer. (Polyakov and
Rapoport 1981; Lysak 1988.)

Left out: a resonator that is seen in some seasons and at some levels of geomagnetic activity more
often than at others, and up to 30 Hz (Beggan and Musur 2018), and a spacing with two peaks a day in
winter (Hodnett et al. 2022).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, label

LATITUDE, LONGITUDE = 55.3, -3.2  # of the simulated station, degrees
WINDOW = 100  # seconds a periodogram
WINDOWS = 432  # a night from 18:00 to 06:00 UT
SECONDS = (np.arange(WINDOWS) + 0.5) * WINDOW  # window centres, seconds after 18:00 UT


def solar_zenith(date: np.datetime64, seconds: np.ndarray) -> np.ndarray:
    """Solar zenith angle at the station in degrees, good to 0.7 degrees.

    `seconds`, of any shape, count from 18:00 UT of `date`; the result has their shape. The Sun's
    declination and the equation of time are short series in the day of the year.
    """
    day = (date - date.astype("datetime64[Y]")).astype(int) + (18 + seconds / 3600) / 24
    year_angle = 2 * np.pi * (day - 80) / 365.25  # since the March equinox
    declination = np.radians(23.44) * np.sin(year_angle + 0.033 * np.sin(year_angle + 1.35))
    minutes = 9.87 * np.sin(2 * year_angle) - 7.53 * np.cos(year_angle) - 1.5 * np.sin(year_angle)
    hour_angle = np.radians((18 + (seconds + 60 * minutes) / 3600 - 12) * 15 + LONGITUDE)
    latitude = np.radians(LATITUDE)
    cos_zenith = np.sin(latitude) * np.sin(declination)
    cos_zenith = cos_zenith + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.degrees(np.arccos(cos_zenith))


def electron_density(date: np.datetime64, decay: float) -> np.ndarray:
    """F-region electron density over the night of `date`, in units of its sunlit value, (432,).

    ``dN/dt = (q - N) / decay`` with q = 1 while the layer at 300 km is lit (zenith angle below
    about 105 degrees) and 0.12, kept up by inflow from above, in the dark; `decay` in hours.
    Spin-up from noon.
    """
    steps = np.arange(-6 * 3600, WINDOWS * WINDOW, WINDOW) + WINDOW / 2
    lit = 1 / (1 + np.exp((solar_zenith(date, steps) - 103) / 2.5))
    production = 0.12 + 0.88 * lit
    density = np.empty_like(steps)
    density[0] = production[0]
    for i in range(1, len(steps)):
        rate = decay if production[i] < density[i - 1] else decay / 3  # dawn is quicker
        density[i] = density[i - 1] + (production[i] - density[i - 1]) * WINDOW / 3600 / rate
    return density[-WINDOWS:]


def wander(rng: np.random.Generator, hours: float, shape: tuple = ()) -> np.ndarray:
    """Smooth Gaussian wandering of unit variance along the night, shape (*shape, 432).

    `hours` is the time over which it changes.
    """
    sigma = hours * 3600 / WINDOW / 2
    pad = int(4 * sigma)
    noise = gaussian_filter1d(rng.standard_normal((*shape, WINDOWS + 2 * pad)), sigma, axis=-1)
    return noise[..., pad:-pad] * np.sqrt(2 * np.sqrt(np.pi) * sigma)


def fringes(date, f, share, rng: np.random.Generator, p):
    """Draw the fringes of one night.

    Parameters
    ----------
    date : numpy.datetime64
    f : ndarray (1, F), Hz
    share : ndarray (432, F)
        The part of the background that the resonator shapes; the rest (Schumann) hides fringes.
    rng, p : Generator, Physics

    Returns
    -------
    excess : ndarray (432, F)
        Fringe power over the resonator's part of the background.
    mask, mask_b : ndarray of bool (432, F)
        Where fringes stand out, and where a person would draw them.
    f_0, delta_f : ndarray (432,), Hz
        NaN where no fringe stands out.
    """
    shape = (WINDOWS, f.shape[1])
    density = electron_density(date, p.decay * np.exp(rng.normal(0, 0.15)))
    spacing = p.delta_f * np.sqrt(0.15 / density)
    spacing = spacing * np.exp(rng.normal(0, 0.15) + 0.04 * wander(rng, 1.5))
    f_0 = rng.uniform(0.3, 0.8) * spacing * np.exp(0.03 * wander(rng, 2.0))
    none = np.zeros(shape, bool)
    if rng.random() >= p.p_fringes:
        return np.zeros(shape), none, none, np.full(WINDOWS, np.nan), np.full(WINDOWS, np.nan)

    dark = 1 / (1 + np.exp((97 - solar_zenith(date, SECONDS)) / 2.0))
    strength = p.contrast * np.exp(rng.normal(0, 0.25) + 0.35 * wander(rng, 1.5)) * dark
    cutoff = rng.uniform(3.5, 6.5)  # harmonics fade above it
    half = p.width * np.exp(rng.normal(0, 0.12)) * spacing
    harmonics = np.arange(int(10 / spacing.min()) + 1)
    fading = np.exp(0.3 * wander(rng, 0.8, harmonics.shape))

    excess, mask, mask_b = np.zeros(shape), none.copy(), none.copy()
    for n in harmonics:
        centre = f_0 + n * spacing
        power = strength * fading[n] * np.exp(-((centre / cutoff) ** 2))
        power = power / (1 + np.exp((0.45 - centre) / 0.05))  # nothing resonates below
        offset = f - centre[:, None]
        contrast = (
            power
            * np.take_along_axis(
                share, np.abs(offset).argmin(axis=1, keepdims=True), axis=1
            ).ravel()
        )
        excess += power[:, None] / (1 + (offset / half[:, None]) ** 2)
        seen = (contrast > p.visible)[:, None]
        mask |= (np.abs(offset) <= half[:, None]) & seen
        mask_b |= _drawn_by_hand(offset, contrast, half, p.visible, rng)
    seen = mask.any(axis=1)
    return excess, mask, mask_b, np.where(seen, f_0, np.nan), np.where(seen, spacing, np.nan)


def _drawn_by_hand(offset, contrast, half, visible, rng: np.random.Generator) -> np.ndarray:
    """One fringe as a person draws it: a shaky pen of one width, gaps, and an eye of faith.

    Only what stands out over half an hour is drawn; every stroke starts or ends up to 30 min
    off, some strokes are forgotten and pieces are left out.
    """
    clear = gaussian_filter1d(contrast, 9) > 1.25 * visible
    pieces, count = label(clear)
    drawn = np.zeros(WINDOWS, bool)
    for i in range(1, count + 1):
        at = np.flatnonzero(pieces == i)
        if len(at) < 18 or rng.random() < 0.08:
            continue
        start, stop = at[[0, -1]] + rng.normal(0, [9, 9]).astype(int) + [-4, 5]
        drawn[max(start, 0) : max(stop, 0)] = True
        if rng.random() < 0.3:
            hole = int(rng.integers(at[0], at[-1] + 1))
            drawn[hole : hole + int(rng.integers(6, 24))] = False
    pen = max(0.06, float(np.median(half)))
    shake = 0.02 * wander(rng, 0.4)[:, None]
    return (np.abs(offset - shake) <= pen) & drawn[:, None]
