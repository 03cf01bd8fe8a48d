"""The seasons of Li et al. 2024, in which its nuclei are counted.

Source: Frontiers in Astronomy and Space Sciences 11, 1431273, section 5. They are those of the
north, for both hemispheres.
"""

from __future__ import annotations

import pandas as pd

from ..errors import UsageError
from . import published

MONTHS = {
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
    "winter": (12, 1, 2),
}


def season(month: int) -> str:
    """The season of a month, 1 to 12, whatever the hemisphere.

    Raises
    ------
    UsageError
        There is no such month.
    """
    for name, months in MONTHS.items():
        if month in months:
            return name
    raise UsageError(f"there is no month {month!r}.", advice="Months go from 1 to 12.")


def season_counts() -> pd.DataFrame:
    """Regions that the paper counted in a year, by season; columns `north` and `south`, integers.

    The rows stand in the order of `MONTHS`.
    """
    return published("nucleus", "Regions of the year").astype(int)
