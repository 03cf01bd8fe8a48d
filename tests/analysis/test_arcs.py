"""Keogram and arc table against closed forms on a sphere."""

import numpy as np
import pytest
import xarray as xr

from geoviz_ml.analysis import arc_table, keogram
from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import dipole
from geoviz_ml.geometry.earth import degrees, unit
from geoviz_ml.geometry.footprints import footprints
from geoviz_ml.readers import read_skymap
from geoviz_ml.simulate.all_sky import AllSkyCamera, geographic, ground_distance

SIZE, LATITUDE, LONGITUDE = 256, 56.35, -94.66
RADIUS = 6371.0 + 110
START = np.datetime64("2014-03-10T06:00", "ns")


def skymap(size=SIZE, longitude=LONGITUDE):
    """What `read_skymap` gives of an ideal camera; the corners below 1 degree are NaN."""
    camera = AllSkyCamera(size)
    zenith, azimuth = camera.direction(*np.indices((size, size)))
    corner = np.arange(size + 1) - 0.5
    z, a = camera.direction(*np.meshgrid(corner, corner, indexing="ij"))
    altitude = np.array([90.0, 110.0, 150.0])
    far = [geographic(LATITUDE, longitude, a, ground_distance(z, h)) for h in altitude]
    lat, lon = (np.where(z < 89, np.stack(part), np.nan) for part in zip(*far, strict=True))
    pixel, shell = ("y", "x"), ("altitude", "y_corner", "x_corner")
    elevation = np.where(zenith <= 90, 90 - zenith, np.nan)
    return xr.Dataset(
        {
            "elevation": (pixel, elevation.astype(np.float32)),
            "azimuth": (pixel, azimuth.astype(np.float32)),
            "latitude": (shell, lat.astype(np.float32)),
            "longitude": (shell, lon.astype(np.float32)),
        },
        {"altitude": altitude},
        {"site": "gill", "site_latitude": LATITUDE, "site_longitude": longitude},
    )


SKY = skymap()
PLACE = footprints(SKY, min_elevation=2).place


def frames(values):
    values = np.asarray(values)
    time = START + np.arange(len(values)) * np.timedelta64(3, "s")
    return xr.DataArray(
        values, {"time": time}, ("time", "y", "x"), attrs={"units": "counts", "site": "gill"}
    )


DARK = frames(np.full((1, SIZE, SIZE), 3300, np.uint16))


def band(bearing, width, length, offset=0.0, place=PLACE):
    """Mask of a great circle's band through a point `offset` km north of the site."""
    lat, lon = geographic(LATITUDE, LONGITUDE, 0.0, offset * 6371 / RADIUS)
    a = np.radians(bearing)
    east = np.array([-np.sin(np.radians(lon)), np.cos(np.radians(lon)), 0])
    middle = unit(lat, lon)
    along = np.sin(a) * east + np.cos(a) * np.cross(middle, east)
    pole = np.cross(middle, along)
    across = RADIUS * np.arcsin(place @ pole)
    distance = RADIUS * np.arctan2(place @ along, place @ middle)
    return (np.abs(across) <= width / 2) & (np.abs(distance) <= length / 2)


def test_pixels_of_the_sky_add_up_to_a_spherical_cap():
    for lowest in (10.0, 30.0):
        ground = footprints(SKY, min_elevation=lowest)
        angle = ground_distance(90 - lowest, 110.0) / 6371
        cap = 2 * np.pi * RADIUS**2 * (1 - np.cos(angle))
        assert ground.area.sum() == pytest.approx(cap, rel=0.01)


@pytest.mark.parametrize("bearing", [90, 68, 45, 10])
@pytest.mark.parametrize(("width", "length", "offset"), [(30, 400, 0), (12, 250, 80), (60, 300, 0)])
def test_band_of_a_great_circle_has_its_area_length_and_width(bearing, width, length, offset):
    found = arc_table(band(bearing, width, length, offset)[None], DARK, SKY).iloc[0]
    area = RADIUS**2 * length / RADIUS * 2 * np.sin(width / RADIUS / 2)
    assert found.area == pytest.approx(area, rel=0.01)
    assert found.length == pytest.approx(length, rel=0.03)
    assert found.width == pytest.approx(width, rel=0.03)
    lat, lon = geographic(LATITUDE, LONGITUDE, 0.0, offset * 6371 / RADIUS)
    assert (found.latitude, found.longitude) == pytest.approx((lat, lon), abs=0.03)
    assert (found.pieces, found.cut) == (1, False)


