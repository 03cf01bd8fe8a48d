"""Real HMI data through detectors and a classifier that have seen simulated Suns only.

One full-disk magnetogram and cut-outs of single regions (SHARPs), beside what NOAA saw that day.
The detector is the chapter's of the quick profile, of Suns that the chapter does not use, trained
here if need be and kept; or take any model that the library has saved.

    python -m tests.benchmarks.sunspots_real --data FOLDER (--work FOLDER | --model FILE)
        [--figure FILE] [--record]

FOLDER of --data holds magnetograms/*.jp2, sharp/*.magnetogram.fits and
srs/mount_wilson_1996_2026.csv.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

from geoviz_ml import scoreboard, setup
from geoviz_ml.datasets import load_suns
from geoviz_ml.experiments.sunspot_classes import named_boxes
from geoviz_ml.geometry import regions_in_picture
from geoviz_ml.infer.detection import choose_decoding
from geoviz_ml.learn import classification_learner, detection_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import DetectNet, GoogLeNet
from geoviz_ml.prepare import BoxCrops, cut_boxes, join_boxes
from geoviz_ml.readers import read_magnetogram, read_srs
from geoviz_ml.settings import set_seed
from geoviz_ml.show.plots import plot_sun
from geoviz_ml.simulate import sunspots
from geoviz_ml.sunspots import SunModels, find_regions, load_sun_models, save_sun_models

SUN_SEED, SEED = 7207, 31
PICTURES, TRAIN, CHOOSE = 294, slice(0, 126), slice(126, 210)  # nine Suns, six; the rest is unseen
SIDE, MARGIN = 64, 4
OUTLINE = [withStroke(linewidth=2, foreground="black")]
CREDIT = "SDO/HMI magnetograms courtesy of NASA/SDO and the HMI science team"


def detector(suns, folder: Path):
    """DetectNet, trained on a random crop of every picture in each epoch."""
    set_seed(SEED)
    learner = detection_learner(
        suns.pair, suns[:2].pair, DetectNet(width=0.25), augment=BoxCrops(160), seed=SEED,
        batch_size=8, lr=2e-3,
    )  # fmt: skip
    fit(learner, 40, folder=folder, one_cycle=True)
    return learner


def models(work: Path) -> SunModels:
    """DetectNet and GoogLeNet, trained on simulated Suns; thresholds chosen on others."""
    suns = load_suns(sunspots.make(work / "suns", PICTURES, SUN_SEED, fits=0))
    learner = detector(suns[TRAIN], work / f"DetectNet-{SEED}")
    decoding, confidence = choose_decoding(learner, *suns[CHOOSE].pair)
    boxes = named_boxes(suns)
    names, codes = list(boxes.paper.cat.categories), boxes.paper.cat.codes.to_numpy(int)
    cuts = [
        cut_boxes(suns.pictures[i], of_picture, SIDE, MARGIN)
        for i, of_picture in boxes.groupby("picture")
    ]
    set_seed(SEED)
    classifier = GoogLeNet(classes=len(names), width=0.25)
    known = (np.concatenate(cuts), codes)
    fit(classification_learner(known, None, classifier, batch_size=32, lr=2e-3), 16, one_cycle=True)
    return SunModels(
        detector=learner.model, classifier=classifier, decoding=decoding, confidence=confidence,
        built={"detector": ["DetectNet", {"width": 0.25}],
               "classifier": ["GoogLeNet", {"classes": len(names), "width": 0.25}]},
        classes=names, side=SIDE, margin=MARGIN,
    )  # fmt: skip


def noaa(path: Path, regions: pd.DataFrame) -> pd.DataFrame:
    """NOAA's groups with spots on a full disk, placed in the file's pixels."""
    a = read_magnetogram(path).attrs
    disk = (a["disk_x"], a["disk_y"], a["disk_radius"])
    return regions_in_picture(regions, a["time"], disk, a.get("b0"))


def named(found) -> list[str]:
    return [f"{r['class']} {100 * r['class_confidence']:.0f} %" for _, r in found.table.iterrows()]


def draw(ax, found, axes: bool = False) -> None:
    plot_sun(ax, found.picture.grey(), axes=axes, found=found.boxes)
    ax.get_legend().remove()
    for box, name in zip(found.boxes, named(found), strict=True):
        high = box[1] < 0.14 * len(found.picture.values)  # no room above it
        style = {"color": "#e69f00", "fontsize": 8, "path_effects": OUTLINE}
        place = {"va": "top" if high else "bottom"}
        ax.text(box[0] + 1, box[1] + (1 if high else -1), name, **style, **place)


def figure(full, placed: pd.DataFrame, sharps: list, target: Path) -> None:
    """The disk, and the cut-outs beside it; a cross is a group of NOAA's."""
    fig, axes = plt.subplot_mosaic(
        [["disk", "disk", *pair] for pair in np.arange(6).reshape(3, 2).astype(str).tolist()],
        figsize=(11, 6.3), layout="constrained",
    )  # fmt: skip
    draw(axes["disk"], full, axes=True)
    scale, corner = full.picture.scale, full.picture.corner
    x, y = ((placed[c] + 0.5 - o) * scale for c, o in zip("xy", corner, strict=True))
    axes["disk"].plot(x, y, "+", color="#56b4e9", ms=11, mew=1.5)
    for px, py, r in zip(x, y, placed.itertuples(), strict=True):
        text = f"{r.number} {r.mount_wilson}"
        style = {"color": "#56b4e9", "fontsize": 8, "path_effects": OUTLINE, "ha": "center"}
        axes["disk"].text(px, py + 22, text, **style)
    axes["disk"].set_title(f"HMI, {full.time[:16]} UT", fontsize=9)
    for key in "012345":
        axes[key].set_axis_off()
    for key, (found, title) in zip("012345", sharps, strict=False):
        draw(axes[key], found)
        axes[key].set_title(title, fontsize=8, pad=10)  # a name may stand above the frame
    fig.text(0.01, 0.005, CREDIT, fontsize=7)
    fig.savefig(target, dpi=110, pil_kwargs={"quality": 82, "method": 6})


