"""Unit costs of the networks at the sizes of the papers, and how alike CPU and GPU answer."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch.func import functional_call, grad, stack_module_state, vmap

from geoviz_ml.learn import (
    detection_learner,
    fit,
    pnu_learner,
    segmentation_learner,
    simclr_learner,
)
from geoviz_ml.learn.losses import CrossEntropyDice
from geoviz_ml.models import (
    DetectNet,
    PatchNet,
    PatchResNet,
    ResNet18,
    UNet,
    compared,
    small_faster_rcnn,
)
from geoviz_ml.models.mobile import mobile_unet
from geoviz_ml.prepare.augment import published_augmentation, table_1_augmentation

BOUND = ("U-net, batch 2, mixed", "U-net, batch 2, float32", "PNU, steps")  # by launches


def random_pictures(n: int, side: int) -> np.ndarray:
    """Pictures (n, side, side) float32 in 0..1."""
    return np.random.default_rng(0).random((n, side, side)).astype(np.float32)


def segmenting(make: Callable, n: int, side: int, **options):
    """A learner of squares of light."""
    pictures = random_pictures(n, side)
    masks = np.zeros(pictures.shape, bool)
    masks[:, : side // 4, : side // 4] = True
    return segmentation_learner(
        (pictures, masks), (pictures[:1], masks[:1]), make, drop_last=True, **options
    )


def detecting(make: Callable, n: int, side: int, **options):
    """A learner of one box a picture."""
    pictures = random_pictures(n, side)
    boxes = [np.array([[10.0, 10.0, 40.0, 40.0]])] * n
    return detection_learner((pictures, boxes), (pictures[:1], boxes[:1]), make, **options)


def patches(make: Callable, n: int, steps: int, **options):
    """A PNU learner of patches of 32 pixels."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n, 32, 32), np.uint8)
    y = np.r_[np.ones(50, int), -np.ones(50, int), np.zeros(n - 100, int)]
    return pnu_learner((x, y), (x[:200], y[:200]), make, prior=0.3, steps=steps, **options)


def works(small: bool, device: torch.device) -> Iterator[tuple[str, Callable, int]]:
    """Name, maker of a learner, and pictures in an epoch, of the work whose cost is asked."""
    n, big, huge = (4, 64, 64) if small else (178, 256, 512)
    m = 4 if small else 64
    on = {"device": device}
    unet = partial(segmenting, UNet if not small else partial(UNet, base=4), n, big)
    for precision, mixed in (("mixed", True), ("float32", False)):
        options = {"batch_size": 2, "mixed_precision": mixed, **on}
        yield f"U-net, batch 2, {precision}", partial(unet, **options), n
    augmented = {"batch_size": 2, "augment": published_augmentation(batches=True), **on}
    yield "U-net, batch 2, mixed, augmented", partial(unet, **augmented), n
    yield (
        "MobileNetV3 U-net, batch 2",
        partial(segmenting, mobile_unet, n, big, batch_size=2, **on),
        n,
    )
    encoder = "mobilenetv3_small_050" if small else "mobilenetv3_large_100"
    for name in ("ODM_Unet", "U-net", "Unet++", "DeepLabV3"):
        make = partial(compared.make, name, encoder=encoder)
        options = {"batch_size": 2 if small else 16, "loss": CrossEntropyDice(), **on}
        for how, augment in (("", None), (", Table 1", table_1_augmentation(batches=True))):
            named = f"{name}, {huge} pixels{how}"
            yield named, partial(segmenting, make, m, huge, augment=augment, **options), m
    pictures = (255 * random_pictures(8 if small else 1024, big)).astype(np.uint8)
    make = partial(simclr_learner, pictures, ResNet18, batch_size=4 if small else 128, **on)
    yield f"SimCLR, {big} pixels, pairs", make, len(pictures)
    boxes = {"batch_size": 2 if small else 10, **on}
    side = 128 if small else 512
    yield "DetectNet", partial(detecting, DetectNet, m, side, **boxes), m
    yield "Faster R-CNN", partial(detecting, small_faster_rcnn, m, side, **boxes), m
    steps = 5 if small else 300
    network = PatchNet if small else PatchResNet
    yield "PNU, steps", partial(patches, network, 400, steps, **on), steps


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def cost(make: Callable, pictures: int, device: torch.device, capture=False) -> dict[str, float]:
    """Seconds of an epoch after a first one, and memory."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    learner = make()
    fit(learner, 1, capture=capture)
    wait(device)
    began = time.monotonic()
    fit(learner, 1, capture=capture)
    wait(device)
    seconds = time.monotonic() - began
    found = {"seconds an epoch": seconds, "a second": pictures / seconds}
    if device.type == "cuda":
        found["gpu memory, GB"] = torch.cuda.max_memory_allocated() / 2**30
    return found


def plain_loop(small: bool, device: torch.device) -> float:
    """Seconds of an epoch of the U-net at batch 2 in a plain loop, data on the device, float32."""
    n, side = (4, 64) if small else (178, 256)
    x = torch.from_numpy(random_pictures(n, side))[:, None].to(device)
    y = (x > 0.5).float()
    net = UNet(base=4 if small else 64).to(device, memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), 1e-4, fused=True)
    loss = torch.nn.BCEWithLogitsLoss()
    for _ in range(2):
        wait(device)
        began = time.monotonic()
        for i in torch.randperm(n).split(2):
            adam.zero_grad()
            loss(net(x[i]), y[i]).backward()
            adam.step()
        wait(device)
    return time.monotonic() - began


def seeds_together(small: bool, device: torch.device) -> dict[str, float]:
    """Seconds that loss and gradients of five small networks take, one after another and as one."""
    make = partial(PatchNet, width=8) if small else PatchResNet
    networks = [make().to(device).train() for _ in range(5)]
    batches = torch.rand(5, 96, 1, 32, 32, device=device)
    weights, state = stack_module_state(networks)
    plain = make().to("meta")

    def loss(weights, state, batch):
        return functional_call(plain, (weights, state), (batch,)).square().mean()

    def apart():
        for network, batch in zip(networks, batches, strict=True):
            network.zero_grad()
            network(batch).square().mean().backward()

    together = vmap(grad(loss), randomness="different")
    found = {}
    for name, step in (("apart", apart), ("together", lambda: together(weights, state, batches))):
        step()
        wait(device)
        began = time.monotonic()
        for _ in range(10):
            step()
        wait(device)
        found[name] = (time.monotonic() - began) / 10
    return found


def differences(device: torch.device, small: bool) -> dict[str, float]:
    """Largest difference of the logits on CPU and device, as a part of their spread."""
    side = 64 if small else 128
    x = torch.from_numpy(random_pictures(2, side))[:, None]
    makers = {"U-net": partial(UNet, base=8), "DetectNet": DetectNet, "ResNet18": ResNet18}
    makers |= {name: partial(compared.make, name) for name in compared.NAMES}
    found = {}
    for name, make in makers.items():
        torch.manual_seed(0)
        here = make().eval()
        there = copy.deepcopy(here).to(device)
        with torch.no_grad():
            a, b = here(x), there(x.to(device)).cpu()
        found[name] = float((a - b).abs().max() / a.std())
    return found
