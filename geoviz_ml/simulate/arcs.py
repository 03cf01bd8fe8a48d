"""Nights of arcs over THEMIS all-sky imagers, in the imagers' own files, with masks.

A night has a station, a display (`geoviz_ml.simulate.arc_display`), weather, and perhaps the Moon
or twilight; every few minutes of it one raw minute is written. A frame is drawn in kR, seen
through trees, cloud, air and lens, and exposed (`all_sky`, `night_sky`, `station`).

An arc's pixel is one in which the light of discrete forms (curtains, not the diffuse layer) that
reaches the lens is above `Physics.level`, and above `Physics.share` of the brightest arc of the
frame (as a hand draws a bright arc by its edge, not by its last light), before noise and before
anything else is added. An arc behind thick cloud is no arc, one that moonlight drowns is one.

The Moon's strength and glare enclose the radial profile of the Moon in raw frames of Gillam, of
10 March 2014.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from ..datasets.arcs import read_truth as read_truth  # of what `make` writes
from ..datasets.layout import SKYMAPS, STREAM, TRUTH, TRUTH_TABLE
from ..errors import UsageError
from ..files import atomic_path
from ..progress import progress
from .all_sky import extinction
from .arc_display import DISPLAYS
from .curtain import PEAK, draw_curtains, draw_sheet
from .night_sky import Cloud, Night, dark_sky, equatorial_to_sky, moonlight, stars
from .parallel import run
from .recipe import keep_recipe, physics_of
from .station import STATIONS, Station, horizon, sidereal, sun, twilight, views
from .writers import themis_name, write_themis
from .writers_skymap import write_skymap

VERSION = 3  # of the simulated sky: another number, other bytes
DARK = -12.0  # elevation of the Sun in degrees below which the imagers run
LATE = np.timedelta64(63, "ms")  # of a minute's first frame, as of real ones
FIRST, LAST = np.datetime64("2008-01-01"), np.datetime64("2014-12-31")


@dataclass(frozen=True)
class Physics:
    """What simulated nights are made of; give any of these to `make` as keyword arguments.

    Examples
    --------
    >>> from geoviz_ml.simulate import arcs
    >>> night = arcs.Physics()
    >>> night.minutes * night.every  # minutes of a night
    40.0
    >>> round(1 - night.substorm - night.quiet - night.diffuse, 2)  # share of nights without aurora
    0.15
    """

    minutes: int = 8  # raw minutes of a night
    every: float = 5.0  # minutes between their beginnings
    frames: int = 20  # of a minute; the imagers take one in 3 s
    stations: int = 6  # of the six known ones, in turn
    substorm: float = 0.4  # share of nights with a breakup
    quiet: float = 0.3  # share of nights with arcs only
    diffuse: float = 0.15  # share with diffuse aurora; the rest has none
    moon: float = 0.25  # probability that the Moon is up
    haze: float = 0.2  # probability of thin cloud
    broken: float = 0.15  # probability of broken cloud
    overcast: float = 0.1  # probability of a sky full of cloud
    dusk: float = 0.15  # probability that the night begins or ends in twilight
    brightness: float = 1.0  # factor on that of the aurora
    level: float = 1.5  # kR of an arc's pixel, at least
    share: float = 0.15  # of the frame's brightest arc (99th percentile of its pixels), at least
    response: float = 300.0  # counts per kR at the zenith
    blur: float = 0.7  # standard deviation of the optics' point spread, pixels


class Scene:
    """One night: everything that is drawn once, and frames at any time of it.

    Parameters
    ----------
    station : Station
    kind, weather : str
        A key of `DISPLAYS`; "clear", "haze", "broken" or "overcast".
    moon : bool
    time : datetime64
        When `seconds` are 0.
    rng : numpy.random.Generator
    physics : Physics
    """

    def __init__(
        self, station: Station, kind: str, weather: str, moon: bool, time: np.datetime64,
        rng: np.random.Generator, physics: Physics | None = None,
    ):  # fmt: skip
        self.physics = p = physics or Physics()
        self.station, self.time = station, time
        self.view, self.magnetic = views(station.number)
        self.where = self.magnetic.shell(PEAK)
        self.trees, self.lamps = horizon(station.number)
        start = float(sidereal(time, station.longitude))
        town = np.random.default_rng([1905, station.number])
        self.night = replace(
            Night.draw(rng), latitude=station.latitude, sidereal=start,
            town=town.gamma(0.7, 4.0), town_azimuth=town.uniform(0, 360),
        )  # fmt: skip
        self.camera = station.camera(p.response * self.night.clarity)
        self.field = station.camera(p.response, magnetic=True)
        self.draw = DISPLAYS[kind](rng)
        self.cloud = _cloud(weather, rng)
        self.moon = (start + rng.uniform(-60, 60), rng.uniform(-5, 25)) if moon else None
        self.phase, self.frost = 10 ** rng.uniform([-0.5, -2.2], [0.3, -1.0])

    def radiance(self, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """The sky and, apart, its arcs, in kR, float32 (y, x): as the chip sees the sky, and as
        the arcs' light reaches the lens."""
        view, night, p = self.view, self.night, self.physics
        curtains, column = self.draw(seconds, *self.where)
        loss = extinction(view.zenith, night.loss) * self.trees
        arcs = draw_curtains(curtains, self.field).ravel()[view.pixels] * p.brightness * loss
        sheet = draw_sheet(column, view) * p.brightness * loss
        now = night.hour_angle(seconds)
        glow = np.zeros_like(sheet)
        if self.moon:
            zenith, azimuth = equatorial_to_sky(*self.moon, night.latitude, now)
            glow = glow + moonlight(view, night, zenith, azimuth, self.phase, self.frost)
        elevation, azimuth = sun(
            self.time + np.timedelta64(int(1000 * seconds), "ms"), self.station
        )
        glow = glow + twilight(view, elevation, azimuth)
        sky = dark_sky(view, night, seconds)
        points = stars(view, night, seconds).ravel()[view.pixels]
        if self.cloud:
            through, lit = self.cloud.seen(view, night, seconds)
            lit = lit + (1 - through) * 0.3 * (np.mean(arcs + sheet) + np.mean(glow))
            arcs, sheet, points = arcs * through, sheet * through, points * through
            sky, glow = sky * through + lit, glow * through**0.5
        total = arcs + sheet + (sky + glow + points) * self.trees
        total = view.frame(total * self.camera.lens(view.zenith)) + self.lamps
        return gaussian_filter(total, p.blur), gaussian_filter(view.frame(arcs), 2 * p.blur)


