"""What an electric antenna hears between 0 and 25 kHz, half an orbit long, 507 km up.

Every function gives power spectral density, in (mV/m)^2/Hz, on the cells of a `Grid`: rows along
the orbit, columns in frequency.

References: Hayakawa and Sazhin 1992 (hiss); Sazhin and Hayakawa 1992 (chorus); Chen et al. 2017
(lower cutoff of ionospheric hiss at the proton gyrofrequency); Laaspere and Johnson 1973 (auroral
and lower-hybrid hiss); Cohen and Inan 2012 (transmitters seen from orbit). Levels are of the order
of published spectra; a few seconds of averaging smear whistlers into vertical lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.special import erf, expit

from ..geometry.earth import dipole, magnetic
from .orbit import STEP, half_orbit_track

BINS, BIN = 1024, 50_000 / 2048  # 24.4 Hz: 50 kHz, 2048 samples
STATIONS = [  # kHz, latitude, longitude; the last three are a Russian navigation system
    ("JXN", 16.4, 66.97, 13.87),
    ("VTX", 18.2, 8.39, 77.75),
    ("NWC", 19.8, -21.82, 114.17),
    ("NPM", 21.4, 21.42, -158.15),
    ("GQD", 22.1, 54.73, -2.88),
    ("JJI", 22.2, 32.09, 130.83),
    ("DHO38", 23.4, 53.08, 7.61),
    ("NAA", 24.0, 44.65, -67.28),
    ("NLK", 24.8, 48.20, -121.92),
    *[
        (name, kHz, *place)
        for name, place in {
            "Krasnodar": (45.40, 38.16),
            "Novosibirsk": (55.76, 84.45),
            "Komsomolsk": (50.07, 136.61),
        }.items()
        for kHz in (11.905, 12.649, 14.881)
    ],
]


@dataclass
class Grid:
    """The cells of half an orbit: `seconds` (n,) since its start, `kHz` (m,), `row` and `bin` the
    size of a cell in s and kHz, and `track`, arrays (n,) by name.
    """

    seconds: np.ndarray
    kHz: np.ndarray
    row: float
    bin: float
    track: dict

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, (n, m)."""
        return len(self.seconds), len(self.kHz)

    @property
    def mag(self) -> np.ndarray:
        """Size of the magnetic latitude, degrees, (n,)."""
        return np.abs(self.track["mag_latitude"])

    def window(self, at: float, kHz: float, half: float, wide: float) -> tuple[slice, slice]:
        """Rows and columns within `half` seconds and `wide` kHz of a point."""
        rows = np.searchsorted(self.seconds, [at - half, at + half])
        columns = np.searchsorted(self.kHz, [kHz - wide, kHz + wide])
        return slice(*rows), slice(*columns)


