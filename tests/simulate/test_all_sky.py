"""The geometry of the all-sky camera against angles worked out by hand and a real skymap."""

import numpy as np
import pytest

from geoviz_ml.geometry.earth import EARTH
from geoviz_ml.readers import read_themis
from geoviz_ml.readers.skymap import read_skymap
from geoviz_ml.simulate.all_sky import (
    AllSkyCamera,
    extinction,
    geographic,
    ground_distance,
    slant,
    zenith_of,
)


@pytest.mark.parametrize("camera", [AllSkyCamera(), AllSkyCamera(size=64, turn=20)])
def test_pixel_and_direction_are_inverse(camera):
    zenith, azimuth = np.meshgrid([0.5, 10, 45, 80, 89.9], [0, 33, 90, 200, 359])
    back = camera.direction(*camera.pixel(zenith, azimuth))
    np.testing.assert_allclose(back[0], zenith, atol=1e-9)
    np.testing.assert_allclose((back[1] - azimuth + 180) % 360, 180, atol=1e-7)


def test_north_is_up_and_east_is_left():
    camera = AllSkyCamera()
    row, column = camera.pixel(40, 0)
    assert row < 127.5
    assert column == pytest.approx(127.5)
    row, column = camera.pixel(40, 90)
    assert row == pytest.approx(127.5)
    assert column < 127.5


def test_radius_solves_the_cubic():
    camera = AllSkyCamera()
    r = 100.0
    assert camera.radius(0.68 * r + 2.9e-6 * r**3) == pytest.approx(r)
    assert AllSkyCamera(size=128).radius(60) == pytest.approx(camera.radius(60) / 2)


def test_solid_angles_of_all_pixels_add_up_to_the_hemisphere():
    camera = AllSkyCamera()
    zenith, _ = camera.direction(*np.indices((256, 256)))
    assert camera.solid_angle(zenith)[zenith <= 90].sum() == pytest.approx(2 * np.pi, rel=2e-3)


def test_emission_at_110_km_by_hand():
    """Right-angled case: a horizontal ray, cos(psi) = R / (R + h)."""
    psi = np.arccos(EARTH / (EARTH + 110))
    assert ground_distance(90, 110) == pytest.approx(EARTH * psi)
    assert zenith_of(EARTH * psi, 110) == pytest.approx(90)
    assert zenith_of(110.0, 110.0) == pytest.approx(45.8, abs=0.6)  # flat ground would say 45
    assert slant(0, 110) == 1
    assert slant(90, 110) == pytest.approx(1 / np.sin(psi))
    zenith = np.array([5.0, 30, 60, 85])
    np.testing.assert_allclose(zenith_of(ground_distance(zenith, 110), 110), zenith, atol=1e-9)


def test_extinction_is_in_magnitudes_an_air_mass():
    zenith = 60.0  # air mass 2, less a little for the curved Earth
    assert -2.5 * np.log10(extinction(zenith, 0.3)) == pytest.approx(0.3, abs=0.003)


def test_view_puts_the_shell_where_the_camera_sees_it():
    camera = AllSkyCamera(size=64)
    view = camera.view(70)
    x, y = view.shell(110)
    row, column = camera.pixel(zenith_of(np.hypot(x, y), 110), np.degrees(np.arctan2(x, y)))
    np.testing.assert_allclose(np.rint(row) * 64 + np.rint(column), view.pixels, atol=1e-3)
    np.testing.assert_allclose((view.vector**2).sum(0), 1, atol=1e-6)


def test_photon_noise_follows_the_photon_transfer_curve():
    camera = AllSkyCamera()
    rng = np.random.default_rng(0)
    for radiance in (2.0, 20.0):
        counts = camera.expose(np.full((400, 400), radiance, np.float32), rng).astype(float)
        level = camera.response * radiance + camera.gain * camera.dark
        assert counts.mean() - camera.offset == pytest.approx(level, rel=0.01)
        assert counts.var() == pytest.approx(camera.gain * level, rel=0.02)
    assert camera.expose(np.array([1e6], np.float32), rng)[0] == 65535


@pytest.mark.data
def test_spherical_geometry_gives_the_map_of_a_real_skymap(real_data):
    """The published latitudes and longitudes at 110 km, from the published angles alone."""
    path = next((real_data / "themis" / "skymaps").glob("*.sav"))
    sky = read_skymap(path)
    zenith = 90 - sky.elevation.values
    seen = zenith < 75
    site = sky.attrs["site_latitude"], sky.attrs["site_longitude"]
    latitude, longitude = geographic(*site, sky.azimuth.values, ground_distance(zenith, 110))
    for ours, theirs in ((latitude, sky.latitude), (longitude, sky.longitude)):
        c = theirs.sel(altitude=110).values
        centre = (c[1:, 1:] + c[:-1, 1:] + c[1:, :-1] + c[:-1, :-1]) / 4
        assert np.abs(ours - centre)[seen].max() < 0.02


@pytest.mark.data
def test_projection_is_that_of_a_real_imager(real_data):
    sky = read_skymap(next((real_data / "themis" / "skymaps").glob("*.sav")))
    elevation = sky.elevation.values
    row, column = np.unravel_index(np.nanargmax(elevation), elevation.shape)
    y, x = np.indices(elevation.shape)
    camera = AllSkyCamera()
    zenith = camera.a1 * np.hypot(y - row, x - column)
    zenith = zenith + camera.a3 * np.hypot(y - row, x - column) ** 3
    seen = elevation > 10
    assert np.abs(zenith - (90 - elevation))[seen].max() < 3


@pytest.mark.data
def test_gain_and_offset_are_those_of_real_frames(real_data):
    frames = read_themis(real_data / "themis" / "stream0").values.astype(float)
    mean, variance = frames.mean(0), (np.diff(frames, axis=0) ** 2).mean(0) / 2
    y, x = np.indices(mean.shape) - 127.5
    sky = (np.hypot(y, x) < 115) & (mean < 15000)
    gain, constant = np.polyfit(mean[sky], variance[sky], 1)
    assert gain == pytest.approx(AllSkyCamera().gain, rel=0.02)
    assert -constant / gain == pytest.approx(AllSkyCamera().offset, abs=30)
