"""Simulated nights of arcs: files that the readers take, masks that mean what they say."""

import filecmp
from datetime import datetime

import numpy as np
import pandas as pd
import ppigrf
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import find_skymap, read_skymap, read_themis
from geoviz_ml.simulate import arc_display, arcs
from geoviz_ml.simulate.curtain import DIP
from geoviz_ml.simulate.station import STATIONS, horizon, sidereal, sun, views

N = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return arcs.make(tmp_path_factory.mktemp("arcs"), N, seed=3, minutes=3, frames=2)


@pytest.fixture(scope="module")
def truth(folder):
    return pd.read_csv(folder / "truth.csv", parse_dates=["time"])


def test_reader_takes_every_minute_and_the_truth_lies_beside_it(folder, truth):
    assert len(truth) == N
    for row in truth.itertuples():
        data = read_themis(folder / "stream0" / row.file)
        masks = arcs.read_truth(folder, row.file)
        assert data.shape == masks.shape == (2, 256, 256)
        assert masks.dtype == bool
        assert data.attrs["site"] == row.site
        assert abs(pd.Timestamp(data.time.values[0]) - row.time) < pd.Timedelta("1s")
        assert row.sun < arcs.DARK + 0.1


def test_a_full_minute_has_twenty_frames_three_seconds_apart(tmp_path):
    arcs.make(tmp_path, 1, seed=1)
    data = read_themis(tmp_path / "stream0")
    assert len(data) == 20
    assert (np.diff(data.time.values) == np.timedelta64(3, "s")).all()


def test_nights_are_whole_and_stations_take_turns(truth):
    assert (truth.groupby("night")[["site", "kind", "weather", "moon"]].nunique() == 1).all(
        axis=None
    )
    assert (truth.groupby("night").size() == 3).all()
    assert truth.groupby("night").site.first().nunique() == 4


def test_only_arcs_are_marked():
    table = arcs.timetable(4000, 0, arcs.Physics(minutes=1))
    assert set(table.kind) == set(arc_display.DISPLAYS)
    for kind, share in (("substorm", 0.4), ("quiet", 0.3), ("diffuse", 0.15), ("empty", 0.15)):
        assert (table.kind == kind).mean() == pytest.approx(share, abs=0.03)
    time, rng = np.datetime64("2012-01-10T06:00"), np.random.default_rng
    for kind, marked in (("empty", False), ("substorm", True), ("quiet", True)):
        scene = arcs.Scene(STATIONS[0], kind, "clear", True, time, rng(5))
        assert arcs.arc_mask(scene.radiance(60.0)[1], scene.physics).any() == marked


def test_a_mask_is_the_light_above_both_levels():
    light = np.zeros((20, 20), np.float32)
    light[5:15, 5:15] = 10
    light[2, 2], light[3, 3] = 1.6, 1.4
    p = arcs.Physics(level=1.5, share=0.0)
    assert arcs.arc_mask(light, p).sum() == 101
    assert arcs.arc_mask(light, arcs.Physics(level=1.5, share=0.2)).sum() == 100
    assert not arcs.arc_mask(0 * light, p).any()


def test_thick_cloud_hides_arcs_and_moonlight_does_not():
    time = np.datetime64("2012-01-10T06:00")

    def light(weather, moon):
        scene = arcs.Scene(STATIONS[0], "quiet", weather, moon, time, np.random.default_rng(2))
        return scene.radiance(0.0)

    (sky, arc), (lit, same), (_, hidden) = (
        light(*a) for a in (("clear", False), ("clear", True), ("overcast", False))
    )
    assert hidden.sum() < 0.3 * arc.sum()
    np.testing.assert_allclose(same, arc, rtol=1e-5, atol=1e-5)
    assert lit.mean() > 1.5 * sky.mean()
    assert (
        arc <= sky + 1e-3 + 0.5 * arc
    ).mean() > 0.95  # the lens dims, the mask's light is before


def test_a_substorm_brightens_and_spreads_at_its_onset():
    time, before, after = np.datetime64("2012-01-10T06:00"), [], []
    for seed in range(6):
        scene = arcs.Scene(
            STATIONS[0], "substorm", "clear", False, time, np.random.default_rng(seed)
        )
        before.append(scene.radiance(-900.0)[1].sum())
        after.append(scene.radiance(240.0)[1].sum())
    assert np.mean(after) > 2 * np.mean(before)


