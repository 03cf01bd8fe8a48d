"""How much quicker is the raster scan than one patch at a time, and how far off are its steps?

    python -m tests.benchmarks.raster_scan [--size 256] [--width 64] [--threads 2]

Trains both networks for a minute on drawn arcs, scans a picture of other arcs, and prints for each:
seconds of the loop (timed on `--patches` of the patches), of the scan, their ratio, the greatest
difference; for ResNet also, for steps of 2, 4 and 8, how many times quicker than step 1, the
correlation of the scores with those of step 1, and the part of the pixels with the same sign.
"""

import argparse
import time

import numpy as np
import torch

from geoviz_ml.infer import raster_scan
from geoviz_ml.learn import pnu_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import PatchNet, PatchResNet
from geoviz_ml.settings import set_seed

PATCH = 32


def arcs(n: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of a few thin bright curves on noise, and their masks."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    pictures = 0.2 + 0.05 * rng.normal(size=(n, size, size))
    masks = np.zeros(pictures.shape, bool)
    for picture, mask in zip(pictures, masks, strict=True):
        for _ in range(2):
            middle = rng.uniform(0, size) + 20 * np.sin(x / rng.uniform(20, 60) + rng.uniform(0, 6))
            light = np.exp(-0.5 * ((y - middle) / rng.uniform(3, 6)) ** 2)
            picture += 0.5 * light
            mask |= light > 0.5
    return pictures.clip(0, 1).astype(np.float32), masks


def patches(seed: int, n: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Patches with their middle on an arc (+1), off it (-1), anywhere (0)."""
    rng = np.random.default_rng(seed)
    pictures, masks = arcs(12, 128, seed)
    middles = masks[:, 16:-15, 16:-15]
    chosen = []
    for where, count in zip((middles, ~middles, middles | ~middles), n, strict=True):
        places = np.argwhere(where)
        chosen.append(places[rng.choice(len(places), count, replace=False)])
    cut = [pictures[k, i : i + PATCH, j : j + PATCH] for k, i, j in np.concatenate(chosen)]
    return np.stack(cut), np.repeat([1, -1, 0], n)


def trained(model) -> torch.nn.Module:
    train, valid = patches(0, (100, 100, 1000)), patches(1, (50, 50, 200))
    learner = pnu_learner(train, valid, model, prior=arcs(12, 128, 0)[1].mean(), lr=1e-3, steps=40)
    print(f"  {fit(learner, 3, one_cycle=True).iloc[-1].round(3).to_dict()}")
    return learner.model.eval()


def one_at_a_time(model, image: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    """Scores of the first n pixels of the middle row and those after it; seconds a patch."""
    wide = np.pad(image, (PATCH // 2, PATCH // 2 - 1))
    first = image.shape[0] // 2 * image.shape[1]
    scores = []
    with torch.inference_mode():
        for k in range(-20, n):  # the first are to warm up
            if k == 0:
                start, scores = time.perf_counter(), []
            i, j = divmod(first + max(k, 0), image.shape[1])
            cut = torch.from_numpy(wide[i : i + PATCH, j : j + PATCH].copy())
            scores.append(model(cut[None, None]).item())
    return np.array(scores), (time.perf_counter() - start) / n


def timed(model, image, step=1) -> tuple[np.ndarray, float]:
    start = time.perf_counter()
    return raster_scan(model, image, PATCH, step), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--width", type=int, default=64, help="of ResNet18")
    parser.add_argument("--patches", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    (image,), _ = arcs(1, args.size, seed=2)
    for kind, width in ((PatchNet, 16), (PatchResNet, args.width)):
        set_seed(0)
        print(f"{kind.__name__}({width}), {args.size}x{args.size}, {args.threads} threads")
        model = trained(kind(width))
        raster_scan(model, image[:40, :40])
        some, each = one_at_a_time(model, image, args.patches)
        whole, seconds = timed(model, image)
        difference = np.abs(whole.ravel()[args.size // 2 * args.size :][: len(some)] - some).max()
        print(
            f"  loop {each * image.size:.1f} s, scan {seconds:.3f} s: "
            f"{each * image.size / seconds:.1f} times quicker, "
            f"difference {difference:.1e} of scores up to {np.abs(some).max():.1f}",
            flush=True,
        )
        if kind is PatchNet:
            continue
        for step in (2, 4, 8):
            quick, less = timed(model, image, step)
            print(
                f"  step {step}: {seconds / less:.1f} times quicker than step 1, correlation "
                f"{np.corrcoef(quick.ravel(), whole.ravel())[0, 1]:.3f}, same sign "
                f"{((quick >= 0) == (whole >= 0)).mean():.4f} (positive {(whole >= 0).mean():.3f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
