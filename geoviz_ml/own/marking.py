"""From a folder with some masks to masks of all its pictures."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
from fastai.callback.core import Callback
from fastai.learner import Learner

from ..errors import UsageError
from ..experiments.trainings import Training, Trainings
from ..files import atomic_path, printable
from ..progress import progress
from ..scores.thresholds import THRESHOLDS
from ..survey import file_stamp, survey, weights_key
from . import judge
from .folder import find_items, lost_masks, out_folder
from .marker import COLUMNS, Marker
from .network import classes_learner, cut, mirror_of, probabilities, tile_of
from .plan import Plan, make_plan
from .report import Marked, marked_of, write
from .scale import enlarge


def mark_folder(
    folder: str | PathLike,
    out: str | PathLike | None = None,
    *,
    steps: int = 400,
    folds: int = 3,
    factor: int | None = None,
    blocks: int | None = None,
    tile: int = 256,
    base: int = 8,
    batch_size: int = 8,
    mirror: str = "sides",
    seed: int = 0,
    minutes: float | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Marked:
    """Learn from the pictures of a folder that have masks, and mark all of them.

    Networks are trained, each without one part of the pictures with masks, and that part tells how
    good they are. Together they mark the pictures without masks. A call that was cut goes on.

    Parameters
    ----------
    folder : path-like
        See `find_items`.
    out : path-like, optional
        Gets the results, see `geoviz_ml.own`. Default: the folder's name with ``_marked``.
    steps : int
        Of each training; a step is a batch.
    folds : int
        Networks.
    factor : int, optional
        By which pictures are shrunk; by default chosen from the masks.
    blocks : int, optional
        Split in so many blocks of neighbours; by default names tell, see `groups_from`.
    tile : int
        Side of the tiles in pixels, at most, a multiple of 16.
    base, batch_size, mirror, seed
        See `classes_learner`.
    minutes : float, optional
        No epoch begins after so many minutes.
    say : callable
        Is told, line by line, what was chosen and found; say ``print``.

    Returns
    -------
    Marked

    Raises
    ------
    MissingDataError, DataFileError
        See `find_items` and `make_plan`. A damaged picture without a mask becomes a row.
    UsageError
        An option makes no sense, or `out` lies in the folder.
    Unfinished
        The time is over: the same call goes on.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.own import mark_folder
    >>> folder, square = Path(tempfile.mkdtemp()) / "mine", np.zeros((32, 32), np.uint8)
    >>> folder.mkdir()
    >>> square[8:24, 8:24] = 255
    >>> for name in ("a", "a_mask", "b", "b_mask", "c", "c_mask", "d"):
    ...     Image.fromarray(square).save(folder / f"{name}.png")
    >>> marked = mark_folder(folder, steps=2, base=2)
    >>> marked.pictures["mask"].tolist()  # of all four; the last had none
    ['masks/a.png', 'masks/b.png', 'masks/c.png', 'masks/d.png']
    """
    folder = Path(folder)
    if min(steps, base, batch_size) < 1 or tile < 32 or tile % 16:
        raise UsageError(
            f"{steps} steps, {base} channels, batches of {batch_size} or tiles of {tile} make no "
            "sense.",
            advice="Tiles are multiples of 16, from 32 on; the others 1 or more.",
        )
    mirror_of(mirror)
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        say(line)

    items = find_items(folder)
    plan = make_plan(items, folds, factor, blocks)
    out = out_folder(folder, out, "marked")
    for line in (*plan.said, *_lost(folder)):
        tell(line)
    options = {"base": base, "batch_size": batch_size, "mirror": mirror, "seed": seed}
    networks = _trained(plan, Trainings(out / "trainings", minutes), steps, tile, options, tell)
    marker, verdict, known = _judged(plan, networks, out)
    done = survey(
        items,
        marker,
        out,
        {"key": marker.key},
        columns=COLUMNS,
        name="regions",
        key=lambda item: item.name,
        stamp=lambda item: file_stamp(item.file),
        label="marking",
    )
    marked = marked_of(marker, verdict, done.read(), known)
    good = set(marked.pictures["item"][marked.pictures.status == "done"])
    for item in items:
        if item.name in good and not marker.wrote(item):  # taken away, or made by others since
            marker(item)
    for line in write(marked, marker, items):
        tell(line)
    with atomic_path(out / "report.txt") as tmp:
        tmp.write_text("\n".join(map(printable, told)) + "\n", encoding="utf-8")
    return marked


def _lost(folder: Path) -> list[str]:
    lost = lost_masks(folder)
    return [f"{len(lost)} masks have no picture; the first is {lost[0].name}."] if lost else []


def _trained(
    plan: Plan, keep: Trainings, steps: int, tile: int, options: dict, say: Callable[[str], None]
) -> tuple[Learner, ...]:
    """A network a fold, trained on all the others."""
    size, networks = tile_of(plan.pictures, tile), []
    parts = []
    for fold in range(plan.folds.max() + 1):
        inside, held = (_of(plan, plan.folds != fold), _of(plan, plan.folds == fold))
        parts.append((cut(*inside, size), cut(*held, size, 2 * options["batch_size"])))
    epochs = [math.ceil(steps / math.ceil(len(one[0][1]) / options["batch_size"])) for one in parts]
    say(
        f"{len(parts)} networks learn from tiles of {size[0]} x {size[1]} pixels, "
        f"{min(len(one[0][1]) for one in parts)} or more each, for {min(epochs)} epochs or more."
    )
    with progress(total=sum(epochs), label="training") as bar:
        for fold, ((train, valid), count) in enumerate(zip(parts, epochs, strict=True)):
            make = partial(
                classes_learner, train, valid, classes=1 + len(plan.classes.colours),
                callbacks=[Ticks(bar)], **options,
            )  # fmt: skip
            name = f"fold {fold + 1}"
            networks.append(keep(Training(name, options["seed"], make, count, one_cycle=True)))
            bar.update(sum(epochs[: fold + 1]) - bar.n)
    return tuple(networks)


def _of(plan: Plan, which: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rows = np.flatnonzero(which)
    return [plan.pictures[i] for i in rows], [plan.targets[i] for i in rows]


def _judged(
    plan: Plan, networks: tuple[Learner, ...], out: Path
) -> tuple[Marker, judge.Verdict, dict[str, float]]:
    """The thresholds, the table of results, and the IoU of each picture with something in it."""
    counted = []
    for i, truth in enumerate(progress(plan.truth, "testing")):
        small = probabilities([networks[plan.folds[i]]], plan.pictures[i])
        counted.append(judge.at_thresholds(enlarge(small, plan.way.factor, truth.shape), truth))
    counted = np.stack(counted)
    chosen = judge.choices(counted, plan.folds)
    network = np.stack([counted[i, chosen[fold]] for i, fold in enumerate(plan.folds)])
    brightness = judge.by_brightness(plan.histograms, plan.folds)
    names = plan.classes.names
    verdict = judge.verdict(network, brightness, plan.histograms, plan.groups, names)
    whole = judge.best_threshold(counted.sum(0))
    both, either = network.sum(1).T
    marked = plan.histograms.sum(1)[:, 1:].sum(1)
    thresholds = tuple(float(THRESHOLDS[k]) for k in [*chosen, whole])
    folds = {item.name: int(fold) for item, fold in zip(plan.items, plan.folds, strict=True)}
    decisive = [*map(weights_key, networks), thresholds, folds, plan.way, plan.classes]
    marker = Marker(
        networks,
        thresholds,
        folds,
        plan,
        out,
        usual=float(np.median(marked[marked > 0])) / 10,
        key=hashlib.sha256(str(decisive).encode()).hexdigest(),
    )
    known = {item.name: both[i] / either[i] for i, item in enumerate(plan.items) if marked[i]}
    return marker, verdict, known


class Ticks(Callback):
    """Moves a bar on after every epoch.

    Parameters
    ----------
    bar : tqdm
    """

    order = 75

    def __init__(self, bar):
        self.bar = bar

    def after_epoch(self):
        self.bar.update()
