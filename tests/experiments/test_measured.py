"""What the experiments measure, against scikit-learn and counts by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.learner import Learner
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    jaccard_score,
    precision_score,
    recall_score,
)
from torch import nn

from geoviz_ml import experiments, setup
from geoviz_ml.datasets import PictureSet
from geoviz_ml.experiments import nucleus as nucleus_module
from geoviz_ml.experiments.experiment import iou_tally
from geoviz_ml.experiments.field_threshold import strength, threshold_method
from geoviz_ml.experiments.sunspot_classes import (
    SCHEME,
    class_scores,
    frequent_classes,
    named_boxes,
    splits,
)
from geoviz_ml.experiments.sunspots import PUBLISHED


class Brightness(nn.Module):
    """Says that what is brighter than 0.5 is the thing; the probability is a known function."""

    def forward(self, x):
        return 6 * (x - 0.5)


def prob(pictures):
    return 1 / (1 + np.exp(-6 * (pictures.astype(float) - 0.5)))


def pictures_of(n, side=16, **more):
    rng = np.random.default_rng(n)
    table = pd.DataFrame({"file": [str(i) for i in range(n)], "data": "real"})
    pictures = rng.random((n, side, side), np.float32)
    return PictureSet(pictures=pictures, table=table, folder=Path(), **more)


def bare(kind, **known):
    """An experiment that knows only this."""
    experiment = getattr(experiments, kind).__new__(getattr(experiments, kind))
    vars(experiment).update(known)
    return experiment


def jaccard(masks, truth, label=True):
    return jaccard_score(truth.ravel(), masks.ravel(), pos_label=label)


@pytest.fixture
def alfven():
    """A night to train on, three to choose on and four to test on; the second of each is quiet."""
    rng = np.random.default_rng(0)
    masks, by_hand = rng.random((2, 8, 16, 16)) < 0.3
    masks[[2, 5]] = by_hand[[2, 5]] = False
    nights = pictures_of(8, masks=masks)
    # nights are dark where nothing is, and the labels by hand want another threshold than the truth
    nights.pictures[:] = nights.pictures * 0.2 + 0.5 * masks + 0.3 * by_hand
    run = SimpleNamespace(nights_train=1, nights_valid=3, nights_test=4, size=(16, 16))
    return bare("Alfven", run=run, nights=nights, by_hand=by_hand, labels={"B": by_hand})


def best_threshold(pictures, known):
    """IoU by scikit-learn, at each threshold that flags 0.25 % of the quiet nights or less."""
    tried = {}
    for cut in np.round(np.arange(0.05, 0.96, 0.05), 2):
        found = prob(pictures) >= cut
        quiet = [night for night, truth in zip(found, known, strict=True) if not truth.any()]
        if np.mean(quiet) <= 0.0025:
            tried[cut] = jaccard(found, known)
    return max(tried, key=tried.get)


def test_nights_are_scored_at_the_threshold_that_the_labels_of_the_nights_for_choosing_want(alfven):
    nights, test = alfven.nights, slice(4, 8)
    measured = alfven.measure(Brightness(), "B")
    cut = best_threshold(nights.pictures[1:4], alfven.by_hand[1:4])
    assert cut != best_threshold(nights.pictures[1:4], nights.masks[1:4])
    found, truth = prob(nights.pictures[test]) >= cut, nights.masks[test]
    assert measured == pytest.approx(
        {
            "Threshold chosen: {}": cut,
            "Test IoU of the IAR: {}": jaccard(found, truth),
            "Test IoU of the background: {}": jaccard(found, truth, False),
            "Flagged on test nights without IAR: {}": found[1].mean(),
        }
    )


def test_nights_that_are_counted_give_the_scores_that_were_measured(alfven):
    learner = Learner(SimpleNamespace(), Brightness(), lambda: 0)
    learner.measured = alfven.measure(learner, "B") | {"Threshold chosen: {}": 0.3}
    found, truth = prob(alfven.nights.pictures[4:]) >= 0.3, alfven.nights.masks[4:]
    counted = alfven.tallies(None, learner)
    iou = counted["Test IoU of the IAR: {}"]
    assert iou.score == pytest.approx(jaccard(found, truth))
    assert iou.parts.shape == (1, 4)
    assert counted["Flagged on test nights without IAR: {}"].score == pytest.approx(found[1].mean())
    told = alfven.tell(None, learner)
    low, high, things = told["intervals"]["Test IoU of the IAR: {}"]
    assert low < jaccard(found, truth) < high
    assert things == 4


def test_iou_is_counted_by_groups():
    rng = np.random.default_rng(1)
    found, truth = rng.random((2, 5, 8, 8)) < 0.4
    counted = iou_tally(found, truth, np.array([7, 7, 3, 3, 3]))
    assert (counted.parts / counted.wholes)[0] == pytest.approx(
        [jaccard(found[2:], truth[2:]), jaccard(found[:2], truth[:2])]
    )


@pytest.fixture
def sunspots():
    """Two test pictures, and four of an empty disk on which three boxes are found, one surely."""
    box = np.array([[10.0, 10, 30, 30], [50, 50, 62, 62]])
    test = pictures_of(2, boxes=[box, box[:1]])
    quiet = pictures_of(4, boxes=[box[:0]] * 4)
    train = pictures_of(40, boxes=[np.array([[i, i, i + 20.0, i + 20]]) for i in range(40)])
    run = SimpleNamespace(data_seed=1)
    return bare("Sunspots", run=run, quiet=quiet), test, train


def test_boxes_count_from_the_confidence_on_and_alarms_by_pictures_of_an_empty_disk(
    sunspots, monkeypatch
):
    experiment, test, _ = sunspots
    monkeypatch.setattr(type(experiment), "test", test)
    found = {
        2: [
            np.array([[10.0, 10, 30, 30, 0.9], [50, 50, 62, 62, 0.3]]),  # the small one unsurely
            np.array([[10.0, 10, 30, 30, 0.5], [80, 80, 90, 90, 0.8]]),
        ],
        4: [np.array([[1.0, 1, 9, 9, 0.6], [1, 20, 9, 29, 0.1]]), *[np.zeros((0, 5))] * 2,
            np.array([[1.0, 1, 9, 9, 0.2]])],
    }  # fmt: skip
    scores = experiment.scores(lambda pictures: found[len(pictures)], 0.5)
    assert scores["Detection, {}: precision at IoU 0.5"] == pytest.approx(2 / 3)
    assert scores["Detection, {}: recall at IoU 0.7"] == pytest.approx(2 / 3)
    assert scores["Detection, {}: simplified mAP at IoU 0.7"] == pytest.approx(4 / 9)
    assert scores["Detection, {}: recall at IoU 0.5 of 20 to 30 pixels"] == 1
    assert scores["Detection, {}: recall at IoU 0.5 of 0 to 15 pixels"] == 0
    assert scores["False alarms on an empty disk, {}"] == 1 / 4


def test_the_floor_says_boxes_of_many_other_pictures(sunspots, monkeypatch):
    experiment, _, train = sunspots
    monkeypatch.setattr(type(experiment), "train", train)
    said = experiment.elsewhere(np.zeros((200, 8, 8)))
    assert all(boxes.shape == (1, 5) and boxes[0, 4] == 1 for boxes in said)
    drawn = {int(boxes[0, 0]) for boxes in said}
    assert drawn <= {*range(40)}
    assert len(drawn) > 30


def test_the_days_of_a_sun_are_one_thing(sunspots, monkeypatch):
    experiment, *_ = sunspots
    monkeypatch.setattr(type(experiment), "test", [None] * 42)
    assert np.bincount(experiment.test_suns).tolist() == [14, 14, 14]
    assert (np.diff(experiment.test_suns) >= 0).all()


def test_strength_is_that_of_the_field_of_either_sign_smoothed_over_two_pixels():
    picture = np.full((41, 41), 0.5)
    picture[20, 10], picture[20, 30] = 1, 0  # 250 G of both signs
    found = strength(picture)
    peak = 1 / (2 * np.pi * 2**2)  # of a Gaussian of a standard deviation of 2 pixels
    assert found[20, [10, 30]] == pytest.approx([peak, peak], rel=0.01)
    assert found[0, 0] == pytest.approx(0, abs=1e-6)


def test_the_confidence_of_the_threshold_method_is_chosen_on_other_pictures(monkeypatch):
    """Bright squares: in the pictures for choosing the weaker of two is none."""

    def sky(weak):
        picture = np.full((96, 96), 0.5, np.float32)
        picture[20:36, 20:36], picture[60:76, 60:76] = 1, weak
        return picture

    strong, other = np.array([[20.0, 20, 36, 36]]), np.array([[60.0, 60, 76, 76]])
    train = SimpleNamespace(pictures=[sky(0.9)], boxes=[np.concatenate([strong, other])])
    valid = SimpleNamespace(pictures=[sky(0.9)], boxes=[strong])
    find, confidence = threshold_method(train, valid)
    (boxes,) = find([sky(0.9)])
    assert len(boxes) == 2
    assert confidence == pytest.approx(boxes[:, 4].max())


CLASSES = ["Beta"] * 12 + ["Alpha"] * 10 + ["Gamma"] * 9 + [""] * 3


@pytest.fixture
def named():
    table = pd.DataFrame(
        {"time": pd.date_range("2012-05-01", periods=34), "file": "a", "data": "-"}
    )
    box = np.array([[10.0, 10, 30, 30]])
    regions = [
        pd.DataFrame(
            {"x": [20.0], "y": [20.0], "number": [i // 3], "mount_wilson": [c], "mcintosh": [""]}
        )
        for i, c in enumerate(CLASSES)
    ]
    return named_boxes(SimpleNamespace(boxes=[box] * 34, regions=regions, table=table))


def test_boxes_without_a_class_are_left_and_rare_classes_join_the_most_frequent(named):
    assert len(named) == 31
    assert named.paper.value_counts().to_dict() == {"B": 12, "A": 10, "BG": 9}
    assert frequent_classes(named).value_counts().to_dict() == {"Beta": 21, "Alpha": 10}


def test_noaas_classes_fold_into_those_of_the_paper():
    """With Gamma in the name it is BG; else the first letter."""
    assert {name: "BG" if "Gamma" in name else name[0] for name in SCHEME} == SCHEME


def test_a_quarter_is_tested_and_a_region_lies_on_one_side(named):
    for name, (train, test) in splits(named).items():
        assert sorted([*train, *test]) == list(range(31))
        assert abs(len(test) / 31 - 0.25) < 0.06
        both = {*named.number.iloc[train]} & {*named.number.iloc[test]}
        assert bool(both) == (name == "random")


def test_the_f1_of_classes_is_their_plain_mean():
    truth, said = list("AAAAAABBC"), list("AAAAABBBC")
    assert class_scores(truth, said) == pytest.approx(
        {"accuracy": 8 / 9, "macro F1": np.mean([10 / 11, 4 / 5, 1])}
    )


def test_the_majority_is_that_of_the_training_part(named, monkeypatch):
    """Answers are those of the rows to train on, also where another class leads the test rows."""
    labels = named.mount_wilson.astype("category")
    first, second = np.arange(12), np.arange(12, 31)  # nothing but Beta; and no Beta
    experiment = bare("Sunspots", named=named, run=SimpleNamespace(tune_every=1))
    monkeypatch.setattr(type(experiment), "task", lambda self, *a: (labels, (first, second)))
    monkeypatch.setattr(type(experiment), "scores", lambda *a: {})
    monkeypatch.setattr(type(experiment), "train", [0])
    monkeypatch.setattr(type(experiment), "valid", None)
    monkeypatch.setattr("geoviz_ml.experiments.sunspots.threshold_method", lambda *a: (None, 0))
    found = experiment.untrained()
    said = [v for k, v in found.items() if "majority class: accuracy" in k]
    assert said == [0.0] * len(said)
    assert said


class Half(nn.Module):
    """Two channels; the second is ahead where a pixel is brighter than the batch norm's mean."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(1, affine=False)

    def forward(self, x):
        x = self.norm(x)
        return torch.cat([-x, x], 1)