def test_length_follows_a_bend():
    """Three quarters of a ring: its length is along the ring, not between its ends."""
    zenith = RADIUS * np.arccos(np.clip(PLACE @ unit(LATITUDE, LONGITUDE), -1, 1))
    azimuth = SKY.azimuth.values
    mask = (np.abs(zenith - 100) <= 10) & (azimuth < 270)
    found = arc_table(mask[None], DARK, SKY).iloc[0]
    length = 0.75 * 2 * np.pi * RADIUS * np.sin(100 / RADIUS)
    assert found.length == pytest.approx(length, rel=0.05)


def test_pieces_are_summed_and_specks_left_out():
    one, other = band(90, 20, 200, 60), band(90, 20, 200, -60)
    both = one | other
    both[128, 20] = True
    tables = [arc_table(m[None], DARK, SKY).iloc[0] for m in (one, other, both)]
    assert tables[2].pieces == 2
    for name in ("area", "length", "pixels"):
        assert tables[2][name] == pytest.approx(tables[0][name] + tables[1][name])
    alone = np.zeros_like(one)
    alone[128, 128] = True
    speck = arc_table(alone[None], DARK, SKY, min_pixels=1).iloc[0]
    assert speck.length == pytest.approx(np.sqrt(speck.area))
    assert speck.width == pytest.approx(speck.length)


def test_magnetic_centre_is_in_the_dipoles_frame():
    found = arc_table(band(90, 20, 200)[None], DARK, SKY)
    row = found.iloc[0]
    lat, lon = dipole(row.latitude, row.longitude, START)
    assert (row.mag_latitude, row.mag_longitude) == pytest.approx((lat, lon))
    pole = unit(80.37, -72.63)  # the geomagnetic pole of 2015, IGRF-12
    by_hand = 90 - np.degrees(np.arccos(unit(row.latitude, row.longitude) @ pole))
    assert row.mag_latitude == pytest.approx(by_hand, abs=0.1)
    assert "dipole" in found.attrs["magnetic"]


def test_low_pixels_are_cut_off_and_it_is_said():
    mask = np.isfinite(SKY.elevation.values)
    found = {
        e: arc_table(mask[None], DARK, SKY, min_elevation=e).iloc[0] for e in (5.0, 10.0, 30.0)
    }
    for lowest, row in found.items():
        angle = ground_distance(90 - lowest, 110.0) / 6371
        cap = 2 * np.pi * RADIUS**2 * (1 - np.cos(angle))
        assert row.area == pytest.approx(cap, rel=0.02)
        assert row.cut
        assert np.isnan(row.background)  # no sky is left
    assert not arc_table(band(90, 20, 200)[None], DARK, SKY).cut.iloc[0]


def test_empty_mask_has_no_arc():
    table = arc_table(np.zeros((1, SIZE, SIZE), bool), DARK, SKY)
    row = table.iloc[0]
    assert (row.pieces, row.pixels, row.area, row.length, row.cut) == (0, 0, 0, 0, False)
    assert row[["width", "brightness", "latitude", "mag_longitude"]].isna().all()
    assert row.background == 3300


def test_brightness_is_of_the_mask_and_background_of_the_sky_around():
    mask = band(90, 20, 200)
    light = np.where(mask, 5000, 3300) + np.where(np.isnan(SKY.elevation.values), 9000, 0)
    row = arc_table(mask[None], frames(light[None].astype(np.uint16)), SKY).iloc[0]
    assert (row.brightness, row.background) == (5000, 3300)


def test_without_a_skymap_there_are_pixels_and_it_is_said():
    mask = band(90, 20, 200)
    table = arc_table(mask[None], DARK)
    assert table.pixels.iloc[0] == mask.sum()
    assert table[["area", "length", "latitude", "mag_latitude"]].isna().all(axis=None)
    assert "area: there is no skymap" in table.attrs["missing"]
    assert arc_table(mask[None], DARK, SKY).attrs["missing"] == []


