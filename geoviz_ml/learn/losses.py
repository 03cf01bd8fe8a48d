"""Losses in the form fastai expects: with the activation and the decision that belong to them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .detection_loss import DetectNetLoss as DetectNetLoss
from .pnu_risk import PNURisk as PNURisk


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


class NTXent(nn.Module):
    """Normalised, temperature-scaled cross-entropy of SimCLR (Chen et al. 2020, equation 1).

    Each of the 2B views has to name its partner among the 2B - 1 others, by cosine similarity
    over the temperature. Views that all look alike give ln(2B - 1).

    Parameters
    ----------
    temperature : float
        0.5 in the aurora paper.

    Notes
    -----
    Called with two tensors (B, F): row i of both comes from picture i. It computes in float32
    within mixed precision, where the squares of small numbers would be lost. A vector shorter than
    1e-4 counts as that long, so that its gradient stays within half precision.
    """

    def __init__(self, temperature: float = 0.5):
        super().__init__()
        if not temperature > 0:
            raise UsageError(f"a temperature of {temperature} is not above 0.")
        self.temperature = temperature

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        if z1.shape != z2.shape or z1.ndim != 2 or len(z1) < 2:
            raise UsageError(
                f"views of shape {tuple(z1.shape)} and {tuple(z2.shape)} cannot be compared.",
                advice="Both must be (B, F) with B of at least 2: one picture has no other.",
            )
        with torch.autocast(z1.device.type, enabled=False):
            z = nn.functional.normalize(torch.cat([z1, z2]).float(), eps=1e-4)
            itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
            logits = (z @ z.T / self.temperature).masked_fill(itself, -torch.inf)
            partner = torch.arange(len(z), device=z.device).roll(len(z1))
            return nn.functional.cross_entropy(logits, partner)

    def extra_repr(self) -> str:
        return f"temperature={self.temperature}"


class CrossEntropyDice(nn.Module):
    """Cross-entropy and the logarithm of Dice (Li et al. 2024, equations 1 to 4).

    Softmax gives q, the part of class c at every pixel; t is 1 where c is the truth::

        Dice_c  = 2 sum(q t) / (sum(q) + sum(t))       over all pixels of the batch
        meant   = mean cross-entropy - mean_c log(Dice_c)
        printed = mean cross-entropy - log(mean_c (1 - Dice_c))

    Equation 4 is printed as CE - log(DiceLoss) with DiceLoss = 1 - Dice. It is lowest at Dice = 0:
    it rewards the worse overlap. What must be meant is CE - log(Dice).

    Parameters
    ----------
    printed : bool
        Take equation 4 as it is printed.

    Notes
    -----
    The paper does not say over which classes and pixels it takes Dice; this is how
    segmentation_models_pytorch does it, whose ``DiceLoss`` computes it. A class that the batch
    does not hold adds nothing; below 1e-7 a logarithm goes no further.
    """

    def __init__(self, printed: bool = False):
        from segmentation_models_pytorch.losses import DiceLoss

        super().__init__()
        self.printed = printed
        self.dice = DiceLoss("multiclass", log_loss=not printed)

    def extra_repr(self) -> str:
        return f"printed={self.printed}"

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Logits (B, C, H, W); target (B, 1, H, W) or (B, H, W) with the number of the class."""
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        target = target.reshape(len(logits), *logits.shape[2:]).long()
        overlap = self.dice(logits, target)
        if self.printed:
            overlap = -overlap.clamp_min(1e-7).log()
        return nn.functional.cross_entropy(logits, target) + overlap

    def activation(self, logits: Tensor) -> Tensor:
        return logits.float().softmax(1)

    def decodes(self, logits: Tensor) -> Tensor:
        """The most probable class, (B, 1, H, W)."""
        return logits.argmax(1, keepdim=True)