@pytest.fixture
def nucleus():
    rng = np.random.default_rng(0)
    masks, drawn = rng.random((2, 9, 8, 8)) < 0.3
    known = pictures_of(9, side=8, masks=masks)
    parts = [np.arange(3), np.arange(3, 4), np.arange(4, 9)]
    experiment = bare(
        "Nucleus", run=SimpleNamespace(batch_size=2), rectangles=drawn, parts=parts,
        sets=[known[part] for part in parts],
    )  # fmt: skip
    return experiment, known.pictures[4:], masks[4:], drawn[4:]


def test_nuclei_are_scored_by_truth_rectangles_and_with_the_statistics_of_the_batch(nucleus):
    experiment, pictures, truth, drawn = nucleus
    model = Half()
    learner = Learner(SimpleNamespace(device=torch.device("cpu")), model, lambda: 0)
    claims = nucleus_module.TABLE_4 | nucleus_module.BATCH | {"drawn": "rectangles"}
    measured = experiment.measure(claims, learner)
    found = pictures > 0  # the norm's running mean is still 0
    of_batch = np.concatenate([b > b.mean() for b in (pictures[:2], pictures[2:4])])
    assert measured == pytest.approx(
        {
            "Table 4, mIoU: {}": (jaccard(found, truth) + jaccard(found, truth, False)) / 2,
            "Table 4, mPA (pixel accuracy): {}": accuracy_score(truth.ravel(), found.ravel()),
            "IoU of the nucleus: {}": jaccard(found, truth),
            "IoU of the nucleus, statistics of the batch: {}": jaccard(of_batch, truth[:4]),
            "drawn": jaccard(found, drawn),
        }
    )
    assert not model.norm.num_batches_tracked  # it is measured, not changed


