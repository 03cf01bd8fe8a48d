"""The disk is found, in light and in magnetograms, to a part of a pixel."""

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import disk_distance, find_disk, solar_radius
from geoviz_ml.readers import read_magnetogram

DISK = (130.5, 120.0, 100.0)


def sun(disk=DISK, spot=True):
    """Limb darkening of 0.6 (linear law), noise, a spot of half the intensity, writing below."""
    away = disk_distance((256, 256), disk)
    mu = np.sqrt(np.clip(1 - away**2, 0, None))
    picture = np.where(away <= 1, 1 - 0.6 * (1 - mu), 0)
    if spot:
        picture[100:106, 90:98] *= 0.5
    picture[250:254, 5:60] = 1
    return picture * np.random.default_rng(0).normal(1, 0.01, picture.shape)


def test_the_disk_is_found_to_a_fifth_of_a_pixel():
    assert find_disk(sun()) == pytest.approx(DISK, abs=0.2)  # darkened to the last pixel


@pytest.mark.parametrize("sky", [0, 255])
def test_the_disk_of_a_magnetogram_in_grey_is_found_beside_any_sky(sky):
    """Spots of both signs, one of them on the limb, and writing in a corner."""
    away = disk_distance((256, 256), (121.3, 134.6, 97.4))
    grey = np.random.default_rng(0).normal(128, 3, (256, 256))
    grey[90:100, 70:80], grey[90:100, 84:92], grey[128:140, 20:34] = 0, 255, 0
    grey = np.where(away < 1, grey, sky)
    grey[4:12, 5:90] = 255 - sky
    assert find_disk(grey) == pytest.approx((121.3, 134.6, 97.4), abs=0.1)


def test_a_picture_with_the_limb_at_its_edge_has_a_disk_to_a_pixel():
    picture = np.where(disk_distance((200, 200), (99.5, 99.5, 100)) < 1, 100.0, 0)
    assert find_disk(picture) == pytest.approx((99.5, 99.5, 100), abs=1)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((64, 64)), np.ones((4, 4)), np.eye(64), np.tri(64), np.full((64, 64), np.nan)],
)
def test_what_shows_no_disk_is_refused(picture):
    with pytest.raises(UsageError, match="disk"):
        find_disk(picture)


@pytest.mark.data
def test_real_magnetograms_have_the_radius_of_the_ephemeris(real_data):
    """43 days: the Sun's distance changes by 0.9 %, the arcsec of a pixel by nothing."""
    scale, centre = [], []
    for path in sorted((real_data / "solar" / "hmi_magnetograms_2026").glob("*.jpg")):
        data = read_magnetogram(path)
        x, y, radius = find_disk(data.values)
        scale.append(solar_radius(data.attrs["time"]) / radius)
        centre.append((x, y))
    assert len(scale) == 43
    assert np.mean(scale) == pytest.approx(4.8, rel=2e-4)  # 512 pixels of 8 detector pixels of 0.6
    assert np.std(scale) / np.mean(scale) < 1e-4  # 0.02 pixels of the radius
    assert np.std(centre, axis=0).max() < 0.02


@pytest.mark.data
def test_real_pictures_of_another_instrument_have_one_radius(real_data):
    disks = [
        find_disk(read_magnetogram(path).values)
        for path in sorted((real_data / "solar" / "gong_2024").glob("*.jpg"))
    ]
    radius = np.array(disks)[:, 2]  # GONG brings all Suns to one size
    assert len(radius) == 6
    assert radius == pytest.approx(380.4, abs=0.3)


@pytest.mark.data
@pytest.mark.parametrize("size", [256, 512])
def test_disk_found_in_a_smaller_picture_is_that_of_the_header(real_data, tmp_path, size):
    path = next((real_data / "solar" / "magnetograms").glob("*.jp2"))
    told = read_magnetogram(path).attrs
    with Image.open(path) as picture:
        small = np.asarray(picture.resize((size, size), Image.Resampling.BOX), float)
    x, y, radius = find_disk(small)
    scale = 4096 / size
    assert radius * scale == pytest.approx(told["disk_radius"], rel=2e-4)
    assert (x + 0.5) * scale - 0.5 == pytest.approx(told["disk_x"], abs=1.5)
    assert (y + 0.5) * scale - 0.5 == pytest.approx(told["disk_y"], abs=1.5)
