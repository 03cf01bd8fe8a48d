"""The sky of an all-sky picture: found where it was drawn, and made round."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.sky_disk import SkyDisk, find_sky, round_sky

RNG = np.random.default_rng(0)


def drawn(shape=(240, 360), sky=(170, 130, 140, 100), light=60.0, noise=3.0):
    """A sky that is darker to one side, with stars, noise, and a text beside it."""
    y, x = np.indices(shape) + 0.5
    away = np.hypot((x - sky[0]) / sky[2], (y - sky[1]) / sky[3])
    frame = 8 + noise * RNG.normal(size=shape)
    frame += np.where(away < 1, light * (0.7 + 0.3 * x / shape[1]), 0)
    frame[RNG.integers(shape[0], size=30), RNG.integers(shape[1], size=30)] += 200
    frame[2:8, 2:60] = 255
    return frame


@pytest.mark.parametrize("sky", [(170, 130, 140, 100), (180, 120, 110, 110), (150, 121, 149, 119)])
def test_an_ellipse_is_found_to_within_two_pixels(sky):
    found = find_sky(drawn(sky=sky)[None])
    assert found.found
    np.testing.assert_allclose((found.x, found.y, found.across, found.down), sky, atol=2)


def test_a_dark_frame_among_others_does_no_harm_and_alone_is_said():
    dark = drawn(light=0.0)
    found = find_sky(np.stack([dark, drawn(), dark]))
    np.testing.assert_allclose((found.x, found.across), (170, 140), atol=2)
    alone = find_sky(np.full((1, 240, 360), 8.0))
    assert not alone.found
    assert (alone.x, alone.y, alone.across, alone.down) == (180, 120, 120, 120)


def test_a_round_sky_fills_the_square_and_keeps_its_places():
    sky = SkyDisk(170, 130, 140, 100)
    y, x = np.indices((240, 360)) + 0.5
    across, down = (round_sky(v, sky, 64) for v in ((x - 170) / 140, (y - 130) / 100))
    middle = (np.arange(64) + 0.5) / 32 - 1
    np.testing.assert_allclose(across, np.tile(middle, (64, 1)), atol=0.01)
    np.testing.assert_allclose(down, np.tile(middle[:, None], 64), atol=0.01)


def test_a_sky_larger_than_its_file_repeats_the_edge():
    frame = np.tile(np.arange(40.0), (40, 1))
    wide = round_sky(frame, SkyDisk(20, 20, 40, 20), 40)
    assert (wide[:, 1] == 0).all()
    assert (wide[:, -2] == 39).all()


def test_frames_that_are_none_are_refused():
    for shape in ((240, 360), (1, 8, 8), (0, 240, 360)):
        with pytest.raises(UsageError, match="16 pixels or more"):
            find_sky(np.zeros(shape))
