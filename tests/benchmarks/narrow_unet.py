"""How often does a narrow U-net fail to learn? The published last layers against wider ones.

    python -m tests.benchmarks.narrow_unet [--seeds 16] [--base 8]

Prints, a row a variant: of how many seeds the untrained network has a dead last ReLU (a channel
that is zero on a whole picture), how many trained networks answer the same everywhere, how many
reach an IoU of 0.5 on easy pictures after 64 steps.
"""

import argparse

import numpy as np
import torch

from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.learn.training import fit
from geoviz_ml.models import UNet
from geoviz_ml.scores import iou
from geoviz_ml.settings import set_seed

from ..learn.drawn import bars

VARIANTS = [{}, {"head": 8}, {"norm": True}, {"head": 8, "norm": True}]


def dead_channel(model: UNet, picture: np.ndarray) -> bool:
    """Whether a channel of the last ReLU is zero on the whole picture."""
    answers = []
    hook = model.head.register_forward_hook(lambda module, given, answer: answers.append(answer))
    predict(model, picture[None])
    hook.remove()
    return bool((answers[0].amax(dim=(0, 2, 3)) == 0).any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--base", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    train, valid = bars(16, size=(48, 48)), bars(8, size=(48, 48), seed=1)
    for variant in VARIANTS:
        dead = constant = learned = 0
        for seed in range(args.seeds):
            set_seed(seed)
            model = UNet(base=args.base, **variant)
            dead += dead_channel(model, train[0][0])
            fit(segmentation_learner(train, valid, model, lr=args.lr, seed=seed), 8)
            prob = predict(model, valid[0])
            constant += bool(np.ptp(prob) < 1e-6)
            learned += iou(prob, valid[1]) > 0.5
        print(
            f"{variant or 'published'}: of {args.seeds} seeds, dead channel at start {dead}, "
            f"constant answer {constant}, learned {learned}",
            flush=True,
        )


if __name__ == "__main__":
    main()
