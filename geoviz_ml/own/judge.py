"""How good the marks are, on pictures that a network has not seen, and what knowing nothing scores.

Every picture with a mask is marked once by a network that was trained without its group. The
threshold for a fold is chosen on the other folds, as in Hastie et al., The Elements of Statistical
Learning (2nd ed. 2009), section 7.10. Scores are ratios of sums over pixels, counted at full size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..scores.intervals import Lead, Tally, interval, lead, tally
from ..scores.thresholds import THRESHOLDS

LEVELS = 32  # of brightness; a colour has 8 of red, green and blue
METHODS = ("nothing", "everything", "brightness alone", "network")


def decide(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """The class of every pixel: the most probable one, where all together reach the threshold.

    Parameters
    ----------
    probabilities : ndarray (H, W, K)
        Of the background first.
    threshold : float
        A probability.

    Returns
    -------
    ndarray of uint8 (H, W)

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.judge import decide
    >>> decide(np.array([[[0.6, 0.3, 0.1], [0.8, 0.1, 0.1]]]), 0.3).tolist()
    [[1, 0]]
    """
    best = 1 + probabilities[..., 1:].argmax(-1)
    return np.where(1 - probabilities[..., 0] >= threshold, best, 0).astype(np.uint8)


def counts(found: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """Pixels of intersection and union of each class but the background: (classes - 1, 2).

    `found` and `truth` are ndarrays (H, W) of classes.
    """
    pairs = np.bincount(
        (truth.astype(np.int64) * classes + found).ravel(), minlength=classes**2
    ).reshape(classes, classes)
    both = np.diag(pairs)
    return np.stack([both, pairs.sum(0) + pairs.sum(1) - both], 1)[1:]


def at_thresholds(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """`counts` at every threshold: (T, K - 1, 2), from (H, W, K) and (H, W)."""
    classes = probabilities.shape[2]
    best = 1 + probabilities[..., 1:].argmax(-1)
    sure = 1 - probabilities[..., 0]
    return np.stack([counts(np.where(sure >= t, best, 0), truth, classes) for t in THRESHOLDS])


def best_threshold(counted: np.ndarray) -> int:
    """The row of the greatest mean IoU over classes, from sums (T, K - 1, 2)."""
    return int(np.nanargmax(_mean_iou(counted)))


def _mean_iou(counted: np.ndarray) -> np.ndarray:
    """The mean IoU (...) of classes that are there or found, from (..., K - 1, 2); 0 without."""
    both, either = counted[..., 0], counted[..., 1]
    each = np.divide(both, either, out=np.full(both.shape, np.nan), where=either > 0)
    return np.where(np.isnan(each), 0, each).sum(-1) / np.maximum((either > 0).sum(-1), 1)


def choices(counted: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The threshold (a row of `THRESHOLDS`) for each fold, chosen on all the others.

    Parameters
    ----------
    counted : ndarray (n, T, K - 1, 2)
        A row a picture.
    folds : ndarray of int (n,)

    Returns
    -------
    ndarray of int (folds,)
    """
    return np.array([best_threshold(counted[folds != k].sum(0)) for k in range(folds.max() + 1)])


