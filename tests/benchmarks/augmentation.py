"""Pictures a second of augmentation in whole batches against one picture after another.

    python -m tests.benchmarks.augmentation [--size 256] [--batch 16] [--threads 2] [--device cuda]

Both of our augmentations, by torch in batches and by albumentations picture by picture, as
`geoviz_ml.learn.Batches` calls them: from bytes to a batch of floats and masks on the device. The
two take turns; the median of each counts, and on a machine that others use the quickest round tells
more. Without `--device` the CPU, and the GPU if there is
one; albumentations is on the CPU always, and its batches then go to the device.
"""

import argparse
import time
from statistics import median

import cv2
import numpy as np
import torch

from geoviz_ml.learn.batches import Batches
from geoviz_ml.prepare.augment import published_augmentation, table_1_augmentation

KINDS = {"published": published_augmentation, "Table 1": table_1_augmentation}


def loader(make, batches, size, batch, device):
    """Batches of one augmentation, in batches or picture by picture."""
    rng = np.random.default_rng(0)
    pictures = torch.from_numpy(rng.integers(0, 256, (batch, 1, size, size), np.uint8))
    augment = make(batches=batches)
    augment.seed(0)
    return Batches(pictures, pictures[:, 0] > 127, device, batch, augment=augment)


def seconds(batches, device) -> float:
    """Of one batch, until it lies on the device."""
    start = time.perf_counter()
    for tensors in batches:
        [tensor.to(device) for tensor in tensors]
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def compared(how, spent, batch: int) -> str:
    """Pictures a second of both, and their ratio; two rounds warm up."""
    singly, together = (batch / how(times[2:]) for times in spent)
    return (
        f"\n  {how.__name__}: one after another {singly:.0f} pictures a second, in batches "
        f"{together:.0f}, ratio {together / singly:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", help="default: the CPU, and the GPU if there is one")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    for name in [args.device] if args.device else devices:
        device = torch.device(name)
        print(f"{args.size} x {args.size}, batches of {args.batch}, {name}, {args.threads} threads")
        for kind, make in KINDS.items():
            loaders = [loader(make, how, args.size, args.batch, device) for how in (False, True)]
            spent = [[], []]
            for _ in range(args.rounds + 2):
                for times, one in zip(spent, loaders, strict=True):
                    times.append(seconds(one, device))
            print(f"{kind}:", *(compared(how, spent, args.batch) for how in (median, min)))


if __name__ == "__main__":
    main()
