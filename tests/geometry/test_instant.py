"""Moments in every form that people have them, and what is none."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import carrington_longitude, dipole, regions_in_picture, sun_b0
from geoviz_ml.geometry.instant import instant

NOON = np.datetime64("2022-09-07T12:00", "ms")
TOKYO = timezone(timedelta(hours=9))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "time",
    [
        "2022-09-07T12",
        "2022-09-07T12:00:00.0004",
        "2022-09-07T12:00Z",
        "2022-09-07T21:00+09:00",
        "2022-09-07 21:00+09:00",
        datetime(2022, 9, 7, 12),
        datetime(2022, 9, 7, 21, tzinfo=TOKYO),
        pd.Timestamp("2022-09-07T12"),
        pd.Timestamp("2022-09-07T21", tz="Asia/Tokyo"),
        np.datetime64("2022-09-07T12", "ns"),
        np.array("2022-09-07T12"),
        xr.DataArray(NOON),
    ],
)
def test_one_moment_in_all_its_forms(time):
    assert instant(time) == NOON
    assert carrington_longitude(time) == carrington_longitude(NOON)


def test_a_day_begins_at_midnight_and_nothing_stays_nothing():
    assert instant(date(2022, 9, 7), "h") == np.datetime64("2022-09-07T00")
    assert np.isnat([instant(None), instant(pd.NaT), instant("NaT")]).all()
    assert np.isnan(sun_b0(pd.NaT))


@pytest.mark.parametrize("time", [2022, 2022.5, np.int64(2022), "09/07/2022", "now then", [NOON]])
def test_a_number_is_no_time(time):
    region = {"date": [NOON], "section": ["I"], "number": [1], "latitude": [0.0]}
    regions = pd.DataFrame(region | {"longitude": [0.0]})
    for use in (
        instant,
        sun_b0,
        carrington_longitude,
        lambda time: dipole(62.0, -114.0, time),
        lambda time: regions_in_picture(regions, time, (50.0, 50.0, 40.0)),
    ):
        with pytest.raises(UsageError, match="is no time"):
            use(time)
