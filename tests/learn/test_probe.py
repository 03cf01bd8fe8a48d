"""Scores against arithmetic by hand, predictors against scikit-learn, and the published leak."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import minimize
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import probe
from geoviz_ml.models import ResNet18, ResNetClassifier
from geoviz_ml.prepare import block_folds, oath_splits
from geoviz_ml.readers import read_oath_table

from .skies import skies

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 90)
FEATURES = RNG.normal(size=(90, 5)) + 3 * np.eye(3, 5)[LABELS]
SPLITS = block_folds(90, 3, 10)


def test_scores_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    said = np.array([0, 0, 1, 1, 0, 1])
    test = np.arange(6)
    scores = probe.score(lambda train, rows: said[rows], labels, [(np.array([], int), test)])
    row = scores.table.iloc[0]
    assert row.accuracy == 3 / 6
    assert row.precision == pytest.approx((2 / 3 + 1 / 3 + 0) / 3)
    assert row.recall == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert row.f1 == pytest.approx((2 / 3 + 2 / 5 + 0) / 3)
    assert scores.confusion.tolist() == [[[2, 1, 0], [1, 1, 0], [0, 1, 0]]]
    assert scores.classes == [0, 1, 2]


def test_linear_probe_equals_scikit_learn_fold_by_fold():
    scores = probe.score(probe.linear_probe(FEATURES, LABELS), LABELS, SPLITS)
    for (train, test), accuracy in zip(SPLITS, scores.table.accuracy, strict=True):
        scale = StandardScaler().fit(FEATURES[train])
        model = LogisticRegression(max_iter=2000).fit(
            scale.transform(FEATURES[train]), LABELS[train]
        )
        assert accuracy == model.score(scale.transform(FEATURES[test]), LABELS[test])
    summary = scores.summary()
    assert summary["accuracy"] == pytest.approx(scores.table.accuracy.mean())
    assert summary["std"] == pytest.approx(np.std(scores.table.accuracy, ddof=1))


@pytest.mark.parametrize("make", [probe.linear_probe, probe.ridge, probe.forest])
def test_every_probe_finds_what_is_there_and_nothing_where_nothing_is(make):
    right = probe.score(make(FEATURES, LABELS), LABELS, SPLITS).summary()["accuracy"]
    noise = RNG.normal(size=FEATURES.shape)
    wrong = probe.score(make(noise, LABELS), LABELS, SPLITS).summary()["accuracy"]
    assert right > 0.7 > 0.5 > wrong


def test_a_probe_sees_only_the_training_labels():
    train, test = SPLITS[0]
    changed = LABELS.copy()
    changed[test] = 0
    for make in (probe.linear_probe, probe.ridge, probe.forest):
        np.testing.assert_array_equal(
            make(FEATURES, LABELS)(train, test), make(FEATURES, changed)(train, test)
        )


def test_a_split_that_leaks_rows_is_refused():
    with pytest.raises(UsageError, match="split 1 trains on pictures that it tests"):
        probe.score(probe.nearest_number(LABELS), LABELS, [(np.arange(5), np.arange(4, 8))])


def test_drawn_labels_are_shares_of_every_class_and_nested():
    labels = np.repeat([0, 1, 2], [500, 40, 3])
    train = np.arange(0, 543)
    few, more, all_ = (probe.draw_labels(labels, train, share) for share in (0.01, 0.1, 1))
    assert np.bincount(labels[few]).tolist() == [5, 1, 1]
    assert np.bincount(labels[more]).tolist() == [50, 4, 1]
    assert set(few) < set(more) < set(all_) == set(train)
    assert set(few) != set(probe.draw_labels(labels, train, 0.01, seed=1))
    with pytest.raises(UsageError, match="share of 0"):
        probe.draw_labels(labels, train, 0)


def test_label_efficiency_ends_at_the_whole_score():
    predictor = probe.linear_probe(FEATURES, LABELS)
    table = probe.label_efficiency(predictor, LABELS, SPLITS, shares=(0.1, 1))
    whole = probe.score(predictor, LABELS, SPLITS).table
    np.testing.assert_allclose(table[table.share == 1].accuracy, whole.accuracy)
    assert (table[table.share == 0.1].known < 10).all()


def test_one_known_class_is_the_answer_everywhere():
    labels = np.repeat([0, 1], [80, 10])
    said = probe.linear_probe(FEATURES, labels)(np.arange(10), np.arange(70, 90))
    assert (said == 0).all()


def test_raw_pixels_are_means_of_squares():
    pictures = RNG.integers(0, 255, (3, 8, 8)).astype(np.uint8)
    pixels = probe.raw_pixels(pictures, 4)
    assert pixels.shape == (3, 16)
    assert pixels[1, 0] == pictures[1, :2, :2].mean()
    assert pixels[2, 5] == pictures[2, 2:4, 2:4].mean()
    with pytest.raises(UsageError, match="cannot be parted"):
        probe.raw_pixels(pictures, 3)


def test_supervised_network_trains_as_many_steps_with_few_labels():
    pictures, labels = skies(240, sequence=4)
    made = []

    def network():
        encoder = ResNet18(width=4)
        made.append(torch.nn.Sequential(encoder, torch.nn.Linear(encoder.out_features, 3)))
        return made[-1]

    predictor = probe.supervised(
        pictures, labels, network, steps=80, batch_size=16, lr=3e-3, device="cpu"
    )
    splits = block_folds(240, 2, 4)[:1]
    table = probe.label_efficiency(predictor, labels, splits, shares=(0.1, 1.0))
    steps = [model[0][1].num_batches_tracked.item() for model in made]
    assert steps == [80, 84]  # whole epochs of 1 and 7 batches
    assert table.accuracy.iloc[-1] > 0.8
    train, test = splits[0]
    np.testing.assert_array_equal(predictor(train[:20], test), predictor(train[:20], test))


@pytest.mark.data
def test_what_the_official_splits_leak_on_the_real_labels(real_data):
    labels = read_oath_table(real_data / "oath").class6.to_numpy()
    texture = pd.read_csv(real_data / "oath" / "glcm_features.csv").filter(regex="_").to_numpy()
    splits = {"shuffles": oath_splits(labels), "blocks": block_folds(labels, block=200)}
    predictors = {
        "no picture": probe.nearest_number(labels),
        "textures": probe.linear_probe(texture, labels),
    }
    table = probe.compare(predictors, labels, splits).set_index(["predictor", "splits"])
    expected = [0.946, 0.673, 0.37, 0.607]
    assert table.accuracy.to_numpy() == pytest.approx(expected, abs=0.01)


def test_a_class_that_a_split_does_not_test_counts_in_the_mean_over_the_classes():
    labels, rows = np.array([0, 0, 1, 2]), np.arange(3)
    row = probe.score(lambda _, rows: labels[rows], labels, [([3], rows)]).table.iloc[0]
    assert row.accuracy == 1
    assert [row.precision, row.recall, row.f1] == pytest.approx([2 / 3] * 3)


def test_every_split_draws_its_own_labels_and_shares_are_rounded():
    labels, seen = np.repeat([0, 1], [180, 40]), []

    def predictor(train, test):
        seen.append(train)
        return labels[test]

    splits = [(np.arange(215), np.arange(215, 220))] * 2
    table = probe.label_efficiency(predictor, labels, splits, shares=(0.02,), seed=3)
    first, second = seen
    assert set(first) != set(second)
    assert np.bincount(labels[first]).tolist() == [4, 1]  # of 3.6 and 0.7
    assert table.known.tolist() == [5, 5]


def noisy(n=3000, known=60, seed=0):
    """Two classes, one of them rare, features of unlike scales; rows to learn from and to test."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.25).astype(int)
    features = (rng.normal(size=(n, 4)) + labels[:, None]) * [100, 1, 0.01, 1] + [5, 0, 3, -1]
    train, test = np.split(np.arange(n), [known])
    scaled = (features - features[train].mean(0)) / features[train].std(0)
    return features, labels, scaled, train, test


