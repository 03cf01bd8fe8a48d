"""Networks trained on simulated nights, on real frames: minutes without an arc, and arc pictures.

The real minutes (THEMIS, Gillam) give the area that is called arc where there is none. The real
arc pictures (OATH) have no masks; `MARKS` are points set by eye on arcs and beside them, before any
network had seen the pictures. The simulator's diffuse light and the nights of the training were
mended with an eye on a part of them, `SEEN`, and on the first two minutes; the other half was kept
for judging. It is no other night: all pictures are of one, and so are the minutes.

Beside PNU stand PN, with the same patches and weights, and a threshold on brightness that is chosen
on the simulated training nights. Who calls everything an arc finds all points, and calls all points
beside arcs an arc too.

    python -m tests.benchmarks.arcs_real --data FOLDER --work FOLDER [--record] [--figure FILE]
"""

import argparse
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image

from geoviz_ml import scoreboard, setup
from geoviz_ml.datasets import load_arcs, load_oath
from geoviz_ml.experiments.arc_masks import floor_masks, refined, scan
from geoviz_ml.experiments.arc_nights import ArcNights, estimated_prior
from geoviz_ml.geometry.footprints import footprints
from geoviz_ml.learn import fit, pnu_learner
from geoviz_ml.models import PatchNet
from geoviz_ml.prepare.patches import high_sky, to_picture
from geoviz_ml.readers import read_skymap
from geoviz_ml.simulate import arcs
from geoviz_ml.simulate.station import STATIONS
from geoviz_ml.simulate.writers_skymap import write_skymap

SKY = [(60, 70), (130, 60), (190, 80), (100, 180), (150, 165), (60, 185), (200, 165), (165, 189)]
LOW = [(60, 60), (130, 70), (180, 80), (120, 207), (80, 200), (60, 182), (155, 100)]
MARKS = {  # picture: (column, row) on arcs; beside them
    1: ([(90, 158), (110, 173), (140, 177), (165, 177), (195, 177), (120, 120), (180, 122)], LOW),
    2: ([(85, 160), (110, 175), (150, 182), (120, 120), (170, 120), (200, 140)], LOW),
    4: ([(60, 116), (90, 115), (120, 117), (150, 122), (180, 128), (205, 132)], SKY),
    5: ([(60, 115), (90, 115), (120, 117), (150, 122), (180, 130), (210, 133)], SKY),
    6: ([(60, 98), (90, 103), (120, 110), (150, 118), (180, 128), (210, 130)], SKY),
    7: ([(60, 98), (90, 102), (120, 110), (150, 118), (180, 127), (210, 130)], SKY),
    8: ([(60, 108), (90, 113), (120, 118), (150, 123), (180, 130), (202, 136)], SKY),
    14: ([(50, 106), (80, 115), (120, 122), (150, 129), (180, 138), (205, 143)], SKY),
}

SEEN = (1, 2, 8, 14)
KEYS = ["part", "kind", "shift"]
SHIFTS, REACH = (0.0, 0.7), 10  # of the scores; of the CRF, pixels: chosen on simulated nights
CLAIMS = (
    (
        "share",
        "Share of an arc-free real sky that is called arc",
        "Gillam, bright Moon; never arc: 0.",
    ),
    (
        "km2",
        "Area called arc in arc-free real minutes, km2 at 110 km",
        "Nominal camera; never arc: 0.",
    ),
    (
        "on",
        "Points on real arcs that are found",
        "Set by eye on 4 pictures of one night; never arc: 0, everything arc: 1.",
    ),
    (
        "off",
        "Points beside real arcs that are called arc",
        "Set by eye; never arc: 0, everything arc: 1.",
    ),
)


KINDS = {"PNU": 0.25, "PN": 0.0}  # and their eta


def trained(nights: ArcNights, seed: int, eta: float):
    """A learner from 100 labelled patches and 3000 without; settings chosen on seeds 11 to 13."""
    L, y, U, _ = nights.draw(seed, 100, 3000)
    learner = pnu_learner(
        (np.concatenate([L, U]), np.r_[y, np.zeros(len(U), int)]), (L, y), lambda: PatchNet(8),
        prior=estimated_prior(L, y, U), eta=eta, steps=400, lr=1e-3, seed=seed,
    )  # fmt: skip
    fit(learner, 1, one_cycle=True)
    return learner


