"""A year of CSES-01: half-orbits of VLF spectra with nucleus-shaped regions, in its own files.

Half an orbit is drawn in three steps. `plan` says which half-orbits of November 2021 to October
2022 there are, and in which hemisphere a nucleus waits, with the paper's counts by season and
hemisphere as probabilities. `half_orbit` adds up what the antenna hears (`geoviz_ml.simulate.vlf`)
and the nuclei. `make` writes the files.

A nucleus is a bright centre that fades outward, in the logarithm as a Gaussian in time and
frequency. Its pixels are those where its power exceeds `visible` times all else. Its size follows
from the paper's Table 4: with mIoU .775 and pixel accuracy .99896 the class has an IoU of .55 and
.0018 of all pixels, which are 1.1 regions of 44 by 44 pixels, 90 s by 1.1 kHz.

Source: Li et al. 2024, Frontiers in Astronomy and Space Sciences 11, 1431273, sections 1, 2, 5.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from ..datasets.layout import TRUTH_TABLE
from ..errors import UsageError
from ..files import alone, atomic_path
from ..papers.seasons import season, season_counts
from ..progress import progress
from . import vlf
from .orbit import LAUNCH, PERIOD
from .parallel import run
from .parts import PARTS, read_part, write_part
from .recipe import keep_recipe, physics_of
from .writers_nucleus import write_half_orbit

VERSION = 1  # of the simulated sky: another number, other bytes
YEAR = np.datetime64("2021-11-01"), np.datetime64("2022-11-01")
STRENGTH = {"x": (0.6, 0.25), "y": (0.8, 0.35), "z": (1.0, 1.0)}  # of all else, of a nucleus
PERIODOGRAMS = 50  # averaged in one spectrum of 2.048 s


@dataclass(frozen=True)
class Physics:
    """What a simulated year is made of; give any of these to `make` as keyword arguments.

    Probabilities are per half-orbit; levels are powers of ten (dex).

    Examples
    --------
    >>> from geoviz_ml.simulate import nucleus
    >>> sky = nucleus.Physics()
    >>> round(sky.share * (1 + sky.second), 2)  # nuclei a half-orbit, mean
    0.85
    """

    share: float = 0.75  # half-orbits that hold nuclei
    second: float = 453 / 402 - 1  # of these, those that hold two
    belt_low: float = 58.0  # magnetic latitude of nuclei, degrees
    belt_high: float = 80.0
    kHz: float = 6.2  # where most nuclei are
    kHz_scatter: float = 1.6
    contrast: float = 1.3  # of the centre over the background, dex
    duration: float = 22.0  # s, standard deviation of the bright centre
    bandwidth: float = 0.27  # kHz, the same in frequency
    visible: float = 0.5  # a pixel is nucleus where its power > this x all else
    level: float = -3.0  # of the background at 1 kHz, log10 of (mV/m)^2/Hz
    slope: float = 2.2  # the background falls as f ** -slope
    p_clouds: float = 0.8  # patches of hiss that are no nuclei may be there
    p_gap: float = 0.08  # rows are missing from the file
    p_fill: float = 0.08  # rows hold a fill value
    fill: float = -9999.0


@dataclass
class HalfOrbit:
    """Half an orbit: `power` (n, m) for x, y, z, `grid`, the true `mask` (n, m), and `nuclei`, a
    table with one row each; `kept` (n,) says which rows the file holds.
    """

    power: dict[str, np.ndarray]
    grid: vlf.Grid
    mask: np.ndarray
    nuclei: pd.DataFrame
    kept: np.ndarray


def plan(n: int, seed: int, p: Physics) -> list[tuple[int, int]]:
    """Which half-orbits of the year are made, in order of time.

    Parameters
    ----------
    n, seed : int
        How many; the same seed, the same ones.
    p : Physics

    Returns
    -------
    list of n (int, int)
        Number since launch, and +1, -1 or 0 for a nucleus in the north, in the south, or none.
    """
    rng = np.random.default_rng([seed, n])
    first, last = (
        int(np.ceil((at - LAUNCH) / np.timedelta64(1, "s") / (PERIOD / 2))) for at in YEAR
    )
    starts = LAUNCH + (np.arange(first, last) * PERIOD * 500).astype("timedelta64[ms]")
    months = starts.astype("datetime64[M]").astype(int) % 12 + 1
    seasons = np.array([season(month) for month in range(1, 13)])[months - 1]
    counts = season_counts()
    kinds = [(name, side) for name in counts.index for side in (1, -1)]
    odds = counts[["north", "south"]].to_numpy(float).ravel()
    chosen: dict[int, int] = {}
    for _ in range(n):
        name, side = kinds[rng.choice(len(kinds), p=odds / odds.sum())]
        if rng.random() >= p.share:
            name, side = None, 0
        while True:
            number = first + int(rng.choice(np.flatnonzero((seasons == name) | (side == 0))))
            if number not in chosen and (not side or len(_belt(vlf.grid(number, 16), side, p))):
                break
        chosen[number] = side
    return sorted(chosen.items())


def _belt(g: vlf.Grid, side: int, p: Physics) -> np.ndarray:
    """Rows of one hemisphere in the magnetic latitudes of nuclei."""
    mag = side * g.track["mag_latitude"]
    inside = (mag > p.belt_low) & (mag < p.belt_high) & (side * g.track["latitude"] > 0)
    return np.flatnonzero(inside)


def half_orbit(
    number: int, side: int, rng: np.random.Generator, p: Physics | None = None, coarse: int = 1
) -> HalfOrbit:
    """Draw the half-orbit of a `number` since launch; `coarse` as in `make`.

    `side` says where nuclei are: 1 in the north, -1 in the south, 0 nowhere. The power is in
    (mV/m)^2/Hz, rows along the orbit, columns in frequency.
    """
    p = p or Physics()
    g = vlf.grid(number, coarse)
    day = not g.track["ascending"]
    base = vlf.background(g, rng, p.level, p.slope)
    sky = base + vlf.hiss(g, rng, day) + vlf.auroral_hiss(g, rng) + vlf.chorus(g, rng, day)
    if rng.random() < 0.5:
        sky += vlf.lower_hybrid(g, rng)
    if rng.random() < p.p_clouds:
        sky += vlf.clouds(g, rng)
    sky += vlf.lightning(g, rng, day) + vlf.transmitters(g, rng, day)
    bands = {name: vlf.instrument(g, rng, i) for i, name in enumerate("xyz")}

    nuclei, mask = np.zeros(g.shape, np.float32), np.zeros(g.shape, bool)
    known = []
    for _ in range(0 if not side else 1 + (rng.random() < p.second)):
        where, added, about = _nucleus(g, base, rng, side, p)
        seen = added > p.visible * (sky + bands["z"])[where]
        nuclei[where] += added
        mask[where] |= seen
        known.append((where, seen, about))

    noise = 1 / np.sqrt(PERIODOGRAMS) / coarse
    power = {}
    for name, (other, own) in STRENGTH.items():
        total = np.float32(other) * sky + bands[name] + np.float32(own) * nuclei
        scatter = 1 + np.float32(noise) * rng.standard_normal(g.shape, dtype=np.float32)
        power[name] = _round(total * np.maximum(scatter, np.float32(0.05)))
    kept, blind = _faults(g, power, rng, p)
    mask[blind] = False
    table = [about | {"pixels": int((seen & mask[at]).sum())} for at, seen, about in known]
    return HalfOrbit(power, g, mask, pd.DataFrame(table), kept)


def _round(values: np.ndarray) -> np.ndarray:
    """Round to 12 binary digits (0.02 %): such files are half as long."""
    return ((values.view(np.uint32) + np.uint32(2**11)) & np.uint32(2**32 - 2**12)).view(np.float32)


def _nucleus(g: vlf.Grid, base: np.ndarray, rng: np.random.Generator, side: int, p: Physics):
    """Cells around one nucleus, its power there, and what is known of it."""
    belt = _belt(g, side, p)
    weight = np.exp(-0.5 * ((g.mag[belt] - 67) / 5) ** 2)
    row = rng.choice(belt, p=weight / weight.sum())
    at, kHz = float(g.seconds[row]), 0.0
    while not 0.8 < kHz < 12.5:
        kHz = rng.normal(p.kHz, p.kHz_scatter) if rng.random() < 0.9 else rng.uniform(0.8, 12.5)
    half = p.duration * rng.lognormal(0, 0.3)
    wide = p.bandwidth * rng.lognormal(0, 0.3)
    height = max(0.5, p.contrast + rng.normal(0, 0.3))
    where = g.window(at, kHz, 4 * half, 4 * wide)
    t = ((g.seconds[where[0]] - at) / half)[:, None]
    f = (g.kHz[where[1]] - kHz) / wide
    lean = rng.uniform(-0.4, 0.4)
    fade = np.exp(-0.5 * (t**2 + f**2 + 2 * lean * t * f))
    rough = 0.06 * gaussian_filter(rng.standard_normal(fade.shape), 1.0) / 0.28
    power = base[where] * (10 ** (height * fade * (1 + rough)) - 1).clip(0)
    known = {
        "time": g.track["time"][row],
        "kHz": kHz,
        "height": height,
        **{
            name: float(g.track[name][row])
            for name in ("latitude", "longitude", "mag_latitude", "mag_longitude")
        },
    }
    return where, power.astype(np.float32), known


def _faults(g: vlf.Grid, power: dict, rng: np.random.Generator, p: Physics):
    """A step of the whole level, rows of fill values, a gap: rows that the file keeps, and those
    in which nothing is to be seen.
    """
    n = len(g.seconds)

    def stretch(shortest: float, longest: float) -> slice:
        rows = max(1, round(rng.uniform(shortest, longest) / g.row))
        start = int(rng.integers(0, max(1, n - rows)))
        return slice(start, start + rows)

    if rng.random() < 0.1:
        rows, jump = stretch(60, 200), 10 ** rng.uniform(0.1, 0.3)
        for values in power.values():
            values[rows] *= np.float32(jump)
    kept, blind = np.ones(n, bool), np.zeros(n, bool)
    if rng.random() < p.p_fill:
        blind[stretch(8, 40)] = True
        for values in power.values():
            values[blind] = p.fill
    if rng.random() < p.p_gap:
        kept[stretch(20, 150)] = False
    return kept, blind | ~kept


def make(
    folder: str | PathLike, n: int, seed: int = 0, *, coarse: int = 1,
    processes: int | None = None, **physics: float,
) -> Path:  # fmt: skip
    """Write `n` half-orbits with their truth; the same seed writes the same bytes.

    Parameters
    ----------
    folder : path-like
        Gets ``spectra/CSES_01_EFD_3_..._000.h5`` as `read_cses` takes them and, under the same
        name, ``truth/....png`` (mask, 255 is nucleus) and ``boxes/....xml`` (a rectangle around
        each nucleus, VOC as LabelImg writes it), both in the orientation of `half_orbit_picture`;
        and ``truth.csv``, one row a nucleus. Half-orbits that are there already are kept if the
        seed and the physics are the same.
    n : int
        Number of half-orbits, of November 2021 to October 2022.
    seed : int
        Half-orbit i depends on its place in the year and (seed, i) alone.
    coarse : int
        Averages `coarse` spectra and as many frequencies, a divisor of 1024: files of the same
        kind, `coarse` squared times smaller. 1 is the instrument: 1017 rows of 2.048 s, 1024
        frequencies.
    processes : int, optional
        As in `geoviz_ml.simulate.parallel.run`; the files are the same.
    **physics : float
        Any field of `Physics`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    UsageError
        An unknown physical parameter, an `n` or `coarse` that cannot be, or a folder that holds
        half-orbits of another simulation.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 2, coarse=16, share=0.0)  # no nucleus
    >>> [len(list((folder / part).iterdir())) for part in ("spectra", "truth", "boxes")]
    [2, 2, 2]
    """
    folder = Path(folder)
    p = physics_of(Physics, physics)
    if not 1 <= n <= 4000:
        raise UsageError(f"cannot simulate {n} half-orbits: ask for 1 to 4000.")
    if coarse not in (1, 2, 4, 8, 16):
        raise UsageError(f"coarse is 1, 2, 4, 8 or 16, not {coarse}.")
    recipe = {"simulator": VERSION, "n": n, "seed": seed, "coarse": coarse, "physics": asdict(p)}
    keep_recipe(folder, recipe, "half-orbits")
    if (folder / TRUTH_TABLE).exists() and not (folder / PARTS).exists():
        return folder
    with alone(folder / ".lock"):  # who is done removes the parts, which nobody else may need
        if not (folder / TRUTH_TABLE).exists():
            jobs = [(i, *which) for i, which in enumerate(plan(n, seed, p))]
            write = partial(_write_one, folder=folder, seed=seed, p=p, coarse=coarse)
            tables = list(progress(run(jobs, write, processes), "simulating half-orbits", n))
            table = pd.concat([t for t in tables if len(t)] or tables)
            with atomic_path(folder / TRUTH_TABLE) as tmp:
                table.to_csv(tmp, index=False, float_format="%.6g")
        shutil.rmtree(folder / PARTS, ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)  # whoever still waits finds that all is there
    return folder


def _write_one(
    job: tuple[int, int, int], folder: Path, seed: int, p: Physics, coarse: int
) -> pd.DataFrame:
    """Rows of the table of one half-orbit, which is written if it is not there."""
    i, number, side = job
    part = folder / PARTS / f"{i:04d}.npz"  # written last
    if not part.exists():
        this = half_orbit(number, side, np.random.default_rng([seed, i, 1]), p, coarse)
        stem = write_half_orbit(folder, this.power, this.grid, this.mask, this.kept)
        seen = this.nuclei[this.nuclei.pixels > 0] if len(this.nuclei) else this.nuclei
        write_part(part, seen.assign(file=stem))
    return read_part(part)
