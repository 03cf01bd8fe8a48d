"""The regions of one simulated Sun: when they emerge, what a summary says of them, how they look.

Regions emerge for fifty days before the first picture, so that the decayed remains of old ones are
there too. `active_region` grows and decays them, `spot_classes` names them, `sun_field` draws them.

References: Oliveira and Gradvohl 2020 (what is labelled); Hale et al. 1919 (polarities and tilt).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import find_objects, gaussian_filter, label

from ..geometry.sun import carrington_longitude
from . import solar_cycle, sun_field
from .active_region import DEGREE, Region, draw_region
from .spot_classes import magnetic_class, mcintosh
from .sun_disk import View

HISTORY = 50.0  # days before the first picture in which regions emerge
NUMBERS = 125  # of NOAA's, set aside for a sequence
SUMMARY = ["number", "latitude", "longitude", "carrington", "area", "mcintosh", "extent", "spots",
           "mount_wilson", "leading", "tilt"]  # fmt: skip
FAINT = 5e20  # maxwell of each polarity below which a region without spots is part of the network
DENSE = 0.2  # part of a box that is strong field; less is thin remains, which nobody would mark
CORNERS = ["x1", "y1", "x2", "y2"]


@dataclass(frozen=True)
class Physics:
    """What a simulated Sun is made of; give any of these to `make` as keyword arguments."""

    in_a_row: int = 14  # pictures in a sequence
    step: float = 24.0  # hours between pictures
    rate: float = 2.6  # regions that emerge a day on the whole Sun in the cycle's maximum
    area: float = 60.0  # largest spot area of a region, median, millionths of the hemisphere
    area_spread: float = 1.25  # standard deviation of its logarithm
    anti_hale: float = 0.05  # share of the regions with the polarities exchanged
    complexity: float = 1.0  # factor on the odds of kinds beyond alpha and beta
    network: float = 1.0  # factor on the field of the quiet Sun
    noise: float = 3.3  # G a pixel, at the disk's centre
    radius: float = 0.46  # ratio to the picture's side; HMI's own pictures have 0.385
    visible: float = 70.0  # G: field of a region, smoothed, that an annotator sees


class Sun:
    """The regions of one sequence, as they are at any time of it.

    Parameters
    ----------
    start : datetime-like, UT
        First picture.
    days : float
        From the first to the last picture.
    rng : numpy.random.Generator
    physics : Physics
    first_number : int
        NOAA number of the first region.
    """

    def __init__(
        self, start: np.datetime64, days: float, rng: np.random.Generator,
        physics: Physics | None = None, first_number: int = 11000,
    ):  # fmt: skip
        self.physics = p = physics or Physics()
        self.start = np.datetime64(start, "s")
        self.regions: list[Region] = []
        rate = p.rate * solar_cycle.activity(start)
        for born in np.sort(rng.uniform(-HISTORY, days, rng.poisson(rate * (HISTORY + days)))):
            latitude = solar_cycle.draw_latitude(start, rng)
            area = float(np.clip(p.area * rng.lognormal(0, p.area_spread), 3, 3000))
            hale = 1 if rng.random() >= p.anti_hale else -1
            region = draw_region(
                born=float(born),
                latitude=latitude,
                carrington=float(rng.uniform(0, 360)),
                tilt=solar_cycle.draw_tilt(latitude, area, rng),
                leading=hale * solar_cycle.leading_polarity(start, latitude),
                area=area,
                rng=rng,
                complexity=p.complexity,
            )
            for _ in range(20):  # what emerges within a region belongs to it
                if not any(region.meets(other) for other in self.regions):
                    self.regions.append(region)
                    break
                region.carrington = float(rng.uniform(0, 360))
        self._give_numbers(days, first_number)

    def _give_numbers(self, days: float, number: int) -> None:
        """Number those in sight during the sequence, in the order in which they came to sight."""
        day = np.arange(-HISTORY, days + 1, 0.5)
        time = self.start + (day * 86400).astype("timedelta64[s]")
        l0 = np.array([carrington_longitude(t) for t in time])
        first = np.full(len(self.regions), np.inf)
        for i, region in enumerate(self.regions):
            age = day - region.born
            away = self.from_meridian(region, age, l0)
            spotted = (age < region.bare) | (region.flux_at(age) > FAINT)
            seen = (age > 0) & (np.abs(away) < 90) & spotted
            if seen[day >= 0].any():
                first[i] = day[seen.argmax()]
        for i in np.argsort(first, kind="stable")[: min(np.isfinite(first).sum(), NUMBERS)]:
            self.regions[i].number, number = number, number + 1

    def age(self, region: Region, time: np.datetime64) -> float:
        """Days since the region emerged."""
        return float((np.datetime64(time, "s") - self.start) / np.timedelta64(1, "D")) - region.born

    @staticmethod
    def from_meridian(region: Region, age: float | np.ndarray, l0: float | np.ndarray):
        """Longitude of a region's middle from the central meridian, -180 to 180 degrees.

        `age` is in days, `l0`, the Carrington longitude of the disk's centre, in degrees; they have
        any shape, and broadcast.
        """
        return (region.place(0, 0, age)[1] - l0 + 180) % 360 - 180

    def day(self, region: Region, time: np.datetime64) -> dict | None:
        """What a summary says of a region at a time (UT); None if no spot is in sight.

        The columns that `write_srs` wants, and the region's leading polarity and tilt.
        """
        age, l0 = self.age(region, time), carrington_longitude(time)
        if not 0 < age < region.bare:
            return None
        if abs(self.from_meridian(region, age, l0)) > 110:
            return None
        spots = region.spots_at(age)
        if len(spots["u"]) == 0:
            return None
        weight = spots["area"] / spots["area"].sum()
        latitude, carrington = region.place(spots["u"] @ weight, spots["v"] @ weight, age)
        longitude = (carrington - l0 + 180) % 360 - 180
        if abs(longitude) > 88:
            return None
        extent = max(
            np.ptp(region.place(spots["u"], spots["v"], age)[1]),
            2 * spots["radius"][0] / DEGREE,
            1.0,
        )
        return {
            "number": region.number,
            "latitude": float(latitude),
            "longitude": float(longitude),
            "carrington": float(carrington % 360),
            "area": float(spots["area"].sum()),
            "mcintosh": mcintosh(spots, extent),
            "extent": float(extent),
            "spots": len(weight),
            "mount_wilson": magnetic_class(spots),
            "leading": region.leading,
            "tilt": region.tilt,
        }

    def summary(self, time: np.datetime64) -> pd.DataFrame:
        """The regions with spots on the near side, in the order of their numbers."""
        rows = [self.day(region, time) for region in self.regions if region.number]
        table = pd.DataFrame([row for row in rows if row], columns=SUMMARY)
        return table.sort_values("number").reset_index(drop=True)

    def look(
        self, time: np.datetime64, view: View, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
        """Draw the Sun at a time.

        Returns
        -------
        field : ndarray (H, W), G
            Line of sight, with noise; NaN off the disk.
        bright : ndarray (H, W)
            Brightness of the surface without limb darkening: 1, less in spots.
        truth : DataFrame
            A row a region with spots or a box: its row of `summary` (NaN without spots), its box
            `x1`, `y1`, `x2`, `y2` in pixels (NaN if too faint to be seen).
        """
        p, l0 = self.physics, carrington_longitude(time)
        network = sun_field.Network(rng)
        cap = solar_cycle.polar_field(time)
        field = sun_field.element_field(view, *network.quiet(5e18 * p.network, cap, view.b0))
        bright = np.ones(view.shape)
        rows = []
        for region in self.regions:
            age = self.age(region, time)
            if age <= 0 or abs(self.from_meridian(region, age, l0)) > 110:
                continue
            spots, plage = region.spots_at(age), region.plage_at(age)
            latitude, carrington = region.place(spots["u"], spots["v"], age)
            dark = view.vectors(latitude, carrington - l0)
            latitude, carrington = region.place(plage["u"], plage["v"], age)
            places = view.vectors(latitude, carrington - l0)
            near = places[:, 2] > 0
            pull = min(0.3 + 0.1 * age, 1)  # a young region withstands the flow
            places = network.gather(places[near], 1.8, pull)
            every = np.concatenate([places, dark[dark[:, 2] > 0]])
            part, where = view.part(every, 20 / view.mm)
            if 0 in part.shape:
                continue
            own = sun_field.element_field(part, places, plage["flux"][near])
            sun_field.add_spots(own, bright[where], part, dark, spots)
            field[where] += own
            if not region.number:
                continue
            row = self.day(region, time)
            box = seen_box(own, part, view.shape, p.visible)
            if box is not None or row:
                x, y = where[1].start, where[0].start
                corners = [np.nan] * 4 if box is None else box + (x, y, x, y)
                row = row or {"number": region.number}
                rows.append({**row, **dict(zip(CORNERS, corners, strict=True))})
        truth = pd.DataFrame(rows, columns=[*SUMMARY, *CORNERS])
        return sun_field.expose(field, view, p.noise, rng), bright, truth


def seen_box(
    own: np.ndarray, view: View, shape: tuple[int, int], visible: float
) -> np.ndarray | None:
    """Box around what an annotator sees of a region's own field `own` (H, W), G, or None.

    The box is (4,): x1, y1, x2, y2, pixels of the view.

    The strength of the field is smoothed over 6 Mm; the box goes round the pieces above `visible`
    gauss that are not dwarfed by the largest, and a margin of 1 pixel in a picture of 256. Pieces
    that fill too little of it are old remains and get none. The paper's limit is an area of 36
    pixels in such a picture. `shape` is that of the whole picture.
    """
    scale = shape[0] / 256
    smooth = gaussian_filter(np.abs(own), 6 / view.mm) * (view.mu > 0)
    pieces, count = label(smooth > visible)
    if count == 0:
        return None
    sizes = np.bincount(pieces.ravel())[1:]
    large = sizes > 0.15 * sizes.max()
    kept = [o for o, chosen in zip(find_objects(pieces), large, strict=True) if chosen]
    low = np.min([[o[1].start, o[0].start] for o in kept], axis=0) - scale
    high = np.max([[o[1].stop, o[0].stop] for o in kept], axis=0) + scale
    low, high = np.clip([low, high], 0, view.shape[::-1])
    area = np.prod(high - low)
    seen = area > 36 * scale**2 and sizes[large].sum() > DENSE * area
    return np.concatenate([low, high]) if seen else None
