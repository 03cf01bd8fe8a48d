"""What a search of an archive costs where the thing is rare: hits and false alarms.

Prevalence: Li et al. 2024 found nuclei on 402 half-orbits of a year. That a year has some 11 100
(30.4 a day) is our count; they do not say how many they searched.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..errors import UsageError
from ..scores import interval, tally
from ..scores.arrays import as_mask

YEAR, HOLDING = 11_100, 402  # half-orbits of a year; those on which nuclei were found


def search_tallies(flags, holds) -> dict:
    """Count what a search flags, so that `interval` and `lead` tell how sure it is.

    Parameters
    ----------
    flags : array of bool, or of 0 and 1, shape (n,) or (seeds, n)
        Half-orbits in which something was found.
    holds : array of bool, shape (n,)
        Half-orbits that hold the thing.

    Returns
    -------
    dict of Tally
        `recall`, the share of holding half-orbits that are flagged, and `false alarms`, the share
        of the others that are.

    Raises
    ------
    UsageError
        Shapes do not fit, both kinds of half-orbits are not there, or these are probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import search_tallies
    >>> holds = np.repeat([True, False], [10, 40])
    >>> flags = np.repeat([True, False, True, False], [8, 2, 6, 34])  # 8 of 10, and 6 of 40 in vain
    >>> {name: counted.score for name, counted in search_tallies(flags, holds).items()}
    {'recall': 0.8, 'false alarms': 0.15}
    """
    flags, holds = np.atleast_2d(as_mask(flags)), as_mask(holds)
    if flags.shape[1:] != holds.shape or not 0 < holds.sum() < holds.size:
        raise UsageError("give flags of half-orbits that hold it and of others.")
    return {
        "recall": tally(flags[:, holds]),
        "false alarms": tally(flags[:, ~holds]),
    }


def precision_at(share: float, recall: float, false_alarms: float) -> float:
    """Share of the flagged half-orbits that hold the thing, where `share` of all do.

    Bayes' rule: ``recall share / (recall share + false_alarms (1 - share))``, all from 0 to 1; NaN
    where nothing is flagged.

    Raises
    ------
    UsageError
        A number is not in 0..1: percent, say.

    Examples
    --------
    >>> round(precision_at(0.04, recall=0.8, false_alarms=0.15), 3)
    0.182
    """
    if not (0 <= share <= 1 and 0 <= recall <= 1 and 0 <= false_alarms <= 1):
        raise UsageError(
            f"a share of {share}, recall {recall} and false alarms {false_alarms} are not in 0..1."
        )
    right, vain = recall * share, false_alarms * (1 - share)
    return right / (right + vain) if right + vain else float("nan")


def search_table(
    flags: Mapping[str, np.ndarray], holds, share: float = HOLDING / YEAR, year: int = YEAR
) -> pd.DataFrame:
    """A row a way of searching: what it finds in a year, and what it flags in vain.

    Parameters
    ----------
    flags : mapping of names to arrays of bool, shape (n,) or (seeds, n)
    holds : array of bool, shape (n,)
        See `search_tallies`; their share of n need not be that of the archive.
    share : float
        Of the half-orbits of the archive that hold the thing, 0 to 1.
    year : int
        Half-orbits of a year.

    Returns
    -------
    DataFrame
        `recall` and `false alarms` as texts with their intervals; `found` and `in vain`,
        half-orbits a year that are flagged rightly and wrongly; `precision` as a text, its bounds
        those of the false alarms, which decide it.

    Raises
    ------
    UsageError
        See `search_tallies`.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import search_table
    >>> holds = np.repeat([True, False], [10, 40])
    >>> flags = np.repeat([True, False, True, False], [8, 2, 6, 34])  # 8 of 10, and 6 of 40 in vain
    >>> table = search_table({"ours": flags}, holds, share=0.04, year=1000)
    >>> table.loc["ours", ["found", "in vain"]].tolist()  # of 40, and of 960
    [32, 144]
    """
    rows = {}
    for name, several in flags.items():
        recall, vain = map(interval, search_tallies(several, holds).values())
        precision = [
            precision_at(share, recall.value, f) for f in (vain.value, vain.high, vain.low)
        ]
        rows[name] = {
            "recall": str(recall),
            "false alarms": str(vain),
            "found": round(recall.value * share * year),
            "in vain": round(vain.value * (1 - share) * year),
            "precision": "{:.2f} [{:.2f}, {:.2f}]".format(*precision) if recall.value else "",
        }
    return pd.DataFrame.from_dict(rows, orient="index")
