"""A folder like OATH's: nights of an all-sky imager, in six classes with sub-types.

A *sequence* is one display seen some seconds to minutes apart; it drifts and changes little from
picture to picture. Most displays share the sky with a second, weaker one; the label is the first's.
Up to four sequences in a row share a night: its stars, haze and lights. Each picture is drawn in kR
(`aurora_forms`, `night_sky`), seen through the fisheye and exposed (`all_sky`), then cropped and
scaled as OATH's are (`geoviz_ml.prepare.oath_scale`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from ..datasets.layout import OATH_LABELS, TRUTH_TABLE
from ..errors import UsageError
from ..files import atomic_path
from ..prepare.scaling import oath_scale
from ..progress import progress
from ..readers.oath import CLASSES
from . import aurora_forms as forms
from .all_sky import AllSkyCamera, View, extinction
from .aurora_plan import COUNTS as COUNTS
from .aurora_plan import KINDS as KINDS
from .aurora_plan import plan
from .curtain import PEAK, Curtain, draw_curtains, draw_sheet
from .night_sky import Cloud, Night, dark_sky, moonlight, stars
from .parallel import run
from .recipe import keep_recipe, physics_of
from .writers_oath import picture_path, write_picture, write_tables

VERSION = 2  # of the simulated sky: another number, other bytes

FORMS = {
    "single": forms.single_arc, "multiple": forms.multiple_arcs, "faint": forms.faint_arc,
    "patches": forms.patches, "veil": forms.veil, "band": forms.broad_band,
    "folds": forms.folds, "curls": forms.curls, "rays": forms.rays, "beads": forms.beads,
    "omega": forms.omega_bands, "breakup": forms.breakup,
}  # fmt: skip
COMPANY = {  # other forms that share the sky: real displays are seldom alone
    "arc": ("veil", "band", "patches", "faint"),
    "diffuse": ("veil", "band", "patches", "faint"),
    "discrete": ("single", "multiple", "band", "veil", "patches"),
    "moon": ("single", "band", "patches", "folds"),
}


@dataclass(frozen=True)
class Physics:
    """What a simulated sky is made of; give any of these to `make` as keyword arguments.

    Examples
    --------
    >>> from geoviz_ml.simulate import aurora
    >>> sky = aurora.Physics()
    >>> round(sky.in_a_row * sky.step / 60, 1)  # minutes of a sequence of one class, mean
    6.8
    """

    in_a_row: float = 20.4  # mean count of a sequence; the real table has 20.4 of one class
    step: float = 20.0  # seconds between pictures, median over sequences
    brightness: float = 1.0  # factor on that of the aurora
    company: float = 0.7  # probability of another, weaker form in the same sky
    haze: float = 0.4  # probability of thin cloud where the class is not cloudy
    response: float = 380.0  # counts per kR at the zenith
    unlike: float = 4 / 3  # power of `Night.clarity`: these are imagers of many stations
    blur: float = 0.7  # standard deviation of the optics' point spread, pixels


class Scene:
    """One sequence: everything that is drawn once, and pictures at any time of it.

    Parameters
    ----------
    name, kind : str
        Class and sub-type, see `KINDS`.
    night : Night
    rng : numpy.random.Generator
    physics : Physics
    """

    def __init__(
        self, name: str, kind: str, night: Night, rng: np.random.Generator,
        physics: Physics | None = None,
    ):  # fmt: skip
        self.physics = p = physics or Physics()
        self.night, self.name, self.kind = night, name, kind
        self.camera = AllSkyCamera(response=p.response * night.clarity**p.unlike)
        self.view = _geometry()
        self.forms = [(1.0, FORMS.get(kind, forms.no_form)(rng))]
        if name in COMPANY and rng.random() < p.company:
            other = COMPANY[name][rng.integers(len(COMPANY[name]))]
            self.forms.append((0.35 * rng.lognormal(0, 0.5), FORMS[other](rng)))
        self.where = self.view.shell(PEAK)
        if kind == "lights":
            self.night = replace(night, town=night.town + 10 ** rng.uniform(0.8, 1.8))
        self.cloud = _draw_cloud(name, kind, rng, p)
        self.moon = None
        if name == "moon":
            self.moon = rng.uniform(25, 76), rng.uniform(0, 360)
            self.phase, self.frost = 10 ** rng.uniform([-1.4, -0.5], [0.1, 0.7])

    def aurora(self, seconds: float) -> tuple[list[Curtain], np.ndarray]:
        """Curtains and column brightness (n,) in kR of all forms, at the pixels of the view."""
        curtains, column = [], 0.0
        for share, draw in self.forms:
            more, light = draw(seconds, *self.where)
            curtains += [replace(c, brightness=share * c.brightness) for c in more]
            column = column + share * light
        return curtains, column

    def radiance(self, seconds: float) -> np.ndarray:
        """The sky in kR as the chip sees it, float32 (size, size)."""
        view, night, p = self.view, self.night, self.physics
        curtains, column = self.aurora(seconds)
        above = draw_curtains(curtains, self.camera) * p.brightness
        above += view.frame(draw_sheet(column, view) * p.brightness)
        loss = view.frame(extinction(view.zenith, night.loss))
        sky = dark_sky(view, night, seconds)
        glow = 0.0
        if self.moon:
            zenith, azimuth = self.moon
            azimuth = azimuth + seconds / 240
            glow = moonlight(view, night, zenith, azimuth, self.phase, self.frost)
        total = above * loss + stars(view, night, seconds)
        if self.cloud:
            through, lit = self.cloud.seen(view, night, seconds)
            lit = lit + (1 - through) * (0.15 * np.mean(column) + 0.3 * np.mean(glow))
            total = total * view.frame(through) + view.frame(lit)
            sky, glow = sky * through, glow * through**0.5
        total += view.frame(sky + glow)
        return gaussian_filter(total * view.frame(self.camera.lens(view.zenith)), p.blur)

    def picture(self, seconds: float, rng: np.random.Generator) -> np.ndarray:
        """A picture as OATH has it, uint8 (size, size), with fresh noise of `rng`, `seconds`
        after the first of its sequence."""
        return to_oath(self.camera.expose(self.radiance(seconds), rng))


@cache
def _geometry() -> View:
    """All pixels that OATH keeps: 0.85 of the half width sees 78 degrees from the zenith."""
    return AllSkyCamera().view(79.0)


def _draw_cloud(name: str, kind: str, rng: np.random.Generator, p: Physics) -> Cloud | None:
    """Cloud of a sequence, thick or thin as its class and sub-type say, or none."""
    cloud = Cloud.draw(rng, cover=(0.1, 0.6), thick=(0.2, 1.2))
    if name == "cloudy":
        cover = rng.uniform(0.5, 0.85) if kind == "broken" else 1.0
        soft, thick, light = rng.uniform(1, 4), rng.uniform(1.5, 4.5), 10 ** rng.uniform(0.3, 1.9)
        cloud = replace(cloud, cover=cover, soft=soft, thick=thick, light=light)
        if kind == "snow":  # it lies on the dome and does not move
            cloud = replace(cloud, wind=np.zeros(2), base=1.0, grain=rng.uniform(6, 14))
        return cloud
    if kind in ("haze", "cloud"):
        thick = rng.uniform(1.0, 3.0) if kind == "cloud" else 0.6
        return replace(cloud, cover=rng.uniform(0.4, 0.9), thick=thick)
    return cloud if name != "moon" and rng.random() < p.haze else None


def to_oath(counts: np.ndarray) -> np.ndarray:
    """Crop, scale and round raw counts (y, x) to the 8 bits of an OATH picture."""
    return np.rint(255 * oath_scale(counts)).astype(np.uint8)


def make(
    folder: str | PathLike, n: int, seed: int = 0, *, processes: int | None = None,
    **physics: float,
) -> Path:  # fmt: skip
    """Write `n` simulated pictures in the layout of OATH; the same seed writes the same bytes.

    Parameters
    ----------
    folder : path-like
        Gets what `geoviz_ml.simulate.writers_oath.write_oath` writes, and ``truth.csv``: a row a
        picture with its `picture` number, `name` and `kind` (class and sub-type, see `KINDS`),
        `sequence`, `night` and `seconds` since the night's first picture.
        Pictures that are there already are kept if the seed and the physics are the same.
    n : int
        Number of pictures; classes have OATH's shares.
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
        An unknown physical parameter, fewer than one picture or more than 99 999, or a folder that
        holds another simulation.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from geoviz_ml.simulate import aurora
    >>> folder = aurora.make(tempfile.mkdtemp(), 3, in_a_row=1.0)
    >>> table = pd.read_csv(folder / "truth.csv")
    >>> len(list(folder.glob("images/**/*.png"))), table.sequence.tolist()
    (3, [0, 1, 2])
    """
    folder = Path(folder)
    p = physics_of(Physics, physics)
    if not 1 <= n <= 99_999:
        raise UsageError(f"cannot simulate {n} pictures: ask for 1 to 99999.")
    recipe = {"simulator": VERSION, "n": n, "seed": seed, "physics": asdict(p)}
    keep_recipe(folder, recipe, "pictures")
    if (folder / OATH_LABELS).exists():  # written last
        return folder
    table = timetable(n, seed, p)
    with atomic_path(folder / TRUTH_TABLE) as tmp:
        table.drop(columns="class6").to_csv(tmp, index=False, lineterminator="\n")
    turned = np.random.default_rng([seed, n, 1]).integers(0, 360, n)  # told, not done, as in OATH
    left = [
        part
        for _, part in table.groupby("sequence")
        if not all(picture_path(folder, number).exists() for number in part.picture)
    ]
    write = partial(_write_sequence, folder=folder, seed=seed, p=p)
    with progress(label="simulating pictures", total=sum(map(len, left))) as bar:
        for pictures in run(left, write, processes):
            bar.update(pictures)
    return write_tables(folder, table.class6.to_numpy(), turned)


def _write_sequence(part: pd.DataFrame, folder: Path, seed: int, p: Physics) -> int:
    for number, picture in zip(part.picture, draw(part, seed, p), strict=True):
        write_picture(picture_path(folder, number), picture)
    return len(part)


def timetable(n: int, seed: int, p: Physics | None = None) -> pd.DataFrame:
    """Class, sub-type, sequence, night and time of each of `n` pictures, in order.

    The same `n`, `seed` and physics `p`, the same table.
    """
    p = p or Physics()
    rng = np.random.default_rng([seed, n, 0])
    rows, clock, night = [], 0.0, -1
    for number, row in enumerate(plan(n, rng, p.in_a_row).itertuples()):
        clock = 0.0 if row.night != night else clock + 600 * rng.lognormal(0, 0.5)
        night, step = row.night, p.step * rng.lognormal(0, 0.5)
        for _ in range(row.pictures):
            rows.append((len(rows) + 1, row.class6, CLASSES[row.class6], row.kind, number, night,
                         round(clock, 1)))  # fmt: skip
            clock += step
    columns = ["picture", "class6", "name", "kind", "sequence", "night", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def draw(table: pd.DataFrame, seed: int, p: Physics | None = None) -> Iterator[np.ndarray]:
    """Draw the pictures of a `timetable` one after the other, uint8 (256, 256).

    A sequence has random numbers of its own, of `seed` and its number: a part of the table with
    whole sequences gives the same pictures. `p` is the physics of the table.
    """
    for _, part in table.groupby("sequence"):
        first = part.iloc[0]
        rng = np.random.default_rng([seed, 2, first.sequence])
        sky = Night.draw(np.random.default_rng([seed, 3, first.night]))
        sky = replace(sky, sidereal=sky.hour_angle(float(part.seconds.mean())))
        scene = Scene(first["name"], first.kind, sky, rng, p)
        for seconds in part.seconds - part.seconds.mean():
            yield scene.picture(seconds, rng)
