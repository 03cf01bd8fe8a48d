"""Losses in the form fastai expects: with the activation and the decision that belong to them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class BinaryCrossEntropy(nn.Module):
    """Mean binary cross-entropy of logits over all pixels, in float32 whatever the network ran in.

    ``activation`` turns logits into probabilities, ``decodes`` into a mask.
    """

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:  # both (B, 1, H, W)
        return nn.functional.binary_cross_entropy_with_logits(logits.float(), target.float())

    def activation(self, logits: Tensor) -> Tensor:
        return torch.sigmoid(logits.float())

    def decodes(self, logits: Tensor) -> Tensor:
        return logits >= 0
