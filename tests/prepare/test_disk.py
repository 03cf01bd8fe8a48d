"""The disk is found and its limb darkening goes; spots stay."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import find_disk, flatten_disk
from geoviz_ml.prepare.disk import disk_distance

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


def test_the_disk_is_found_to_a_pixel():
    assert find_disk(sun()) == pytest.approx(DISK, abs=1)


def test_the_flat_disk_is_one_and_the_spot_is_half():
    flat = flatten_disk(sun(), DISK)
    assert flat[102, 94] == pytest.approx(0.5, abs=0.03)
    quiet = flatten_disk(sun(spot=False), DISK)
    for ring in ((0, 0.5), (0.5, 0.9), (0.9, 0.98)):
        away = disk_distance((256, 256), DISK)
        part = quiet[(away >= ring[0]) & (away < ring[1])]
        assert part.mean() == pytest.approx(1, abs=0.005)
    assert (quiet[disk_distance((256, 256), DISK) > 1] == 1).all()


@pytest.mark.parametrize(
    "picture",
    [np.zeros((64, 64)), np.ones((4, 4)), np.eye(64), np.tri(64), np.full((64, 64), np.nan)],
)
def test_what_shows_no_disk_is_refused(picture):
    with pytest.raises(UsageError, match="disk"):
        find_disk(picture)
