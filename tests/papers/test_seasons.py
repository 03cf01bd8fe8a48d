"""The paper's seasons and what it counted in them."""

import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.papers.seasons import MONTHS, season, season_counts


def test_every_month_has_the_northern_season():
    assert [season(month) for month in (1, 3, 5, 6, 9, 11, 12)] == [
        "winter", "spring", "spring", "summer", "autumn", "autumn", "winter",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="no month 13"):
        season(13)


def test_counts_of_all_seasons_are_the_453_regions_of_the_paper():
    counts = season_counts()
    assert list(counts.index) == list(MONTHS)
    assert counts.to_numpy().sum() == 453
    assert counts.dtypes.eq(int).all()
