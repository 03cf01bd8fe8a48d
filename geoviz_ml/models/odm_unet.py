"""ODM_Unet of Li et al. 2024: a U-net with MobileNetV3, ODConv, SDI and SCSE."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .built import rebuildable
from .odconv import replace_convolutions
from .scse import SCSE
from .sdi import SDI, Refine

PLAIN = ("conv_stem", "se")  # of the encoder: the first convolution, squeeze and excitation


@rebuildable
class ODMUNet(nn.Module):
    """U-net whose three additions can be switched off one by one; returns logits.

    The encoder halves five times. The decoder doubles five times: the deepest map is interpolated,
    joined with the skip of that size and convolved twice.

    Parameters
    ----------
    in_channels, classes : int
        Channels of the picture, logits of each pixel.
    encoder : str
        A MobileNetV3 of timm; "mobilenetv3_small_050" is eleven times smaller. Random weights.
    odconv : bool
        Dynamic convolutions in the encoder.
    sdi : bool
        Skips fused from all levels; otherwise each skip is the encoder's own map.
    scse : bool
        Attention in the decoder.
    kernels : int
        Of each dynamic convolution.
    width : int
        Channels of the fused skips (c in the paper).
    decoder : sequence of int
        Channels of the five levels of the decoder.
    calm : bool
        Start `ODConv2d` and `SDI` so that a short training with small batches goes well; False: as
        their authors did, for a million pictures and encoders that are trained already. What each
        does is told there.
    prior : float
        Probability of the last class that the untrained network starts from, through the bias of
        its last layer, see `start_at`.

    Notes
    -----
    Any height and width will do: every map of the decoder takes the size of its skip.

    The paper leaves open, and this network chooses: (a) which MobileNetV3: large; (b) which
    convolutions become dynamic: all pointwise and depthwise ones, neither the stem nor those of
    squeeze and excitation, as the authors of ODConv did with MobileNetV2; with how many kernels: 4,
    theirs; (c) c: 32, as in U-Net v2; (d) where SDI stands: it makes the four skips, each from all
    five levels, and the deepest map enters the decoder as it is; (e) the decoder: that of
    segmentation_models_pytorch, with SCSE before and after the two convolutions; with all three
    additions off the network *is* that library's U-net; (f) how ODConv and SDI start: calm.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import ODMUNet
    >>> net = ODMUNet(encoder="mobilenetv3_small_050", width=8, decoder=(16, 16, 8, 8, 8))
    >>> tuple(net.eval()(torch.zeros(1, 1, 64, 64)).shape)  # background and nucleus
    (1, 2, 64, 64)
    """

    def __init__(
        self,
        in_channels: int = 1,
        classes: int = 2,
        encoder: str = "mobilenetv3_large_100",
        *,
        odconv: bool = True,
        sdi: bool = True,
        scse: bool = True,
        kernels: int = 4,
        width: int = 32,
        decoder: Sequence[int] = (256, 128, 64, 32, 16),
        calm: bool = True,
        prior: float = 0.5,
    ):
        import timm

        super().__init__()
        self.settings = f"calm={calm}, prior={prior}"
        self.encoder = timm.create_model(
            encoder, pretrained=False, features_only=True, in_chans=in_channels
        )
        if odconv:
            replace_convolutions(self.encoder, kernels, keep=PLAIN, calm=calm)
        *skips, deepest = channels = self.encoder.feature_info.channels()  # finest first
        self.refine = self.infuse = None
        if sdi:
            self.refine = nn.ModuleList(Refine(c, width) for c in channels)
            self.infuse = nn.ModuleList(SDI(len(channels), width, calm) for _ in skips)
            skips = [width] * len(skips)
        sizes = zip([deepest, *decoder], [*skips[::-1], 0], decoder, strict=False)
        self.decoder = nn.ModuleList(Up(*three, scse=scse) for three in sizes)
        self.head = nn.Conv2d(decoder[-1], classes, 3, padding=1)
        start_at(self.head, prior)

    def extra_repr(self) -> str:
        return self.settings

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        maps = self.encoder(x)  # (B, C_i, H / 2**i, W / 2**i), i = 1 to 5
        *skips, y = maps
        if self.infuse is not None:
            refined = [refine(m) for refine, m in zip(self.refine, maps, strict=True)]
            skips = [
                infuse(refined, skip.shape[-2:])
                for infuse, skip in zip(self.infuse, skips, strict=True)
            ]
        for up, skip in zip(self.decoder, [*skips[::-1], None], strict=True):
            size = x.shape[-2:] if skip is None else skip.shape[-2:]
            y = up(F.interpolate(y, tuple(size)), skip)
        return self.head(y)  # (B, classes, H, W)


def start_at(head: nn.Conv2d, prior: float) -> None:
    """Set the bias of the last layer so that the last class starts at probability `prior`.

    Of one (sigmoid) or two (softmax) classes; of more, `prior` is its odds against each other one.
    Where the class is rare, say `prior` is its part of the pixels: from one half a network first
    learns "nowhere", and can end with a background that shouts and a thing that is silent, a hair
    below one half, for good.
    """
    with torch.no_grad():
        head.bias.zero_()
        head.bias[-1] = math.log(prior / (1 - prior))


class Up(nn.Module):
    """Join with the skip, if there is one, and convolve twice."""

    def __init__(self, in_channels: int, skip: int, out_channels: int, scse: bool):
        super().__init__()
        self.before = SCSE(in_channels + skip) if scse and skip else nn.Identity()
        self.conv = nn.Sequential(
            *conv_norm_relu(in_channels + skip, out_channels),
            *conv_norm_relu(out_channels, out_channels),
        )
        self.after = SCSE(out_channels) if scse else nn.Identity()

    def forward(self, y: Tensor, skip: Tensor | None) -> Tensor:
        if skip is not None:
            y = self.before(torch.cat([y, skip.to(y.dtype)], 1))
        return self.after(self.conv(y))


def conv_norm_relu(in_channels: int, out_channels: int) -> list[nn.Module]:
    """A 3x3 convolution of the same size, normalised, with ReLU."""
    conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return [conv, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]
