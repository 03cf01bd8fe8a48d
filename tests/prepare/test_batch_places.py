"""Places of a whole batch: what albumentations makes of the same parameters, picture by picture."""

import albumentations as A
import cv2
import numpy as np
import pytest
import torch
from albumentations.augmentations.geometric import functional as reference

from geoviz_ml.prepare.batch_places import Affine, Flip, Resize, matrices, warp

SIZE = 61, 84
PICTURES = np.random.default_rng(0).random((6, *SIZE)).astype(np.float32)
PICTURES[3:] = np.stack([cv2.GaussianBlur(p, (9, 9), 3) for p in PICTURES[3:]])
MASKS = PICTURES > 0.5
EDGES = {"nearest": cv2.BORDER_REPLICATE, "mirror": cv2.BORDER_REFLECT_101}
# OpenCV up to version 4 rounds places to 1/32 pixel: half of that along x and along y, times the
# greatest step from one pixel to the next, which is below 1. Version 5 agrees to 1e-4.
ROUNDED = 1 / 32


def tensors():
    return torch.from_numpy(PICTURES)[:, None], torch.from_numpy(MASKS)


def drawn(rotate, shift, flip, seed=0):
    rng = np.random.default_rng(seed)
    n = len(PICTURES)
    return {
        "rotate": rng.uniform(-rotate, rotate, n),
        "shear": rng.uniform(-5, 5, (2, n)),
        "zoom": rng.uniform(0.8, 1.2, (2, n)),
        "shift": rng.uniform(-shift, shift, (2, n)),
        "flip": np.full(n, flip),
    }


def singly(i, edge, rotate, shear, zoom, shift, flip):
    """Picture, mask and places by albumentations."""
    pixels = {k: int(v[i] * s) for k, v, s in zip("xy", shift, SIZE[::-1], strict=True)}
    degrees, factors = ({"x": x[i], "y": y[i]} for x, y in (shear, zoom))
    ahead = reference.create_affine_transformation_matrix(
        pixels, degrees, factors, rotate[i], reference.center(SIZE)
    )
    picture = reference.warp_affine(
        PICTURES[i][..., None], ahead, cv2.INTER_LINEAR, 0, EDGES[edge], SIZE
    )
    mask = reference.warp_affine(
        MASKS[i].astype(np.uint8), ahead, cv2.INTER_NEAREST, 0, EDGES[edge], SIZE
    )
    y, x = np.indices(SIZE)
    places = np.linalg.inv(ahead)[:2] @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    step = -1 if flip[i] else 1
    places = places.reshape(2, *SIZE)
    return picture[:, ::step, 0], mask[:, ::step], places[..., ::step]


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize(("edge", "rotate", "shift"), [("nearest", 0.2, 0.05), ("mirror", 45, 0.3)])
def test_the_same_parameters_move_pictures_and_masks_as_albumentations_does(
    edge, rotate, shift, flip
):
    values = drawn(rotate, shift, flip)
    moved = matrices(**{k: torch.from_numpy(v) for k, v in values.items()}, size=SIZE)
    pictures, masks = warp(*tensors(), moved, edge)
    assert masks.dtype == torch.bool
    for i, (picture, mask) in enumerate(zip(pictures[:, 0].numpy(), masks.numpy(), strict=True)):
        expected, thing, places = singly(i, edge, **values)
        np.testing.assert_allclose(picture, expected, atol=ROUNDED)
        assert np.abs(picture - expected).mean() < ROUNDED / 4
        to_tie = np.abs(places - np.floor(places) - 0.5).min(axis=0)
        assert (mask == thing)[to_tie > ROUNDED / 2].all()
        assert (to_tie > ROUNDED / 2).mean() > 0.9


def test_no_motion_leaves_every_bit_in_place():
    n = len(PICTURES)
    still = torch.zeros(n), torch.zeros(2, n), torch.ones(2, n), torch.zeros(2, n)
    moved = matrices(*(s.double() for s in still), torch.zeros(n, dtype=torch.bool), SIZE)
    pictures, masks = warp(*tensors(), moved, "nearest")
    np.testing.assert_allclose(pictures[:, 0], PICTURES, atol=2e-5)
    np.testing.assert_array_equal(masks, MASKS)


def test_a_flip_is_numpys():
    pictures, masks = Flip()(*tensors(), torch.empty(len(PICTURES), 0))
    np.testing.assert_array_equal(pictures[:, 0], PICTURES[..., ::-1])
    np.testing.assert_array_equal(masks, MASKS[..., ::-1])


@pytest.mark.parametrize("size", [(32, 40), (61, 100), (128, 84)])
def test_a_resize_is_albumentations(size):
    pictures, masks = Resize(size)(*tensors(), torch.empty(len(PICTURES), 0))
    resize = A.Resize(*size)
    steps = [np.arange(n) * old / n for n, old in zip(size, SIZE, strict=True)]
    sure = np.ix_(*(np.abs(s - s.round()) > 1e-6 for s in steps))  # OpenCV takes 62.99... as 62
    for i, (picture, mask) in enumerate(zip(pictures[:, 0], masks, strict=True)):
        expected = resize(image=PICTURES[i], mask=MASKS[i].astype(np.uint8))
        np.testing.assert_allclose(picture, expected["image"], atol=1e-5)
        np.testing.assert_array_equal(mask[sure], expected["mask"][sure])


def test_drawn_motions_keep_to_their_limits_and_reach_for_them():
    affine = Affine(rotate=10, shift=0.25, zoom=(0.5, 2), flip=0.5)
    moved = affine.draw(2000, (40, 80), torch.Generator().manual_seed(0))
    flipped = torch.linalg.det(moved[:, :, :2]) < 0
    assert 0.45 < flipped.double().mean() < 0.55
    back = moved[~flipped]
    ahead = torch.linalg.inv(back[:, :, :2])
    zoom = ahead.norm(dim=1)  # of x and y: the length of the columns
    angle = torch.atan2(-ahead[:, 1, 0], ahead[:, 0, 0]).rad2deg()
    middle = torch.tensor([39.5, 19.5]).double()
    shift = (ahead @ (middle - back[:, :, 2])[..., None])[..., 0] - middle
    for values, low, high in [
        (zoom, 0.5, 2),
        (angle, -10, 10),
        (shift[:, 0], -19, 19),
        (shift[:, 1], -9, 9),
    ]:
        assert low - 1e-6 <= values.min() < low + (high - low) / 40
        assert high - (high - low) / 40 < values.max() <= high + 1e-6
    np.testing.assert_allclose(shift, shift.round(), atol=1e-6)
