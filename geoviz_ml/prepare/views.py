"""Random views of square all-sky pictures, a whole batch at once, on the device it lies on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import index

import numpy as np
import torch
from torch import Tensor

from ..errors import UsageError

OATH_RADIUS = 0.85  # of half the width: `oath_scale` blackens the rest


@dataclass
class Views:
    """Draws one random view of each picture; called twice, it gives SimCLR its pairs.

    First the sky is turned and mirrored, then a window of it is enlarged to the picture's size,
    all in one bilinear interpolation; what lies outside the picture is 0. The defaults are the
    aurora paper's two: random resized crop, and the flip that keeps east and west apart.

    Parameters
    ----------
    crop : (float, float) or None
        Least and greatest area of the window, as a share of the picture's; None: the whole picture.
    ratio : (float, float)
        Least and greatest width over height of the window. A side longer than the picture is cut.
    flip_ud : float
        Probability of a flip over the horizontal axis: top and bottom change places, left and
        right do not.
    flip_lr : float
        Probability of a flip over the vertical axis: left and right change places.
    rotate : float
        The sky is turned about its centre by up to this angle either way, degrees.
    jitter : float
        Brightness, then contrast, are multiplied by numbers from 1 - `jitter` to 1 + `jitter`
        (0 to 1). Black outside the circle stays black.
    gamma : float
        Pixels are raised to a power from exp(-`gamma`) to exp(`gamma`), before the jitter: as if
        another camera, or another stretch to 8 bits, had taken the picture. Black stays black.
    radius : float or None
        Of the circle, in units of half the width. None: the picture has no circle.

    Notes
    -----
    Chen et al. 2020, appendix A, as torchvision implements it, whose default windows (8 % to all of
    the area, 3/4 to 4/3) are ours: the paper gives no numbers.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.prepare import Views
    >>> pictures = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    >>> views = Views()
    >>> views.seed(0)
    >>> torch.equal(views(pictures), views(pictures))  # each call draws other windows
    False
    >>> mirrored = Views(crop=None, flip_ud=1.0)(pictures)
    >>> torch.allclose(mirrored, pictures.flip(2), atol=1e-3)
    True
    """

    crop: tuple[float, float] | None = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip_ud: float = 0.5
    flip_lr: float = 0.0
    rotate: float = 0.0
    jitter: float = 0.0
    gamma: float = 0.0
    radius: float | None = OATH_RADIUS
    generator: torch.Generator = field(default_factory=torch.Generator, repr=False, compare=False)

    def __post_init__(self):
        for name, pair in {"crop": self.crop or (1, 1), "ratio": self.ratio}.items():
            if np.shape(pair) != (2,):
                raise UsageError(f"{name} is two numbers, the least and the greatest, not {pair}.")
        low, high = self.crop or (1, 1)
        if not 0 < low <= high <= 1 or not 0 < self.ratio[0] <= self.ratio[1]:
            raise UsageError(f"windows of area {self.crop} and ratio {self.ratio} make no sense.")
        if not all(0 <= p <= 1 for p in (self.flip_ud, self.flip_lr, self.jitter)):
            raise UsageError("flip_ud, flip_lr and jitter must be in 0..1.")
        if not 0 <= self.gamma < math.inf:
            raise UsageError(f"gamma must be 0 or a positive number, not {self.gamma}.")

    def seed(self, seed: int) -> None:
        """Start the random numbers anew; they are the same on every device."""
        self.generator.manual_seed(index(seed))

    def __call__(self, pictures: Tensor) -> Tensor:
        """Views of pictures, on the device they lie on.

        Parameters
        ----------
        pictures : Tensor (B, 1, H, H)
            Bytes (uint8), bool, or floats in 0..1. Values are not checked: a GPU would wait.

        Returns
        -------
        Tensor (B, 1, H, H), float32 in 0..1

        Raises
        ------
        UsageError
            The pictures are not a tensor of this shape, or of another kind of number.
        """
        if not isinstance(pictures, Tensor):
            raise UsageError(
                f"pictures are a tensor, not {type(pictures).__name__}.",
                advice="Use torch.from_numpy(pictures).",
            )
        if pictures.ndim != 4 or pictures.shape[1] != 1 or pictures.shape[2] != pictures.shape[3]:
            raise UsageError(f"pictures must be (B, 1, H, H), not {tuple(pictures.shape)}.")
        if pictures.dtype == torch.uint8:
            pictures = pictures.float() / 255
        elif not pictures.is_floating_point() and pictures.dtype != torch.bool:
            raise UsageError(
                f"pictures of {pictures.dtype}: it is not known which value is white.",
                advice="Use bytes (uint8), or floats in 0..1.",
            )
        matrices, factors = (t.to(pictures.device) for t in self.draw(len(pictures)))
        *factors, power = factors
        views, grid = warp(pictures, matrices)
        if self.gamma:
            views = views.clamp(0, 1) ** power[:, None, None, None]
        return adjust(views, in_circle(grid, self.radius), *factors) if self.jitter else views

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """What happens to `n` pictures.

        All random numbers are drawn, whether a change is wanted or not: an ablation sees the same
        windows as the whole.

        Returns
        -------
        matrices : Tensor (n, 2, 3)
            From places in the view to places in the picture; both run from -1 to 1.
        factors : Tensor (3, n)
            Of brightness and contrast, and the power.
        """
        drawn = torch.rand(10, n, generator=self.generator, dtype=torch.float64)
        area, shape, x, y, turn, ud, lr = drawn[:7]
        window = torch.zeros(n, 2, 3, dtype=torch.float64)
        window[:, [0, 1], [0, 1]] = 1
        if self.crop:
            low, high = self.crop
            narrow, wide = (math.log(r) for r in self.ratio)
            side = (low + (high - low) * area).sqrt()
            stretch = torch.exp((narrow + (wide - narrow) * shape) / 2)
            width, height = (side * stretch).clamp(max=1), (side / stretch).clamp(max=1)
            window[:, 0, 0], window[:, 0, 2] = width, (1 - width) * (2 * x - 1)
            window[:, 1, 1], window[:, 1, 2] = height, (1 - height) * (2 * y - 1)
        angle = math.radians(self.rotate) * (2 * turn - 1)
        mirror_x = 1 - 2 * (lr < self.flip_lr).double()
        mirror_y = 1 - 2 * (ud < self.flip_ud).double()
        row_x = torch.stack([angle.cos() * mirror_x, -angle.sin() * mirror_y], 1)
        row_y = torch.stack([angle.sin() * mirror_x, angle.cos() * mirror_y], 1)
        matrices = torch.stack([row_x, row_y], 1) @ window
        either_way = 2 * drawn[7:] - 1
        factors = [1 + self.jitter * either_way[:2], torch.exp(self.gamma * either_way[2:])]
        return matrices.float(), torch.cat(factors).float()


def warp(pictures: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures (B, 1, H, H) seen through matrices (B, 2, 3), and the places (B, H, H, 2) seen.

    The places are those of `torch.nn.functional.affine_grid` up to rounding, at a third of its time
    and in full precision also under autocast, where it has errors of a quarter of a percent.
    """
    size = pictures.shape[-1]
    axis = torch.linspace(-1, 1, size, device=pictures.device) * (size - 1) / size
    y, x = axis.repeat_interleave(size), axis.repeat(size)
    grid = matrices[..., :1] * x + matrices[..., 1:2] * y + matrices[..., 2:]  # (B, 2, H * H)
    grid = grid.view(-1, 2, size, size).permute(0, 2, 3, 1)
    sample = torch.nn.functional.grid_sample
    return sample(pictures.float(), grid, align_corners=False), grid


def in_circle(grid: Tensor, radius: float | None) -> Tensor:
    """Which places (B, H, H, 2) lie in the circle, or without one in the picture: (B, 1, H, H).

    `radius` is in units of half the picture's width.
    """
    inside = grid.square().sum(-1) <= radius**2 if radius else grid.abs().amax(-1) <= 1
    return inside[:, None]


def adjust(views: Tensor, inside: Tensor, brightness: Tensor, contrast: Tensor) -> Tensor:
    """Multiply brightness and contrast (B,) of the pixels inside; the rest stays as it is.

    Views and `inside` (bool) are (B, 1, H, H). Contrast is about the mean of the pixels inside.
    Values are clipped to 0..1 after each.
    """
    bright = (views * brightness[:, None, None, None]).clamp(0, 1)
    count = inside.sum((2, 3), keepdim=True).clamp(min=1)
    mean = (bright * inside).sum((2, 3), keepdim=True) / count
    changed = (mean + contrast[:, None, None, None] * (bright - mean)).clamp(0, 1)
    return torch.where(inside, changed, views)
