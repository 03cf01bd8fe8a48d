"""Histograms made even tile by tile (CLAHE) for a whole batch, on the device it lies on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from .batch_places import uniform

TILES, LEVELS = 8, 256  # along each side of a picture; of grey


@dataclass(frozen=True)
class Clahe:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994), in 256 levels.

    Parameters
    ----------
    limit : (float, float)
        Least and greatest height of a histogram, in units of its mean; what is higher is cut off
        and spread over all levels.
    """

    limit: tuple[float, float] = (1.0, 4.0)

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Limits (n,)."""
        return uniform(n, self.limit, generator)

    def __call__(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        return equalise(pictures, drawn)


def equalise(pictures: Tensor, limits: Tensor) -> Tensor:
    """CLAHE of pictures (B, 1, H, W) float32 in 0..1, with limits (B,), as OpenCV has it.

    Each of 8 by 8 tiles has a map from old levels to new: the running sum of its histogram. A pixel
    takes the mean of what the maps of the four nearest tiles say, the nearer the more.
    """
    height, width = pictures.shape[-2:]
    levels = (pictures[:, 0] * (LEVELS - 1)).round_().to(torch.int64)
    even = height % TILES == width % TILES == 0
    below, beside = (0, 0) if even else (TILES - height % TILES, TILES - width % TILES)
    whole = levels if even else _mirrored(levels, below, beside)
    tile = whole.shape[-2] // TILES, whole.shape[-1] // TILES
    maps = level_maps(whole, tile, limits)
    (up, part_y), (left, part_x) = (
        _between(n, side, pictures.device) for n, side in zip((height, width), tile, strict=True)
    )
    ring = torch.arange(-1, TILES + 1, device=pictures.device).clamp(0, TILES - 1)
    maps = maps[:, ring[:, None], ring].view(len(maps), -1)  # the outermost tiles twice
    row = (TILES + 2) * LEVELS
    place = levels.add_((up * row)[:, None] + left * LEVELS).view(len(maps), -1)
    upper, lower = (
        torch.lerp(*(maps[:, start + step :].gather(1, place).view_as(levels)
                     for step in (0, LEVELS)), part_x)
        for start in (0, row)
    )  # fmt: skip
    return upper.lerp_(lower, part_y[:, None]).round_().div_(LEVELS - 1)[:, None]


def level_maps(levels: Tensor, tile: tuple[int, int], limits: Tensor) -> Tensor:
    """Maps (B, 8, 8, 256) float32 from old to new levels, of levels (B, H, W) in whole tiles."""
    n, area = len(levels), tile[0] * tile[1]
    down, across = (torch.arange(TILES * side, device=levels.device) // side for side in tile)
    bins = (levels + ((down * TILES)[:, None] + across) * LEVELS).view(n, -1)
    counts = torch.zeros(n, TILES * TILES * LEVELS, dtype=torch.int32, device=levels.device)
    counts.scatter_add_(1, bins, counts.new_ones(1).expand_as(bins))
    counts = counts.view(n, TILES, TILES, LEVELS)
    limits = (limits * area / LEVELS).long().clamp(min=1).to(counts)[:, None, None, None]
    kept = torch.minimum(counts, limits)
    excess = area - kept.sum(-1, keepdim=True, dtype=torch.int32)
    kept += excess // LEVELS
    kept += spread(levels.device)[(excess % LEVELS).squeeze(-1)]
    return (kept.cumsum(-1, dtype=torch.int32) * ((LEVELS - 1) / area)).round_()


@cache
def spread(device: torch.device) -> Tensor:
    """Which levels get one of so many left over, evenly spaced: (256, 256) int32."""
    left, level = torch.arange(LEVELS)[:, None], torch.arange(LEVELS)
    step = LEVELS // left.clamp(min=1)
    return ((level % step == 0) & (level < left * step)).to(device, torch.int32)


def _mirrored(levels: Tensor, below: int, beside: int) -> Tensor:
    edged = functional.pad(levels[:, None].float(), (0, beside, 0, below), mode="reflect")
    return edged[:, 0].to(levels.dtype)


def _between(pixels: int, side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """For each pixel of a side, the tile whose middle is before it, from 0, and how far beyond."""
    place = torch.arange(pixels, device=device) * (1 / side) - 0.5
    before = place.floor()
    return before.long() + 1, place - before
