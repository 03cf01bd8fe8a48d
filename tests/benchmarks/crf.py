"""How alike are the two backends of the CRF, and how quick?

    python -m tests.benchmarks.crf [--size 256] [--threads 1] [--folder PICTURES]

Prints a row a picture: part of the pixels with the same label by torch (exact) and by pydensecrf,
part that the CRF changed, greatest difference of the probability, seconds of each. The pictures are
drawn arcs; with `--folder` also grey pictures in files, their brightest fifth (smoothed) as mask.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from geoviz_ml.infer import refine_crf
from geoviz_ml.infer.crf import has_pydensecrf

from .raster_scan import arcs


def cases(size: int, folder: Path | None):
    for seed in range(5):
        (image,), (mask,) = arcs(1, size, seed)
        noise = gaussian_filter(np.random.default_rng(seed).normal(size=mask.shape), 3)
        yield f"drawn {seed}", image, gaussian_filter(mask.astype(float), 4) + 2 * noise > 0.4
    for path in sorted(folder.glob("*.png")) if folder else ():
        from PIL import Image

        image = np.asarray(Image.open(path).convert("L"))
        smooth = gaussian_filter(image.astype(float), 4)
        yield path.name, image, smooth > np.quantile(smooth, 0.8)


def timed(image, mask, backend) -> tuple[np.ndarray, float]:
    start = time.perf_counter()
    return refine_crf(image, mask, backend), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    agreement = []
    for name, image, mask in cases(args.size, args.folder):
        ours, seconds = timed(image, mask, "torch")
        changed = ((ours >= 0.5) != mask).mean()
        row = f"{name} {image.shape}: CRF changes {changed:.4f}, torch {seconds:.3f} s"
        if has_pydensecrf():
            theirs, less = timed(image, mask, "pydensecrf")
            agreement.append(((ours >= 0.5) == (theirs >= 0.5)).mean())
            row += (
                f", pydensecrf {less:.3f} s, same label {agreement[-1]:.4f}, "
                f"difference up to {np.abs(ours - theirs).max():.2f}"
            )
        print(row, flush=True)
    if agreement:
        print(f"same label: least {min(agreement):.4f}, mean {np.mean(agreement):.4f}")


if __name__ == "__main__":
    main()
