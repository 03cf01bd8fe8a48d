"""Peak tracking finds drawn fringes and little else."""

import numpy as np

from geoviz_ml.classical import label_fringes, tune_label_fringes


def sky(fringes=True, seed=0, noise=0.05):
    rows = np.arange(160)[:, None]
    columns = np.arange(96)[None, :]
    picture = 0.6 - 0.002 * rows + noise * np.random.default_rng(seed).normal(size=(160, 96))
    truth = np.zeros((160, 96), bool)
    for n in range(1, 8):
        distance = rows - (12 * n + 0.1 * n * np.sin(columns / 15) * 6)
        if fringes:
            picture = picture + 0.35 * np.exp(-0.5 * (distance / 1.5) ** 2)
            truth |= np.abs(distance) <= 1.5
    return picture, truth


def test_clear_fringes_are_found():
    picture, truth = sky()
    found = label_fringes(picture, threshold=2, min_length=12)
    assert (found & truth).sum() / (found | truth).sum() > 0.7


def test_pure_noise_is_mostly_left_alone():
    picture, _ = sky(fringes=False)
    assert label_fringes(picture, threshold=3, min_length=18).mean() < 0.02


def test_a_flat_picture_gives_nothing():
    assert not label_fringes(np.full((64, 48), 0.3)).any()


def test_gain_and_offset_do_not_matter():
    picture, _ = sky()
    np.testing.assert_array_equal(label_fringes(picture), label_fringes(7 * picture + 3))


def test_tuning_never_does_worse_than_the_default():
    shots, truth = map(np.stack, zip(*(sky(seed=s) for s in range(3)), strict=True))

    def iou(found):
        return (found & truth).sum() / (found | truth).sum()

    best = tune_label_fringes(shots, truth)
    tuned = np.stack([label_fringes(p, **best) for p in shots])
    assert iou(tuned) >= iou(np.stack([label_fringes(p, 1.5, 8) for p in shots]))


def test_under_the_rule_of_quiet_nights_the_thresholds_mark_less_there():
    rng = np.random.default_rng(5)
    shots = rng.normal(0.4, 0.05, (6, 64, 48))
    truth = np.zeros(shots.shape, bool)
    truth[:3, 20:23] = truth[:3, 32:35] = True
    shots[truth] += 0.15
    marked = [
        np.stack([label_fringes(p, **tune_label_fringes(shots, truth, limit)) for p in shots])
        for limit in (None, 0.0025)
    ]
    assert marked[1][3:].mean() <= min(marked[0][3:].mean(), 0.0025)
    assert marked[1][:3][truth[:3]].mean() > 0.5