@pytest.mark.parametrize("options", [{}, {"C": 0.01}, {"C": 30}])
def test_linear_probe_minimises_its_penalised_loss(options):
    features, labels, scaled, train, test = noisy()
    y, x = 2 * labels[train] - 1, scaled[train]

    def loss(w):
        errors = np.logaddexp(0, -y * (x @ w[1:] + w[0])).sum()
        return options.get("C", 1) * errors + (w[1:] ** 2).sum() / 2

    w = minimize(loss, np.zeros(5), tol=1e-8).x
    margin = scaled[test] @ w[1:] + w[0]
    said = probe.linear_probe(features, labels, **options)(train, test)
    clear = np.abs(margin) > 0.002
    assert clear.mean() > 0.99
    np.testing.assert_array_equal(said[clear], margin[clear] > 0)


@pytest.mark.parametrize("options", [{}, {"alpha": 100}])
def test_ridge_is_its_closed_form(options):
    features, labels, scaled, train, test = noisy()
    y, x = 2 * labels[train] - 1, scaled[train]
    w = np.linalg.solve(x.T @ x + options.get("alpha", 1) * np.eye(4), x.T @ (y - y.mean()))
    said = probe.ridge(features, labels, **options)(train, test)
    np.testing.assert_array_equal(said, scaled[test] @ w + y.mean() > 0)


def test_forest_is_two_hundred_seeded_trees():
    features, labels, _, train, test = noisy()
    theirs = RandomForestClassifier(200, random_state=0).fit(features[train], labels[train])
    said = probe.forest(features, labels)(train, test)
    np.testing.assert_array_equal(said, theirs.predict(features[test]))


def test_raw_pixels_are_32_on_a_side_unless_told_otherwise():
    pictures = RNG.random((2, 64, 64))
    expected = pictures[:, 2:4, 4:6].mean((1, 2))
    np.testing.assert_allclose(probe.raw_pixels(pictures)[:, 32 + 2], expected, rtol=1e-6)


def test_supervised_networks_are_trained_in_one_cycle_with_the_seed(monkeypatch):
    pictures, labels = skies(24)
    seen = []

    def fit(learner, epochs, one_cycle=False):
        seen.append((learner.recipe["seed"], epochs, one_cycle))

    monkeypatch.setattr("geoviz_ml.learn.training.fit", fit)
    options = {"steps": 7, "batch_size": 8, "seed": 5, "device": "cpu"}
    predictor = probe.supervised(pictures, labels, lambda: ResNetClassifier(3, width=4), **options)
    predictor(np.arange(16), np.arange(16, 24))
    assert seen == [(5, 4, True)]  # epochs of two steps
