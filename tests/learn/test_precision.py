"""What a learner chooses for the processor: numbers and their order that are quick and right."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch

from geoviz_ml.learn.precision import quickest_format
from geoviz_ml.models import ODConv2d, ResNet18

from ..conftest import ROOT


@pytest.mark.parametrize(
    ("width", "device", "order"),
    [
        (8, "cpu", torch.channels_last),
        (4, "cpu", torch.contiguous_format),
        (4, "cuda", torch.channels_last),
        (8, "mps", torch.contiguous_format),
    ],
)
def test_colours_come_first_where_that_is_quick_and_right(width, device, order):
    assert quickest_format(torch.device(device), ResNet18(width=width)) == order


def test_a_dynamic_convolution_counts_as_one():
    for conv in (ODConv2d, torch.nn.Conv2d):
        for channels, stride, right in ((4, 2, False), (8, 2, True), (4, 1, True)):
            order = quickest_format(torch.device("cpu"), conv(channels, 8, 1, stride=stride))
            assert (order == torch.channels_last) == right


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_narrow_stride_has_the_right_gradient_on_a_processor_with_avx2_alone(threads):
    script = textwrap.dedent("""
        import torch
        from torch import nn
        from geoviz_ml.learn import classification_learner
        from tests.learn.skies import skies

        torch.manual_seed(0)
        layers = [nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 8, 1, stride=2), nn.Tanh()]
        network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
        learner = classification_learner(skies(), None, network, device="cpu", seed=0)
        x, y = torch.rand(32, 1, 32, 32), torch.arange(32) % 3

        def gradient():
            learner.model.zero_grad()
            learner.loss_func(learner.model(x), y).backward()
            return torch.cat([p.grad.flatten() for p in learner.model.parameters()])

        with torch.backends.mkldnn.flags(enabled=False):
            right = gradient()
        for _ in range(10):
            torch.testing.assert_close(gradient(), right, rtol=1e-3, atol=1e-6)
    """)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=ROOT,
        env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_NUM_THREADS": threads},
        timeout=300,
    )
    assert done.returncode == 0
