"""An active region: its spots and its plage, from emergence to decay.

Places within a region are megametres along the axis of the bipole (`u`, positive to the leading
end) and across it (`v`). Flux is in maxwell, areas are in millionths of the solar hemisphere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sun_disk import CARRINGTON, MM, rotation_rate

MILLIONTH = 2 * np.pi * MM**2 * 1e-6  # square megametres
DEGREE = np.radians(1) * MM  # megametres
ELEMENT = 1e19  # flux of an element of plage, mean
SMALLEST = 1.0  # area of a spot that is counted
UMBRA = 0.42  # its radius over that of the spot
MEAN_FIELD = 0.2946  # vertical field over a spot, mean over centre: of the profile in `sun_field`


def central_field(area: np.ndarray) -> np.ndarray:
    """Field in the middle of spots of an `area` in millionths, G; `area` has any shape.

    1500 + 500 log10(area), and at most 2900 G: larger spots are stronger.
    """
    return np.clip(1500 + 500 * np.log10(np.maximum(area, 1)), 1500, 2900)


def spot_radius(area: np.ndarray) -> np.ndarray:
    """Radius in megametres of round, flat spots of an `area` in millionths, of its shape."""
    return np.sqrt(np.maximum(area, 0) * MILLIONTH / np.pi)


@dataclass
class Region:
    """One region; `draw_region` makes it up.

    Times are days; `born` counts from the start of the history the region belongs to. `spots`
    (k,) and `plage` (n,) are arrays of what they are when the region is fully grown, by name; of
    `spots`, `shape` is (k, 4), and of `plage`, `step` is (2, n).
    """

    born: float
    latitude: float
    carrington: float  # longitude at birth
    tilt: float  # degrees, positive if the leading end is nearer to the equator
    leading: int  # sign of the leading polarity
    kind: str
    area: float  # of all spots, at most
    rise: float
    separation: float  # of the polarities, Mm, at most
    flux: float  # of each polarity, at most
    fade: float  # time in which 63 % of the plage cancels
    spots: dict[str, np.ndarray] = field(default_factory=dict)
    plage: dict[str, np.ndarray] = field(default_factory=dict)
    number: int = 0

    @property
    def bare(self) -> float:
        """Age in days at which the last spot is gone."""
        return self.rise + float(self.spots["life"].max())

    def meets(self, other: Region) -> bool:
        """Does it come up where `other` is, while that has spots?"""
        age = self.born - other.born
        if not 0 <= age < other.bare:
            return False
        latitude, carrington = other.place(0, 0, age)
        apart = (self.separation + other.separation) / 2 / DEGREE + 2  # degrees
        east = (self.carrington - carrington + 180) % 360 - 180
        return abs(east) < apart and abs(self.latitude - latitude) < max(0.6 * apart, 4)

    def growth(self, age: float | np.ndarray) -> np.ndarray:
        """Emerged part of the flux at an age in days, 0 to 1, of its shape."""
        return np.sin(np.pi / 2 * np.clip(age / self.rise, 0, 1)) ** 2

    def flux_at(self, age: float | np.ndarray) -> np.ndarray:
        """Flux of each polarity in maxwell at an age in days, of its shape."""
        return self.flux * self.growth(age) * np.exp(-np.maximum(age - self.rise, 0) / self.fade)

    def spread(self, age: float) -> float:
        """Separation of the polarities over its largest value, at an age in days."""
        return 0.35 + 0.65 * self.growth(age / 1.5)

    def spots_at(self, age: float) -> dict[str, np.ndarray]:
        """The spots of an age in days, largest first, an array (k,) for each of their properties.

        `u`, `v` and `radius` are in megametres, `area` in millionths, `sign` is +1 or -1. `shape`,
        (k, 4), are the waves, two and three around, by which the outline departs from a circle.
        """
        s = self.spots
        left = np.clip(1 - (age - self.rise) / s["life"], 0, 1) if age > self.rise else 1.0
        area = self.area * s["share"] * self.growth(age) * left
        radius = spot_radius(area)
        u, v = s["u"] * self.spread(age), s["v"] * self.spread(age)
        for i in np.flatnonzero(s["host"] >= 0):  # held in the penumbra of another spot
            host = s["host"][i]
            away = 0.58 * (radius[i] + radius[host])
            u[i] = u[host] + away * np.cos(s["angle"][i])
            v[i] = v[host] + away * np.sin(s["angle"][i])
        seen = np.flatnonzero(area >= SMALLEST)
        seen = seen[np.argsort(-area[seen], kind="stable")]
        values = {"u": u, "v": v, "sign": s["sign"] * self.leading, "area": area, "radius": radius,
                  "shape": s["shape"]}  # fmt: skip
        return {name: value[seen] for name, value in values.items()}

    def plage_at(self, age: float) -> dict[str, np.ndarray]:
        """The elements of plage of an age in days: `u`, `v` (megametres), `flux` (maxwell, signed).

        Each is an array (n,). What has emerged and is not in spots is plage, so both polarities
        have the same flux. It spreads like a random walk.
        """
        total, spots, p = self.flux_at(age), self.spots_at(age), self.plage
        inside = spots["area"] * MILLIONTH * 1e16 * MEAN_FIELD * central_field(spots["area"])
        steps = np.sqrt(0.004 * self.separation**2 + 2 * p["walk"] * age) * p["step"]
        u, v = np.stack([p["u"], p["v"]]) * self.spread(age) + steps
        flux = np.zeros(len(u))
        for side in (1, -1):
            here = np.flatnonzero(p["side"] == side)
            lacking = total - inside[spots["sign"] == side * self.leading].sum()
            here = here[: max(int(lacking / ELEMENT), 0)]
            weight = p["weight"][here]
            flux[here] = side * self.leading * lacking * weight / max(weight.sum(), 1e-9)
        shown = flux != 0
        return {"u": u[shown], "v": v[shown], "flux": flux[shown]}

    def place(self, u: np.ndarray, v: np.ndarray, age: float) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and Carrington longitude, degrees, of places in the region after `age` days.

        `u`, `v` (megametres) have any shape, and broadcast; longitudes may leave 0..360. The region
        turns with its own latitude, its parts with theirs as they grow apart.
        """
        pole = 1 if self.latitude >= 0 else -1
        tilt = np.radians(self.tilt)
        west = u * np.cos(tilt) + v * np.sin(tilt)
        north = pole * (v * np.cos(tilt) - u * np.sin(tilt))
        latitude = self.latitude + north / DEGREE
        longitude = self.carrington + west / (DEGREE * np.cos(np.radians(self.latitude)))
        return latitude, longitude + (rotation_rate(latitude) - CARRINGTON) * age


