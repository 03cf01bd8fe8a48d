"""Nights, patches and masks of the arcs experiment, against scikit-learn and counts by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import expit
from skimage.measure import block_reduce
from sklearn.metrics import jaccard_score
from torch import nn

from geoviz_ml import experiments
from geoviz_ml.datasets import ArcPictures
from geoviz_ml.experiments import arc_masks
from geoviz_ml.experiments import arcs as arcs_module
from geoviz_ml.experiments.arc_nights import ArcNights, half, some

ROUND = np.hypot(*(np.indices((256, 256)) - 127.5)) <= 0.82 * 128  # the high sky


def sky_of(masks, pictures=None, **columns):
    masks = np.asarray(masks, bool)
    table = pd.DataFrame({"file": [str(i) for i in range(len(masks))], "data": "-", **columns})
    pictures = np.zeros(masks.shape, np.uint8) if pictures is None else pictures
    return ArcPictures(pictures=pictures, table=table, folder=Path(), masks=masks)


def stripes(*rows):
    masks = np.zeros((len(rows), 256, 256), bool)
    for mask, (first, last) in zip(masks, rows, strict=True):
        mask[first:last] = True
    return masks


def jaccard(masks, truth):
    return jaccard_score(truth.ravel(), masks.ravel())


def test_masks_are_compared_in_the_high_sky():
    sky = sky_of(stripes((100, 120), (60, 70)))
    inside = sky.masks & ROUND
    assert arc_masks.agreement(inside, sky) == {"IoU": 1, "boundary F": 1}
    found = np.roll(inside, 5, axis=1)
    want = [(found & inside).sum((1, 2)), (found | inside).sum((1, 2))]
    assert np.array_equal(arc_masks.overlap(found, sky), want)
    assert arc_masks.agreement(found, sky)["IoU"] == pytest.approx(jaccard(found, inside))


def test_below_the_high_sky_nothing_is_called_arc(monkeypatch):
    monkeypatch.setattr(
        arc_masks, "raster_scan", lambda *a, where, **k: np.where(where, 5.0, np.nan)
    )
    (scores,) = arc_masks.scan(None, np.zeros((1, 256, 256)), 1)
    assert (scores[ROUND] == 5).all()
    assert (expit(scores[~ROUND]) < 1e-9).all()


@pytest.mark.parametrize("better", [0, 0.7])
def test_each_way_of_making_a_mask_is_what_its_name_says(monkeypatch, better):
    """A CRF that changes nothing: what it is given is what is looked at."""
    asked = []

    def crf(picture, prob, **options):
        asked.append((prob, options))
        return prob if prob.dtype != bool else np.where(prob, 0.75, 0.25)

    monkeypatch.setattr(arc_masks, "refine_crf", crf)
    scores = np.where(ROUND, np.random.default_rng(0).normal(0, 1, (1, 256, 256)), -30)
    tried = pd.DataFrame(
        {"shift": [0, 0, 0.7, 0.7], "reach": [10, 20, 10, 20], "IoU": [0.3, 0.4, 0.5, 0.4]}
    ).assign(**{"boundary F": 0.1})
    tried.loc[tried["shift"] == better, "IoU"] += 0.4
    masks = arc_masks.all_masks(np.zeros((1, 256, 256), np.uint8), scores, tried)
    plain, shifted = scores >= 0, scores >= -0.7
    ways = [plain, shifted, plain, shifted, shifted if better else plain, plain]
    assert [*masks] == [*arc_masks.NAMES]
    for mask, want in zip(masks.values(), ways, strict=True):
        assert np.array_equal(mask, want)
    for (prob, options), shift, reach in zip(asked, (0, 0.7), (20, 10), strict=False):
        assert np.allclose(prob, expit(scores[0] + shift))
        assert options == {"bilateral_sxy": reach, "bilateral_compat": 10, "compat": 1}
    assert asked[-1][1] == {}  # the authors' are the defaults
    assert asked[-1][0].dtype == bool


def test_the_level_of_the_floor_is_the_best_of_the_training_nights():
    rng = np.random.default_rng(0)
    masks = stripes((100, 130), (60, 90), (120, 140))
    pictures = (rng.integers(0, 90, masks.shape) + 60 * masks).astype(np.uint8)
    sky = sky_of(masks, pictures)
    floors = arc_masks.floor_masks(SimpleNamespace(train=sky[:2]), sky[2:])
    truth = (masks & ROUND)[:2]
    best = max(range(20, 255, 5), key=lambda cut: jaccard((pictures[:2] >= cut) & ROUND, truth))
    assert 65 < best < 95
    assert np.array_equal(floors["brightness threshold"], (pictures[2:] >= best) & ROUND)
    assert np.array_equal(floors["the whole high sky"], ROUND[None])
    assert not floors["never arc"].any()


def test_what_the_crf_gains_is_after_minus_before_and_empty_skies_are_counted_where_they_are_high(
    monkeypatch,
):
    sky = sky_of(stripes((100, 120)))
    before, after = stripes((95, 120)) & ROUND, stripes((99, 120)) & ROUND
    masks = dict.fromkeys(arc_masks.NAMES, before) | {arc_masks.CHOSEN: after}
    monkeypatch.setattr(arc_masks, "scan", lambda *a: None)
    monkeypatch.setattr(arc_masks, "try_crf", lambda *a: None)
    monkeypatch.setattr(arc_masks, "best_crf", lambda *a: {})
    monkeypatch.setattr(arc_masks, "all_masks", lambda *a: masks)
    monkeypatch.setattr(arc_masks, "refined", lambda *a: ROUND[None] & (np.arange(256) < 128))
    nights = SimpleNamespace(valid_arcs=sky, test=sky, empty=sky)
    found = arc_masks.mask_claims(None, nights, 1, 1)
    truth = stripes((100, 120)) & ROUND
    gain = jaccard(after, truth) - jaccard(before, truth)
    assert gain > 0
    assert found["IoU of arcs, after minus before the CRF: {}"] == pytest.approx(gain)
    assert found[f"{arc_masks.EMPTY}: {{}}, then CRF"] == 0.5


@pytest.fixture(scope="module")
def nights():
    """Three stations; a pixel's value tells its picture and whether it is of an arc."""
    masks = np.zeros((24, 256, 256), bool)
    masks[0::4, 110:140, 110:150] = True  # 1200 pixels; 1 % of the high sky are 346
    masks[1::4, 110:120, 110:125] = True  # 150
    masks[2::4, :20, :60] = True  # 1200, all of them in a corner, below the high sky
    pictures = (2 * np.arange(24)[:, None, None] + masks).astype(np.uint8)
    station, night = np.repeat(["gill", "atha", "fsmi"], 8), np.tile(np.repeat([4, 6], 4), 3)
    return ArcNights(sky_of(masks, pictures, site=station, night=night))


