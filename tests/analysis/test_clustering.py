"""Clusters on drawn groups, silhouettes by their formula."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from geoviz_ml.analysis import silhouette_scan
from geoviz_ml.analysis.clustering import agreement, contingency, largest_first, members, project
from geoviz_ml.errors import UsageError

RNG = np.random.default_rng(0)
TRUTH = np.repeat(np.arange(5), [40, 30, 20, 15, 10])
FEATURES = 8 * np.eye(5, 6)[TRUTH] + RNG.normal(size=(115, 6))


def silhouette(features, labels):
    """Rousseeuw 1987, equation by equation."""
    d = np.linalg.norm(features[:, None] - features[None], axis=-1)
    values = []
    for i, own in enumerate(labels):
        same = (labels == own) & (np.arange(len(labels)) != i)
        if not same.any():
            values.append(0)
            continue
        a = d[i, same].mean()
        b = min(d[i, labels == other].mean() for other in set(labels) - {own})
        values.append((b - a) / max(a, b))
    return np.mean(values)


def test_the_scan_finds_the_drawn_groups():
    scan = silhouette_scan(FEATURES, range(3, 9), TRUTH)
    assert scan.best == 5
    assert scan.table.set_index("k").adjusted_rand[5] == 1
    np.testing.assert_array_equal(scan.clusters[5], TRUTH)  # largest first
    assert (np.diff(scan.table.inertia) < 0).all()


def test_silhouettes_follow_their_formula():
    scan = silhouette_scan(FEATURES, [3, 7], TRUTH % 2)
    for k, value in zip(scan.table.k, scan.table.silhouette, strict=True):
        assert value == pytest.approx(silhouette(FEATURES, scan.clusters[k]))
    assert scan.labels_silhouette == pytest.approx(silhouette(FEATURES, TRUTH % 2))
    expected = adjusted_rand_score(TRUTH % 2, scan.clusters[3])
    assert scan.table.adjusted_rand[0] == pytest.approx(expected)


def test_same_seed_same_clusters_and_labels_are_optional():
    one, two = (silhouette_scan(FEATURES, [4, 6], seed=3) for _ in range(2))
    assert one.table.equals(two.table)
    assert "adjusted_rand" not in one.table
    assert one.labels_silhouette is None


def test_largest_first():
    assert largest_first(np.array([7, 2, 5, 5, 5, 7])).tolist() == [1, 2, 0, 0, 0, 1]


def test_agreement_is_one_for_the_same_groups_and_follows_its_formula_of_pairs():
    clusters = {5: (TRUTH + 1) % 5, 2: np.arange(115) % 2}
    table = agreement(clusters, {"truth": np.array(list("abcde"))[TRUTH]})
    assert list(table.index) == [5, 2]
    assert table.truth[5] == pytest.approx(1)
    same, alike = (np.equal.outer(x, x)[np.triu_indices(115, 1)] for x in (TRUTH, clusters[2]))
    chance = same.sum() * alike.mean()
    wanted = ((same & alike).sum() - chance) / ((same.sum() + alike.sum()) / 2 - chance)
    assert table.truth[2] == pytest.approx(wanted)


def test_contingency_counts_every_picture_once():
    names = np.array(["a", "b", "c"])[TRUTH % 3]
    table = contingency(names, TRUTH)
    assert table.to_numpy().sum() == len(TRUTH)
    assert table.loc["a", 3] == 15
    assert table.loc["b", 3] == 0


def test_contingency_goes_by_place_not_by_the_index_of_a_series():
    names = pd.Series(np.array(["a", "b", "c"])[TRUTH % 3], index=np.arange(115)[::-1])
    assert contingency(names, TRUTH).equals(contingency(names.values, TRUTH))
    with pytest.raises(UsageError, match="115 labels"):
        contingency(names, TRUTH[1:])


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_pictures_that_are_all_the_same_have_no_silhouette():
    scan = silhouette_scan(np.ones((30, 2)), [2, 3])
    assert scan.table.silhouette.isna().all()
    assert scan.best == 2


@pytest.mark.parametrize("labels", [np.zeros(115), np.arange(115)])
def test_labels_of_one_kind_or_no_two_of_a_kind_have_no_silhouette(labels):
    assert np.isnan(silhouette_scan(FEATURES, 5, labels).labels_silhouette)


@pytest.mark.parametrize("labels", [TRUTH[1:], TRUTH[:, None], np.where(TRUTH, TRUTH, np.nan)])
def test_there_is_one_label_for_each_picture(labels):
    with pytest.raises(UsageError, match="labels of shape"):
        silhouette_scan(FEATURES, [5], labels)


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize(
    "features",
    [
        FEATURES[:, :1],
        FEATURES[:, 0],
        FEATURES[:, :, None],
        FEATURES * np.nan,
        np.ones((6, 3)),
        FEATURES * 1e-30,
        FEATURES * 1e30,
    ],
)
def test_what_has_no_map_is_refused(method, features):
    with pytest.raises(UsageError, match="features of"):
        project(features, method)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_map_keeps_groups_together(method):
    features, truth = FEATURES[TRUTH < 3], TRUTH[TRUTH < 3]
    at = project(features, method)
    assert at.shape == (90, 2)
    d = np.linalg.norm(at[:, None] - at[None], axis=-1) + 1e9 * np.eye(90)
    assert (truth[d.argmin(1)] == truth).mean() > 0.95
    np.testing.assert_array_equal(at, project(features, method))


def test_members_are_spread_over_the_cluster():
    rows = members(TRUTH, 0, 4)
    assert rows.tolist() == [0, 10, 20, 30]
    assert members(TRUTH, 4, 20).tolist() == list(range(105, 115))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(UsageError, match="cannot be parted"):
        silhouette_scan(FEATURES, [1])
    with pytest.raises(UsageError, match="cannot be parted"):
        silhouette_scan(FEATURES[:5], [5])
    with pytest.raises(UsageError, match="NaN"):
        silhouette_scan(FEATURES * np.nan)
    with pytest.raises(UsageError, match="no map by 'umap'"):
        project(FEATURES, "umap")