def main(data: Path, work: Path, seeds: int):
    folder = arcs.make(work / "nights", 240, seed=7010, frames=1, minutes=3, every=16)
    nights = ArcNights(load_arcs(folder))
    minutes, oath = load_arcs(data / "themis", every=10), load_oath(data / "oath")
    labelled = oath[pd.Index(oath.table.number).get_indexer([*MARKS])]
    pictures = replace(
        labelled, pictures=np.stack([to_picture(p / 255) for p in labelled.pictures])
    )
    with tempfile.TemporaryDirectory() as folder:
        s = STATIONS[0]
        area = footprints(read_skymap(write_skymap(
            folder, s.camera(300.0), s.site, s.imager, s.latitude, s.longitude, "2014-01-01"
        ))).area  # fmt: skip

    def measured(kind: str, shift: float, alarms: np.ndarray, found: np.ndarray):
        """A row for each half of masks (N, 256, 256) of the minutes and of the arc pictures."""
        for part, old in (("development", True), ("judged", False)):
            half = alarms[: len(alarms) // 2] if old else alarms[len(alarms) // 2 :]
            pairs = [p for p in zip(MARKS, found, strict=True) if (p[0] in SEEN) == old]
            on, off = (
                np.concatenate([[m[y, x] for x, y in MARKS[n][k]] for n, m in pairs])
                for k in (0, 1)
            )
            share, km2 = half[:, high_sky()].mean(), (half * area).sum((1, 2)).mean()
            yield kind, shift, part, share, km2, on.mean(), off.mean()

    levels = [floor_masks(nights, sky)["brightness threshold"] for sky in (minutes, pictures)]
    rows, shown = [*measured("brightness threshold", np.nan, *levels)], None
    for seed, (kind, eta) in product(range(seeds), KINDS.items()):
        learner = trained(nights, 100 + seed, eta)
        scores = [scan(learner, sky.pictures, 1) for sky in (minutes, pictures)]
        for shift in SHIFTS:
            alarms, found = (
                refined(sky.pictures, s, shift, REACH)
                for sky, s in zip((minutes, pictures), scores, strict=True)
            )
            shown = found if shown is None else shown
            rows += measured(kind, shift, alarms, found)
            print(seed, *rows[-1], flush=True)
    names = ["kind", "shift", "part", "share", "km2", "on", "off"]
    return pd.DataFrame(rows, columns=names), pictures.pictures, shown


def draw(pictures, masks, path: Path) -> None:
    fig, axes = plt.subplots(2, 4, figsize=(9, 5), layout="constrained")
    for ax, picture, mask, number in zip(axes.flat, pictures, masks, MARKS, strict=True):
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
        if mask.any():
            ax.contour(mask, [0.5], colors="tab:orange", linewidths=1)
        on, off = np.array(MARKS[number][0]), np.array(MARKS[number][1])
        ax.plot(*on.T, "+", color="#0072b2", ms=7)
        ax.plot(*off.T, ".", color="#0072b2", ms=5)
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"OATH {number:05d}", fontsize=8)
    credit = "Clausen and Nickisch 2018, CC BY 4.0, from NASA's THEMIS cameras (square root)"
    fig.supxlabel(credit, fontsize=7)
    fig.savefig(path, dpi=80)
    plt.close(fig)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(128)
    small.save(path, optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    parser.add_argument("--figure", type=Path, help="draw the pictures there")
    args = parser.parse_args()
    table, pictures, shown = main(args.data, args.work, args.seeds)
    print(table.groupby(KEYS, dropna=False).mean().round(4).to_string())
    if args.figure:
        draw(pictures, shown, args.figure)
    if args.record:
        settings = setup("quick")
        groups = table.groupby(KEYS, dropna=False)
        for ((part, kind, shift), rows), (column, claim, why) in product(groups, CLAIMS):
            how = kind if np.isnan(shift) else f"{kind}, then CRF, scores shifted by {shift:g}"
            scoreboard.record(
                settings, "arcs", f"{claim}, {part}: {how}",
                rows[column].to_list(), data="real", command="arcs_real",
                why=f"{why} Trained on simulated nights only.",
            )  # fmt: skip
