"""How many kinds are there? K-means on features, judged by silhouettes and by known labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score, pairwise_distances, silhouette_score

from ..errors import UsageError, whole_number
from ..scores.arrays import plain

LEAST = 1e-18  # of a map: smaller squares are 0 in t-SNE's single precision, which then crashes


@dataclass
class Scan:
    """What `silhouette_scan` found.

    Attributes
    ----------
    table : DataFrame
        A row a k: `k`, `silhouette` (mean over the pictures; NaN if all are in one cluster),
        `inertia`, and with labels `adjusted_rand`.
    clusters : dict of int to ndarray (N,)
        Of each k the cluster of every picture, 0 to k - 1, the largest cluster first.
    labels_silhouette : float or None
        Mean silhouette of the given labels, as if they were clusters; NaN if all are the same, or
        no two.
    """

    table: pd.DataFrame
    clusters: dict[int, np.ndarray]
    labels_silhouette: float | None = None

    @property
    def best(self) -> int:
        """The k of the greatest mean silhouette; the first k where none has a silhouette."""
        return int(self.table.k[self.table.silhouette.fillna(-np.inf).idxmax()])


def silhouette_scan(
    features: np.ndarray,
    ks: Iterable[int] | int = range(3, 16),
    labels: np.ndarray | None = None,
    seed: int = 0,
    starts: int = 10,
) -> Scan:
    """K-means for several k, with the mean silhouette of each.

    Parameters
    ----------
    features : ndarray (N, F)
        Used as they are: scale them before, if they should be.
    ks : iterable of int, or int
        Numbers of clusters; 3 to 15 in the aurora paper.
    labels : ndarray (N,), optional
        To compare with: adjusted Rand index of every k, and the silhouette of the labels.
    seed : int
    starts : int
        Of K-means; the best counts.

    Returns
    -------
    Scan

    Raises
    ------
    UsageError
        The features are not (N, F) without NaN, a k is not in 2..N - 1, or there is not one label
        for each picture.

    Notes
    -----
    Silhouettes: Rousseeuw 1987, Euclidean distance. Source of the scan: Johnson et al. 2021,
    section III-E.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import silhouette_scan
    >>> middles = np.repeat([[0, 0], [9, 0], [0, 9]], 10, axis=0)  # three clouds of ten points
    >>> features = middles + np.random.default_rng(0).normal(size=(30, 2))
    >>> scan = silhouette_scan(features, range(2, 6))
    >>> scan.best, np.bincount(scan.clusters[3]).tolist()
    (3, [10, 10, 10])
    """
    features, ks = plain(features), ks if np.iterable(ks) else [ks]
    ks = sorted({whole_number(k, "k", 0) for k in ks})
    if features.ndim != 2 or not np.isfinite(features).all():
        raise UsageError(f"features of shape {features.shape} are not (N, F), or hold NaN.")
    if not ks or ks[0] < 2 or ks[-1] >= len(features):
        raise UsageError(f"{len(features)} pictures cannot be parted into k = {ks} clusters.")
    if labels is not None:
        labels = np.asarray(labels)
        if labels.shape != (len(features),) or pd.isna(labels).any():
            raise UsageError(
                f"labels of shape {labels.shape} are not one for each of {len(features)} pictures, "
                "or some are missing."
            )
    distances = pairwise_distances(features)
    rows, clusters = [], {}
    for k in ks:
        means = KMeans(k, n_init=starts, random_state=seed).fit(features)
        found = clusters[k] = largest_first(means.labels_)
        row = {"k": k, "silhouette": _silhouette(distances, found), "inertia": means.inertia_}
        if labels is not None:
            row["adjusted_rand"] = adjusted_rand_score(labels, found)
        rows.append(row)
    of_labels = None if labels is None else _silhouette(distances, labels)
    return Scan(pd.DataFrame(rows), clusters, of_labels)


def _silhouette(distances: np.ndarray, labels: np.ndarray) -> float:
    if not 1 < len(set(labels.tolist())) < len(labels):
        return np.nan
    return float(silhouette_score(distances, labels, metric="precomputed"))


def largest_first(clusters: np.ndarray) -> np.ndarray:
    """Number clusters (N,) anew, 0 for the largest; ties keep their order."""
    _, index, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    return np.argsort(np.argsort(-counts, kind="stable"))[index]


def agreement(
    clusters: Mapping[int, np.ndarray],
    known: Mapping[str, np.ndarray],
    index: Callable[[np.ndarray, np.ndarray], float] = adjusted_rand_score,
) -> pd.DataFrame:
    """How well clusters agree with what is known: 1 is the same, 0 is chance.

    Parameters
    ----------
    clusters : mapping of k to ndarray (N,)
        As `Scan.clusters`.
    known : mapping of names to ndarrays (N,)
        Labels of any kind.
    index : callable
        A score of two groupings (N,); by default the adjusted Rand index (Hubert and Arabie
        1985), which stays low where one grouping has many more groups than the other. Adjusted
        mutual information (Vinh et al. 2010) suffers less from that.

    Returns
    -------
    DataFrame
        A row a k, a column a name.

    Examples
    --------
    >>> from geoviz_ml.analysis import agreement
    >>> clusters = {2: [0, 0, 1, 1], 3: [0, 0, 1, 2]}
    >>> known = {"class": ["arc", "arc", "cloud", "cloud"], "night": [1, 2, 1, 2]}
    >>> agreement(clusters, known).round(2).T.to_dict()  # 2 clusters: the classes
    {2: {'class': 1.0, 'night': -0.5}, 3: {'class': 0.57, 'night': -0.29}}
    """
    return pd.DataFrame(
        {
            name: {k: index(labels, found) for k, found in clusters.items()}
            for name, labels in known.items()
        }
    )


def contingency(labels: np.ndarray, clusters: np.ndarray) -> pd.DataFrame:
    """How many pictures of each label (rows) are in each cluster (columns), of two arrays (N,).

    The first goes with the first, whatever the index of a Series says.

    Raises
    ------
    UsageError
        The lengths differ.

    Examples
    --------
    >>> from geoviz_ml.analysis import contingency
    >>> labels, clusters = ["arc", "arc", "arc", "cloud"], [0, 0, 1, 1]
    >>> contingency(labels, clusters).loc["arc"].tolist()  # one is with the cloud
    [2, 1]
    """
    if len(labels) != len(clusters):
        raise UsageError(f"{len(labels)} labels do not fit {len(clusters)} clusters of pictures.")
    rows, columns = pd.Series(labels, name="label"), pd.Series(clusters, name="cluster")
    return pd.crosstab(rows.reset_index(drop=True), columns.reset_index(drop=True))


def project(features: np.ndarray, method: str = "pca", seed: int = 0) -> np.ndarray:
    """A map of the features, (N, 2): neighbours on it are alike.

    Parameters
    ----------
    features : ndarray (N, F)
    method : {"pca", "tsne"}
        The two directions of greatest variance, true to distances far apart; or t-SNE (van der
        Maaten and Hinton 2008), true to neighbours but not to sizes and gaps of clusters.
    seed : int

    Raises
    ------
    UsageError
        Another method, fewer than four pictures, features that are not (N, F) without NaN and with
        two or more of each picture, or pictures that are all the same.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import project
    >>> features = np.zeros((4, 10))
    >>> features[:, 3] = [-3, -1, 1, 3]  # pictures that differ in one feature of ten
    >>> at = project(features)
    >>> at.shape, np.abs(at[:, 0]).round(2).tolist(), bool(np.allclose(at[:, 1], 0))
    ((4, 2), [3.0, 1.0, 1.0, 3.0], True)
    """
    features = plain(features)
    if method not in ("pca", "tsne") or len(features) < 4:
        raise UsageError(f"no map by {method!r} of {len(features)} pictures.", advice="pca, tsne.")
    if features.ndim != 2 or features.shape[1] < 2 or not np.isfinite(features).all():
        raise UsageError(
            f"features of shape {features.shape} are not (N, F) with two features or more, "
            "or hold NaN."
        )
    spread = np.ptp(features.astype(float), axis=0).max()
    if not LEAST < spread < 1 / LEAST:
        raise UsageError(
            f"the features of all pictures are the same, or too far apart: {spread:g}.",
            advice="Scale them first.",
        )
    if method == "pca":
        return PCA(2, random_state=seed).fit_transform(features)
    perplexity = min(30, (len(features) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(features)


def members(clusters: np.ndarray, cluster: int, n: int = 8) -> np.ndarray:
    """Row numbers of up to `n` pictures of a cluster, evenly spread over its rows.

    `clusters` (N,) has the number of each picture's. Neighbouring rows are neighbours in time:
    evenly spread, a gallery shows the whole cluster.
    """
    rows = np.flatnonzero(clusters == cluster)
    if len(rows) <= n:
        return rows
    return rows[np.arange(n) * len(rows) // n]