def test_corners_that_are_nan_are_not_seen():
    hole = SKY.copy(deep=True)
    hole["latitude"][:, 128, 128] = np.nan
    ground = footprints(hole)
    assert not ground.seen[127:129, 127:129].any()
    assert ground.seen.sum() == footprints(SKY).seen.sum() - 4
    row = arc_table(np.ones((1, SIZE, SIZE), bool), DARK, hole).iloc[0]
    assert np.isfinite(row[["area", "length", "width", "latitude"]].astype(float)).all()


def test_over_the_date_line_nothing_changes():
    there = skymap(longitude=179.99)
    place = footprints(there, min_elevation=2).place
    np.testing.assert_allclose(
        footprints(there).area, footprints(SKY).area, rtol=2e-3
    )  # corners are float32
    ground = footprints(there)
    centre = degrees((ground.area[..., None] * np.nan_to_num(place)).sum((0, 1)))
    assert abs((centre[1] - 179.99 + 180) % 360 - 180) < 0.05


def test_keogram_shows_latitude_of_an_arc_in_time():
    """An arc that moves north by 40 km a frame, along the magnetic east."""
    lat, lon = degrees(PLACE)
    mag = dipole(lat, lon, START)[0]
    site = dipole(LATITUDE, LONGITUDE, START)[0]
    true = site + np.degrees(np.array([-40, 0, 40, 80]) / RADIUS)
    light = np.stack([3300 + 1000 * np.exp(-(((mag - m) / 0.2) ** 2)) for m in true])
    data = frames(np.nan_to_num(light, nan=3300))
    found = keogram(data, SKY, "magnetic")
    assert found.dims == ("latitude", "time")
    assert found.attrs["units"] == "counts"
    np.testing.assert_allclose(found.idxmax("latitude").values, true, atol=0.05)
    np.testing.assert_allclose(found.max("latitude"), 4300, rtol=0.01)
    assert found.notnull().all()  # without stripes far from the zenith
    reach = np.degrees(ground_distance(80.0, 110.0) / 6371)
    assert found.latitude.min() == pytest.approx(site - reach, abs=0.35)
    assert found.latitude.max() == pytest.approx(site + reach, abs=0.35)


def test_geographic_keogram_follows_the_sites_meridian():
    lat, lon = degrees(PLACE)
    east = (lon - LONGITUDE) * np.cos(np.radians(lat)) * RADIUS * np.pi / 180
    data = frames(np.stack([np.nan_to_num(lat), np.nan_to_num(east)]))
    found = keogram(data, SKY)
    row_size = np.maximum(0.02, 0.02 * np.abs(found.latitude - LATITUDE) ** 2)
    assert (np.abs(found[:, 0] - found.latitude) < 0.03 + row_size).all()
    near = np.abs(found.latitude - LATITUDE) < 2
    assert np.abs(found[near.values, 1]).max() < 5  # km


