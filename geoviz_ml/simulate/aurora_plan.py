"""Which displays follow each other in a folder like OATH's: classes, sub-types, sequences, nights.

Counts are those of the label table of OATH 1.1 (Clausen and Nickisch 2018).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..readers.oath import CLASSES

# Label table of OATH 1.1 (Clausen and Nickisch 2018): pictures of each class, and the mean number
# of pictures in a row of one class (285 rows in all).
COUNTS = {"arc": 774, "diffuse": 1102, "discrete": 1400, "cloudy": 852, "moon": 614,
          "noaurora": 1082}  # fmt: skip
IN_A_ROW = {"arc": 14.1, "diffuse": 16.7, "discrete": 21.5, "cloudy": 32.8, "moon": 24.6,
            "noaurora": 22.5}  # fmt: skip
FOLLOWS = np.array(  # the same table: how often a class (row) is followed by another (column)
    [[0, 16, 31, 2, 0, 6], [22, 0, 22, 1, 3, 18], [15, 36, 0, 2, 1, 11],
     [4, 2, 0, 0, 13, 6], [0, 0, 2, 16, 0, 7], [14, 12, 9, 5, 8, 0]]
)  # fmt: skip
KINDS = {  # sub-types, drawn with equal chances
    "arc": ("single", "multiple", "faint"),
    "diffuse": ("patches", "veil", "band"),
    "discrete": ("folds", "curls", "rays", "beads", "omega", "breakup"),
    "cloudy": ("overcast", "broken", "snow"),
    "moon": ("clear", "haze", "cloud"),
    "noaurora": ("dark", "lights"),
}


def class_counts(n: int) -> dict[str, int]:
    """How many of n pictures belong to each class: OATH's shares, rounded to sum to n."""
    exact = np.array(list(COUNTS.values())) * n / sum(COUNTS.values())
    counts = exact.astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: n - counts.sum()]] += 1
    return dict(zip(COUNTS, counts.tolist(), strict=True))


def plan(n: int, rng: np.random.Generator, in_a_row: float = 20.4) -> pd.DataFrame:
    """Lay out n pictures in sequences and nights.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    in_a_row : float
        Count of pictures in a sequence, in the mean.

    Returns
    -------
    DataFrame with a row a sequence
        `class6`, `kind`, `pictures` and `night`.
    """
    left: list[list[int]] = []  # lengths of the sequences of each class
    for name, count in class_counts(n).items():
        number = min(count, max(1, round(count / IN_A_ROW[name] * 20.4 / in_a_row)))
        share = rng.dirichlet(np.full(number, 1.3)) if number else []
        left.append((1 + rng.multinomial(count - number, share)).tolist() if number else [])
    rows, night, before, inside = [], -1, None, 0
    while any(left):
        ready = np.array([len(k) for k in left], float)
        if before is None:
            chance = ready
        else:
            chance = ready * (FOLLOWS[before] + 0.5)
            if ready.sum() > ready[before]:
                chance[before] = 0
        kind6 = int(rng.choice(6, p=chance / chance.sum()))
        if before is None or inside == 4 or rng.random() < 0.4 or (kind6 == 4) != (before == 4):
            night, inside = night + 1, 0  # the Moon is there all night or not at all
        names = KINDS[CLASSES[kind6]]
        rows.append((kind6, names[rng.integers(len(names))], left[kind6].pop(), night))
        before, inside = kind6, inside + 1
    return pd.DataFrame(rows, columns=["class6", "kind", "pictures", "night"])
