"""Auroral light, from kilometres to kilorayleigh in the pixels of an all-sky camera.

A *curtain* hangs on magnetic field lines above a curve on the ground. It is cut into many small
volumes; each adds ``emission * volume / (distance^2 * solid angle of the pixel)`` to the radiance
of the pixel that sees it, so that foreshortening, bright edges seen edge-on and rays that meet at
the magnetic zenith come out by themselves. A *sheet* is a thin layer at 110 km: its column
brightness, times the van Rhijn function, at the point where each line of sight meets it.

Coordinates are kilometres along the ground from below the station, x to the magnetic east and y to
the magnetic north; the field is straight and dips by `DIP` at every station. In the reference field
it dips by 76.1 degrees at Athabasca to 82.9 at Rankin Inlet, by 79.3 at Gillam, so rays meet up to
5 degrees from where they would.

Foreshortening of a thin layer: van Rhijn 1921.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.special import ndtri

from ..geometry.earth import EARTH
from .all_sky import AllSkyCamera, View, slant, zenith_of

DIP = 78.0  # degrees, one for all stations
PEAK = 110.0  # km, where most green light comes from
VOLUMES = 24, 96  # at each point of a curve, least and most: more for thick and tall curtains
WAYS = np.float32([0.7548776662, 0.5698402910])  # steps of the R2 sequence (Roberts 2018)
SCATTER = np.random.default_rng(3).random((4096, 2), np.float32)  # its start at each point


@dataclass
class Curtain:
    """A curtain of light above a curve.

    Attributes
    ----------
    x, y : ndarray (n,), km
        Points of the curve, 1 to 2 km apart near the station.
    brightness : ndarray (n,), kR
        Column emission seen along the field, in the middle of the curtain.
    width : float, km
        Standard deviation of its thickness.
    height : ndarray (n,) or float, km
        Scale height of the emission, a Chapman layer: some 8 without rays, 30 with.

    Notes
    -----
    One scale height serves above and below the peak at 110 km, so that tall rays reach too low: of
    a ray of 30 km a quarter of the light lies below 100 km and a seventh below 90 km. Pictures
    taken at once from two places near Chesterfield in 1933 put the lower edges of arcs at 108 km in
    the mean and those of forms with rays at 113 (Currie, Auroral heights over west-central Canada,
    Canadian Journal of Physics).
    """

    x: np.ndarray
    y: np.ndarray
    brightness: np.ndarray
    width: float = 3.0
    height: np.ndarray | float = 8.0


def draw_curtains(curtains: list[Curtain], camera: AllSkyCamera) -> np.ndarray:
    """Radiance of curtains in kR, float32 (size, size) of a camera, above air and before lens."""
    if not curtains:
        return np.zeros((camera.size, camera.size), np.float32)
    parts = [_volumes(c) for c in curtains]
    x, y, altitude, light = (np.concatenate(p) for p in zip(*parts, strict=True))
    distance = np.hypot(x, y)
    near = distance < 1500
    x, y, altitude, light, distance = (a[near] for a in (x, y, altitude, light, distance))
    zenith = zenith_of(distance, altitude)
    grid = np.linspace(0, 100, 401)
    r = np.interp(zenith, grid, camera.radius(grid))
    pixel = np.interp(zenith, grid, camera.solid_angle(grid))
    range2 = altitude**2 + 4 * EARTH * (EARTH + altitude) * np.sin(distance / EARTH / 2) ** 2
    turn = np.radians(camera.turn)
    r = r / np.maximum(distance, 1e-3)
    centre = (camera.size - 1) / 2
    row = centre - r * (y * np.cos(turn) + x * np.sin(turn))
    column = centre - r * (x * np.cos(turn) - y * np.sin(turn))
    return splat(row, column, light / (range2 * pixel), camera.size)


def _volumes(c: Curtain) -> tuple[np.ndarray, ...]:
    """Small volumes of a curtain: x, y, altitude (km) and emission times volume (kR km^2).

    All at one point of the curve emit the same: they lie where a normal distribution across the
    curtain and a Chapman layer up the field say. A Chapman layer, ``exp(1 - z - exp(-z))``, is a
    Gumbel density, so that its quantiles are -log(-log(u)).
    """
    dx, dy = np.gradient(c.x), np.gradient(c.y)
    step = np.maximum(np.hypot(dx, dy), 1e-6)
    number = int(np.clip(8 * c.width + 2 * np.mean(c.height), *VOLUMES))
    even = np.arange(1, number + 1, dtype=np.float32)[:, None] * WAYS
    u = (even + SCATTER[np.arange(len(c.x)) % len(SCATTER), None]) % 1
    u = u.clip(1e-4, 1 - 1e-3)
    across = ndtri(u[..., 0]) * c.width
    altitude = PEAK - np.reshape(c.height, (-1, 1)) * np.log(-np.log(u[..., 1]))
    x = c.x[:, None] - (dy / step)[:, None] * across
    y = c.y[:, None] + (dx / step)[:, None] * across
    y = y - (altitude - PEAK) / np.tan(np.radians(DIP))
    area = c.brightness * step * c.width * np.sqrt(2 * np.pi) / number
    light = area[:, None] * (1 + altitude / EARTH) ** 2  # kilometres up there are longer
    return tuple(a.astype(np.float32).ravel() for a in (x, y, altitude, light))


def splat(row: np.ndarray, column: np.ndarray, light: np.ndarray, size: int) -> np.ndarray:
    """Add light to a picture (size, size), each bit shared by the four pixels around it.

    `row`, `column` (fractions of a pixel) and `light` have one shape (n,).
    """
    picture = np.zeros(size * size)
    inside = (row >= 0) & (column >= 0) & (row < size - 1) & (column < size - 1)
    row, column, light = row[inside], column[inside], light[inside]
    i, j = row.astype(np.int64), column.astype(np.int64)
    down, right = row - i, column - j
    for di, dj, share in (
        (0, 0, (1 - down) * (1 - right)),
        (0, 1, (1 - down) * right),
        (1, 0, down * (1 - right)),
        (1, 1, down * right),
    ):
        picture += np.bincount((i + di) * size + j + dj, share * light, size * size)
    return picture.reshape(size, size).astype(np.float32)


def draw_sheet(brightness: np.ndarray, view: View) -> np.ndarray:
    """Radiance (n,) in kR of a layer of column brightness (n,) at `view.shell(PEAK)`."""
    return brightness * slant(view.zenith, PEAK)


def texture(rng: np.random.Generator, slope: float = 3.0) -> np.ndarray:
    """A periodic random field (256, 256) of mean 0 and variance 1 with power ~ k**-slope.

    `rng` draws it.
    """
    k = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)) * 256
    k[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((256, 256), np.float32)) * k ** (-slope / 2)
    field = np.fft.irfft2(spectrum, s=(256, 256))
    return (field / field.std()).astype(np.float32)


def sample(field: np.ndarray, x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    """Values of a periodic field (H, H) at places x, y, between pixels linearly.

    `x` and `y` have one shape, any, and so has the result; one repetition of the field is `period`
    long, in their unit.
    """
    scale = len(field) / period
    return map_coordinates(field, [y * scale, x * scale], order=1, mode="grid-wrap")