def test_the_rectangles_are_scored_as_if_they_were_found(nucleus, monkeypatch):
    experiment, _, truth, drawn = nucleus
    monkeypatch.setattr(type(experiment), "canny", lambda self: drawn)
    found = experiment.untrained()
    want = jaccard(drawn, truth)
    assert found["IoU with the true masks, the rectangles themselves"] == pytest.approx(want)
    assert found["IoU of the nucleus: Canny"] == pytest.approx(want)
    assert found["Table 4, mPA (pixel accuracy): nothing"] == pytest.approx((~truth).mean())


@pytest.fixture
def aurora():
    """Sixty pictures of three classes, of which the features tell something."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    seen = rng.normal(0, 1, (60, 5)) * [1, 5, 1, 0.2, 1] + 0.9 * labels[:, None]
    rows = rng.permutation(60)
    splits = {
        kind: [(np.setdiff1d(rows, rows[i::n]), rows[i::n]) for i in range(n)]
        for kind, n in (("official", 4), ("blocks", 3))
    }
    run = SimpleNamespace(C=0.1)
    known = {"sky": SimpleNamespace(labels=labels), "splits": splits, "run": run}
    experiment = bare("Aurora", **known, features=lambda model: seen)
    return experiment, seen, labels, splits


def answers(seen, labels, train, test):
    """Logistic regression of numbers brought to one scale, as scikit-learn has them."""
    middle, spread = seen[train].mean(0), seen[train].std(0)
    probe = LogisticRegression(C=0.1, max_iter=2000)
    return probe.fit((seen[train] - middle) / spread, labels[train]).predict(
        (seen[test] - middle) / spread
    )


def test_a_probe_of_features_is_scored_by_means_over_the_splits(aurora):
    experiment, seen, labels, splits = aurora
    learner = SimpleNamespace(history=SimpleNamespace(rows=[{"loss": 3.0}, {"loss": 2.0}]))
    measured = experiment.measure(learner)
    said = {
        kind: [(labels[test], answers(seen, labels, train, test)) for train, test in each]
        for kind, each in splits.items()
    }
    for kind, called in (("official", "official splits"), ("blocks", "folds of blocks")):
        want = np.mean([accuracy_score(*pair) for pair in said[kind]])
        assert measured[f"Accuracy, {called}: {{}}"] == pytest.approx(want)
    for name, score in (("Precision", precision_score), ("Recall", recall_score), ("F1", f1_score)):
        want = np.mean(
            [score(*pair, average="macro", zero_division=0) for pair in said["official"]]
        )
        assert measured[f"{name}, official splits: {{}}"] == pytest.approx(want)
    assert measured["Loss after the last epoch: {}"] == 2
    (strict,) = experiment.measure_strict(learner).values()
    assert strict == pytest.approx(accuracy_score(*said["blocks"][0]))
    (views,) = experiment.measure_views(learner).values()
    assert views == measured["Accuracy, folds of blocks: {}"]


def test_few_labels_are_five_percent_of_each_class(aurora):
    experiment, *_, labels, splits = aurora
    experiment.sky.labels = labels = np.repeat([0, 1], [400, 200])
    experiment.splits = {"blocks": [(np.arange(0, 600, 2), np.arange(1, 600, 2))]}
    known = []
    experiment.few(lambda train, test: known.append(train) or labels[test])
    assert np.bincount(labels[known[0]]).tolist() == [10, 5]


def test_the_papers_views_and_those_of_the_ablation_differ_as_they_are_called():
    experiment = experiments.Aurora(
        setup("quick"), seeds_published=1, seeds_short=1, width=4, batch_size=4, side=24
    )
    vars(experiment)["pictures"] = np.zeros((12, 24, 24), np.uint8)
    vars(experiment)["splits"] = {"blocks": [(np.arange(8), np.arange(8, 12))]}
    views = {
        one.group: one.make().recipe["views"] for one in experiment.trainings() if not one.seed
    }
    paper, ours = views["SimCLR, the paper's views"], views["SimCLR"]
    assert "(0.08, 1.0)" in paper
    assert "(0.5, 1.0)" in ours
    assert len({*views.values()}) == 5  # "first fold" and the first of the ablation have ours
    assert views["crop, both flips, stretch"] == views["first fold"] == ours


def test_of_a_quiet_night_for_choosing_one_pixel_in_400_may_be_flagged(alfven):
    """Three of 256 pixels of it have a probability of 0.89: lower thresholds are not allowed."""
    alfven.nights.pictures[2].flat[:3] = 0.85
    cut = best_threshold(alfven.nights.pictures[1:4], alfven.by_hand[1:4])
    assert cut > 0.89
    assert alfven.threshold(Brightness(), "B") == cut


class Told(nn.Module):
    """Names the class that the picture's value says."""

    def forward(self, x):
        return -((x.mean((2, 3)) * 10 - torch.arange(3)) ** 2)


