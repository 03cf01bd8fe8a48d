"""From a folder of pictures without labels to clusters, and whether they are worth a name.

Features by SimCLR (Chen et al. 2020) and K-means on them, beside two that know less: the texture of
the pictures (Haralick et al. 1973) and their brightness alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.metrics import adjusted_rand_score

from ..analysis.clustering import members, silhouette_scan
from ..classical import texture_features
from ..errors import MissingDataError, UsageError
from ..experiments.trainings import Training, Trainings
from ..files import atomic_path, printable, safe_cell
from ..learn import features, simclr_learner
from ..models import ResNet18
from ..prepare import Views
from ..progress import progress
from ..readers.picture import read_picture
from .folder import Item, find_items, out_folder
from .groups import groups_from
from .plan import way_of
from .sheet import Small, contact_sheet

LEAST = 16  # pictures
BATCH = 64
SHOWN = 8  # pictures of a cluster on the sheet
MOST_K = 10


@dataclass(frozen=True)
class Clustered:
    """What `cluster_folder` found and wrote.

    Attributes
    ----------
    out : pathlib.Path
    pictures : ndarray of uint8 (N, side, side)
    names : tuple of str
    features : ndarray (N, F)
    clusters : ndarray of int (N,)
        0 for the largest.
    checks : DataFrame
        A row a kind of features: `k` (of the greatest silhouette), `silhouette`, `brightness` (the
        share of its variance that clusters explain, 0 to 1), `like the one before` and `by chance`
        (shares of the pictures), `groups` and `other seed` (adjusted Rand indices). NaN where there
        is none, as of a brightness that is always the same.
    """

    out: Path
    pictures: np.ndarray = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    features: np.ndarray = field(repr=False)
    clusters: np.ndarray = field(repr=False)
    checks: pd.DataFrame


def cluster_folder(
    folder: str | PathLike,
    out: str | PathLike | None = None,
    *,
    side: int = 64,
    epochs: int = 15,
    k: int | None = None,
    views: Views | None = None,
    seed: int = 0,
    minutes: float | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Clustered:
    """Learn features of a folder's pictures without labels, part them, and check the parts.

    A network is trained twice, with other seeds: clusters that are in the pictures agree.

    Parameters
    ----------
    folder : path-like
        See `find_items`; masks are left alone.
    out : path-like, optional
        Gets ``clusters.csv``, ``clusters.png`` (a row a cluster), ``checks.csv`` and
        ``report.txt``. Default: the folder's name with ``_clusters``.
    side : int
        All pictures become squares of so many pixels, in brightness; 32 or more.
    epochs : int
        Of each training.
    k : int, optional
        Number of clusters; by default that of the greatest silhouette, of 2 to 10.
    views : Views, optional
        What may change without changing what a picture is. Default: windows of a third of the
        area and more, mirrored left and right, 0.4 brighter or darker.
    seed : int
    minutes : float, optional
        No epoch begins after so many minutes.
    say : callable
        Is told, line by line, what was found; say ``print``.

    Returns
    -------
    Clustered
        With `names`, `pictures` (N, side, side), `features` (N, F) of the first training, its
        `clusters` (N,) and the table of `checks`.

    Raises
    ------
    MissingDataError, DataFileError
        See `find_items`; there are fewer than 16 pictures, or one is damaged.
    UsageError
        `out` lies in the folder, the squares are too small, there are fewer pictures than k, or
        all are the same.
    Unfinished
        The time is over: the same call goes on.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.own import cluster_folder
    >>> folder, rng = Path(tempfile.mkdtemp()) / "mine", np.random.default_rng(0)
    >>> folder.mkdir()
    >>> for i in range(16):
    ...     grey = rng.integers(0, 256 if i % 2 else 40, (32, 32), np.uint8)
    ...     Image.fromarray(grey).save(folder / f"{i:02}.png")
    >>> found = cluster_folder(folder, side=32, epochs=1, k=2)
    >>> found.clusters.shape, found.checks.index.tolist()
    ((16,), ['SimCLR', 'texture', 'brightness'])
    """
    folder = Path(folder)
    if side < 32 or epochs < 1:
        raise UsageError(f"squares of {side} pixels or {epochs} epochs make no sense.")
    items = find_items(folder)
    if len(items) < LEAST:
        raise MissingDataError(
            f"{len(items)} pictures; clusters need {LEAST} or more, and hundreds to mean much.",
            folder,
        )
    if k is not None and not 2 <= k < len(items):
        raise UsageError(f"{len(items)} pictures cannot be parted into {k} clusters.")
    pictures = _squares(items, side)
    if (pictures == pictures[0]).all():
        raise UsageError("all pictures are the same: there is nothing to part.", folder)
    out = out_folder(folder, out, "clusters")
    ks = [k] if k else range(2, min(MOST_K, len(items) - 1) + 1)
    views = views or Views(crop=(0.3, 1), flip_lr=0.5, jitter=0.4)
    keep = Trainings(out / "trainings", minutes)
    known = [_learned(pictures, views, epochs, one, keep) for one in (seed, seed + 1)]
    kinds = {
        "SimCLR": known[0],
        "texture": _scaled(texture_features(pictures).to_numpy()),
        "brightness": pictures.mean((1, 2))[:, None],
    }
    scans = {name: silhouette_scan(one, ks, seed=seed) for name, one in kinds.items()}
    best = scans["SimCLR"].best
    other = silhouette_scan(known[1], [best], seed=seed).clusters[best]
    names = tuple(item.name for item in items)
    groups, how = groups_from(names)
    rows = []
    for name, scan in scans.items():
        row = {"features": name, "k": scan.best, "silhouette": scan.table.silhouette.max()}
        rows.append(row | _checks(scan.clusters[scan.best], pictures, groups))
    checks = pd.DataFrame(rows).set_index("features")
    clusters = scans["SimCLR"].clusters[best]
    checks.loc["SimCLR", "other seed"] = adjusted_rand_score(clusters, other)  # NaN of the others
    found = Clustered(out, pictures, names, known[0], clusters, checks)
    for line in _written(found, how):
        say(line)
    return found


def _squares(items: Sequence[Item], side: int) -> np.ndarray:
    """All pictures as brightness, (N, side, side) bytes."""
    bits = way_of(items, items, 1).bits
    squares = np.empty((len(items), side, side), np.uint8)
    for i, item in enumerate(progress(items, "reading")):
        whole = Image.fromarray(read_picture(item.file, bits, page=item.page))
        small = whole.resize((side, side), Image.Resampling.BILINEAR)
        squares[i] = np.rint(255 * np.asarray(small).clip(0, 1))
    return squares


def _learned(
    pictures: np.ndarray, views: Views, epochs: int, seed: int, keep: Trainings
) -> np.ndarray:
    """Features of SimCLR, (N, F)."""
    make = partial(
        simclr_learner,
        pictures,
        partial(ResNet18, width=16),
        views=views,
        batch_size=min(BATCH, len(pictures)),
        lr=1e-3,
        seed=seed,
    )
    return features(keep(Training("SimCLR", seed, make, epochs)), pictures)


def _scaled(values: np.ndarray) -> np.ndarray:
    """Each column (N,) in units of its spread."""
    return (values - values.mean(0)) / np.maximum(values.std(0), 1e-9)


def _checks(clusters: np.ndarray, pictures: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """What speaks against clusters: brightness, and what follows in time."""
    brightness = pictures.mean((1, 2))
    sums = np.bincount(clusters, brightness) / np.bincount(clusters)
    within, whole = ((brightness - sums[clusters]) ** 2).mean(), brightness.var()
    shares = np.bincount(clusters) / len(clusters)
    return {
        "brightness": 1 - within / whole if whole else np.nan,
        "like the one before": float((clusters[1:] == clusters[:-1]).mean()),
        "by chance": float((shares**2).sum()),
        "groups": adjusted_rand_score(groups, clusters),
    }


def _written(found: Clustered, how: str) -> list[str]:
    """Write the tables and the sheet; what there is to say, in sentences."""
    table = pd.DataFrame({"item": found.names, "cluster": found.clusters})
    for name, one in {"clusters.csv": table, "checks.csv": found.checks.reset_index()}.items():
        with atomic_path(found.out / name) as tmp:
            one.map(safe_cell).to_csv(tmp, index=False)
    count, smalls = found.clusters.max() + 1, []
    for cluster in range(count):
        rows = members(found.clusters, cluster, SHOWN)
        blank = [Small(np.ones((8, 8, 1)), "")] * (SHOWN - len(rows))
        smalls += [
            Small(found.pictures[i][..., None] / 255, f"{cluster}: {found.names[i]}") for i in rows
        ]
        smalls += blank
    contact_sheet(found.out / "clusters.png", smalls, SHOWN)
    one = found.checks.loc["SimCLR"]
    before, chance = one["like the one before"], one["by chance"]
    told = [
        f"{len(found.names)} pictures in {count} clusters; the mean silhouette is "
        f"{one['silhouette']:.2f}.",
        "The mean brightness of all pictures is the same."
        if np.isnan(one["brightness"])
        else f"They explain {one['brightness']:.0%} of the brightness; parts of the mean "
        f"brightness alone explain {found.checks.loc['brightness', 'brightness']:.0%}.",
        f"A picture is in the cluster of the one before it in {before:.0%} of the cases, by chance "
        f"in {chance:.0%}.",
        f"Groups were read {how}. They agree to {one['groups']:.2f} (adjusted Rand index).",
        f"Another seed agrees to {one['other seed']:.2f}: what changes with the seed is not in the "
        "pictures.",
    ]
    with atomic_path(found.out / "report.txt") as tmp:
        tmp.write_text("\n".join(map(printable, told)) + "\n", encoding="utf-8")
    return told
