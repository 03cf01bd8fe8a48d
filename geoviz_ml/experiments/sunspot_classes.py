"""Mount Wilson classes of the boxes in pictures of Suns, and how well they are said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

from ..datasets import Suns
from ..prepare import join_boxes

SCHEME = {  # what NOAA knows, folded into the paper's classes; its AG does not exist
    "Alpha": "A",
    "Beta": "B",
    "Beta-Delta": "B",
    "Beta-Gamma": "BG",
    "Beta-Gamma-Delta": "BG",
    "Gamma": "BG",
    "Gamma-Delta": "BG",
}
FREQUENT = 10  # boxes of a class of NOAA's that is asked for
Split = tuple[np.ndarray, np.ndarray]  # rows to train and to test on


def named_boxes(suns: Suns) -> pd.DataFrame:
    """The boxes that hold a region with a class.

    Parameters
    ----------
    suns : Suns
        With boxes and regions.

    Returns
    -------
    DataFrame
        As of `join_boxes`, with `picture`, the row in `suns`, its `time`, and `paper`, the class in
        the paper's scheme.
    """
    rows = []
    for i, drawn in enumerate(suns.boxes):
        boxes = pd.DataFrame(drawn, columns=["x1", "y1", "x2", "y2"])
        boxes = join_boxes(boxes, suns.regions[i])
        rows.append(boxes.assign(picture=i, time=suns.table.time[i]))
    joined = pd.concat(rows, ignore_index=True)
    named = joined[joined.mount_wilson != ""].reset_index(drop=True)
    classes = named.mount_wilson.map(SCHEME)
    return named.assign(paper=pd.Categorical(classes, sorted(set(SCHEME.values()))))


def frequent_classes(named: pd.DataFrame) -> pd.Series:
    """NOAA's class of each box of `named_boxes`; rare ones count as the most frequent one."""
    counts = named.mount_wilson.value_counts()
    frequent = counts.index[counts >= FREQUENT]
    return named.mount_wilson.where(named.mount_wilson.isin(frequent), counts.index[0]).astype(
        "category"
    )


def splits(named: pd.DataFrame) -> dict[str, Split]:
    """A quarter of the boxes of `named_boxes` to test: by chance, and whole regions."""
    options = {"n_splits": 1, "test_size": 0.25, "random_state": 0}
    by_number = GroupShuffleSplit(**options).split(named, groups=named.number)
    return {"random": next(ShuffleSplit(**options).split(named)), "region number": next(by_number)}


def class_scores(truth: Sequence[str], answers: Sequence[str]) -> dict[str, float]:
    """Accuracy, and F1 as a mean of the classes, of answers (N,)."""
    macro = f1_score(truth, answers, average="macro", zero_division=0)
    return {"accuracy": float(accuracy_score(truth, answers)), "macro F1": float(macro)}


def nearest_day(named: pd.DataFrame, split: Split, labels: pd.Series) -> np.ndarray:
    """What one says of the test boxes who looks at no picture, (n,) str.

    The class that the same region has on the nearest day in training; of a region that is not in
    training, the most frequent class there.

    Parameters
    ----------
    named : DataFrame
        A row a box, with `time` and `number`.
    split : pair of arrays of int
    labels : Series
        The class of each row of `named`, in any scheme.
    """
    guess = _of_same_region(named, split, labels)
    return guess.where(guess.notna(), labels.iloc[split[0]].mode()[0]).to_numpy()


def copied(named: pd.DataFrame, split: Split) -> tuple[float, float]:
    """What a split leaks of `named_boxes`, without a look at any picture.

    Returns
    -------
    seen : float
        Part of the test boxes whose region is in training.
    right : float
        Part of these whose class is that of the same region on the nearest day in training; NaN if
        there are none.
    """
    guess = _of_same_region(named, split, named.mount_wilson)
    right = guess == named.mount_wilson.iloc[split[1]].reset_index(drop=True)
    seen = guess.notna()
    return float(seen.mean()), float(right[seen].mean())


def _of_same_region(named: pd.DataFrame, split: Split, labels: pd.Series) -> pd.Series:
    """The class that the region of each test box has on the nearest day in training, or NaN."""
    first, second = split
    known = named.iloc[first][["time", "number"]].assign(guess=labels.iloc[first].astype(object))
    asked = named.iloc[second][["time", "number"]].assign(place=np.arange(len(second)))
    found = pd.merge_asof(
        asked.sort_values("time"),
        known.sort_values("time"),
        on="time",
        by="number",
        direction="nearest",
    )
    return found.sort_values("place").guess.reset_index(drop=True)