def test_named_regions_are_counted_by_their_number(named, monkeypatch):
    codes, second = named.paper.cat.codes.to_numpy(), np.arange(3, 31)
    said = np.where(np.arange(31) % 4 == 0, 1, codes)
    cuts = np.broadcast_to(said[:, None, None] / 10, (31, 8, 8)).astype(np.float32)
    experiment = bare("Sunspots", named=named)
    monkeypatch.setattr(type(experiment), "task", lambda self, *a: (named.paper, (None, second)))
    monkeypatch.setattr(type(experiment), "_cuts", lambda self, method: cuts)
    learner = Learner(SimpleNamespace(), Told(), lambda: 0)
    learner.measured = {"Class: accuracy": 0.0, "Class: macro F1": 0.0}
    (counted,) = experiment.tallies(SimpleNamespace(group=[*experiment.tasks][0]), learner).values()
    assert counted.score == pytest.approx(accuracy_score(codes[second], said[second]))
    assert counted.parts.shape == (1, named.number.iloc[second].nunique())


def test_wide_cut_outs_are_black_at_minus_1500_gauss_and_white_at_1500(monkeypatch):
    field = np.array([-2000.0, -1500, -750, 0, 750, 1500, 2000])
    where = "geoviz_ml.experiments.sunspots"
    monkeypatch.setattr(f"{where}.read_magnetogram", lambda path: None)
    monkeypatch.setattr(f"{where}.sun_picture", lambda data: SimpleNamespace(values=field))
    suns = SimpleNamespace(table=SimpleNamespace(picture=["a"]))
    experiment = bare("Sunspots", suns=suns, folder=Path(), _cut_outs=lambda of: of(0))
    assert experiment.cuts_1500.tolist() == [0, 0, 0.25, 0.5, 0.75, 1, 1]


