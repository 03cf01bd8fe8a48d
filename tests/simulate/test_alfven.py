"""Simulated nights: truth that obeys its formula, noise that obeys its statistics."""

import filecmp

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.stats import ks_2samp

from geoviz_ml.errors import UsageError
from geoviz_ml.files import open_nc
from geoviz_ml.prepare.spectrogram import BAND, bandpass_gain, spectrogram
from geoviz_ml.readers import read_search_coil
from geoviz_ml.simulate import alfven
from geoviz_ml.simulate.resonator import (
    LATITUDE,
    LONGITUDE,
    SECONDS,
    electron_density,
    solar_zenith,
)
from geoviz_ml.simulate.search_coil_sources import pc1
from geoviz_ml.simulate.station import Station, sun

WIDE = np.arange(2049) * 100 / 4096
SURE = alfven.Physics(p_fringes=1, p_pc1=0, p_harmonics=0, p_gap=0)


def quiet_sky(date="2014-01-10", seed=0, frequency=alfven.FREQUENCY, physics=SURE):
    return alfven.night(np.datetime64(date), np.random.default_rng(seed), physics, frequency)


def test_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        alfven.make(tmp_path / name, 2, seed=5)
    same = filecmp.dircmp(tmp_path / "a" / "spectrograms", tmp_path / "b" / "spectrograms")
    assert len(same.common_files) == 2
    for part in ("spectrograms", "truth"):
        files = [p.name for p in (tmp_path / "a" / part).iterdir()]
        _, different, errors = filecmp.cmpfiles(
            tmp_path / "a" / part, tmp_path / "b" / part, files, shallow=False
        )
        assert not different
        assert not errors


def test_other_seed_writes_other_nights(tmp_path):
    alfven.make(tmp_path / "a", 1, seed=5)
    alfven.make(tmp_path / "b", 1, seed=6)
    first, second = (next((tmp_path / n / "spectrograms").iterdir()) for n in "ab")
    assert first.read_bytes() != second.read_bytes()


def test_a_folder_of_another_simulation_is_refused(tmp_path):
    alfven.make(tmp_path, 1, seed=5)
    with pytest.raises(UsageError, match="another simulation"):
        alfven.make(tmp_path, 1, seed=6)


def test_unknown_physics_is_named(tmp_path):
    with pytest.raises(UsageError, match="colour"):
        alfven.make(tmp_path, 1, colour=3)


def test_fringe_mask_lies_on_the_comb():
    night = quiet_sky()
    rows, columns = np.nonzero(night.mask)
    order = (alfven.FREQUENCY[columns] - night.f_0[rows]) / night.delta_f[rows]
    distance = np.abs(order - np.rint(order))  # in units of the spacing
    assert len(rows) > 1000
    assert distance.max() < 0.30  # half width is 0.15 of the spacing, give or take 12 %
    assert order.min() > -0.3


def test_the_class_balance_is_near_the_papers_ten_to_one(tmp_path):
    share = [quiet_sky(seed=s, date=d).mask.mean() for s in range(4) for d in DATES]
    assert 1 / 25 < np.mean(share) < 1 / 7


def test_fringes_fade_above_six_hertz_as_the_chapter_says():
    heard = sum(quiet_sky(seed=s, date=d).mask.sum(axis=0) for s in range(8) for d in DATES)
    below = np.interp(0.99, np.cumsum(heard) / heard.sum(), alfven.FREQUENCY)
    assert below == pytest.approx(6.0, abs=0.5)


DATES = ("2013-12-20", "2014-03-20", "2014-09-20")


def test_solar_zenith_agrees_with_astropy_within_six_tenths_of_a_degree():
    astropy_coordinates = pytest.importorskip("astropy.coordinates")
    from astropy import units
    from astropy.time import Time
    from astropy.utils import iers

    place = astropy_coordinates.EarthLocation(lat=55.3 * units.deg, lon=-3.2 * units.deg)
    with iers.conf.set_temp("auto_download", False):
        for date in (*DATES, "2014-06-20"):
            start = np.datetime64(date)
            times = Time(start.astype("datetime64[s]") + (18 * 3600 + SECONDS[::60]).astype(int))
            frame = astropy_coordinates.AltAz(obstime=times, location=place)
            sun = astropy_coordinates.get_sun(times).transform_to(frame)
            np.testing.assert_allclose(
                solar_zenith(start, SECONDS[::60]), 90 - sun.alt.deg, atol=0.6
            )


def test_solar_zenith_is_good_to_seven_tenths_of_a_degree_on_every_night():
    """Beside the Almanac's formula, good to 0.02 degrees, which the imagers' Sun has."""
    here = Station("esk", "none", LATITUDE, LONGITUDE, 0.0, 0.0, 0.0)
    for date in np.arange(np.datetime64("2012-09-01"), np.datetime64("2018-12-31"), 11):
        start = date.astype("datetime64[ms]") + np.timedelta64(18, "h")
        elevation, _ = sun(start + (1000 * SECONDS).astype("timedelta64[ms]"), here)
        assert np.abs(solar_zenith(date, SECONDS) - (90 - elevation)).max() < 0.7