def rows(sky):
    return [int(file) for file in sky.table.file]


def test_two_stations_and_every_fourth_night_of_the_others_are_held_out(nights):
    assert rows(nights.valid) == [0, 1, 2, 3]
    assert rows(nights.train) == [4, 5, 6, 7]
    assert rows(nights.valid_arcs) == [0]
    assert rows(nights.test) == [8, 12, 16, 20]  # with an arc on one per cent of the high sky
    assert rows(nights.faint) == [9, 13, 17, 21]
    assert rows(nights.empty) == [10, 11, 14, 15, 18, 19, 22, 23]


def told(patches):
    """The picture of each patch, and whether its middle is of an arc, from the middle's value."""
    return patches[:, 16, 16] // 2, patches[:, 16, 16] % 2 == 1


def test_labels_belong_to_their_patches_and_nights(nights):
    labelled, y, unlabeled, hidden = nights.draw(0, 30, 500)
    assert {*told(labelled)[0], *told(unlabeled)[0]} <= {4, 5, 6, 7}
    assert np.array_equal(y == 1, told(labelled)[1])
    assert np.array_equal(hidden == 1, told(unlabeled)[1])
    assert (y == 1).sum() == 15
    patches, labels = nights.valid_set
    assert {*told(patches)[0]} == {0, 1, 2, 3}
    assert np.array_equal(labels[:40] == 1, told(patches)[1][:40])
    assert not labels[40:].any()
    patches, arc = nights.test_set
    pictures, is_arc = told(patches)
    assert np.array_equal(arc, is_arc)
    assert np.array_equal(nights.test_nights, np.where(np.isin(pictures, [8, 16]), 4, 6))
    assert {*told(nights.empty_patches)[0]} <= {*rows(nights.empty)}


def test_some_are_spread_over_all_and_half_is_the_mean_of_four(nights):
    assert rows(some(nights.empty, 3)) == [10, 15, 23]
    stack = np.random.default_rng(0).integers(0, 256, (2, 256, 256)).astype(np.uint8)
    assert np.allclose(half(stack), block_reduce(stack, (1, 2, 2), np.mean))