def test_published_decodings_are_what_they_are_called():
    ours = {f"published decoding{' with eps 0.2' * (e > 0.1)}": e for e in (0.02, 0.2)}
    assert {name: one["eps"] for name, one in PUBLISHED.items()} == ours
    assert all((one["coverage"], one["threshold"]) == (0.6, 3) for one in PUBLISHED.values())


def test_a_loss_as_printed_is_taken_where_it_is_said_alone(nucleus):
    experiment, *_ = nucleus
    vars(experiment.run).update(
        lr=1e-3, augment=False, one_cycle=True, hot_epochs=1, fresh_every=1, seeds=1, seeds_side=1,
        seeds_others=1, seeds_published=1, seeds_ablation=1, ablation=(), prior=0.01, decoder=0.25,
        encoder="mobilenetv3_small_050",
    )  # fmt: skip
    experiment.settings = SimpleNamespace(device=torch.device("cpu"))
    network = lambda: nn.Conv2d(1, 2, 1)  # noqa: E731
    for name, group in experiment.groups.items():
        learner = experiment.learner(network, 0, **group.changed)
        assert learner.loss_func.printed == ("as printed" in name)


def test_textures_are_of_grey_as_the_weight_of_green_makes_it(monkeypatch):
    """ITU-R 601: 0.587 of the brightness."""
    seen = []
    where = "geoviz_ml.experiments.aurora"
    monkeypatch.setattr(f"{where}.texture_features", lambda pictures: seen.append(pictures))
    monkeypatch.setattr(f"{where}.probe.forest", lambda *a, **k: None)
    experiment = bare(
        "Aurora", pictures=np.full((2, 8, 8), 200, np.uint8), untrained_features=None,
        sky=SimpleNamespace(labels=np.arange(2)), run=SimpleNamespace(pixels=4, views=None),
        linear=lambda rows: None, taught=lambda *a: None, few=lambda *a: 0.0,
        _accuracies=lambda *a: {},
    )  # fmt: skip
    experiment.untrained()
    assert (seen[0] == 117).all()
