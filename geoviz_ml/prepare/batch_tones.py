"""Random changes of grey values for a whole batch of pictures, on the device they lie on.

Each change draws its parameters on the CPU, so that they are the same on every device, and is then
applied to pictures (B, 1, H, W) float32 in 0..1 in one go, which it overwrites. With the value
``still`` of its parameters a picture stays as it is, to the bit: changes that have one are applied
to all pictures of a batch, which is quicker than to pick some out. Each changes pictures as the
transform of this name in albumentations does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .batch_places import uniform


def each(values: Tensor, pictures: Tensor) -> Tensor:
    """One number a picture, (B,), laid beside pictures (B, 1, H, W): the same type and device."""
    return values.to(pictures, non_blocking=True)[:, None, None, None]


@dataclass(frozen=True)
class Noise:
    """Adds Gaussian noise, its standard deviation between two limits."""

    deviation: tuple[float, float]

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """The noise itself, (n, 1, H, W)."""
        deviations = uniform(n, self.deviation, generator).float()
        return torch.randn(n, 1, *size, generator=generator) * deviations[:, None, None, None]

    def __call__(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        return pictures.add_(drawn.to(pictures.device)).clamp_(0, 1)


@dataclass(frozen=True)
class BrightnessContrast:
    """Multiplies pictures by a factor near 1 and adds a number near 0."""

    contrast: float = 0.2
    brightness: float = 0.2

    still = (1.0, 0.0)

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Factors and summands, (n, 2)."""
        factors = 1 + uniform(n, (-self.contrast, self.contrast), generator)
        summands = uniform(n, (-self.brightness, self.brightness), generator)
        return torch.stack([factors, summands], 1).float()

    def __call__(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        factors, summands = (each(one, pictures) for one in drawn.unbind(1))
        return pictures.mul_(factors).add_(summands).clamp_(0, 1)


@dataclass(frozen=True)
class Gamma:
    """Raises pictures to a power."""

    power: tuple[float, float] = (0.8, 1.2)

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Powers (n,)."""
        return uniform(n, self.power, generator).float()

    def __call__(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        return pictures.log2_().mul_(each(drawn, pictures)).exp2_()  # half the time of `pow`


@dataclass(frozen=True)
class Value:
    """Adds whole levels of 256, and rounds pictures to such: the value of hue, saturation, value.

    Pictures of one channel have no hue and no saturation that could be changed.
    """

    levels: int = 20

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Levels (n,)."""
        return uniform(n, (-self.levels, self.levels), generator).trunc().float()

    def __call__(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        levels = pictures.mul_(255).round_()
        return levels.add_(each(drawn, pictures)).clamp_(0, 255).div_(255)