def main(data: Path, model: SunModels, target: Path | None, keep: bool) -> None:
    regions = read_srs(data / "srs" / "mount_wilson_1996_2026.csv")
    path = next((data / "magnetograms").glob("*.jp2"))
    full, classical = find_regions(path, model), find_regions(path)
    placed = noaa(path, regions)
    inside = {}
    for name, found in {"DetectNet": full, "threshold method": classical}.items():
        joined = join_boxes(found.table[["x1", "y1", "x2", "y2"]], placed, margin=40)
        inside[name] = joined.number[joined.number > 0].nunique()
        print(f"{name}: {len(joined)} boxes, {inside[name]} of NOAA's {len(placed)} groups in one")
    print(placed[["number", "area", "mount_wilson"]].to_string(index=False))
    sharps = []
    for file in sorted((data / "sharp").glob("*.magnetogram.fits")):
        header = read_magnetogram(file).attrs["header"]
        number, time = int(header.get("NOAA_AR", 0)), read_magnetogram(file).attrs["time"]
        day = regions[(regions.number == number) & (regions.section == "I")]
        day = day[np.abs(day.date - pd.Timestamp(time)) < pd.Timedelta("1.1D")]
        said = day.mount_wilson.iloc[-1] if len(day) else "no class"
        found = find_regions(file, model)
        sharps.append((found, f"AR {number}, NOAA: {said}"))
        print(file.name, number, said, "found", named(found))
    if target:
        figure(full, placed, sharps, target)
    if keep:
        for name, count in inside.items():
            scoreboard.record(
                setup("quick"), "sunspots", f"Real HMI magnetogram, {name}: NOAA groups in a box",
                count / len(placed), data="real", why="Trained or tuned on simulated Suns only; "
                f"one picture with {len(placed)} groups.", command="sunspots_real",
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--work", type=Path, help="keeps pictures and checkpoints")
    which.add_argument("--model", type=Path, help="from save_sun_models")
    parser.add_argument("--figure", type=Path, help="a WebP picture of what was found")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    chosen = args.model or save_sun_models(args.work / "models.safetensors", models(args.work))
    main(args.data, load_sun_models(chosen), args.figure, args.record)