def test_skymap_looks_where_the_camera_looks(folder, truth):
    row = truth.iloc[0]
    sky = read_skymap(find_skymap(folder / "skymaps", row.site, row.time))
    station = next(s for s in STATIONS if s.site == row.site)
    assert (sky.attrs["site"], sky.attrs["imager"]) == (station.site, station.imager)
    assert sky.attrs["site_latitude"] == pytest.approx(station.latitude, abs=1e-4)
    assert sky.attrs["site_longitude"] == pytest.approx(station.longitude, abs=1e-4)
    zenith, azimuth = station.camera(300.0).direction(*np.indices((256, 256)))
    seen = np.isfinite(sky.elevation.values)
    np.testing.assert_array_equal(seen, zenith <= 90)
    np.testing.assert_allclose(sky.elevation.values[seen], 90 - zenith[seen], atol=1e-4)
    np.testing.assert_allclose(sky.azimuth.values[seen], azimuth[seen], atol=1e-4)
    # a corner above the magnetic north horizon, by spherical trigonometry in float64
    i, j = 60, 128
    z, a = (np.radians(q) for q in station.camera(300.0).direction(i - 0.5, j - 0.5))
    earth, height = 6371.0, 110.0
    psi = z - np.arcsin(earth * np.sin(z) / (earth + height))
    lat = np.radians(station.latitude)
    north = np.degrees(np.arcsin(np.sin(lat) * np.cos(psi) + np.cos(lat) * np.sin(psi) * np.cos(a)))
    there = sky.sel(altitude=110).isel(y_corner=i, x_corner=j)
    assert float(there.latitude) == pytest.approx(north, abs=1e-4)


def test_skymap_is_a_save_file_to_another_reader(folder):
    from scipy.io import readsav

    path = next((folder / "skymaps").glob("*.sav"))
    theirs = readsav(str(path), python_dict=True)["skymap"]
    ours = read_skymap(path)
    assert theirs["site_uid"][0].decode() == ours.attrs["site"]
    np.testing.assert_array_equal(theirs["full_elevation"][0], ours.elevation)
    np.testing.assert_array_equal(theirs["full_row"][0], np.indices((256, 256))[0])
    stop = theirs["generation_info"][0]["valid_interval_stop"][0]
    assert stop == b"+"


@pytest.mark.data
def test_skymap_has_the_names_of_a_real_one(real_data, folder):
    from geoviz_ml.readers.idl import read_variables

    real, ours = (
        read_variables(next(place.glob("*.sav")).read_bytes())["skymap"]
        for place in (real_data / "themis" / "skymaps", folder / "skymaps")
    )
    assert set(ours) <= set(real)
    assert set(ours["generation_info"]) <= set(real["generation_info"])
    for name, value in ours.items():
        assert np.shape(real[name]) == np.shape(value)
        if isinstance(value, np.ndarray):
            assert real[name].dtype == value.dtype


@pytest.mark.data
def test_levels_and_noise_are_those_of_real_frames(real_data, tmp_path):
    """Dark corner, and noise against mean, of raw counts; the Moon is up in the real minutes."""
    real = read_themis(next((real_data / "themis" / "stream0").rglob("*_0600_*.gz")))
    arcs.make(tmp_path, 4, seed=2, minutes=1, moon=1.0, substorm=0.0, quiet=0.0, diffuse=0.0)
    ours = read_themis(next((tmp_path / "stream0").rglob("*.gz")))
    for data in (real, ours):
        counts = data.values[:, :8, :8].astype(float)
        assert 3300 < counts.mean() < 3750  # offset and dark current

    def gain(data):
        counts = data.values[:, 78:178, 78:178].astype(float)
        noise = np.diff(counts, axis=0).var() / 2
        return noise / (counts.mean() - data.values[:, :8, :8].mean() + 290)

    assert gain(ours) == pytest.approx(gain(real), rel=0.1)


@pytest.mark.data
def test_glare_of_the_moon_encloses_that_of_real_frames(real_data):
    """Light a few degrees from the Moon over the light far from it, of real and simulated."""
    data = read_themis(next((real_data / "themis" / "stream0").rglob("*_0600_*.gz")))
    counts = data.values.mean(0) - 3590.0
    camera = STATIONS[0].camera(300.0)
    view = views(0)[0]
    row, column = np.unravel_index(data.values[0].argmax(), (256, 256))
    near = _apart(view, *camera.direction(row, column))
    light = counts.ravel()[view.pixels] / camera.lens(view.zenith)
    real = light[(near > 3) & (near < 5)].mean() / light[(near > 35) & (near < 45)].mean()
    ratios = []
    from geoviz_ml.simulate.night_sky import Night, moonlight

    night = Night(56.0, 0.0, 1.0, 3.0, 0.4, 0.25, 0.0, 0.0)
    for frost in (-2.2, -1.0):
        glow = moonlight(view, night, 63.0, 259.0, 1.0, 10**frost) + 4.0
        near = _apart(view, 63.0, 259.0)
        ratios.append(glow[(near > 3) & (near < 5)].mean() / glow[(near > 35) & (near < 45)].mean())
    assert ratios[0] < 1.5 * real
    assert ratios[1] > 1.3 * real


def _apart(view, zenith, azimuth):
    from geoviz_ml.simulate.all_sky import unit_vector

    cosine = unit_vector(np.float64(zenith), np.float64(azimuth)) @ view.vector
    return np.degrees(np.arccos(cosine.clip(-1, 1)))


