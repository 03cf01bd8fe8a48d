"""Pictures a second of our SimCLR training against lightly's own loop, in one run.

    python -m tests.benchmarks.simclr_throughput [--size 64] [--width 64] [--device cpu]

Both train the same ResNet18 and head on the same pictures by the same two changes (random resized
crop, vertical flip) with Adam, alternating, and the best epoch of each counts. Lightly's loop is
that of its SimCLR example: SimCLRTransform picture by picture in a DataLoader, a forward pass a
view, NTXentLoss. Ours is `simclr_learner` and `fit` as shipped, and once more in float32.
"""

import argparse
import time

import numpy as np
import torch
from lightly.loss import NTXentLoss
from lightly.transforms import SimCLRTransform
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from geoviz_ml.learn import simclr_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ResNet18, SimCLR
from geoviz_ml.prepare import Views
from geoviz_ml.settings import set_seed

CROP = (0.08, 1.0)


class Pictures(Dataset):
    """Two views of each picture, as lightly makes them."""

    def __init__(self, pictures: np.ndarray):
        self.pictures = [Image.fromarray(p) for p in pictures]
        self.transform = SimCLRTransform(
            input_size=pictures.shape[1], cj_prob=0, random_gray_scale=0, gaussian_blur=0,
            min_scale=CROP[0], hf_prob=0, vf_prob=0.5, normalize=None,
        )  # fmt: skip

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, i):
        return self.transform(self.pictures[i])


class LightlyLoop:
    def __init__(self, pictures, width, batch, device, workers):
        set_seed(0)
        self.model = SimCLR(ResNet18(width=width)).to(device)
        self.loss, self.device = NTXentLoss(), device
        self.adam = torch.optim.Adam(self.model.parameters(), lr=3e-4)
        self.loader = DataLoader(
            Pictures(pictures), batch, shuffle=True, drop_last=True, num_workers=workers,
            persistent_workers=workers > 0,
        )  # fmt: skip

    def epoch(self):
        for x0, x1 in self.loader:
            z0, z1 = self.model(x0.to(self.device)), self.model(x1.to(self.device))
            self.adam.zero_grad()
            loss = self.loss(z0, z1)
            loss.backward()
            self.adam.step()
        return loss.item()


class OurLoop:
    def __init__(self, pictures, width, batch, device, mixed_precision):
        set_seed(0)
        self.learner = simclr_learner(
            pictures, ResNet18(width=width), views=Views(crop=CROP), batch_size=batch,
            device=device, mixed_precision=mixed_precision,
        )  # fmt: skip

    def epoch(self):
        return fit(self.learner, 1).loss.iloc[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    pictures = np.random.default_rng(0).integers(
        0, 256, (args.batch * args.batches, args.size, args.size), np.uint8
    )
    what = pictures, args.width, args.batch, args.device
    loops = {
        "lightly's loop": LightlyLoop(*what, args.workers),
        "ours, float32": OurLoop(*what, False),
        "ours, as shipped": OurLoop(*what, True),
    }
    precision = loops["ours, as shipped"].learner.recipe["precision"]
    best = dict.fromkeys(loops, np.inf)
    for number in range(args.epochs + 1):  # the first warms up
        for name, loop in loops.items():
            start = time.perf_counter()
            loop.epoch()  # asks for the loss at its end, so the device is done
            if number:
                best[name] = min(best[name], time.perf_counter() - start)
    print(
        f"ResNet18 of width {args.width}, {args.size} x {args.size} pixels, {args.device}, batches "
        f"of {args.batch}, {torch.get_num_threads()} threads, shipped precision {precision}"
    )
    for name, seconds in best.items():
        ratio = best["lightly's loop"] / seconds
        print(f"{name}: {len(pictures) / seconds:.1f} pictures a second, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