def test_keogram_without_a_skymap_is_the_middle_of_the_picture():
    values = np.random.default_rng(0).integers(0, 9, (3, 6, 8)).astype(np.uint16)
    found = keogram(frames(values))
    assert found.dims == ("y", "time")
    np.testing.assert_allclose(found.values, values[:, :, 3:5].mean(2).T)
    assert "no skymap" in found.attrs["missing"]
    odd = keogram(frames(values[:, :, :7]))
    np.testing.assert_array_equal(odd.values, values[:, :, 3].T)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: arc_table(np.full((1, 256, 256), 0.9), DARK, SKY), "prob >= 0.5"),
        (lambda: arc_table(np.ones((2, 256, 256), bool), DARK, SKY), r"masks are \(2,"),
        (lambda: arc_table(np.ones((1, 256, 256), bool), DARK.values), "must be a DataArray"),
        (lambda: keogram(DARK[:, :200], SKY), r"the frames \(200, 256\)"),
        (lambda: keogram(DARK.assign_attrs(site="atha"), SKY), "skymap is of gill"),
        (lambda: keogram(DARK, SKY, "apex"), "no coordinates 'apex'"),
        (lambda: keogram(DARK, SKY, altitude=120), "Use one of 90, 110, 150"),
        (lambda: keogram(DARK, SKY, min_elevation=91), "sees nothing above 91"),
        (lambda: keogram(DARK, SKY, step=0), "step must be above 0"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()


@pytest.mark.data
def test_pixels_of_a_real_skymap_add_up_to_a_cap(real_data):
    """The official skymap's own corners: the area above 20 degrees is that of a spherical cap."""
    sky = read_skymap(next((real_data / "themis" / "skymaps").glob("*.sav")))
    angle = ground_distance(70.0, 110.0) / 6371
    cap = 2 * np.pi * RADIUS**2 * (1 - np.cos(angle))
    assert footprints(sky, min_elevation=20).area.sum() == pytest.approx(cap, rel=0.03)


def test_brightness_is_the_mean_of_the_arcs_and_background_the_median_of_the_rest():
    """Without a skymap every pixel is seen: numbers by hand."""
    values = np.full((1, 20, 20), 10.0)
    values[0, :5] = 30  # the band is 120 of 400 pixels
    mask = np.zeros((20, 20), bool)
    mask[:6] = True
    values[0, 5] = 100
    found = arc_table(mask[None], frames(values)).iloc[0]
    assert found.brightness == pytest.approx((100 * 30 + 20 * 100) / 120)
    assert found.background == 10
    values[0, 6:13] = 20  # 140 of the 280 others: the median is between; of all 400 it is 20
    assert arc_table(mask[None], frames(values)).iloc[0].background == 15


def test_pieces_of_twenty_pixels_count_and_smaller_ones_do_not():
    mask = np.zeros((1, 30, 30), bool)
    mask[0, 2:6, 2:7], mask[0, 20, 5:24] = True, True  # 20 and 19 pixels
    found = arc_table(mask, frames(np.ones((1, 30, 30)))).iloc[0]
    assert (found.pieces, found.pixels) == (1, 20)


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_of_pixels_that_touch_by_a_corner_is_one_piece_with_its_length(turned):
    """One pixel wide from corner to corner, and its mirror image."""
    mask = np.zeros((SIZE, SIZE), bool)
    row = np.arange(100, 156)
    mask[row, SIZE - 1 - row if turned else row] = True
    found = arc_table(mask[None], DARK, SKY).iloc[0]
    ends = PLACE[100, 155 if turned else 100], PLACE[155, 100 if turned else 155]
    far = RADIUS * np.arccos(ends[0] @ ends[1])
    assert found.pieces == 1
    assert found.length == pytest.approx(far, rel=0.05)


def test_what_touches_the_end_of_the_picture_is_cut():
    """A camera that sees no horizon: all pixels are seen."""
    inner = SKY.isel(
        x=slice(64, 192), y=slice(64, 192), x_corner=slice(64, 193), y_corner=slice(64, 193)
    )
    dark = DARK.isel(x=slice(64, 192), y=slice(64, 192))
    mask = np.zeros((1, 128, 128), bool)
    mask[0, 60:66, 40:80] = True
    assert not arc_table(mask, dark, inner).cut[0]
    mask[0, 60:66, :80] = True
    assert arc_table(mask, dark, inner).cut[0]


def test_a_keogram_is_as_wide_in_km_at_every_latitude():
    """At 75 north a degree of longitude is a quarter of one at the equator."""
    from geoviz_ml.geometry.earth import degrees as to_degrees

    latitude, longitude = to_degrees(PLACE)
    far = RADIUS * np.cos(np.radians(latitude)) * np.radians(longitude - LONGITUDE)
    inside = np.abs(far) <= 60
    slices = keogram(frames(np.where(inside, 100, 0)[None]), SKY, width=100.0)
    middle = slices.sel(latitude=slice(54, 59))
    assert float(middle.mean()) == pytest.approx(100, abs=1)  # all five lines within 50 km
    beyond = keogram(frames(np.where(np.abs(far) <= 40, 100, 0)[None]), SKY, width=100.0)
    assert float(beyond.sel(latitude=slice(54, 59)).mean()) == pytest.approx(60, abs=3)  # three
