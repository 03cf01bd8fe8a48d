"""From regions on the Sun to a line-of-sight magnetogram and a continuum picture.

Everything but the large spots is a heap of flux elements. They gather at the borders of
supergranules, where the flow of the surface carries them, and stand upright: an element of flux F
adds F mu^2 / (area of a pixel), because its field is seen at an angle (mu) and its place on the Sun
fills more of the pixel (mu again): a model of our own, after the network of Leighton, Noyes and
Simon 1962, Astrophys. J. 135, 474.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from .active_region import UMBRA, central_field
from .sun_disk import MM, View

SUPERGRANULE = 27.0  # Mm
LEAN = np.radians(77.0)  # of the field at a spot's edge
LIMB = (0.6, 0.15)  # limb darkening, as at 485 nm: 1 - a (1 - mu) - b (1 - mu)^2


class Network:
    """Borders of supergranules on the near side, drawn anew for each picture (they live a day)."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        count = int(4 * MM**2 * np.pi / SUPERGRANULE**2)
        height = 1 - (2 * np.arange(count) + 1) / count  # a lattice of golden angles
        turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
        ring = np.sqrt(1 - height**2)
        cells = np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1)
        cells = cells[height > -0.1]
        self.cells = _unit(cells + rng.normal(0, 0.32 * SUPERGRANULE / MM, cells.shape))
        self.tree = cKDTree(self.cells)

    def gather(self, places: np.ndarray, loose: float, pull: float = 1.0) -> np.ndarray:
        """Move unit vectors (k, 3) to the nearest border and along it to a corner of cells.

        Gives unit vectors (k, 3). `pull` is the share of the way that they have gone, `loose` their
        scatter in megametres (Mm).
        """
        if len(places) == 0:
            return places
        _, nearest = self.tree.query(places, k=3)
        first, second, third = np.moveaxis(self.cells[nearest], 1, 0)
        normal = _unit(second - first)  # of the border between the nearest two
        moved = places - (places * normal).sum(axis=1)[:, None] * normal
        corner = _unit(np.cross(second - first, third - first))  # where three cells meet
        corner *= np.sign((corner * first).sum(axis=1))[:, None]
        near = np.linalg.norm(corner - moved, axis=1) < SUPERGRANULE / MM
        toward = np.where(near, self.rng.beta(1.0, 2.5, len(places)), 0)
        moved = moved + toward[:, None] * (corner - moved)
        scatter = loose / MM * self.rng.standard_normal(places.shape)
        return _unit(places + pull * (moved - places) + scatter)

    def quiet(self, strength: float, cap: float, b0: float) -> tuple[np.ndarray, np.ndarray]:
        """Elements of the quiet Sun: unit vectors (k, 3) and fluxes (k,) in maxwell.

        Patches of both polarities, of a mean flux of `strength` (maxwell) an element; near the
        poles one of them prevails: `cap` is the northern polar field, from -1 to 1. `b0` is the
        latitude of the disk's centre, degrees.
        """
        rng = self.rng
        patches = 4500
        mu, turn = rng.random(patches), rng.uniform(0, 2 * np.pi, patches)
        ring = np.sqrt(1 - mu**2)
        middle = np.stack([ring * np.cos(turn), ring * np.sin(turn), mu], axis=1)
        b0 = np.radians(b0)
        up = middle[:, 1] * np.cos(b0) + middle[:, 2] * np.sin(b0)  # sine of the latitude
        lean = 0.6 * cap * np.sign(up) / (1 + np.exp(-(np.abs(up) - 0.88) / 0.03))
        flux = np.where(rng.random(patches) < 0.5 + 0.5 * lean, 1, -1) * rng.exponential(1, patches)
        of = np.repeat(np.arange(patches), 1 + rng.poisson(3, patches))
        seeds = _unit(middle[of] + 6 / MM * rng.standard_normal((len(of), 3)))
        return self.gather(seeds, 1.5), strength * flux[of] * rng.exponential(1, len(of))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def deposit(view: View, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum `values` (k,) into the four pixels around each place, a unit vector (k, 3).

    Returns (H, W), the shape of the view; places out of sight are left out.
    """
    height, width = view.shape
    x, y = view.pixels(places)
    inside = (places[:, 2] > 0) & (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
    x, y, values = x[inside], y[inside], values[inside]
    column, row = x.astype(int), y.astype(int)
    right, below = x - column, y - row
    corner = row * width + column
    index = np.concatenate([corner, corner + 1, corner + width, corner + width + 1])
    part = [(1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below]
    weight = np.concatenate([p * values for p in part])
    return np.bincount(index, weight, height * width).reshape(height, width).astype(float)


def element_field(view: View, places: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Line-of-sight field of upright elements, G, (H, W).

    `places` are unit vectors (k, 3), `flux` is in maxwell (k,), with its sign.
    """
    pixel = (view.mm * 1e8) ** 2  # square centimetres
    return deposit(view, places, flux * places[:, 2].clip(0) ** 2 / pixel)


def add_spots(
    field: np.ndarray, bright: np.ndarray, view: View, places: np.ndarray, spots: dict
) -> None:
    """Add the field of spots to `field` (G) and multiply `bright` by their darkness, in place.

    Both are (H, W), the shape of the view. `places` are unit vectors (k, 3) of the middles, and
    `spots` is as from `geoviz_ml.simulate.active_region.Region.spots_at`.

    The field of a spot fans out, from upright in the middle to 77 degrees at the edge, and falls to
    a quarter of its strength. So its edge toward the limb shows the opposite polarity.
    """
    columns = (spots[name] for name in ("radius", "area", "sign", "shape"))
    for place, radius, area, sign, shape in zip(places, *columns, strict=True):
        if place[2] <= 0:
            continue
        part, (rows, columns) = view.part(place[None], 1.5 * radius / view.mm + 1)
        steps = (np.arange(3) - 1) / (3 * view.disk[2])  # nine points a pixel
        west = (part.west[:, :, None] + steps).reshape(1, -1)
        north = (part.north[:, :, None] + steps).reshape(-1, 1)
        toward = np.sqrt(np.clip(1 - west**2 - north**2, 0, None))
        away = (west - place[0], north - place[1], toward - place[2])
        distance = np.sqrt(away[0] ** 2 + away[1] ** 2 + away[2] ** 2) + 1e-12
        turn = np.arctan2(away[1], away[0])
        waves = [np.cos(2 * turn), np.sin(2 * turn), np.cos(3 * turn), np.sin(3 * turn)]
        rho = distance * MM / radius / (1 + np.tensordot(shape, waves, 1))
        edge = np.clip((1.1 - rho) / 0.2, 0, 1) * (toward > 0)
        strength = sign * central_field(area) / (1 + 3.5 * rho**2) * edge
        lean = LEAN * np.minimum(rho, 1)
        line = strength * (np.cos(lean) * toward + np.sin(lean) * away[2] / distance)
        field[rows, columns] += _nine(line)
        penumbra = 0.22 if radius > 4 else 0.1
        dark = edge * (penumbra + 0.55 * np.clip((UMBRA + 0.08 - rho) / 0.16, 0, 1))
        bright[rows, columns] *= 1 - _nine(dark)


def _nine(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    return values.reshape(height // 3, 3, width // 3, 3).mean(axis=(1, 3))


def blur(view: View) -> float:
    """Standard deviation of the picture's point spread, pixels of the view."""
    return float(np.hypot(0.55, 0.5 / view.mm))


def expose(field: np.ndarray, view: View, noise: float, rng: np.random.Generator) -> np.ndarray:
    """What the instrument makes of a field (H, W) in G: blurred, noisy, NaN off the disk; (H, W).

    `noise` is the noise's standard deviation at the disk's centre, G; `rng` draws it.
    """
    seen = gaussian_filter(field, blur(view))
    seen = seen + noise * (1.5 - 0.5 * view.mu) * rng.standard_normal(field.shape)
    return np.where(view.mu > 0, seen, np.nan).astype(np.float32)


def continuum(bright: np.ndarray, view: View, rng: np.random.Generator) -> np.ndarray:
    """Grey values (H, W) of the disk, 0 to 255, with limb darkening and granulation.

    `bright` (H, W) is the brightness of the surface without limb darkening: 1, less in spots.

    The limb is that of green-blue light (485 nm), darker than HMI's at 617 nm: 0.66 of the middle's
    brightness where mu is 0.5, and there 0.74 (Cox 2000, Allen's Astrophysical Quantities).
    """
    limb = 1 - LIMB[0] * (1 - view.mu) - LIMB[1] * (1 - view.mu) ** 2
    seen = gaussian_filter(bright, blur(view)) * limb * (view.mu > 0)
    return (210 * seen * (1 + 0.006 * rng.standard_normal(seen.shape))).clip(0, 255)
