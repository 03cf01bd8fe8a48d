"""Both augmentations in whole batches: as often, as much and as repeatable as one by one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.augment import TABLE_1, published_augmentation, table_1_augmentation

PICTURE = torch.rand(1, 1, 48, 40, generator=torch.Generator().manual_seed(0))
MASK = torch.zeros(1, 48, 40, dtype=torch.bool)
MASK[:, 10:20, 8:30] = True
MAKERS = [published_augmentation, table_1_augmentation]


def batch(n):
    return PICTURE.repeat(n, 1, 1, 1), MASK.repeat(n, 1, 1)


def only(name, **options):
    return table_1_augmentation(leave_out=tuple(set(TABLE_1) - {name}), **options)


@pytest.mark.parametrize("make", MAKERS)
def test_same_seed_same_changes_and_no_two_pictures_alike(make):
    augment = make(batches=True)
    runs = []
    for seed in (3, 3, 4):
        augment.seed(seed)
        runs.append(augment(*batch(8)))
    for one, same in zip(*runs[:2], strict=True):
        assert torch.equal(one, same)
    assert not torch.equal(runs[0][0], runs[2][0])
    assert len(runs[0][0].unique(dim=0)) == 8


@pytest.mark.parametrize("make", MAKERS)
def test_kind_and_range_stay_and_the_given_batch_is_left_alone(make):
    augment = make(batches=True)
    pictures, masks = batch(16)
    for seed, kind in enumerate((torch.bool, torch.float32, torch.uint8)):
        augment.seed(seed)
        changed, moved = augment(pictures, masks.to(kind))
        assert changed.shape == pictures.shape
        assert changed.dtype == torch.float32
        assert moved.dtype == kind
        assert changed.min() >= 0
        assert changed.max() <= 1 + 1e-6
        assert set(moved.unique().tolist()) == {0, 1}
    assert torch.equal(pictures, batch(16)[0])
    assert torch.equal(masks, batch(16)[1])


def test_picture_and_mask_move_together():
    augment = published_augmentation(batches=True)
    augment.seed(0)
    _, masks = batch(32)
    shot, drawn = augment(masks[:, None].float(), masks)
    assert ((shot[:, 0] > 0.5) != drawn).float().mean((1, 2)).max() < 0.03
    assert (drawn != masks).any((1, 2)).float().mean() > 0.9


def test_without_the_flip_time_never_runs_backwards():
    ramp = torch.linspace(0, 1, 40).expand(64, 1, 48, 40)
    for flip, least, most in ((False, 0, 0), (True, 20, 44)):
        augment = published_augmentation(time_flip=flip, batches=True)
        augment.seed(0)
        changed, _ = augment(ramp, ramp[:, 0])
        assert least <= (changed[:, 0, 24, 30] < 0.5).sum() <= most


@pytest.mark.parametrize(("name", "often"), list(TABLE_1.items())[1:])
def test_each_row_alone_changes_its_share_of_pictures_and_as_much_as_one_by_one(name, often):
    n = 400
    together, singly = only(name, batches=True), only(name)
    together.seed(0)
    singly.seed(0)
    pictures, masks = batch(n)
    ours = together(pictures, masks)[0][:, 0].numpy()
    one = PICTURE[0, 0].numpy()
    theirs = np.stack([singly(one, MASK[0].numpy())[0] for _ in range(n)])
    changed = (ours != one).any((1, 2)).sum()
    # a motion of length 0 or a shift that rounds to nothing leaves a picture as it is
    assert abs(changed - often * n) < 4.5 * np.sqrt(n * often * (1 - often))
    for measure in (np.mean, np.std, lambda p, axis: np.abs(p - one).mean(axis)):
        a, b = (measure(many, axis=(1, 2)) for many in (ours, theirs))
        error = np.sqrt((a.var() + b.var()) / n)
        assert abs(a.mean() - b.mean()) < 4.5 * error + 1e-6


def both(make):
    """The changes of both kinds by name: albumentations' and ours."""
    together = make(batches=True)
    singly = {type(t).__name__: t for t in make().pipeline.transforms}
    return singly, {type(c).__name__: c for _, c in together.places + together.tones}


@pytest.mark.parametrize("make", MAKERS)
def test_motions_are_as_strong_as_one_by_one(make):
    singly, together = (kind["Affine"] for kind in both(make))
    assert singly.rotate == (-together.rotate, together.rotate)
    for axis in "xy":
        assert singly.translate_percent[axis] == (-together.shift, together.shift)
        assert singly.shear[axis] == (-together.shear, together.shear)
        assert singly.scale[axis] == together.zoom


