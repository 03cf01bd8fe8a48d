"""The ten networks that Table 4 compares (Li et al. 2024) behind one function."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UsageError
from .built import rebuildable
from .odm_unet import ODMUNet, start_at

LIBRARY = {  # name: class of segmentation_models_pytorch
    "U-net": "Unet",
    "DeepLabV3": "DeepLabV3",
    "PSPNet": "PSPNet",
    "LinkNet": "Linknet",
    "FPN": "FPN",
    "DeepLabV3+": "DeepLabV3Plus",
    "Unet++": "UnetPlusPlus",
    "PAN": "PAN",
    "MAnet": "MAnet",
}
NAMES = ("ODM_Unet", *LIBRARY)  # as in the paper's table
WIDTHS = {  # of the decoders, as in the library
    "ODM_Unet": {"decoder": (256, 128, 64, 32, 16)},
    "U-net": {"decoder_channels": (256, 128, 64, 32, 16)},
    "DeepLabV3": {"decoder_channels": 256},
    "PSPNet": {"psp_out_channels": 512},
    "FPN": {"decoder_pyramid_channels": 256, "decoder_segmentation_channels": 128},
    "DeepLabV3+": {"decoder_channels": 256},
    "Unet++": {"decoder_channels": (256, 128, 64, 32, 16)},
    "PAN": {"decoder_channels": 32},
    "MAnet": {"decoder_channels": (256, 128, 64, 32, 16)},
}
MULTIPLE = 32  # all halve at most five times
LEAST = {"PAN": 128}  # its pyramid halves a sixteenth of the picture three times more


@rebuildable
def make(
    name: str,
    in_channels: int = 1,
    classes: int = 2,
    encoder: str = "mobilenetv3_large_100",
    decoder: float = 1.0,
    prior: float = 0.5,
) -> nn.Module:
    """One of the ten, with random weights.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    in_channels, classes : int
        Channels of the picture, logits of each pixel.
    encoder : str
        A MobileNetV3 of timm, the same for all ten, so that they differ in what the paper
        compares; which encoders it gave the nine others is not said. "mobilenetv3_small_050" is
        for small machines.
    decoder : float
        Factor on the library's widths of the decoders, for the same purpose; LinkNet's follows from
        its encoder.
    prior : float
        Probability of the last class that the untrained network starts from, see
        `geoviz_ml.models.odm_unet.start_at`.

    Returns
    -------
    nn.Module
        Maps (B, in_channels, H, W) of any size to logits (B, classes, H, W). DeepLabV3, DeepLabV3+
        and PAN cannot train on a batch of one picture.

    Raises
    ------
    UsageError
        Unknown name.
    """
    widths = decoder_widths(name, decoder)
    if name == "ODM_Unet":
        return ODMUNet(in_channels, classes, encoder, prior=prior, **widths)
    if name not in LIBRARY:
        raise UsageError(f"no network {name!r}.", advice=f"Use one of {NAMES}.")
    import segmentation_models_pytorch as smp

    network = getattr(smp, LIBRARY[name])(
        f"tu-{encoder}", encoder_weights=None, in_channels=in_channels, classes=classes, **widths
    )
    start_at(network.segmentation_head[0], prior)
    return AnySize(network, MULTIPLE, LEAST.get(name, MULTIPLE), note=f"prior={prior}")


def decoder_widths(name: str, by: float) -> dict[str, int | tuple[int, ...]]:
    """What makes the decoder of a network `by` times as wide: keyword arguments of its class."""
    return {key: _scaled(value, by) for key, value in WIDTHS.get(name, {}).items()}


def _scaled(width: int | tuple[int, ...], by: float) -> int | tuple[int, ...]:
    """Channels times `by`, in multiples of 8, at least 8."""
    if isinstance(width, tuple):
        return tuple(_scaled(w, by) for w in width)
    return max(8, 8 * round(width * by / 8))


class AnySize(nn.Module):
    """A network that needs sides divisible by `multiple`, made to take any.

    The picture's last row and column are repeated up to the next size, of at least `least`, and
    the answer is cut back. `note` is shown with the network's layers.
    """

    def __init__(self, network: nn.Module, multiple: int, least: int, note: str = ""):
        super().__init__()
        self.network, self.multiple, self.least = network, multiple, least
        self.note = note

    def extra_repr(self) -> str:
        return self.note

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[-2:]
        down, right = (max(self.least - side, -side % self.multiple) for side in (h, w))
        return self.network(F.pad(x, (0, right, 0, down), mode="replicate"))[..., :h, :w]