def test_sun_is_where_an_almanac_has_it():
    """Astropy's position, without refraction."""
    coordinates = pytest.importorskip("astropy.coordinates")
    from astropy import units
    from astropy.time import Time
    from astropy.utils import iers

    with iers.conf.set_temp("auto_download", False):
        for station in STATIONS:
            place = coordinates.EarthLocation(
                lon=station.longitude * units.deg, lat=station.latitude * units.deg
            )
            for text in ("2009-02-01T11:30:00", "2012-11-05T01:00:00", "2014-03-10T20:00:00"):
                time = Time(text)
                frame = coordinates.AltAz(obstime=time, location=place)
                there = coordinates.get_sun(time).transform_to(frame)
                up, azimuth = sun(np.datetime64(text), station)
                assert up == pytest.approx(there.alt.deg, abs=0.03)
                assert azimuth == pytest.approx(there.az.deg, abs=0.06)
                stars = time.sidereal_time("mean", place.lon).deg
                assert sidereal(np.datetime64(text), station.longitude) == pytest.approx(
                    stars, abs=0.02
                )


def test_every_horizon_has_trees_and_lamps():
    for number in range(len(STATIONS)):
        trees, lamps = horizon(number)
        low = views(number)[0].zenith > 88
        assert trees[low].mean() < 0.5
        assert trees[views(number)[0].zenith < 75].min() == 1
        assert lamps.sum() > 100


def test_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        arcs.make(tmp_path / name, 2, seed=seed, frames=1, minutes=1)
    files = [str(p.relative_to(tmp_path / "a")) for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) == 2 + 2 + 2 + 2  # minutes, masks, skymaps, table and recipe
    _, different, missing = filecmp.cmpfiles(tmp_path / "a", tmp_path / "b", files, shallow=False)
    assert not different
    assert not missing
    names = {p.name for p in (tmp_path / "c" / "stream0").rglob("*.gz")}
    assert names.isdisjoint({p.name for p in (tmp_path / "a" / "stream0").rglob("*.gz")})


def test_a_folder_is_kept_or_refused(tmp_path):
    arcs.make(tmp_path, 1, seed=5, frames=1)
    file = next((tmp_path / "stream0").rglob("*.gz"))
    file.write_bytes(b"mine")
    arcs.make(tmp_path, 1, seed=5, frames=1)
    assert file.read_bytes() == b"mine"
    with pytest.raises(UsageError, match="another simulation"):
        arcs.make(tmp_path, 1, seed=6, frames=1)


def test_damaged_and_missing_masks_are_named(tmp_path):
    arcs.make(tmp_path, 1, seed=5, frames=1)
    name = next((tmp_path / "stream0").rglob("*.gz")).name
    path = next((tmp_path / "truth").rglob("*.npz"))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataFileError, match="not a whole npz file .* Simulate the folder again"):
        arcs.read_truth(tmp_path, name)
    with pytest.raises(MissingDataError, match="no masks"):
        arcs.read_truth(tmp_path, "20990101_0000_gill_themis19_full.pgm.gz")


@pytest.mark.parametrize(
    ("n", "physics"),
    [(0, {}), (1, {"colour": 3}), (1, {"frames": 21}), (1, {"stations": 7}), (1, {"every": 0})],
)
def test_bad_requests_are_named(tmp_path, n, physics):
    with pytest.raises(UsageError):
        arcs.make(tmp_path, n, **physics)


@pytest.mark.data
def test_stations_stand_where_real_files_say(real_data):
    minute = read_themis(real_data / "themis" / "stream0")
    (path,) = (real_data / "themis" / "skymaps").glob("*.sav")
    skymap = read_skymap(path)
    real = {
        (skymap.attrs["site"], skymap.attrs["imager"]): (
            skymap.attrs["site_latitude"],
            skymap.attrs["site_longitude"],
        ),
        (minute.attrs["site"], minute.attrs["imager"]): (
            minute.attrs["latitude"],
            minute.attrs["longitude"],
        ),
    }
    ours = {(s.site, s.imager): (s.latitude, s.longitude) for s in STATIONS}
    for name, place in real.items():
        assert ours[name] == pytest.approx(place, abs=1e-4)


def test_the_field_at_the_stations_is_the_reference_fields_but_for_one_dip():
    for station in STATIONS:
        place = station.longitude, station.latitude, 110
        east, north, up = (float(a.squeeze()) for a in ppigrf.igrf(*place, datetime(2012, 1, 1)))
        declination = np.degrees(np.arctan2(east, north))
        dip = np.degrees(np.arctan2(-up, np.hypot(east, north)))
        assert station.declination == pytest.approx(declination, abs=0.06)
        assert abs(dip - DIP) < 5  # as far as rays may meet from where they would