def draw_region(
    born: float,
    latitude: float,
    carrington: float,
    tilt: float,
    leading: int,
    area: float,
    rng: np.random.Generator,
    complexity: float = 1.0,
) -> Region:
    """Make up a region of a largest spot `area`: its kind, spots and plage.

    Parameters
    ----------
    born, latitude, carrington, tilt, leading
        As in `Region`: days, and angles in degrees.
    area : float
        Millionths of the hemisphere.
    rng : numpy.random.Generator
    complexity : float
        Factor on the odds of the kinds that are not simply alpha or beta.
    """
    kind = draw_kind(area, rng, complexity)
    extent = np.exp(0.453 + 0.324 * np.log(max(area, 5))) * DEGREE  # median of NOAA's summaries
    flux = 3.2e21 * (area / 100) ** 0.8 * rng.lognormal(0, 0.25)
    region = Region(
        born=born,
        latitude=latitude,
        carrington=carrington,
        tilt=tilt,
        leading=leading,
        kind=kind,
        area=area,
        rise=1.3 * (max(area, 10) / 50) ** 0.3 * rng.lognormal(0, 0.25),
        separation=0.6 * extent * rng.lognormal(0, 0.2),
        flux=flux,
        fade=20 * (area / 100) ** 0.15,
    )
    region.spots = _draw_spots(region, rng)
    region.plage = _draw_plage(region, rng)
    return region


def draw_kind(area: float, rng: np.random.Generator, complexity: float = 1.0) -> str:
    """Kind of a region of a largest spot area (millionths); large ones are more often complex.

    The odds are set so that the classes of region-days come out as often as in NOAA's summaries;
    `complexity` is a factor on those of the kinds that are not simply alpha or beta. `rng` draws.
    """
    size = area / (area + 350)
    odds = {
        "unipolar": 0.2 * (1 - size),
        "beta-gamma": 0.8 * size**1.5,
        "beta-delta": 0.035 * size**1.5,
        "beta-gamma-delta": 0.11 * size**2.5,
        "gamma": 0.0003 * size,
    }
    for name in list(odds)[1:]:
        odds[name] *= complexity
    total = sum(odds.values())
    odds["bipolar"] = max(1 - total, 0.02)
    chance = np.array(list(odds.values()))
    return list(odds)[rng.choice(len(odds), p=chance / chance.sum())]


