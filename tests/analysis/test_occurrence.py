"""The archive survey: every kind of night gets its row, and a kill costs one night at most."""

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from geoviz_ml.analysis import survey_archive
from geoviz_ml.prepare import picture
from geoviz_ml.simulate import alfven

SIZE = (96, 48)


class Bright(torch.nn.Module):
    """Takes a pixel for IAR where the picture is brighter than `level`."""

    def __init__(self, level=0.6):
        super().__init__()
        self.level = torch.nn.Parameter(torch.tensor(level))

    def forward(self, x):
        return 50 * (x - self.level)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Three nights, one of them emptied, one damaged, and a date without a file."""
    folder = alfven.make(tmp_path_factory.mktemp("archive"), 3, seed=3)
    files = sorted((folder / "spectrograms").iterdir())
    from geoviz_ml.files import open_nc, save_nc

    save_nc(open_nc(files[1]) * np.nan, files[1])
    files[2].write_bytes(files[2].read_bytes()[:4000])
    return folder, [np.datetime64(f.stem) for f in files] + [np.datetime64("2030-01-01")]


def survey(archive, out, model=None, threshold=0.5):
    folder, dates = archive
    return survey_archive(model or Bright(), folder, dates, out, size=SIZE, threshold=threshold)


def test_every_night_asked_for_is_in_the_table(archive, tmp_path):
    table = survey(archive, tmp_path)
    status = table.groupby("date").status.first()
    assert list(status.index.values.astype("datetime64[D]")) == archive[1]
    assert status.iloc[0] in ("fringes", "none")
    assert list(status.iloc[1:]) == ["empty", "damaged", "missing"]
    assert table[table.status.isin(["empty", "damaged", "missing"])].flagged.isna().all()
    kept = pd.read_csv(tmp_path / "archive.csv")
    assert len(kept) == len(table)


def test_a_second_run_goes_on_where_the_first_was(archive, tmp_path):
    first = survey(archive, tmp_path)
    parts = sorted(tmp_path.glob("archive-*/*.csv"))
    stamps = [p.stat().st_mtime_ns for p in parts]
    parts[0].unlink()  # as if killed before the first night was written
    second = survey(archive, tmp_path)
    assert [p.stat().st_mtime_ns for p in parts[1:]] == stamps[1:]
    pd.testing.assert_frame_equal(first, second)


def test_another_model_or_threshold_starts_anew(archive, tmp_path):
    first = survey(archive, tmp_path)
    for other in (survey(archive, tmp_path, Bright(0.8)), survey(archive, tmp_path, threshold=0.9)):
        assert other.flagged.iloc[0] < first.flagged.iloc[0]
    pd.testing.assert_frame_equal(survey(archive, tmp_path), first)


def test_lines_that_stand_still_are_taken_out_unless_they_are_to_stay(tmp_path):
    from geoviz_ml.files import open_nc, save_nc

    folder = alfven.make(tmp_path / "nights", 1, p_fringes=0, p_pc1=0, p_gap=0)
    (file,) = (folder / "spectrograms").iterdir()
    night = open_nc(file).load()
    near = abs((night.frequency + 0.7) % 1.4 - 0.7) < 0.1
    date = [np.datetime64(file.stem)]
    options = {"size": SIZE, "threshold": 0.5}

    def flagged(name, **more):
        found = survey_archive(Bright(0.62), folder, date, tmp_path / name, **options, **more)
        return found.flagged.iloc[0]

    before = flagged("before", without_steady=False)
    save_nc(night * xr.where(near, 3.0, 1.0), file)
    assert flagged("kept", without_steady=False) > 1.3 * before
    assert flagged("out") < before


def made_night(folder, seed=3):
    """A night of which the first eight of 48 columns of a picture are a gap; its picture."""
    from geoviz_ml.files import open_nc, save_nc

    folder = alfven.make(folder, 1, seed=seed, p_gap=0)
    (file,) = (folder / "spectrograms").iterdir()
    night = open_nc(file).load()
    late = np.arange(night.sizes["time"]) >= night.sizes["time"] // 6
    night = night.where(xr.DataArray(late, dims="time"))
    save_nc(night, file)
    return folder, [np.datetime64(file.stem)], picture(night.amplitude, SIZE)


class Everywhere(torch.nn.Module):
    """Takes every pixel for IAR, just at a probability of a half; a gap, too."""

    def __init__(self):
        super().__init__()
        self.zero = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return 0 * x + self.zero


def test_what_is_flagged_is_the_share_of_the_whole_night_and_nothing_of_a_gap(tmp_path):
    folder, dates, shot = made_night(tmp_path / "night")
    gap = shot.isnull().all("frequency").mean().item()
    assert gap == pytest.approx(1 / 6, abs=0.03)
    (row,) = survey((folder, dates), tmp_path / "out", Everywhere()).itertuples()
    assert row.gap == pytest.approx(gap)
    assert row.flagged == pytest.approx(1 - shot.isnull().mean().item())


class Comb(torch.nn.Module):
    """Fringes of 0.9, and of 0.45 between them, whatever the picture."""

    def __init__(self):
        super().__init__()
        f = np.arange(SIZE[0])
        prob = np.full(SIZE[0], 0.01)
        prob[(f % 12 >= 4) & (f % 12 < 7)], prob[(f % 12 >= 10) | (f % 12 < 1)] = 0.9, 0.45
        self.logit = torch.nn.Parameter(torch.logit(torch.from_numpy(prob)).float()[:, None])

    def forward(self, x):
        return 0 * x + self.logit


def test_fringes_are_tracked_in_what_reaches_the_threshold(tmp_path):
    folder, dates, shot = made_night(tmp_path / "night")
    table = survey((folder, dates), tmp_path / "out", Comb())
    step = float(shot.frequency[1] - shot.frequency[0])
    assert table.delta_f.to_numpy() == pytest.approx(12 * step, rel=0.02)
