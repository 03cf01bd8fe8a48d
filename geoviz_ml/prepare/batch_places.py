"""Random changes of place for a whole batch of pictures and masks, on the device they lie on.

Each change draws its parameters on the CPU, so that they are the same on every device, and is then
applied to the batch in one go.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

EDGES = {"nearest": "border", "mirror": "reflection"}  # what torch calls them


def uniform(n: int, limits: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Numbers (n,) between two limits of any unit, float64 on the CPU."""
    low, high = limits
    return low + (high - low) * torch.rand(n, generator=generator, dtype=torch.float64)


def as_floats(masks: Tensor) -> Tensor:
    """Masks (B, H, W) of any kind as float32; bool by way of bytes, at a seventh of the time."""
    return (masks.view(torch.uint8) if masks.dtype == torch.bool else masks).float()


@dataclass(frozen=True)
class Resize:
    """All pictures get one height and width: bilinear, masks the nearest pixel."""

    size: tuple[int, int]

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Nothing is random here: empty, (n, 0)."""
        return torch.empty(n, 0)

    def __call__(self, pictures: Tensor, masks: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        sized = functional.interpolate(as_floats(masks)[:, None], self.size)[:, 0]
        return functional.interpolate(pictures, self.size, mode="bilinear"), sized.to(masks.dtype)


@dataclass(frozen=True)
class Flip:
    """Left and right change places. In a spectrogram that is time."""

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Nothing is random here: empty, (n, 0)."""
        return torch.empty(n, 0)

    def __call__(self, pictures: Tensor, masks: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        return pictures.flip(-1), masks.flip(-1)


@dataclass(frozen=True)
class Affine:
    """Rotation, shear, zoom and shift about the middle, in one interpolation.

    Parameters
    ----------
    rotate : float
        By up to this angle either way, degrees.
    shift : float
        By up to this part of width and height either way, in whole pixels.
    zoom : (float, float)
        Least and greatest factor, drawn for width and height alone.
    shear : float
        By up to this angle either way, degrees, for x and y alone.
    edge : str
        What is seen beyond the edge: "nearest" the last pixel, "mirror" the picture mirrored
        about it.
    flip : float
        Afterwards left and right change places in this part of the pictures.
    """

    rotate: float
    shift: float
    zoom: tuple[float, float]
    shear: float = 0.0
    edge: str = "nearest"
    flip: float = 0.0

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Matrices (n, 2, 3) for pictures of this height and width, see `warp`."""
        shift, shear = (-self.shift, self.shift), (-self.shear, self.shear)
        return matrices(
            uniform(n, (-self.rotate, self.rotate), generator),
            uniform(2 * n, shear, generator).view(2, n),
            uniform(2 * n, self.zoom, generator).view(2, n),
            uniform(2 * n, shift, generator).view(2, n),
            torch.rand(n, generator=generator) < self.flip,
            size,
        )

    def __call__(self, pictures: Tensor, masks: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        return warp(pictures, masks, drawn, self.edge)


def matrices(
    rotate: Tensor,
    shear: Tensor,
    zoom: Tensor,
    shift: Tensor,
    flip: Tensor,
    size: tuple[int, int],
) -> Tensor:
    """From places in the changed picture to places in the picture, pixels (x, y), counted from 0.

    A picture is zoomed, turned, sheared, shifted and flipped, in this order.

    Parameters
    ----------
    rotate : Tensor (n,)
        Degrees; positive angles turn the picture against the clock.
    shear, zoom, shift : Tensor (2, n)
        Along x and y: degrees, factors, and parts of the width and of the height, of which the
        whole pixels count.
    flip : Tensor (n,) of bool
        Left and right change places.
    size : (int, int)
        Height and width.

    Returns
    -------
    Tensor (n, 2, 3) float64
    """
    angle, (tan_x, tan_y) = rotate.deg2rad(), shear.deg2rad().tan()
    one, cos, sin = torch.ones_like(angle), angle.cos(), angle.sin()
    turned = torch.stack([cos, sin, -sin, cos], 1).view(-1, 2, 2)
    sheared = torch.stack([one, tan_x, tan_y, one], 1).view(-1, 2, 2)
    back = torch.linalg.inv(sheared @ turned * zoom.T[:, None])
    sides = torch.tensor(size[::-1], dtype=torch.float64)
    middle = (sides - 1) / 2
    start = middle - (back @ (middle + (shift.T * sides).trunc())[..., None])[..., 0]
    start = torch.where(flip[:, None], start + back[..., 0] * (sides[0] - 1), start)
    across = torch.where(flip[:, None], -back[..., 0], back[..., 0])
    return torch.stack([across, back[..., 1], start], -1)


def warp(pictures: Tensor, masks: Tensor, matrices: Tensor, edge: str) -> tuple[Tensor, Tensor]:
    """Pictures (B, 1, H, W) and masks (B, H, W) seen through matrices (B, 2, 3).

    Pictures are interpolated, bilinear; masks take the nearest pixel.

    Parameters
    ----------
    pictures : Tensor (B, 1, H, W) float32
    masks : Tensor (B, H, W)
    matrices : Tensor (B, 2, 3)
        From places in the result to places in the pictures, pixels (x, y).
    edge : str
        "nearest" or "mirror", see `Affine`.

    Notes
    -----
    OpenCV interpolates between the same pixels; up to its version 4 at places rounded to 1/32.
    """
    height, width = pictures.shape[-2:]
    scale = 2 / torch.tensor([max(width - 1, 1), max(height - 1, 1)], dtype=torch.float64)
    matrices = matrices.double().cpu() * scale[:, None]  # the places run from -1 to 1 for torch
    matrices[..., 2] -= 1
    to_x, to_y, start = matrices.float().to(pictures.device)[..., None].unbind(2)
    x, y = (torch.arange(n, device=pictures.device, dtype=torch.float32) for n in (width, height))
    grid = (to_x * x)[:, :, None] + (to_y * y + start)[..., None]  # (B, 2, H, W)
    places = grid.permute(0, 2, 3, 1)
    options = {"padding_mode": EDGES[edge], "align_corners": True}
    floats = as_floats(masks)[:, None]
    seen = functional.grid_sample(floats, places, mode="nearest", **options)
    return functional.grid_sample(pictures, places, **options), seen[:, 0].to(masks.dtype)