def arc_mask(arcs: np.ndarray, p: Physics) -> np.ndarray:
    """Pixels of the arcs, bool (y, x), of their light (y, x) in kR; `p` has the levels."""
    bright = arcs > p.level
    if not bright.any():
        return bright
    return arcs > max(p.level, p.share * np.percentile(arcs[bright], 99))


def _cloud(weather: str, rng: np.random.Generator) -> Cloud | None:
    """Cloud of a night."""
    cloud = Cloud.draw(rng, cover=(0.2, 0.8), thick=(0.2, 0.8))
    if weather == "broken":
        return replace(cloud, soft=rng.uniform(1, 2.5), thick=rng.uniform(1.5, 4), light=6.0)
    if weather == "overcast":
        return replace(cloud, cover=1.0, soft=2.0, thick=rng.uniform(3, 5), light=10.0)
    return cloud if weather == "haze" else None


def make(
    folder: str | PathLike, n: int, seed: int = 0, *, processes: int | None = None,
    **physics: float,
) -> Path:  # fmt: skip
    """Write `n` raw minutes; the same seed writes the same bytes.

    Parameters
    ----------
    folder : path-like
        Gets ``stream0/YYYY/MM/DD/<site>_<imager>/utHH/*.pgm.gz`` as in the archive, the masks of
        each minute under the same path in ``truth`` (``.npz``, see `read_truth`),
        ``skymaps/*.sav``, and ``truth.csv``: a row a minute with its `file`, `site`, `night`,
        `time` (UT), `seconds` from the onset, `kind` of display, `weather`, `moon`, elevation of
        the `sun` (degrees) and `arc`, the share of the pixels above the horizon that are arc.
        Minutes that are there already are kept if the seed and the physics are the same.
    n : int
        Number of minutes.
    seed : int
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
        An unknown physical parameter, one that makes no sense, fewer than one minute or more than
        9999, or a folder that holds another simulation.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from geoviz_ml.simulate import arcs
    >>> folder = arcs.make(tempfile.mkdtemp(), 2, frames=1)
    >>> table = pd.read_csv(folder / "truth.csv")
    >>> len(list(folder.glob("stream0/**/*.pgm.gz"))), table.night.tolist()  # of one night
    (2, [0, 0])
    """
    folder = Path(folder)
    p = physics_of(Physics, physics)
    if not 1 <= n <= 9999:
        raise UsageError(f"cannot simulate {n} minutes: ask for 1 to 9999.")
    if not (1 <= p.frames <= 20 and 1 <= p.minutes and 1 <= p.every <= 60):
        raise UsageError("a night has 1 or more minutes, 1 to 60 apart, of 1 to 20 frames.")
    if not 1 <= p.stations <= len(STATIONS) or p.minutes * p.every > 480:
        raise UsageError(f"there are {len(STATIONS)} stations, and nights of at most 8 hours.")
    keep_recipe(folder, {"simulator": VERSION, "n": n, "seed": seed, "physics": asdict(p)},
                "minutes")  # fmt: skip
    if (folder / TRUTH_TABLE).exists():  # written last
        return folder
    table = timetable(n, seed, p)
    for site in sorted(set(table.site)):
        s = _station(site)
        write_skymap(folder / SKYMAPS, s.camera(p.response), s.site, s.imager, s.latitude,
                     s.longitude, FIRST)  # fmt: skip
    first = table.groupby("night")[["time", "seconds"]].transform("first")
    onset = first.time - (1000 * first.seconds).astype(int).astype("timedelta64[ms]")
    places = zip(table.time + LATE, map(_station, table.site), strict=True)
    table.insert(0, "file", [themis_name(time, s.site, s.imager) for time, s in places])
    last = ~table.file.duplicated(keep="last")  # of thousands of nights, some are of one minute
    jobs = list(table.assign(onset=onset, last=last).itertuples(name=None))
    write = partial(_write_minute, folder=folder, seed=seed, p=p)
    table["arc"] = list(progress(run(jobs, write, processes), "simulating minutes", n))
    with atomic_path(folder / TRUTH_TABLE) as tmp:
        table.to_csv(tmp, index=False, lineterminator="\n")
    return folder


