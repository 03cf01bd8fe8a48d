"""Full-disk magnetograms in sequences: the same active regions cross the disk from day to day.

A *sequence* is two weeks of one Sun, whose regions `geoviz_ml.simulate.sun` knows. A date of the
years 2010 to 2024 sets the phase of the solar cycle and with it how many regions there are, where,
and which polarity leads (`geoviz_ml.simulate.solar_cycle`).

References: Oliveira and Gradvohl 2020 (what is labelled); Hale et al. 1919 (polarities and tilt);
Kuenzel 1960 (delta); Howard et al. 1984 and Snodgrass 1983 (rotation).
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.layout import (
    BOXES,
    CONTINUUM,
    SUMMARIES,
    SUN_FITS,
    SUN_PNG,
    SUN_TABLE,
    TRUTH,
)
from ..errors import MissingDataError, UsageError
from ..files import atomic_path, untrusted
from ..geometry.sun import carrington_longitude, solar_radius, sun_b0
from ..progress import progress
from . import solar_cycle, sun_field
from .parallel import run
from .recipe import keep_recipe, physics_of
from .sun import CORNERS, NUMBERS, Physics, Sun
from .sun_disk import View
from .writers_sun import write_grey, write_kitti, write_magnetogram, write_srs

VERSION = 3  # of the simulated Sun: another number, other bytes
FIRST, LAST = np.datetime64("2010-05-01"), np.datetime64("2024-12-31")
GAP = 3  # days between sequences at least


def plan(n: int, seed: int, physics: Physics | None = None) -> pd.DataFrame:
    """When the pictures are taken.

    Parameters
    ----------
    n, seed : int
        How many; the same seed, the same times.
    physics : Physics, optional

    Returns
    -------
    DataFrame with a row a picture, in order of time
        `picture` (name without ending), `time`, `sequence`.

    Raises
    ------
    UsageError
        There are not so many times.
    """
    p = physics or Physics()
    rng = np.random.default_rng([seed, n])
    long = int(np.ceil(p.in_a_row * p.step / 24)) + GAP
    blocks = np.arange(FIRST, LAST - long, long)
    count = -(-n // p.in_a_row)
    most = min(len(blocks), 9999 // NUMBERS)
    if not 1 <= n <= most * p.in_a_row:
        raise UsageError(
            f"cannot simulate {n} pictures in a folder: ask for 1 to {most * p.in_a_row}."
        )
    # who collects magnetograms chooses times when there is something to see
    chance = np.array([solar_cycle.activity(day) + 0.02 for day in blocks])
    chosen = np.sort(rng.choice(blocks, count, replace=False, p=chance / chance.sum()))
    start = chosen + (rng.random(count) * 86400).astype("timedelta64[s]")
    step = np.timedelta64(round(p.step * 3600), "s")
    times = (start[:, None] + step * np.arange(p.in_a_row)).ravel()[:n]
    names = [t.item().strftime("%Y%m%d_%H%M%S") + "_hmi" for t in times]
    sequence = np.repeat(np.arange(count), p.in_a_row)[:n]
    return pd.DataFrame({"picture": names, "time": times, "sequence": sequence})


def make(
    folder: str | PathLike, n: int, seed: int = 0, *, size: int = 512, fits: int | None = None,
    continuum: bool = False, processes: int | None = None, **physics: float,
) -> Path:  # fmt: skip
    """Write `n` full-disk magnetograms with boxes and summaries; the same seed, the same bytes.

    Parameters
    ----------
    folder : path-like
        Gets, with NAME ``YYYYMMDD_HHMMSS_hmi``:

        * ``png/NAME.png``, 8 bits from -250 to 250 G as Helioviewer gives them, black off the disk;
        * ``fits/NAME.fits``, G, with a header;
        * ``boxes/NAME.txt``, KITTI text, label ``sunspot``; empty where nothing is to be seen;
        * ``srs/YYYYMMDDSRS.txt``, a Solar Region Summary of each day;
        * ``continuum/NAME.png``, if asked for;
        * ``pictures.csv``: name, time, sequence and where the disk is;
        * ``truth/SEQUENCE.csv``: a row a region and picture (see `read_truth`).

        Sequences that are there already are kept if everything else is the same.
    n : int
        Number of pictures; every `in_a_row` of them show one Sun.
    seed : int
        Sequence i depends on (seed, n, i) alone.
    size : int
        Pixels of a side.
    fits : int, optional
        Only the first so many pictures are written as FITS too; by default all.
    continuum : bool
        Write intensity pictures too.
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
        An unknown physical parameter, a number of pictures or a size out of range, or a folder that
        holds pictures of another simulation.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.simulate import sunspots
    >>> folder = sunspots.make(tempfile.mkdtemp(), 2, size=128, fits=1, rate=0.0)  # a quiet Sun
    >>> [len(list(folder.glob(f"{part}/*"))) for part in ("png", "fits", "boxes")]
    [2, 1, 2]
    >>> next(folder.glob("boxes/*.txt")).read_text()  # no region, no box
    ''
    """
    folder = Path(folder)
    p = physics_of(Physics, physics)
    if not 64 <= size <= 4096 or not 0.1 <= p.radius <= 0.5:
        raise UsageError(
            f"no disk of {p.radius} times the side fits a picture of {size} pixels.",
            advice="Sizes go from 64 to 4096, radii from 0.1 to 0.5.",
        )
    table = plan(n, seed, p)
    fits = n if fits is None else fits
    recipe = {"simulator": VERSION, "n": n, "seed": seed, "size": size, "fits": fits,
              "continuum": continuum, "physics": asdict(p)}  # fmt: skip
    keep_recipe(folder, recipe, "pictures")
    middle, radius = (size - 1) / 2, p.radius * size
    table = table.assign(
        disk_x=middle,
        disk_y=middle,
        disk_radius=radius,
        b0=[sun_b0(t) for t in table.time],
        l0=[carrington_longitude(t) for t in table.time],
    )
    with atomic_path(folder / SUN_TABLE) as tmp:
        table.to_csv(tmp, index=False, float_format="%.4f")
    for name in (SUN_PNG, BOXES, SUMMARIES):
        (folder / name).mkdir(exist_ok=True)
    left = [job for job in table.groupby("sequence") if not _truth_file(folder, job[0]).exists()]
    write = partial(_write_sequence, folder=folder, size=size, seed=seed, p=p, fits=fits,
                    continuum=continuum)  # fmt: skip
    with progress(label="simulating magnetograms", total=sum(len(job[1]) for job in left)) as bar:
        for pictures in run(left, write, processes):
            bar.update(pictures)
    return folder


def _truth_file(folder: Path, i: int) -> Path:
    return folder / TRUTH / f"{i:03d}.csv"  # written last


def _write_sequence(
    job: tuple[int, pd.DataFrame], folder: Path, size: int, seed: int, p: Physics, fits: int,
    continuum: bool,
) -> int:  # fmt: skip
    i, rows = job
    start, end = rows.time.iloc[0], rows.time.iloc[-1]
    days = (end - start) / np.timedelta64(1, "D")
    sun = Sun(start, days, np.random.default_rng([seed, i, 1]), p, 10000 + NUMBERS * i)
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D") + 1
    for day in np.arange(first, last + 1):
        table = sun.summary(day)
        write_srs(
            folder / SUMMARIES, day, table.assign(area=(table.area / 10).round().clip(1) * 10)
        )
    truth = []
    for row in rows.itertuples():
        rng = np.random.default_rng([seed, row.Index, 2])
        disk = (row.disk_x, row.disk_y, row.disk_radius)
        view = View((size, size), disk, row.b0)
        time = np.datetime64(row.time, "s")
        field, bright, seen = sun.look(time, view, rng)
        write_magnetogram(folder / SUN_PNG / f"{row.picture}.png", field, time, disk)
        if row.Index < fits:
            path = folder / SUN_FITS / f"{row.picture}.fits"
            write_magnetogram(path, field, time, disk, row.b0, row.l0, solar_radius(time))
        if continuum:
            path = folder / CONTINUUM / f"{row.picture}.png"
            write_grey(path, sun_field.continuum(bright, view, rng))
        boxes = seen.dropna(subset=CORNERS).assign(label="sunspot")
        write_kitti(folder / BOXES / f"{row.picture}.txt", boxes)
        seen.insert(0, "picture", row.picture)
        truth.append(seen)
    with atomic_path(_truth_file(folder, i)) as tmp:
        pd.concat(truth).to_csv(tmp, index=False, float_format="%.3f")
    return len(rows)


def read_truth(folder: str | PathLike) -> pd.DataFrame:
    """The truth beside the pictures of `make`.

    Returns
    -------
    DataFrame, one row a region and picture
        `picture`, `time`, `sequence`; `number` of the region; `latitude`, `longitude` (degrees from
        the central meridian, west positive) and `carrington` of its spots at that time, their
        `area` (millionths of the hemisphere), `extent` (degrees of longitude) and number `spots`,
        `mcintosh` and `mount_wilson` class: NaN or "" where no spot is left; `leading` polarity and
        `tilt` of the region; box `x1`, `y1`, `x2`, `y2` in pixels, NaN if it is not to be seen.

    Raises
    ------
    MissingDataError
        The folder is not one of `make`, or not complete.
    DataFileError
        A table is damaged.
    """
    folder = Path(folder)
    note = folder / SUN_TABLE
    if not note.exists():
        raise MissingDataError("is no folder of simulated magnetograms.", folder)
    columns = ["picture", "time", "sequence"]
    pictures = _table(note, columns, parse_dates=["time"])[columns]
    files = [_truth_file(folder, i) for i in pictures.sequence.unique()]
    for file in files:
        if not file.exists():
            raise MissingDataError("is missing.", file, "Call make again: it does the rest.")
    words = ["mcintosh", "mount_wilson"]
    truth = pd.concat([_table(file, ["picture", *words]) for file in files], ignore_index=True)
    truth[words] = truth[words].fillna("")
    return pictures.merge(truth, on="picture")


def _table(file: Path, columns: list[str], **how) -> pd.DataFrame:
    with untrusted(file, "table", "Delete it and call make again."):
        table = pd.read_csv(file, **how)
        if absent := [name for name in columns if name not in table]:
            raise ValueError(f"no column {', '.join(absent)}")
        return table
