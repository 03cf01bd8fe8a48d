"""The aurora chapter's steps on the real OATH folder, reduced to the eight public pictures."""

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.analysis import contingency, project, silhouette_scan
from geoviz_ml.learn import features, probe, simclr_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ResNet18
from geoviz_ml.prepare import block_folds, nearest_label, oath_splits
from geoviz_ml.readers import read_oath, read_oath_table
from geoviz_ml.settings import set_seed

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def sky(real_data):
    return read_oath(real_data / "oath").load()


@pytest.fixture(scope="module")
def learned(sky):
    pictures = [Image.fromarray(p).resize((48, 48), Image.Resampling.BOX) for p in sky.image.values]
    pictures = np.stack([np.asarray(p) for p in pictures])
    set_seed(0)
    learner = simclr_learner(pictures, ResNet18(width=8), batch_size=4, lr=1e-3, device="cpu")
    table = fit(learner, 3, one_cycle=True)
    assert np.isfinite(table.to_numpy()).all()
    return features(learner, pictures)


def test_simclr_trains_on_real_pictures(learned):
    assert learned.shape == (8, 64)
    assert np.isfinite(learned).all()
    assert np.linalg.matrix_rank(learned - learned.mean(0)) > 1


@pytest.mark.parametrize("splits", [oath_splits(8), block_folds(8, folds=2, block=2)])
def test_probe_takes_real_labels_under_both_splits(sky, learned, splits):
    scores = probe.score(probe.linear_probe(learned, sky.class6.values), sky.class6.values, splits)
    assert len(scores.table) == len(splits)
    assert scores.confusion.sum() == sum(len(test) for _, test in splits)


def test_real_pictures_are_clustered_and_mapped(sky, learned):
    scan = silhouette_scan(learned, range(2, 5), labels=sky.name.values)
    counts = contingency(sky.name.values, scan.clusters[scan.best])
    assert counts.to_numpy().sum() == 8
    assert set(counts.index) == {"arc", "diffuse", "discrete"}
    assert project(learned).shape == (8, 2)


def test_the_predictor_without_eyes_needs_the_table_alone(real_data):
    labels = read_oath_table(real_data / "oath").class6.to_numpy()
    splits = oath_splits(labels)
    right = [np.mean(nearest_label(labels, train, test) == labels[test]) for train, test in splits]
    scores = probe.score(probe.nearest_number(labels), labels, splits)
    np.testing.assert_allclose(scores.table.accuracy, right)
