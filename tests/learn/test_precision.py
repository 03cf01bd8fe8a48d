"""What a learner chooses for the processor: numbers and their order that are quick and right."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch

from geoviz_ml.learn.precision import quickest_format
from geoviz_ml.models import ResNet18

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


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_narrow_resnet_has_the_right_gradient_on_a_processor_with_avx2_alone(threads):
    script = textwrap.dedent("""
        import torch
        from geoviz_ml.learn import classification_learner
        from geoviz_ml.models import ResNetClassifier
        from tests.learn.skies import skies

        learner = classification_learner(
            skies(), None, ResNetClassifier(classes=3, width=4), device="cpu", seed=0
        )
        x, y = torch.rand(16, 1, 64, 64), torch.arange(16) % 3

        def gradient():
            learner.model.zero_grad()
            learner.loss_func(learner.model(x), y).backward()
            return torch.cat([p.grad.flatten() for p in learner.model.parameters()])

        with torch.backends.mkldnn.flags(enabled=False):
            right = gradient()
        for _ in range(10):
            torch.testing.assert_close(gradient(), right, rtol=1e-3, atol=1e-5)
    """)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=ROOT,
        env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_NUM_THREADS": threads},
        timeout=300,
    )
    assert done.returncode == 0
