"""What is chosen from the pictures and masks themselves, before anything is trained, and said."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import DataFileError, MissingDataError, UsageError
from ..progress import progress
from ..readers.picture import plain_and_opacity, read_picture
from ..readers.picture_file import open_picture
from .colours import WHITE, Classes, classes_of, read_colours
from .folder import Item, boxes_of
from .groups import deal, groups_from
from .judge import histogram
from .scale import best_cover, choose_factor, shrink, shrink_classes

LEAST = 3  # pictures with masks: to train, and to see what that is worth
COLOURS = ("red", "green", "blue")
TOLERANCE = 8  # of 255: by so much the colours of a grey picture may differ (JPEG)


@dataclass(frozen=True)
class Way:
    """How pictures are read and shrunk: the same for all pictures of a folder.

    Attributes
    ----------
    coloured : bool
        Red, green and blue are kept; else there is one brightness.
    bits : int or None
        Of the grey pictures of 16, see `read_picture`.
    factor : int
        Each side is shrunk by it.
    """

    coloured: bool
    bits: int | None
    factor: int

    def read(self, item: Item) -> np.ndarray:
        """A picture (H, W, C), float32 in 0..1: as large as it is, and the right way up."""
        channels = COLOURS if self.coloured else (None,)
        planes = [read_picture(item.file, self.bits, one, item.page) for one in channels]
        return np.stack(planes, 2)


@dataclass(frozen=True)
class Plan:
    """The pictures with masks, ready to be learned from.

    Attributes
    ----------
    way : Way
    classes : Classes
    items : tuple of Item
        The n pictures that somebody has drawn on.
    pictures : tuple of ndarray (h, w, C)
        Shrunk.
    truth : tuple of ndarray of uint8 (H, W)
        Classes as drawn.
    targets : tuple of ndarray of uint8 (h, w)
        Classes, shrunk.
    histograms : ndarray (n, bins, K)
        See `geoviz_ml.own.judge.histogram`.
    groups : ndarray of str (n,)
    folds : ndarray of int (n,)
    said : tuple of str
        What was chosen, and from what: sentences for the reader.
    """

    way: Way
    classes: Classes
    items: tuple[Item, ...]
    pictures: tuple[np.ndarray, ...] = field(repr=False)
    truth: tuple[np.ndarray, ...] = field(repr=False)
    targets: tuple[np.ndarray, ...] = field(repr=False)
    histograms: np.ndarray = field(repr=False)
    groups: np.ndarray = field(repr=False)
    folds: np.ndarray = field(repr=False)
    said: tuple[str, ...] = ()


def make_plan(
    items: Sequence[Item], folds: int = 3, factor: int | None = None, blocks: int | None = None
) -> Plan:
    """Look at all pictures with masks, and choose how to work with them.

    Parameters
    ----------
    items : sequence of Item
        From `find_items`; those without masks are left alone.
    folds : int
        Networks to train, each without one part of the pictures: 2 or more.
    factor : int, optional
        By which pictures are shrunk; by default chosen, see `geoviz_ml.own.scale`.
    blocks : int, optional
        Split in blocks of neighbours, see `groups_from`; by default names tell.

    Returns
    -------
    Plan

    Raises
    ------
    MissingDataError
        Fewer than three pictures have masks, or something is marked in fewer than two.
    DataFileError
        A file is damaged, or a mask has another size than its picture.
    UsageError
        All masks have one colour; fewer than two folds, a factor below 1, or blocks that cannot be.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.own import find_items, make_plan
    >>> folder, square = Path(tempfile.mkdtemp()), np.zeros((64, 64), np.uint8)
    >>> square[16:48, 16:48] = 255
    >>> for name in "abc":
    ...     for end in ("", "_mask"):
    ...         Image.fromarray(square).save(folder / f"{name}{end}.png")
    >>> plan = make_plan(find_items(folder))
    >>> plan.way.factor, plan.classes.names, plan.folds.tolist()
    (2, ['255'], [0, 1, 2])
    """
    if folds < 2 or (factor is not None and factor < 1):
        raise UsageError(f"{folds} folds and a factor of {factor} make no sense.")
    drawn = [item for item in items if item.drawn]
    _enough(len(drawn), items)
    classes = _classes(drawn)
    drawn = [_with_boxes(item) if item.label and not item.mask else item for item in drawn]
    truth = [_truth(item, classes) for item in progress(drawn, "masks")]
    marked = np.array([(one > 0).sum() for one in truth])
    if (marked > 0).sum() < 2:
        raise MissingDataError(
            f"something is marked in {(marked > 0).sum()} of {len(drawn)} masks.",
            drawn[0].mask or drawn[0].file,
            "At least two are needed: one to train on, one to test on.",
        )
    if factor is None:
        factor, cover, left = choose_factor(truth)
    else:
        left, cover = best_cover(truth, factor) if factor > 1 else (1.0, 0.5)
    way = way_of(drawn, items, factor)
    pictures, histograms = [], []
    for item, one in zip(progress(drawn, "pictures"), truth, strict=True):
        whole = way.read(item)
        if whole.shape[:2] != one.shape:
            raise DataFileError(
                f"is {_by(one.shape)} pixels, its picture {_by(whole.shape)}.",
                item.mask or item.file,
                "Sizes are those that a viewer shows, turned as the camera says.",
            )
        pictures.append(shrink(whole, factor))
        histograms.append(histogram(whole, one, 1 + len(classes.colours)))
    groups, how = _groups([item.name for item in drawn], marked, blocks)
    shapes = [one.shape for one in truth]
    return Plan(
        way=way,
        classes=classes,
        items=tuple(drawn),
        pictures=tuple(pictures),
        truth=tuple(truth),
        targets=tuple(shrink_classes(one, factor, cover) for one in truth),
        histograms=np.stack(histograms),
        groups=groups,
        folds=deal(groups, marked, folds),
        said=_said(len(items), drawn, marked, classes, shapes, way, left, groups, how),
    )


def _enough(count: int, items: Sequence[Item]) -> None:
    if count < LEAST:
        have = "one has a mask" if count == 1 else f"{count or 'none'} have masks"
        raise MissingDataError(
            f"of {len(items)} pictures {have}; at least {LEAST} are needed, to train on some and "
            "to test on others.",
            items[0].file.parent if items else None,
            "A mask is NAME_mask.png beside NAME.png, or NAME.png in a folder masks. Without any, "
            "pictures can be clustered.",
        )


def _classes(drawn: Sequence[Item]) -> Classes:
    masks = [item for item in drawn if item.mask]
    if not masks:  # boxes: filled rectangles
        return Classes(0, (WHITE,))
    try:
        return classes_of(read_colours(item.mask, item.page) for item in masks)
    except UsageError as error:
        raise UsageError(error.problem, masks[0].mask.parent, error.advice) from error


def _truth(item: Item, classes: Classes) -> np.ndarray:
    """The class of every pixel, as drawn; boxes are filled."""
    if item.mask:
        return classes.numbers(read_colours(item.mask, item.page))
    filled = np.zeros(_size(item), np.uint8)
    for box in item.boxes:
        if box[2] > filled.shape[1] + 1 or box[3] > filled.shape[0] + 1:
            raise DataFileError(
                f"has a box up to ({box[2]:g}, {box[3]:g}) and is {_by(filled.shape)} pixels.",
                item.file,
            )
        x1, y1, x2, y2 = np.rint(box.clip(0)).astype(int)
        filled[y1:y2, x1:x2] = 1
    return filled


def _size(item: Item) -> tuple[int, int]:
    """Height and width of a picture as a viewer shows it."""
    return open_picture(item.file, page=item.page).image.size[::-1]


def _with_boxes(item: Item) -> Item:
    return replace(item, boxes=boxes_of(item.label, _size(item)))


def way_of(drawn: Sequence[Item], items: Sequence[Item], factor: int) -> Way:
    """Colour if there is any; of greys of 16 bits as many as any picture uses."""
    looks = [_look(item) for item in progress(drawn, "kinds of files")]
    coloured, top = any(one[0] for one in looks), max(one[1] for one in looks)
    if not top:
        return Way(coloured, None, factor)
    for item in items:
        with suppress(DataFileError):  # one without a mask; it is named when it is to be marked
            top = max(top, _look(item)[1])
    bits = next((n for n in (9, 10, 12, 14) if top < 2**n), 16)
    return Way(coloured, bits, factor)


def _look(item: Item) -> tuple[bool, float]:
    """Has a picture colours? And of a grey one of 16 bits: its greatest number, else 0."""
    plain, _ = plain_and_opacity(open_picture(item.file, page=item.page).image)
    values = np.asarray(plain)
    if plain.mode == "RGB":
        return bool((np.ptp(values.astype(np.int16), axis=2) > TOLERANCE).any()), 0.0
    return False, float(values.max()) if plain.mode.startswith("I") else 0.0


def _groups(names: Sequence[str], marked: np.ndarray, blocks: int | None) -> tuple[np.ndarray, str]:
    groups, how = groups_from(names, blocks)
    if len(set(groups[marked > 0])) > 1:
        return groups, how
    return np.array(names), (
        "one by one, since all that is marked lies in one of them: the numbers below say nothing "
        "of another night"
    )


def _said(
    count: int,
    drawn: Sequence[Item],
    marked: np.ndarray,
    classes: Classes,
    shapes: list[tuple[int, int]],
    way: Way,
    left: float,
    groups: np.ndarray,
    how: str,
) -> tuple[str, ...]:
    """The sentences about a plan."""
    what = "boxes" if drawn[0].boxes is not None else "masks"
    sizes = sorted(set(shapes))
    size = _by(sizes[0]) if len(sizes) == 1 else f"{_by(sizes[0])} to {_by(sizes[-1])}"
    colour = "in colour" if way.coloured else "as brightness"
    bits = f", {way.bits} bits" if way.bits else ""
    ground = "" if what == "boxes" else f": {', '.join(classes.names)}"
    classed = "one class" if len(classes.colours) == 1 else f"{len(classes.colours)} classes"
    share = marked.sum() / sum(height * width for height, width in shapes)
    mostly = ": if the rest is what you seek, turn the masks round" if share > 0.5 else ""
    kept = "as they are: less would lose what is marked"
    if way.factor > 1:
        kept = f"shrunk {way.factor} times, where a perfect answer would have an IoU of {left:.2f}"
    return (
        f"{count} pictures, {len(drawn)} with {what}, something in {(marked > 0).sum()} of them.",
        f"The {what} have {classed}{ground}; {share:.1%} of the pixels are marked{mostly}.",
        f"Pictures of {size} pixels (height x width) are read {colour}{bits}, {kept}.",
        f"They are split {how}: {len(set(groups))} groups.",
    )


def _by(shape: Sequence[int]) -> str:
    return " x ".join(str(side) for side in shape[:2])