def histogram(picture: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """How many pixels of each brightness (or colour) belong to each class: (bins, K).

    Parameters
    ----------
    picture : ndarray (H, W, 1) or (H, W, 3)
        0 to 1.
    truth : ndarray of uint8 (H, W)
    classes : int
        With the background.
    """
    channels = picture.shape[2]
    levels = LEVELS if channels == 1 else 8
    steps = np.clip((picture * levels).astype(np.int64), 0, levels - 1)
    number = steps[..., 0] if channels == 1 else steps @ np.array([levels**2, levels, 1])
    flat = (number * classes + truth).ravel()
    return np.bincount(flat, minlength=levels**channels * classes).reshape(-1, classes)


def by_brightness(histograms: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """What pixels' own brightness (or colour) scores, on pictures not seen: (n, K - 1, 2).

    Each level is given a class, as often as the pictures of the other folds have it there, with the
    threshold that is best there. Where the bright is sought, that is a threshold; where the grey
    is, a band.

    Parameters
    ----------
    histograms : ndarray (n, bins, K)
    folds : ndarray of int (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.judge import by_brightness
    >>> bright = np.array([[9, 0], [1, 5]])  # of the bright pixels five of six are marked
    >>> by_brightness(np.stack([bright, bright]), np.array([0, 1]))[0].tolist()
    [[5, 6]]
    """
    n, _, classes = histograms.shape
    scored = np.zeros((n, classes - 1, 2), int)
    for fold in range(folds.max() + 1):
        seen = histograms[folds != fold].sum(0)
        shares = seen / np.maximum(seen.sum(1, keepdims=True), 1)
        best, sure = 1 + shares[:, 1:].argmax(1), shares[:, 1:].sum(1)
        answers = [np.where(sure >= t, best, 0) * (sure > 0) for t in np.unique(sure)]
        right = max(answers, key=lambda answer: _mean_iou(_of_levels(seen, answer)))
        for i in np.flatnonzero(folds == fold):
            scored[i] = _of_levels(histograms[i], right)
    return scored


def _of_levels(pixels: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """`counts` of an answer (bins,) to the brightness, from a histogram (bins, K)."""
    numbers = np.arange(1, pixels.shape[1])
    chosen = answer[:, None] == numbers
    both = (pixels[:, 1:] * chosen).sum(0)
    found = (pixels.sum(1)[:, None] * chosen).sum(0)
    return np.stack([both, found + pixels[:, 1:].sum(0) - both], 1)


@dataclass(frozen=True)
class Verdict:
    """Scores of all methods on the pictures with masks, none of which was seen in training.

    Attributes
    ----------
    table : DataFrame
        A row a class and method: `class`, `score` (which one), `method`, `value` (0 to 1), `low`
        and `high` (95 of 100 draws of whole groups; NaN with one group), `groups`, `pictures`.
    leads : tuple of Lead
        The network beside brightness alone, a class each; none with one group.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.own import Verdict
    >>> Verdict(pd.DataFrame({"class": ["arc"], "method": ["network"], "value": [0.5]})).of("arc")
    0.5
    """

    table: pd.DataFrame
    leads: tuple[Lead, ...] = ()

    def of(self, name: str, method: str = "network") -> float:
        """The score of a class by a method, 0 to 1."""
        rows = self.table[(self.table["class"] == name) & (self.table.method == method)]
        return float(rows["value"].iloc[0])

    def sentences(self) -> list[str]:
        """What the leads say, a sentence a class."""
        names = self.table["class"].unique()
        return [f"{name}: {lead}." for name, lead in zip(names, self.leads, strict=False)]


def verdict(
    network: np.ndarray,
    brightness: np.ndarray,
    histograms: np.ndarray,
    groups: Sequence[str],
    names: Sequence[str],
) -> Verdict:
    """The table of results.

    Parameters
    ----------
    network, brightness : ndarray (n, K - 1, 2)
        `counts` of the answers to each picture.
    histograms : ndarray (n, bins, K)
        They hold the pixels of each class.
    groups : sequence of str (n,)
    names : sequence of str
        Of the K - 1 classes.

    Returns
    -------
    Verdict
    """
    groups = np.asarray(groups)
    of_class = histograms.sum(1)  # (n, K)
    pixels = of_class.sum(1)
    rows, leads = [], []
    for i, name in enumerate(names):
        marked = of_class[:, 1 + i]
        answers = {
            "nothing": tally(np.zeros(len(marked)), marked, groups),
            "everything": tally(marked, pixels, groups),
            "brightness alone": tally(*brightness[:, i].T, groups),
            "network": tally(*network[:, i].T, groups),
        }
        rows += [row(name, "IoU", method, answers[method], len(groups)) for method in METHODS]
        if len(set(groups)) > 1:
            named = ("the network", "brightness alone")
            leads.append(
                lead(answers["network"], answers["brightness alone"], named, things="groups")
            )
    return Verdict(pd.DataFrame(rows), tuple(leads))


def row(name: str, score: str, method: str, counted: Tally, pictures: int) -> dict:
    """A row of a `Verdict`'s table."""
    several = counted.parts.shape[1] > 1
    by = interval(counted) if several else None
    return {
        "class": name,
        "score": score,
        "method": method,
        "value": counted.score,
        "low": by.low if several else np.nan,
        "high": by.high if several else np.nan,
        "groups": counted.parts.shape[1],
        "pictures": pictures,
    }


def sureness(probabilities: np.ndarray, found: np.ndarray, usual: float) -> float:
    """How much of its overlap with the truth the network itself expects, 0 to 1.

    With p the probability that a pixel is marked: the sum of p over what is marked, divided by what
    is marked and the sum of p over the rest. It is the ratio of the expected intersection and the
    expected union, if the probabilities are right.

    Parameters
    ----------
    probabilities : ndarray (H, W, K)
        Of the background first.
    found : ndarray (H, W)
        0 where nothing is marked.
    usual : float
        Pixels that count as right in any case, such as a tenth of what a picture usually has: with
        them a picture in which nothing is marked, and nothing is likely, is a sure one.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.judge import sureness
    >>> sure = np.array([[[0.1, 0.9], [1.0, 0.0]]])
    >>> sureness(sure, np.array([[1, 0]]), usual=0.0)
    0.9
    """
    chance = 1.0 - probabilities[..., 0].astype(np.float64)
    marked = found > 0
    right = chance[marked].sum() + usual
    whole = marked.sum() + chance[~marked].sum() + usual
    return float(right / whole) if whole else 1.0
