"""How close simulated skies are to real ones; nothing here passes or fails.

    python -m tests.benchmarks.aurora_likeness --data FOLDER [--record] [--figure FILE]

FOLDER is what ``python -m data_fetch oath-sample`` makes (label table, eight pictures,
``glcm_features.csv``). Printed are the five numbers of `compare_pictures`, for the real pictures
and simulated ones of the same classes; and for each class the medians of texture of all real
pictures beside those of simulated ones, with the overlap of the two distributions (1 less the
Kolmogorov-Smirnov distance). Last, how well the classes of a simulated sky are told by texture
alone, where blocks of some ten displays are kept together: if they differed more than the real ones
(`oath_leak`, blocks of 200), every method would look better than it is. --figure draws real beside
simulated pictures for the aurora chapter, --record keeps the numbers.
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import ks_2samp

from geoviz_ml import scoreboard, setup
from geoviz_ml.analysis import compare_pictures
from geoviz_ml.classical import texture_features
from geoviz_ml.learn import probe
from geoviz_ml.prepare import block_folds
from geoviz_ml.readers import read_oath
from geoviz_ml.show import plot_likeness
from geoviz_ml.simulate import aurora

GREY = 0.587  # of green, see `texture_features`
TEN = 50  # pictures of ten displays
SHOWN = ["contrast_0", "homogeneity_0", "energy_0", "correlation_0"]


def main(data: Path, n: int, seed: int) -> tuple[xr.Dataset, xr.Dataset, pd.DataFrame]:
    """Print both comparisons for n simulated pictures, each of a sequence of its own or nearly."""
    real = read_oath(data)
    published = pd.read_csv(data / "glcm_features.csv")
    with tempfile.TemporaryDirectory() as folder:
        simulated = read_oath(aurora.make(folder, n, seed, in_a_row=1.5)).load()
    alike = simulated.sel(picture=simulated.name.isin(np.unique(real.name)))
    five = compare_pictures(real.image.values, alike.image.values)
    print(five.round(2).to_string())
    texture = textures(simulated)
    rows = []
    for name in aurora.COUNTS:
        theirs = published[published.picType == name]
        ours = texture[(simulated.name == name).values]
        for feature in SHOWN:
            overlap = 1 - ks_2samp(theirs[feature], ours[feature]).statistic
            rows.append((name, feature, theirs[feature].median(), ours[feature].median(), overlap))
    table = pd.DataFrame(rows, columns=["class", "feature", "real", "simulated", "overlap"])
    print(table.round(3).to_string(index=False))
    for name, value in table.groupby("feature").overlap.mean().items():
        five.loc[f"texture {name}", "within"] = value
    return real, alike, five


def textures(pictures: xr.Dataset) -> pd.DataFrame:
    """The twenty published features of pictures."""
    return texture_features(np.round(pictures.image.values * GREY).astype(np.uint8))


def told_apart(seed: int) -> dict[str, float]:
    """Accuracy of two classifiers on textures of a sky as the chapter's."""
    with tempfile.TemporaryDirectory() as folder:
        sky = read_oath(aurora.make(folder, 1200, seed, in_a_row=5.0)).load()
    known, labels = textures(sky).to_numpy(), sky.class6.values
    predictors = {
        "forest": probe.forest(known, labels, trees=100),
        "linear probe": probe.linear_probe(known, labels),
    }
    folds = block_folds(labels, block=TEN)
    return {
        name: float(probe.score(predictor, labels, folds).table.accuracy.mean())
        for name, predictor in predictors.items()
    }


def record(five: pd.DataFrame, n: int, apart: dict[str, float]) -> None:
    settings = setup("quick")
    for name, value in apart.items():
        scoreboard.record(
            settings, "aurora", f"Classes told by texture, {name}, simulated pictures", value,
            why="Blocks of some ten displays; the simulator was tuned on the real value.",
            command="aurora_likeness",
        )  # fmt: skip
    for name, row in five.iterrows():
        texture = name.startswith("texture")
        what = "overlap with real pictures, mean of six classes" if texture else "within real range"
        scoreboard.record(
            settings, "aurora", f"Likeness of simulated skies, {name}: {what}", row.within,
            data="real",
            why="The simulator was tuned by hand on these statistics."
            + (f" {n} simulated, 5824 real." if texture else " Only 8 real pictures."),
            command="aurora_likeness",
        )  # fmt: skip


def draw(real: xr.Dataset, alike: xr.Dataset, path: Path) -> None:
    """Eight real pictures above eight simulated ones of the same classes; histogram, spectrum."""
    fig = plt.figure(figsize=(11, 6), layout="constrained")
    top, bottom = fig.subfigures(2, 1, height_ratios=(1.05, 1))
    axes = top.subplots(2, 8)
    used = {
        name: iter(np.flatnonzero((alike.name == name).values)) for name in set(alike.name.values)
    }
    for column, name in enumerate(real.name.values):
        for row, picture in enumerate((real.image[column], alike.image[next(used[name])])):
            axes[row, column].imshow(picture, cmap="gray", vmin=0, vmax=255)
            axes[row, column].set(xticks=[], yticks=[])
        axes[0, column].set_title(f"{name} {int(real.picture[column]):05d}", fontsize=8)
    axes[0, 0].set_ylabel("real")
    axes[1, 0].set_ylabel("simulated")
    plot_likeness(bottom.subplots(1, 2), real.image.values, alike.image.values)
    credit = "Real pictures: OATH, Clausen and Nickisch 2018, CC BY 4.0, from NASA's THEMIS cameras"
    top.supxlabel(credit, fontsize=7)
    fig.savefig(path, dpi=80, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    parser.add_argument("--figure", type=Path, help="draw the pictures there")
    args = parser.parse_args()
    eight, others, numbers = main(args.data, args.n, args.seed)
    separable = told_apart(args.seed)
    print({name: round(value, 3) for name, value in separable.items()})
    if args.record:
        record(numbers, args.n, separable)
    if args.figure:
        draw(eight, others, args.figure)
