"""Views of a batch against torchvision's and scipy's of one picture at a time."""

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as reference

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.views import Views, adjust, warp

SIZE = 32
PLAIN = {"crop": None, "flip_ud": 0}
AXIS = (torch.arange(SIZE) - (SIZE - 1) / 2) * 2 / SIZE
CIRCLE = torch.hypot(AXIS[:, None], AXIS) <= 0.85


def pictures(n=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 1, SIZE, SIZE, generator=generator) * CIRCLE


def draw(x, **options):
    views = Views(**{**PLAIN, **options})
    views.seed(1)
    return views(x)


def test_everything_at_once_equals_scipy_picture_by_picture():
    x = pictures()
    views = Views(crop=(0.1, 0.9), flip_ud=0.5, flip_lr=0.5, rotate=180)
    views.seed(3)
    matrices = views.draw(len(x))[0].double().numpy()
    views.seed(3)
    ours = views(x).numpy()
    to = np.stack(np.meshgrid(AXIS, AXIS), -1).astype(float)  # (y, x, [x, y])
    for picture, matrix, view in zip(x[:, 0].numpy(), matrices, ours[:, 0], strict=True):
        at = to @ matrix[:, :2].T + matrix[:, 2]
        pixel = (at + 1) * SIZE / 2 - 0.5
        expected = map_coordinates(
            np.pad(picture, 1), [pixel[..., 1] + 1, pixel[..., 0] + 1], order=1
        )
        np.testing.assert_allclose(view, expected, atol=2e-5)


@pytest.mark.parametrize(("top", "left", "height", "width"), [(4, 10, 12, 16), (0, 0, 32, 8)])
def test_a_window_equals_torchvisions_resized_crop(top, left, height, width):
    x = pictures()
    sx, sy = width / SIZE, height / SIZE
    cx, cy = (2 * left + width) / SIZE - 1, (2 * top + height) / SIZE - 1
    matrix = torch.tensor([[sx, 0, cx], [0, sy, cy]]).expand(len(x), 2, 3)
    ours, _ = warp(x, matrix)
    theirs = reference.resized_crop(x, top, left, height, width, [SIZE, SIZE], antialias=False)
    edge = 4  # there torchvision repeats the window's last pixel, we see the next one
    inner = (..., slice(edge, -edge), slice(edge, -edge))
    torch.testing.assert_close(ours[inner], theirs[inner], atol=1e-5, rtol=0)


def test_places_are_those_of_affine_grid_and_keep_their_precision_under_autocast():
    x = pictures()
    matrices, _ = Views().draw(len(x))
    expected = torch.nn.functional.affine_grid(matrices, list(x.shape), align_corners=False)
    with torch.autocast("cpu", torch.bfloat16):
        _, places = warp(x, matrices)
    torch.testing.assert_close(places, expected, atol=1e-6, rtol=0)


def test_flips_are_exact_and_only_the_one_asked_for():
    x = pictures()
    torch.testing.assert_close(draw(x), x, atol=1e-5, rtol=0)
    torch.testing.assert_close(draw(x, flip_ud=1), x.flip(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(draw(x, flip_lr=1), x.flip(3), atol=1e-5, rtol=0)
    half = draw(pictures(200), flip_ud=0.5)
    share = (half - pictures(200)).abs().amax((1, 2, 3)).gt(1e-3).float().mean()
    assert 0.35 < share < 0.65


def test_rotation_equals_torchvisions():
    x = pictures()
    views = Views(crop=None, flip_ud=0, rotate=50)
    views.seed(0)
    matrices, _ = views.draw(len(x))
    angles = torch.rad2deg(torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])).tolist()
    assert max(map(abs, angles)) > 20
    views.seed(0)
    for picture, angle, view in zip(x, angles, views(x), strict=True):
        turned = reference.rotate(picture, angle, InterpolationMode.BILINEAR)
        torch.testing.assert_close(view, turned, atol=1e-4, rtol=0)