def test_pearls_repeat_every_four_to_seven_minutes():
    wide = np.arange(0.0, 10.0, 0.02)[None]
    for seed in range(40):
        swell = np.sqrt(pc1(wide, np.random.default_rng(seed)).sum(axis=1))
        middle = slice(max(swell.argmax() - 12, 0), swell.argmax() + 13)
        ripple = swell[middle] / gaussian_filter1d(swell, 3)[middle]
        if len(ripple) < 25:  # cut by the night's end
            continue
        strength = np.abs(np.fft.rfft((ripple - ripple.mean()) * np.hanning(25), 2048))
        period = 100 / np.fft.rfftfreq(2048)[strength.argmax()]  # seconds; windows are 100 s apart
        assert 4 * 60 - 20 < period < 7 * 60 + 20


def test_fringes_spread_through_the_night_and_more_in_winter():
    winter, summer = (electron_density(np.datetime64(f"2014-{m}-20"), 3.0) for m in ("12", "06"))
    assert winter[216] < winter[0]  # plasma decays, so the spacing grows
    assert winter.min() < summer.min()
    assert np.argmin(summer) < np.argmin(winter) + 1  # dawn comes earlier in summer


def test_drawn_periodograms_have_the_nights_level():
    night = quiet_sky()
    drawn = alfven.draw_periodograms(night, np.random.default_rng(1)) ** 2
    inside = (alfven.FREQUENCY > 0.7) & (alfven.FREQUENCY < 9)
    expected = night.psd * bandpass_gain(alfven.FREQUENCY, 100) ** 2
    ratio = drawn[:, inside] / expected[:, inside]
    assert ratio.mean() == pytest.approx(1, abs=0.02)


def test_direct_and_sampled_nights_have_the_same_distribution():
    """The short cut is allowed because nobody can tell the two apart."""
    night = quiet_sky(frequency=WIDE)
    samples = alfven.time_series(night, WIDE, np.random.default_rng(1))
    times = np.datetime64("2014-01-10T18:00", "ns") + np.arange(36 * 10_000) * np.timedelta64(
        10_000_000, "ns"
    )
    import xarray as xr

    hour = xr.DataArray(
        samples[: 36 * 10_000],
        dims="time",
        coords={"time": times},
        attrs={"units": "pT", "sampling_rate": 100.0},
    )
    sampled = spectrogram(hour)
    narrow = quiet_sky()
    direct = alfven.draw_periodograms(narrow, np.random.default_rng(2))[:36]
    level = np.sqrt(narrow.psd[:36]) * bandpass_gain(alfven.FREQUENCY, 100)
    inside = np.flatnonzero((alfven.FREQUENCY > 0.8) & (alfven.FREQUENCY < 9.5))[::4]
    rows = slice(1, 35)  # the filter has edges
    level = level[rows, inside]
    a = sampled.sel(frequency=alfven.FREQUENCY, method="nearest").values[rows, inside] / level
    b = direct[rows, inside] / level
    assert ks_2samp(a.ravel(), b.ravel()).statistic < 0.035
    assert np.median(a) == pytest.approx(np.median(b), rel=0.03)


def test_raw_hours_come_back_through_the_reader(tmp_path):
    alfven.make(tmp_path, 1, seed=11, raw_nights=1, p_gap=1.0)
    date = next((tmp_path / "truth").iterdir()).stem
    start = np.datetime64(date) + np.timedelta64(18, "h")
    samples = read_search_coil(tmp_path / "raw", start, start + np.timedelta64(12, "h"))
    assert samples.sizes["time"] == 12 * 360_000
    assert samples.attrs["units"] == "pT"
    amplitude = open_nc(tmp_path / "spectrograms" / f"{date}.nc")["amplitude"]
    assert amplitude.sizes["time"] == 432
    lost = np.isnan(amplitude.values).all(axis=1)
    hours = 12 - len(list((tmp_path / "raw").iterdir()))
    assert hours >= 1
    assert lost.sum() == 36 * hours  # a missing hour is a gap, never zeros


def test_gaps_are_nan_in_the_band(tmp_path):
    physics = alfven.Physics(p_gap=1.0)
    night = alfven.night(np.datetime64("2015-02-03"), np.random.default_rng(0), physics)
    drawn = alfven.draw_periodograms(night, np.random.default_rng(1))
    assert np.isnan(drawn).all(axis=1).sum() == 36 * len(night.gaps)


def test_nights_without_fringes_have_no_truth():
    night = quiet_sky(physics=alfven.Physics(p_fringes=0))
    assert not night.mask.any()
    assert not night.mask_b.any()
    assert np.isnan(night.delta_f).all()


def test_band_is_that_of_the_spectrogram():
    assert alfven.FREQUENCY[-1] <= BAND[1] < alfven.FREQUENCY[-1] + 100 / 4096