class Middle(nn.Module):
    """The score of a patch: how much brighter than 0.5 its middle is."""

    def forward(self, x):
        return x[:, :, 16, 16] - 0.5


def test_errors_are_scores_on_the_wrong_side_of_0(nights, monkeypatch):
    rng = np.random.default_rng(0)
    patches, arc = rng.random((300, 32, 32), np.float32), rng.random(300) < 0.3
    empty = rng.random((100, 32, 32), np.float32)
    of = rng.integers(0, 5, 300)
    experiment = experiments.Arcs.__new__(experiments.Arcs)
    experiment.nights = SimpleNamespace(
        test_set=(patches, arc), test_nights=of, empty_patches=empty
    )
    experiment.run = SimpleNamespace(labels=100, scanned=1, scan_step=1)
    experiment.keep = lambda training: SimpleNamespace(
        measured={"Error of patches with 100 labels, {}": 0.9}
    )
    experiment.training = lambda *named: named
    monkeypatch.setattr(arcs_module, "mask_claims", lambda *a: {})
    wrong = (patches[:, 16, 16] >= 0.5) != arc
    counted = experiment.errors([Middle(), Middle()])
    assert counted.score == pytest.approx(wrong.mean())
    assert counted.parts[0] == pytest.approx(np.bincount(of, wrong))
    measured = experiment.measure_kind("PNU", 0, Middle())
    assert measured["Error of patches with 100 labels, {}"] == pytest.approx(wrong.mean())
    called = (empty[:, 16, 16] >= 0.5).mean()
    assert measured["Patches called arc in skies without an arc, {}"] == pytest.approx(called)
    assert measured["Error of patches, PNU minus PN"] == pytest.approx(wrong.mean() - 0.9)


class Brightness(nn.Module):
    """A U-net's answer: what is brighter than 0.5 is arc."""

    def forward(self, x):
        return 6 * (x - 0.5)


def test_masks_of_half_the_size_are_scored_at_the_full_one_in_the_high_sky():
    rng = np.random.default_rng(0)
    pictures = np.kron(rng.integers(0, 256, (3, 64, 64)), np.ones((1, 4, 4))).astype(np.uint8)
    pictures[:, 100:140] = 255
    sky = sky_of(stripes((90, 130), (100, 141), (110, 120)), pictures)
    experiment = experiments.Arcs.__new__(experiments.Arcs)
    experiment.nights, experiment.run = SimpleNamespace(test=sky), SimpleNamespace(scanned=3)
    measured = experiment.measure_unet(Brightness())
    truth, found = sky.masks & ROUND, (pictures >= 128) & ROUND
    assert measured["IoU of arcs: {}"] == pytest.approx(jaccard(found, truth))


def test_a_prior_is_judged_by_the_share_of_arcs_among_the_unlabeled(monkeypatch):
    hidden, y = np.repeat([1, -1], [30, 170]), np.repeat([1, -1], 5)
    patches = np.random.default_rng(0).random((210, 32, 32)).astype(np.float32)
    experiment = experiments.Arcs.__new__(experiments.Arcs)
    experiment.settings = SimpleNamespace(device=torch.device("cpu"))
    experiment.run = SimpleNamespace(
        labels=10, unlabeled=200, scanned=1, batch=(2, 2, 4), steps=4, epochs=2, lr=1e-3,
        network="PatchNet", width=2,
    )  # fmt: skip
    experiment.nights = SimpleNamespace(
        draw=lambda *a: (patches[:10], y, patches[10:], hidden),
        test_set=(None, np.repeat([True, False], [20, 60])),
        valid_set=(patches[:20], np.tile([1, -1], 10)),
    )
    monkeypatch.setattr(arcs_module, "level_claims", lambda *a: {})
    monkeypatch.setattr(arcs_module, "estimated_prior", lambda *a: 0.4)
    found = experiment.untrained()
    assert found["Prior by energy distance minus true prior"] == pytest.approx(0.4 - 0.15)
    assert found["Error of patches, nothing is arc"] == 0.25
    for times, prior in ((None, 0.4), (1, 0.15), (4, 0.6), (8, 0.9)):
        learner = experiment.learner(1.0, prior_times=times)
        assert learner.loss_func.prior == pytest.approx(prior)
