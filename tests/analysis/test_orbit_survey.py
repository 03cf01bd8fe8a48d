"""A survey of half-orbits: what a row says of a picture, counted by hand."""

import numpy as np
import pytest
import torch
import xarray as xr

from geoviz_ml.analysis import orbit_survey, survey_half_orbits, survey_minutes, survey_nights
from geoviz_ml.errors import UsageError

H, W = 20, 30


class Bright(torch.nn.Module):
    """Two classes; the second has a probability of a half where the picture is 0.5."""

    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(8.0))

    def forward(self, x):
        x = self.slope * (x - 0.5)
        return torch.cat([torch.zeros_like(x), x], 1)


def shot():
    """A fifth of the columns is not seen; regions of 12 and 2 pixels, and a faint one."""
    values = np.full((H, W), 0.1, np.float32)
    values[5:8, 10:14], values[15, 20:22], values[15, 25:29] = 0.9, 0.5, 0.3
    seen = np.arange(W) >= 6
    values[:, ~seen] = np.nan
    along = {
        name: ("time", np.linspace(60, 30, W))
        for name in ("latitude", "longitude", "mag_latitude", "mag_longitude")
    }
    time = np.datetime64("2022-03-01", "ns") + np.arange(W) * np.timedelta64(30, "s")
    return xr.DataArray(
        values,
        {"frequency": np.arange(H)[::-1] * 250.0, "time": time, "seen": ("time", seen), **along},
        ("frequency", "time"),
        attrs={"orbit": 7, "direction": "ascending", "gap": 0.2},
    )


def rows(min_pixels, threshold=0.5):
    work = orbit_survey.HalfOrbitWork(Bright(), None, (H, W), threshold, min_pixels)
    return work.many(["a"], [shot()])[0]


def test_regions_of_the_threshold_and_more_are_listed_and_the_share_is_of_the_whole_picture():
    found = rows(1)
    assert found.pixels.tolist() == [12, 2]
    assert found.flagged.tolist() == [pytest.approx(14 / (H * W))] * 2
    assert (found.status == "nuclei").all()
    assert rows(3).pixels.tolist() == [12]


def test_a_picture_without_a_region_has_one_row():
    found = rows(1, threshold=0.99).iloc[0]
    assert (found.status, found.orbit, found.direction, found.flagged) == (
        "none",
        7,
        "ascending",
        0,
    )


def test_what_is_not_seen_is_not_flagged():
    work = orbit_survey.HalfOrbitWork(Bright(), None, (H, W), 0.01, 1)
    (found,) = work.many(["a"], [shot()])
    assert found.flagged.iloc[0] == pytest.approx((W - 6) / W)


class Inverted(torch.nn.Module):
    """Holds another network under the name that a Learner uses for its own."""

    def __init__(self):
        super().__init__()
        self.model, self.shift = Bright(), torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return -self.model(x) + self.shift


def test_a_network_that_holds_a_model_is_used_and_known_as_a_whole(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(orbit_survey, "survey", lambda *given, **_: told.append(given))
    one, other = Inverted(), Inverted()
    other.shift.data.fill_(0)
    for network in (one, other):
        orbit_survey.survey_half_orbits(network, tmp_path, [], tmp_path, size=(H, W), threshold=0.5)
    assert [work.model for _, work, *_ in told] == [one, other]
    assert told[0][3]["weights"] != told[1][3]["weights"]


@pytest.mark.parametrize("survey", [survey_half_orbits, survey_nights, survey_minutes])
def test_what_is_no_network_is_named(survey, tmp_path):
    options = {} if survey is survey_minutes else {"size": (32, 32), "threshold": 0.5}
    with pytest.raises(UsageError, match="the model is of type builtin_function_or_method"):
        survey(abs, tmp_path, [], tmp_path / "out", **options)
