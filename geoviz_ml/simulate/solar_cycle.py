"""The eleven-year cycle: how many regions emerge, where, and with which polarity ahead."""

from __future__ import annotations

import numpy as np

MINIMA = {24: 2008.9, 25: 2019.95}  # year in which a cycle begins
LENGTH = 11.05  # years
MAXIMUM = 4.6  # years after the minimum


def year(time: np.datetime64 | str) -> float:
    """Time (UT) as a decimal year."""
    time = np.datetime64(time, "s")
    first = time.astype("datetime64[Y]")
    days = (time - first.astype("datetime64[s]")) / np.timedelta64(1, "D")
    return float(1970 + first.astype(int) + days / 365.25)


def cycle(time: np.datetime64 | str) -> tuple[int, float]:
    """Number of the solar cycle at a time (UT), 24 or 25, and its phase: 0 to 1, 2008.9 to 2031."""
    when = year(time)
    number = 24 if when < MINIMA[25] else 25
    return number, (when - MINIMA[number]) / LENGTH


def activity(time: np.datetime64 | str) -> float:
    """Rate of emergence at a time (UT) relative to the maximum: 1 there, near 0 in the minimum.

    x^2 exp(1 - x^2), with x the time since the minimum over that of the maximum, 4.6 years.
    """
    x = cycle(time)[1] * LENGTH / MAXIMUM
    return float(max(x, 0.0) ** 2 * np.exp(1 - x**2))


def draw_latitude(time: np.datetime64 | str, rng: np.random.Generator) -> float:
    """Latitude of a new region, degrees: the butterfly diagram.

    Mean and width of the wings from Jiang et al. 2011 (Astronomy and Astrophysics 528, A82,
    equations 1 to 4) for a cycle of mean strength.
    """
    phase = cycle(time)[1]
    mean = 26.4 - 34.2 * phase + 16.1 * phase**2
    width = (0.14 + 1.05 * phase - 0.78 * phase**2) * 14.6
    side = 1 if rng.random() < 0.5 else -1
    return side * float(np.clip(rng.normal(mean, width), 1, 50))


def leading_polarity(time: np.datetime64 | str, latitude: float) -> int:
    """Sign of the field ahead (in the west) at a latitude in degrees, by Hale's law.

    In even cycles it is negative in the north and positive in the south, in odd ones the reverse.
    """
    even = -1 if cycle(time)[0] % 2 == 0 else 1
    return even if latitude >= 0 else -even


def draw_tilt(latitude: float, area: float, rng: np.random.Generator) -> float:
    """Tilt of a bipole, degrees; positive if the leading end is nearer to the equator.

    Joy's law with 32.1 sin(|latitude|) (Stenflo and Kosovichev 2012, Astrophysical Journal 745,
    129); the scatter, which `rng` draws, is larger for regions of a small `area` (millionths).
    """
    scatter = 10 + 14 / (1 + area / 50)
    return 32.1 * np.sin(np.radians(abs(latitude))) + rng.normal(0, scatter)


def polar_field(time: np.datetime64 | str) -> float:
    """Field of the northern cap over its strength in a minimum, -1 to 1.

    The southern is its negative. It turns at the maximum of each cycle: negative in the north
    before that of 24.
    """
    number, phase = cycle(time)
    before = -1 if number % 2 == 0 else 1
    return before * float(np.cos(np.pi * np.clip(phase, 0, 1) ** 0.8))