def _write_minute(job: tuple, folder: Path, seed: int, p: Physics) -> float:
    """Share of arcs of a row of the table, which is drawn and written if it is not there."""
    i, file, site, night, time, seconds, kind, weather, moon, _, onset, last = job
    station = _station(site)
    path = folder / TRUTH / file.replace(".pgm.gz", ".npz")  # written last
    if last and path.exists():
        masks = read_truth(folder, file)
    else:
        after = np.arange(p.frames) * 60 / p.frames
        times = time + (1000 * after).astype("timedelta64[ms]") + LATE
        scene = _scene(station, kind, weather, moon, onset, (seed, 2, night), p)
        noise = np.random.default_rng([seed, 3, i])
        drawn = [scene.radiance(seconds + s) for s in after]
        frames = np.stack([scene.camera.expose(sky, noise) for sky, _ in drawn])
        masks = np.stack([arc_mask(arcs, p) for _, arcs in drawn])
        if last:
            place = station.site, station.imager, station.latitude, station.longitude
            write_themis(folder / STREAM, frames, times, *place)
            _write_truth(path, masks)
    return round(masks.sum() / (p.frames * len(views(station.number)[0].pixels)), 4)


def _write_truth(path: Path, masks: np.ndarray) -> None:
    with atomic_path(path) as tmp, tmp.open("wb") as file:
        np.savez_compressed(file, arcs=np.packbits(masks), shape=np.array(masks.shape))


@lru_cache(1)
def _scene(station, kind, weather, moon, onset, seed: tuple[int, ...], p: Physics) -> Scene:
    """The night of the minute before, as a rule."""
    return Scene(station, kind, weather, moon, onset, np.random.default_rng(seed), p)


def timetable(n: int, seed: int, p: Physics | None = None) -> pd.DataFrame:
    """Station, night, time, display, weather, Moon and Sun of each of `n` minutes, in order.

    The same `n`, `seed` and physics `p`, the same table.
    """
    p = p or Physics()
    rng = np.random.default_rng([seed, n, 0])
    nights = -(-n // p.minutes)
    days = np.arange(FIRST, LAST)
    winter = np.isin(days.astype("datetime64[M]").astype(int) % 12, (0, 1, 2, 9, 10, 11))
    days = rng.choice(days[winter], nights, replace=nights > winter.sum())
    order = rng.permutation(len(STATIONS))[: p.stations]
    share = np.cumsum([p.substorm, p.quiet, p.diffuse])
    sky = np.cumsum([p.haze, p.broken, p.overcast])
    rows = []
    for night, day in enumerate(days):
        station = STATIONS[order[night % p.stations]]
        kind = [*DISPLAYS][np.searchsorted(share, rng.random())]
        weather = ("haze", "broken", "overcast", "clear")[np.searchsorted(sky, rng.random())]
        moon = bool(rng.random() < p.moon)
        start = _start(station, day, p, rng)
        onset = rng.uniform(0.3, 0.7) * p.minutes * p.every * 60
        for k in range(min(p.minutes, n - len(rows))):
            time = start + np.timedelta64(int(60_000 * p.every * k), "ms")
            seconds = round(60 * p.every * k - onset, 1)
            up = round(float(sun(time, station)[0]), 2)
            rows.append((station.site, night, time, seconds, kind, weather, moon, up))
    columns = ["site", "night", "time", "seconds", "kind", "weather", "moon", "sun"]
    return pd.DataFrame(rows, columns=columns)


def _start(station: Station, day, p: Physics, rng: np.random.Generator) -> np.datetime64:
    """A whole minute at which a night's first file begins, while the Sun is low enough."""
    midnight = day.astype("datetime64[m]") + int(-4 * station.longitude)
    length = round(p.minutes * p.every)
    minutes = midnight + np.arange(-480, 481)
    low = sun(minutes, station)[0] < DARK
    first, last = minutes[low][0], minutes[low][-1] - length
    if rng.random() < p.dusk:
        start = (first, last)[rng.integers(2)]
    else:
        start = midnight + int(rng.uniform(-180, 180 - length))
    return max(first, min(start, last)).astype("datetime64[ms]")


def _station(site: str) -> Station:
    return next(s for s in STATIONS if s.site == site)