def test_brightness_and_contrast_equal_torchvisions_where_there_is_no_circle():
    x, everywhere = pictures(), torch.ones(6, 1, SIZE, SIZE, dtype=torch.bool)
    brightness, contrast = torch.linspace(0.3, 1.7, 6), torch.linspace(1.6, 0.2, 6)
    ours = adjust(x, everywhere, brightness, contrast)
    for picture, b, c, view in zip(x, brightness, contrast, ours, strict=True):
        bright = reference.adjust_brightness(picture.expand(3, -1, -1), b.item())
        expected = reference.adjust_contrast(bright, c.item())[:1]
        torch.testing.assert_close(view, expected, atol=2e-3, rtol=0)  # theirs: grey of RGB


def test_gamma_equals_torchvisions_and_has_no_side():
    x, views = pictures(200), Views(**PLAIN, gamma=0.5)
    views.seed(2)
    power = views.draw(len(x))[1][2]
    assert np.exp(-0.5) <= power.min() < 0.62 < 1.6 < power.max() <= np.exp(0.5)
    assert abs(power.log().mean()) < 0.1
    views.seed(2)
    for picture, gamma, view in zip(x, power.tolist(), views(x), strict=True):
        expected = reference.adjust_gamma(picture, gamma)
        torch.testing.assert_close(view, expected, atol=1e-4, rtol=0)


def test_jitter_leaves_the_black_around_the_circle_black():
    x = pictures()
    changed = draw(x, jitter=0.8, gamma=0.8)
    assert (changed[..., ~CIRCLE] == 0).all()
    assert not torch.allclose(changed, x, atol=0.01)
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_windows_have_the_areas_asked_for_and_stay_within_the_picture():
    views = Views(crop=(0.2, 0.5), flip_ud=0)
    views.seed(0)
    m, _ = views.draw(2000)
    area = m[:, 0, 0] * m[:, 1, 1]
    assert 0.2 <= area.min() < 0.21
    assert 0.49 < area.max() <= 0.5 + 1e-6
    assert ((m[:, 0, 2].abs() + m[:, 0, 0]) <= 1 + 1e-6).all()
    assert ((m[:, 1, 2].abs() + m[:, 1, 1]) <= 1 + 1e-6).all()
    ratio = m[:, 0, 0] / m[:, 1, 1]
    assert 0.74 < ratio.min() < ratio.max() < 1.34


def test_same_seed_same_views_and_two_calls_differ():
    x = pictures()
    views = Views(rotate=10, jitter=0.2)
    views.seed(5)
    first, second = views(x), views(x)
    views.seed(5)
    assert torch.equal(views(x), first)
    assert not torch.equal(first, second)


def test_an_ablation_keeps_the_windows():
    x, crop = pictures(), (0.2, 1)
    for flip, axis in [("flip_ud", 2), ("flip_lr", 3)]:
        flipped = draw(x, crop=crop, **{flip: 1})
        torch.testing.assert_close(flipped, draw(x.flip(axis), crop=crop), atol=1e-5, rtol=0)


def test_a_repr_tells_one_recipe_from_another():
    assert repr(Views()) == repr(Views())
    assert repr(Views()) != repr(Views(jitter=0.1))
    assert "generator" not in repr(Views())


@pytest.mark.parametrize(
    "bad", [{"crop": (0, 1)}, {"crop": (0.5, 0.2)}, {"flip_ud": 2}, {"jitter": -1}, {"gamma": -1}]
)
def test_numbers_that_make_no_sense_are_refused(bad):
    with pytest.raises(UsageError):
        Views(**bad)


def test_pictures_of_another_shape_are_refused():
    for shape in [(1, 8, 8), (2, 3, 8, 8), (2, 1, 8, 9)]:
        with pytest.raises(UsageError, match="must be"):
            Views()(torch.zeros(shape))


def test_bytes_are_the_same_pictures():
    levels = (255 * pictures()).round().byte()
    changes = {"jitter": 0.3, "gamma": 0.3, "rotate": 20}
    assert torch.equal(draw(levels, **changes), draw(levels / 255, **changes))


@pytest.mark.parametrize("wrong", [pictures().numpy(), pictures().int()])
def test_what_is_no_tensor_of_bytes_or_floats_is_refused(wrong):
    with pytest.raises(UsageError, match="tensor|white"):
        Views()(wrong)