def test_tones_are_as_strong_as_one_by_one():
    singly, together = both(table_1_augmentation)
    assert singly["GaussNoise"].std_range == together["Noise"].deviation
    assert singly["CLAHE"].clip_limit == together["Clahe"].limit
    light, ours = singly["RandomBrightnessContrast"], together["BrightnessContrast"]
    assert light.contrast_limit == (-ours.contrast, ours.contrast)
    assert light.brightness_limit == (-ours.brightness, ours.brightness)
    assert singly["RandomGamma"].gamma_limit == tuple(100 * p for p in together["Gamma"].power)
    assert singly["Sharpen"].alpha == together["Sharpen"].part
    assert singly["Sharpen"].lightness == together["Sharpen"].lightness
    assert singly["Blur"].blur_limit == singly["MotionBlur"].blur_limit == (3, 7)
    levels = together["Value"].levels
    assert singly["HueSaturationValue"].val_shift_limit == (-levels, levels)


def test_all_rows_together_change_pictures_as_much_as_one_by_one():
    n = 300
    together, singly = table_1_augmentation((32, 36), batches=True), table_1_augmentation((32, 36))
    together.seed(0)
    singly.seed(0)
    ours, moved = together(*batch(n))
    assert ours.shape[2:] == moved.shape[1:] == (32, 36)
    theirs = np.stack([singly(PICTURE[0, 0].numpy(), MASK[0].numpy())[0] for _ in range(n)])
    for measure in (np.mean, np.std):
        a, b = (measure(many, axis=(1, 2)) for many in (ours[:, 0].numpy(), theirs))
        assert abs(a.mean() - b.mean()) < 4.5 * np.sqrt((a.var() + b.var()) / n)
        assert 0.75 < a.std() / b.std() < 1.33


def test_after_a_resize_pictures_turn_about_their_new_middle():
    augment = table_1_augmentation((96, 80), batches=True)
    (resize, *_, (_, affine)), augment.tones = augment.places, []
    augment.places = [resize, (1.0, replace(affine, shift=0, zoom=(1, 1)))]
    pictures = torch.zeros(8, 1, 48, 40)
    pictures[:, :, 22:26, 18:22] = 1
    changed, _ = augment(pictures, pictures[:, 0])
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(80.0), indexing="ij")
    total = changed.sum((1, 2, 3))
    torch.testing.assert_close((changed[:, 0] * y).sum((1, 2)) / total, torch.full((8,), 47.5))
    torch.testing.assert_close((changed[:, 0] * x).sum((1, 2)) / total, torch.full((8,), 39.5))


def test_its_text_tells_augmentations_apart():
    texts = [str(make(batches=how)) for make in MAKERS for how in (False, True)]
    texts += [str(published_augmentation(time_flip=False, batches=True))]
    texts += [str(only("Blur", batches=True)), str(table_1_augmentation((32, 32), batches=True))]
    assert len(set(texts)) == 7
    assert texts[1] == str(published_augmentation(batches=True))
    assert str(only("Blur", batches=True)) == "BatchAugmentation(places=[], tones=[(0.7, Blur())])"


def test_unknown_row_is_an_error():
    with pytest.raises(UsageError, match="Rain"):
        table_1_augmentation(leave_out=("Rain",), batches=True)


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [
        (torch.zeros(2, 3, 32, 32), torch.zeros(2, 32, 32)),
        (torch.zeros(2, 32, 32), torch.zeros(2, 32, 32)),
        (torch.zeros(2, 1, 32, 32), torch.zeros(2, 1, 32, 32)),
        (torch.zeros(2, 1, 32, 32), [np.zeros((1, 4))] * 2),
        (torch.zeros(2, 1, 8, 32), torch.zeros(2, 8, 32)),
    ],
)
def test_what_is_no_batch_is_named(pictures, masks):
    with pytest.raises(UsageError, match="pictures"):
        published_augmentation(batches=True)(pictures, masks)


@pytest.mark.parametrize("make", MAKERS)
def test_all_is_computed_where_the_pictures_lie(make):
    augment, meta = make(batches=True), torch.device("meta")  # which refuses tensors of the CPU
    for seed in range(4):
        augment.seed(seed)
        pictures, masks = augment(*(part.to(meta) for part in batch(16)))
        assert pictures.device == masks.device == meta
