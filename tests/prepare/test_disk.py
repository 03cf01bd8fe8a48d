"""Limb darkening goes; spots stay."""

import numpy as np
import pytest

from geoviz_ml.geometry import SunView, disk_distance
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


def test_the_disk_is_flattened_out_to_0_995_radii_and_in_fine_rings_from_0_9_on():
    """A bright ring two pixels wide at 0.8 radii stays uneven; at 0.94 it is taken for the limb."""
    away = disk_distance((1024, 1024), (511.5, 511.5, 480.0))
    noise = np.random.default_rng(0).normal(1, 0.01, away.shape)
    flat = flatten_disk(np.where(away < 1, noise, 0), (511.5, 511.5, 480.0))
    rim = (away > 0.985) & (away < 0.994)
    assert flat[rim].std() == pytest.approx(0.01, rel=0.1)
    assert (flat[away >= 0.995] == 1).all()
    left = {}
    for radius in (0.8, 0.94):
        ring = np.abs(away - radius) < 1.5 / 480
        bright = flatten_disk(
            np.where(ring, 1.5, np.where(away < 1, noise, 0)), (511.5, 511.5, 480.0)
        )
        left[radius] = bright[np.abs(away - radius) < 0.5 / 480].mean()
    assert left[0.8] > 1.4
    assert left[0.94] < 1.2


def test_the_disk_may_be_an_array_or_found():
    expected = flatten_disk(sun(), DISK)
    np.testing.assert_array_equal(flatten_disk(sun(), np.array(DISK)), expected)
    np.testing.assert_array_equal(flatten_disk(sun().tolist(), DISK), expected)
    view = SunView.of({"b0": 1.0}, np.array(DISK))
    assert view.places(DISK[0], DISK[1])[0] == pytest.approx(1.0)
