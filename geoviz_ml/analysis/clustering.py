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

from ..errors import UsageError


@dataclass
class Scan:
    """What `silhouette_scan` found.

    Attributes
    ----------
    table : DataFrame
        A row a k: `k`, `silhouette` (mean over the pictures), `inertia`, and with labels
        `adjusted_rand`.
    clusters : dict of int to ndarray (N,)
        Of each k the cluster of every picture, 0 to k - 1, the largest cluster first.
    labels_silhouette : float or None
        Mean silhouette of the given labels, as if they were clusters.
    """

    table: pd.DataFrame
    clusters: dict[int, np.ndarray]
    labels_silhouette: float | None = None

    @property
    def best(self) -> int:
        """The k of the greatest mean silhouette."""
        return int(self.table.k[self.table.silhouette.idxmax()])


def silhouette_scan(
    features: np.ndarray,
    ks: Iterable[int] = range(3, 16),
    labels: np.ndarray | None = None,
    seed: int = 0,
    starts: int = 10,
) -> Scan:
    """K-means for several k, with the mean silhouette of each.

    Parameters
    ----------
    features : ndarray (N, F)
        Used as they are: scale them before, if they should be.
    ks : iterable of int
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
        The features are not (N, F) without NaN, or a k is not in 2..N - 1.

    Notes
    -----
    Silhouettes: Rousseeuw 1987, Euclidean distance. Source of the scan: Johnson et al. 2021,
    section III-E.
    """
    features, ks = np.asarray(features), sorted(set(ks))
    if features.ndim != 2 or not np.isfinite(features).all():
        raise UsageError(f"features of shape {features.shape} are not (N, F), or hold NaN.")
    if not ks or ks[0] < 2 or ks[-1] >= len(features):
        raise UsageError(f"{len(features)} pictures cannot be parted into k = {ks} clusters.")
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
        Of two groupings (N,); by default the adjusted Rand index (Hubert and Arabie 1985), which
        stays low where one grouping has many more groups than the other. Adjusted mutual
        information (Vinh et al. 2010) suffers less from that.

    Returns
    -------
    DataFrame
        A row a k, a column a name.
    """
    return pd.DataFrame(
        {
            name: {k: index(labels, found) for k, found in clusters.items()}
            for name, labels in known.items()
        }
    )


def contingency(labels: np.ndarray, clusters: np.ndarray) -> pd.DataFrame:
    """How many pictures of each label (rows) are in each cluster (columns), of two arrays (N,)."""
    return pd.crosstab(pd.Series(labels, name="label"), pd.Series(clusters, name="cluster"))


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
        Another method, or too few pictures.
    """
    if method not in ("pca", "tsne") or len(features) < 4:
        raise UsageError(f"no map by {method!r} of {len(features)} pictures.", advice="pca, tsne.")
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
