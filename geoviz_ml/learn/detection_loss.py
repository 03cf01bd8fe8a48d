"""The loss of DetectNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DetectNetLoss(nn.Module):
    """Squared error of the coverage and absolute error of the corners, summed over all cells.

    ``L = 1 * Euclidean + 2 * L1`` with ``Euclidean = 1/(2B) sum (coverage - label)^2`` and
    ``L1 = 1/B sum m o s |corner - label|``: m is 1 where there is an object, s is 1 / width or
    1 / height of its box, o its norm (see `geoviz_ml.boxes.encode_boxes`), B the number
    of pictures. Oliveira and Gradvohl 2020 print the second with another 1/2 and without s and o
    (equation 2); this is what NVIDIA's network computes.

    Parameters
    ----------
    coverage_weight, box_weight : float
        1 and 2 as published.

    Attributes
    ----------
    parts : dict of Tensor
        The two terms, before weighting, of the last batch, scalars.
    """

    def __init__(self, coverage_weight: float = 1.0, box_weight: float = 2.0):
        super().__init__()
        self.coverage_weight, self.box_weight = coverage_weight, box_weight
        self.parts: dict[str, Tensor] = {}

    def extra_repr(self) -> str:
        return f"{self.coverage_weight}, {self.box_weight}"

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """`output` (B, 5, h, w) of `DetectNet`, `target` (B, 9, h, w) of `encode_boxes`."""
        output, target = output.float(), target.float()
        count = len(output)
        coverage = (torch.sigmoid(output[:, 0]) - target[:, 0]).square().sum() / (2 * count)
        box = (target[:, 5:] * (output[:, 1:] - target[:, 1:5]).abs()).sum() / count
        self.parts = {"coverage": coverage.detach(), "box": box.detach()}
        return self.coverage_weight * coverage + self.box_weight * box

    def activation(self, output: Tensor) -> Tensor:
        """The published output: coverage in 0..1 in place of its logit."""
        return torch.cat([torch.sigmoid(output[:, :1].float()), output[:, 1:].float()], dim=1)
