"""Limb darkening goes; spots stay."""

import pytest

from geoviz_ml.geometry import disk_distance
from geoviz_ml.prepare import flatten_disk

from ..geometry.test_sun_disk import DISK, sun


def test_the_flat_disk_is_one_and_the_spot_is_half():
    flat = flatten_disk(sun(), DISK)
    assert flat[102, 94] == pytest.approx(0.5, abs=0.03)
    quiet = flatten_disk(sun(spot=False), DISK)
    for ring in ((0, 0.5), (0.5, 0.9), (0.9, 0.98)):
        away = disk_distance((256, 256), DISK)
        part = quiet[(away >= ring[0]) & (away < ring[1])]
        assert part.mean() == pytest.approx(1, abs=0.005)
    assert (quiet[disk_distance((256, 256), DISK) > 1] == 1).all()