def _draw_spots(region: Region, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Spots as parts of the whole area, at their places when the region is fully grown."""
    count = 2 + rng.poisson(1.1 * (region.area / 10) ** 0.68)
    if region.kind == "unipolar":
        count = 1 + rng.poisson(0.5)
    elif region.kind != "bipolar":
        count = max(count, 7)
    side = np.where(rng.random(count) < 0.5, 1, -1)
    side[0], side[1:2] = 1, -1
    share = rng.pareto(1.6, count) + 0.25
    share[0] = max(rng.uniform(0.4, 1.2) * share[2:].sum(), 1.0)  # one large spot leads
    share[1:2] = share[0] * rng.uniform(0.25, 0.8)
    half = region.separation / 2
    # the line u = 0 divides a simple bipole
    u = side * half * np.clip(rng.normal(1, 0.35, count), 0.3, 2)
    v = half * rng.normal(0, 0.25, count)
    u[0], v[0] = half, 0.0
    host, angle = np.full(count, -1), np.zeros(count)

    if region.kind == "unipolar":
        side[:], u = 1, np.abs(u)
    elif region.kind.startswith("beta-gamma"):
        # a following spot between two leading ones, and a leading one among those that follow
        side[2:6] = -1, 1, 1, -1
        share[2:6] = share[0] * rng.uniform(0.12, 0.45, 4)
        u[4] = u[0] + half * rng.uniform(0.3, 0.6) * rng.choice([-1, 1])
        v[4] = half * rng.uniform(0.4, 0.8) * rng.choice([-1, 1])
        between = rng.uniform(0.45, 0.6)
        u[2], v[2] = (between * x[4] + (1 - between) * x[0] for x in (u, v))
        u[3], v[3] = u[1] + half * 0.5 * rng.normal(), half * 0.3 * rng.normal()
    elif region.kind == "gamma":
        side = rng.permutation(np.resize([1, -1], count))
        u, v = half * rng.uniform(-1, 1, (2, count)) * [[1.0], [0.6]]
        share = 1 + rng.random(count)
    # umbrae of opposite polarity in one penumbra: astride the dividing line, or anywhere
    pair = None
    if region.kind == "beta-delta" or (region.kind == "gamma" and rng.random() < 0.6):
        u[0], pair, toward = half * rng.uniform(0.1, 0.2), 1, np.pi + rng.uniform(-0.5, 0.5)
    elif region.kind == "beta-gamma-delta":
        pair, toward = 5, rng.uniform(0, 2 * np.pi)
    if pair:
        host[pair], angle[pair], side[pair] = 0, toward, -side[0]
        share[pair] = share[0] * rng.uniform(0.3, 0.8)

    size = share / share.max()
    long = (4 + region.area / 20) * rng.lognormal(0, 0.35)  # decay of the largest spot
    life = long * np.where(side > 0, 1, 1.05) * size**0.3 * rng.lognormal(0, 0.2, count)
    return {
        "u": u, "v": v, "sign": side, "share": share / share.sum(), "life": life,
        "host": host, "angle": angle, "shape": rng.normal(0, 0.13, (count, 4)),
    }  # fmt: skip


def _draw_plage(region: Region, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Elements in clumps: each polarity is broken up, the following one more."""
    each = max(int(region.flux / ELEMENT), 4)
    parts = []
    for side, wide in ((1, 0.17), (-1, 0.25)):
        clumps = 3 + rng.poisson(2 + region.area / 100)
        of = rng.choice(clumps, each, p=rng.dirichlet(np.full(clumps, 1.5)))
        middle = rng.normal(0, wide, (2, clumps)) * [[1.2], [0.8]]
        parts.append(side * np.array([[0.5], [0]]) + middle[:, of])
    place = np.concatenate(parts, axis=1) * region.separation
    return {
        "side": np.repeat([1, -1], each),
        "u": place[0],
        "v": place[1],
        "weight": rng.exponential(1.0, 2 * each),
        "step": rng.standard_normal((2, 2 * each)),
        "walk": rng.gamma(1.2, 16, 2 * each),  # Mm^2/day: 220 km^2/s in the mean
    }
