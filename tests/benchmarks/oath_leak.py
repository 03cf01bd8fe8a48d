"""What the splits of OATH leak, measured on its own label table and texture features.

Three predictors under the official shuffles and under folds of blocks: one that looks at no
picture, a random forest and a linear probe on the twenty published texture features. --figure
draws the bars of the aurora chapter, --record keeps the numbers of the scoreboard.

    python -m tests.benchmarks.oath_leak --data FOLDER [--record] [--figure FILE]

FOLDER is what ``python -m data_fetch oath-sample`` makes.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.learn import probe
from geoviz_ml.papers import published
from geoviz_ml.prepare import block_folds, oath_splits
from geoviz_ml.readers import read_oath_table

PUBLISHED = published("aurora", "Table I")["Accuracy"]
LOOKS = {  # colour and hatch
    "never looks": ("#d55e00", "//"),
    "textures, forest": ("#0072b2", ""),
    "textures, linear probe": ("#56b4e9", ".."),
}


def main(data: Path) -> dict[tuple[str, str], np.ndarray]:
    """Accuracy of each split, by predictor and kind of split."""
    labels = read_oath_table(data).class6.to_numpy()
    textures = pd.read_csv(data / "glcm_features.csv").iloc[:, 5:].to_numpy()
    splits = {"official": oath_splits(labels)} | {
        f"blocks of {block}": block_folds(labels, block=block) for block in (50, 100, 200)
    }
    predictors = {
        "never looks": probe.nearest_number(labels),
        "textures, forest": probe.forest(textures, labels, trees=100),
        "textures, linear probe": probe.linear_probe(textures, labels),
    }
    found = {}
    for name, predictor in predictors.items():
        for kind, each in splits.items():
            right = probe.score(predictor, labels, each).table.accuracy.to_numpy()
            found[name, kind] = right
            print(f"{name:22} {kind:13} {right.mean():.3f} +- {right.std(ddof=1):.3f}", flush=True)
    return found


def record(found: dict[tuple[str, str], np.ndarray]) -> None:
    settings = setup("quick")
    for (name, kind), right in found.items():
        splits = "official splits" if kind == "official" else kind
        scoreboard.record(
            settings, "aurora", f"Accuracy, {splits}: {name}", right, data="real",
            why="No picture was opened: the label table, and published textures. Spread of splits.",
            command="oath_leak",
        )  # fmt: skip


def draw(found: dict[tuple[str, str], np.ndarray], path: Path) -> None:
    kinds = list(dict.fromkeys(kind for _, kind in found))
    fig, ax = plt.subplots(figsize=(8.5, 3.8), layout="constrained")
    for number, (name, (colour, hatch)) in enumerate(LOOKS.items()):
        place = np.arange(len(kinds)) + 0.27 * (number - 1)
        mean = np.array([found[name, kind].mean() for kind in kinds])
        spread = [found[name, kind].std(ddof=1) for kind in kinds]
        ax.bar(
            place, mean, 0.25, yerr=spread, color=colour, hatch=hatch, edgecolor="white", label=name
        )
        for x, value, up in zip(place, mean, spread, strict=True):
            ax.text(x, value + up + 0.01, f"{100 * value:.1f}", ha="center", fontsize=8)
    for (name, value), lift in zip(PUBLISHED.items(), ("top", "bottom", "bottom"), strict=True):
        ax.axhline(value, color="#444444", lw=0.8, ls=":")
        told = f"published: {name}, {100 * value:.1f} %"
        ax.text(3.45, value, told, ha="right", va=lift, fontsize=8, color="#444444")
    ax.set_xticks(range(len(kinds)), ["official shuffles", *kinds[1:]])
    ax.set(ylabel="accuracy", ylim=(0, 1.05), xlim=(-0.5, 3.5))
    fig.legend(loc="outside upper center", ncols=3, frameon=False)
    fig.savefig(path, dpi=90)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    parser.add_argument("--figure", type=Path, help="draw the bars there")
    args = parser.parse_args()
    accuracies = main(args.data)
    if args.record:
        record(accuracies)
    if args.figure:
        draw(accuracies, args.figure)