def grid(number: int, coarse: int = 1) -> Grid:
    """The cells of half-orbit `number` since launch; `coarse` x `coarse` spectra and bins in one.

    `coarse` is a divisor of 1024. Rows that do not fill a cell at the end are left out.
    """
    track = half_orbit_track(number)
    rows = len(track["time"]) // coarse * coarse
    middle = {"orbit": track["orbit"], "ascending": track["ascending"]}
    time = track["time"][:rows].reshape(-1, coarse)
    middle["time"] = time[:, 0] + (time[:, -1] - time[:, 0]) // 2
    centre = slice((coarse - 1) // 2, rows, coarse)
    for name in ("latitude", "longitude", "altitude"):
        middle[name] = track[name][centre]
    middle |= magnetic(middle["latitude"], middle["longitude"], middle["time"][0])
    kHz = (np.arange(BINS).reshape(-1, coarse).mean(axis=1) * BIN / 1000).astype(np.float32)
    seconds = (middle["time"] - middle["time"][0]) / np.timedelta64(1, "s")
    return Grid(seconds.astype(np.float32), kHz, STEP * coarse, BIN * coarse / 1000, middle)


def wander(rng: np.random.Generator, n: int, scale: float) -> np.ndarray:
    """Smooth noise (n,) of unit variance, correlated over `scale` samples (a length
    without unit), float32."""
    noise = gaussian_filter1d(rng.standard_normal(n + int(8 * scale)), scale)[int(4 * scale) :][:n]
    return (noise * np.sqrt(2 * scale * np.sqrt(np.pi))).astype(np.float32)


def background(g: Grid, rng: np.random.Generator, level: float, slope: float) -> np.ndarray:
    """Noise that falls with frequency, as kHz to the power of -`slope`; louder where aurorae are.

    Density (n, m), float32, (mV/m)^2/Hz; `level` is its log10 at 1 kHz.
    """
    n = len(g.seconds)
    auroral = 0.5 * expit((g.mag - 58) / 3)
    dex = level + rng.normal(0, 0.15) + 0.1 * wander(rng, n, 240 / g.row) + auroral
    steep = slope + rng.normal(0, 0.1)
    rows = 10 ** dex.astype(np.float32)
    return rows[:, None] * (g.kHz + 0.2) ** np.float32(-steep) + np.float32(10**-6.1)


def hiss(g: Grid, rng: np.random.Generator, day: bool) -> np.ndarray:
    """Plasmaspheric hiss that comes down at middle latitudes, more by `day`.

    Density (n, m), float32, (mV/m)^2/Hz. Between the local proton gyrofrequency, 0.0152 Hz per nT,
    and some 1.2 kHz.
    """
    n = len(g.seconds)
    where = np.exp(-0.5 * ((g.mag - rng.uniform(38, 50)) / rng.uniform(6, 12)) ** 2)
    power = 10 ** (rng.normal(-1.9 if day else -2.4, 0.25) + 0.15 * wander(rng, n, 40 / g.row))
    low = 1.52e-5 * g.track["field"]
    rise = expit((g.kHz - low[:, None]) / 0.03)
    fall = np.exp(-np.maximum(g.kHz - low[:, None], 0) / rng.uniform(0.25, 0.5))
    return ((power * where)[:, None] * rise * fall).astype(np.float32)


def lower_hybrid(g: Grid, rng: np.random.Generator) -> np.ndarray:
    """Noise above a cut-off that climbs toward the equator, in half of the half-orbits.

    Density (n, m), float32, (mV/m)^2/Hz.

    Notes
    -----
    The lower-hybrid frequency goes that way only where light ions grow in number toward the
    equator. Here the cut-off lies at 5.4 kHz between 50 and 60 degrees of magnetic latitude and at
    6.8 between 30 and 40, in the mean. In a dense plasma of O+ the frequency falls with the field:
    from 7.1 to 5.3 kHz between the same latitudes, at this height.
    """
    n = len(g.seconds)
    cut = rng.uniform(4, 6) + 5 * np.exp(-((g.mag / 35) ** 2)) + 0.25 * wander(rng, n, 60 / g.row)
    where = np.exp(-0.5 * ((g.mag - 48) / 9) ** 2)
    power = where * 10 ** (rng.normal(-4.4, 0.25) + 0.15 * wander(rng, n, 20 / g.row))
    above = np.maximum(g.kHz - cut[:, None], 0)
    return (power[:, None] * (above > 0) * np.exp(-above / rng.uniform(0.5, 1.2))).astype(
        np.float32
    )


def auroral_hiss(g: Grid, rng: np.random.Generator) -> np.ndarray:
    """Funnels: broad bands whose lower edge is lowest on the field line of the electron beam.

    Density (n, m), float32, (mV/m)^2/Hz.
    """
    out = np.zeros(g.shape, np.float32)
    n = len(g.seconds)
    for side in (-1, 1):
        there = np.flatnonzero(side * g.track["mag_latitude"] > 66)
        if not len(there) or rng.random() > 0.35:
            continue
        centre = g.seconds[rng.choice(there)]
        low = rng.uniform(2, 8) + np.abs(g.seconds - centre) / rng.uniform(8, 25)
        where = np.exp(-0.5 * ((g.seconds - centre) / rng.uniform(40, 90)) ** 2)
        power = where * 10 ** (rng.normal(-4.0, 0.3) + 0.2 * wander(rng, n, 6 / g.row))
        above = expit((g.kHz - low[:, None]) / 0.3)
        out += power[:, None] * above * np.exp(-g.kHz / 9)
    return out


def chorus(g: Grid, rng: np.random.Generator, day: bool) -> np.ndarray:
    """Chorus outside the plasmasphere: groups of small risers between 0.8 and 4 kHz.

    Density (n, m), float32, (mV/m)^2/Hz.
    """
    out = np.zeros(g.shape, np.float32)
    for side in (-1, 1):
        mag = side * g.track["mag_latitude"]
        there = np.flatnonzero((mag > 58) & (mag < 72))
        if not len(there) or rng.random() > (0.5 if day else 0.25):
            continue
        centre, kHz = g.seconds[rng.choice(there)], rng.uniform(1.2, 3.2)
        for _ in range(rng.integers(15, 50)):
            at, f = rng.normal(centre, 45), kHz + rng.normal(0, 0.35)
            half, wide = rng.uniform(2, 7), rng.uniform(0.08, 0.25)
            rows, columns = g.window(at, f, 4 * half, 4 * wide + 0.5)
            t = ((g.seconds[rows] - at) / half)[:, None]
            shape = np.exp(-0.5 * t**2 - 0.5 * ((g.kHz[columns] - f - 0.1 * t) / wide) ** 2)
            out[rows, columns] += 10 ** rng.normal(-2.9, 0.3) * shape
    return out


def clouds(g: Grid, rng: np.random.Generator) -> np.ndarray:
    """Patches of hiss of middle and high latitudes, ragged and flat: bright, but no nuclei.

    Density (n, m), float32, (mV/m)^2/Hz.
    """
    out = np.zeros(g.shape, np.float32)
    there = np.flatnonzero(g.mag > 45)
    for _ in range(rng.poisson(0.7)):
        at, kHz = g.seconds[rng.choice(there)], rng.uniform(3, 14)
        half, wide = rng.uniform(30, 130), rng.uniform(0.4, 1.8)
        rows, columns = g.window(at, kHz, 2 * half, 2 * wide)
        t, f = (g.seconds[rows] - at) / half, (g.kHz[columns] - kHz) / wide
        if not len(t) or not len(f):
            continue
        rough = gaussian_filter(rng.standard_normal((len(t), len(f))), (10 / g.row, 0.12 / g.bin))
        rough *= 0.8 / max(rough.std(), 1e-9)
        edge = 1 / (1 + (t[:, None] ** 2 + f**2) ** 3)
        level = rng.normal(0.5, 0.15) - 2.2 * np.log10(kHz + 0.2) - 3
        out[rows, columns] += 10 ** (level + 0.3 * rough) * edge
    return out


def lightning(g: Grid, rng: np.random.Generator, day: bool) -> np.ndarray:
    """Vertical lines: single spectra with the power of near strokes, above 1.6 kHz.

    Density (n, m), float32, (mV/m)^2/Hz.
    """
    n = len(g.seconds)
    power = np.zeros(n)
    storms = rng.poisson(2 if day else 4)
    for _ in range(storms):
        latitude, width = rng.normal(0, 22), rng.uniform(3, 9)
        where = np.exp(-0.5 * ((g.track["latitude"] - latitude) / width) ** 2)
        strokes = rng.poisson(where * 0.25 * g.row / STEP)
        power += strokes * rng.lognormal(np.log(10 ** (-4.9 if day else -4.4)), 0.9, n)
    power *= STEP / g.row
    shape = (g.kHz > 1.6) * np.exp(-0.5 * (np.log(np.maximum(g.kHz, 0.1) / 5) / 0.7) ** 2)
    return (power[:, None] * shape).astype(np.float32)


def transmitters(g: Grid, rng: np.random.Generator, day: bool) -> np.ndarray:
    """Lines of stations on the ground, bright over the station and its magnetic conjugate.

    Density (n, m), float32, (mV/m)^2/Hz.
    """
    out = np.zeros(g.shape, np.float32)
    date = g.track["time"][0]
    here = np.radians(dipole(g.track["latitude"], g.track["longitude"], date))
    names, kHz, latitude, longitude = zip(*STATIONS, strict=True)
    there = np.radians(dipole(np.array(latitude), np.array(longitude), date))
    on = {name: rng.random() < 0.85 for name in dict.fromkeys(names)}
    for name, f, lat, lon in zip(names, kHz, *there, strict=True):
        if not on[name]:
            continue
        power = 0.0
        for place, loss in ((lat, 0.0), (-lat, 0.7)):
            cosine = np.sin(place) * np.sin(here[0])
            cosine = cosine + np.cos(place) * np.cos(here[0]) * np.cos(here[1] - lon)
            away = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
            power = power + 10 ** (-2.6 - loss - (0.8 if day else 0) - away / 9)
        columns = g.window(0, f, 0, 0.5 + g.bin)[1]
        share = _line(g.kHz[columns], g.bin, f, 0.06)
        out[:, columns] += power[:, None] * share * 10 ** rng.normal(0, 0.2)
    return out


def instrument(g: Grid, rng: np.random.Generator, component: int) -> np.ndarray:
    """Lines of the platform at constant frequencies, and one broad band.

    Density (n, m), float32, (mV/m)^2/Hz. `component` of the field numbers the antenna: each has
    lines of its own, the same on every orbit.
    """
    own = np.random.default_rng(component)  # the satellite's, the same on every orbit
    lines = np.zeros(len(g.kHz), np.float32)
    for f in own.uniform(0.5, 24.5, 7):
        lines += 10 ** own.uniform(-5.6, -4.4) * _line(g.kHz, g.bin, f, own.uniform(0.02, 0.05))
    middle, wide = own.uniform(15, 18), own.uniform(0.3, 0.7)
    lines += 10**-5.9 * np.exp(-0.5 * ((g.kHz - middle) / wide) ** 2)
    strength = 10 ** (rng.normal(0, 0.1) + 0.05 * wander(rng, len(g.seconds), 120 / g.row))
    return strength[:, None].astype(np.float32) * lines


def _line(kHz: np.ndarray, cell: float, f: float, sigma: float) -> np.ndarray:
    """A Gaussian line of height 1 averaged over cells."""
    edge = erf((np.append(kHz - cell / 2, kHz[-1:] + cell / 2) - f) / (sigma * np.sqrt(2)))
    return (np.diff(edge) * sigma * np.sqrt(np.pi / 2) / cell).astype(np.float32)
