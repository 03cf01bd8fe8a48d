"""Active regions of one picture: where they are, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataFileError, GeovizError
from ..prepare.crops import cut_boxes
from ..prepare.places import place_boxes
from ..prepare.sun_picture import RADIUS, SunPicture, sun_picture
from ..readers import read_magnetogram
from ..readers.boxes import CORNERS

COLUMNS = [
    *("time", "region", "x1", "y1", "x2", "y2", "latitude", "longitude", "carrington"),
    *("place_note", "class", "class_confidence", "class_note", "detector", "confidence"),
]
CLASSICAL = {  # chosen by tests/benchmarks/sunspots_classical.py and deepsdo.py
    "magnetogram": {"low": 0.28, "high": 0.4, "join": 14.0, "margin": 2.0, "least": 20.0},
    "continuum": {"low": 0.1, "high": 0.13, "join": 32.0, "margin": 9.0, "least": 1.5},
}
NAMELESS = "not classified"


@dataclass
class Found:
    """One picture and what is in it.

    Attributes
    ----------
    picture : SunPicture
    boxes : ndarray (k, 4)
        x1, y1, x2, y2 in pixels of `picture.values`.
    table : DataFrame
        The columns of ``regions.csv`` but `file`.
    time : str
        UT; empty where the file does not tell.
    note : str
        What is odd about the picture.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.simulate import sunspots
    >>> from geoviz_ml.sunspots import find_regions
    >>> folder = sunspots.make(tempfile.mkdtemp(), 1, size=256)
    >>> found = find_regions(next(folder.glob("fits/*.fits")))
    >>> found.picture.kind, found.picture.values.shape, len(found.boxes) == len(found.table) > 0
    ('magnetogram', (512, 512), True)
    """

    picture: SunPicture
    boxes: np.ndarray
    table: pd.DataFrame
    time: str = ""
    note: str = ""


def find_regions(
    path: str | PathLike, models=None, *, kind: str | None = None, north_up: bool = False
) -> Found:
    """Find and name the active regions of one picture.

    Parameters
    ----------
    path : path-like
        A file that `read_magnetogram` reads.
    models : SunModels, optional
        From `load_sun_models`. Without a detector the classical one does the work, without a
        classifier the class is "not classified".
    kind : {"magnetogram", "continuum"}, optional
        What the picture shows, where its header does not tell; by default the picture itself tells.
    north_up : bool
        Trust that a picture without a header shows the whole disk with north up, and give
        positions; otherwise they are left blank.

    Returns
    -------
    Found

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file, or it cannot be read, shows no Sun, one too small, or not the kind
        that the models know.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from geoviz_ml.simulate.writers_sun import write_magnetogram
    >>> from geoviz_ml.sunspots import find_regions
    >>> rows, columns = np.mgrid[:256, :256]
    >>> field = np.where(np.hypot(columns - 128, rows - 128) < 118, 0.0, np.nan)
    >>> field[121:136, 173:187], field[121:136, 188:202] = -900, 900  # half a radius to the west
    >>> path = Path(tempfile.mkdtemp()) / "20220605_120000_hmi.fits"
    >>> _ = write_magnetogram(path, field, "2022-06-05T12:00:00", (128, 128, 118), b0=0.0, l0=120.0)
    >>> found = find_regions(path).table
    >>> found[["longitude", "carrington"]].round().values.tolist()  # degrees: arcsin(1 / 2), + l0
    [[30.0, 150.0]]
    """
    path = Path(path)
    data = read_magnetogram(path)
    size, radius = (models.size, models.radius) if models else (512, None)
    try:
        picture = sun_picture(data, size, kind, radius)
    except GeovizError as error:
        raise DataFileError(error.problem, path, error.advice) from error
    if models and (models.detector or models.classifier) and picture.kind != models.kind:
        raise DataFileError(
            f"is a {picture.kind}, the models know a {models.kind} only.",
            path,
            "Give --kind if that is wrong, or other models.",
        )
    boxes, name = _detect(picture, models)
    table = pd.DataFrame(picture.to_file(boxes[:, :4]), columns=CORNERS)
    table = place_boxes(table, data, north_up)
    names, sure, note = _classify(picture, boxes[:, :4], models)
    time = data.attrs.get("time", "")
    table = table.assign(
        time=time,
        region=np.arange(1, len(boxes) + 1),
        detector=name,
        confidence=boxes[:, 4],
        class_confidence=sure,
        class_note=note,
        **{"class": names},
    )
    return Found(picture, boxes[:, :4], table[COLUMNS], time, _note(data, picture))


def _note(data, picture: SunPicture) -> str:
    """What a reader of the table must know about the picture."""
    turned = data.attrs.get("turned")
    lean = data.attrs.get("rotation", 0.0)
    said = [picture.note]
    if turned == "half turn":
        said.append("Upside down in the file: turned by 180 degrees; pixels are of the turned one.")
    elif turned:
        said.append(
            f"Mirrored {turned} in the file: mirrored back; pixels are of the mirrored one."
        )
    if abs(lean) > 5:
        said.append(f"North leans by {lean:.1f} degrees; the detector does not know.")
    return " ".join(filter(None, said))


def _detect(picture: SunPicture, models) -> tuple[np.ndarray, str]:
    """Boxes (k, 5) within the picture, from left to right, and the detector's name."""
    if models is None or models.detector is None:
        from ..classical import find_active_regions

        boxes = find_active_regions(picture.signal(), **classical_options(picture))
        name = "classical"
    else:
        from ..infer.detection import detect

        boxes = detect(models.detector, picture.grey()[None], **models.decoding)[0]
        boxes = boxes[boxes[:, 4] >= models.confidence]
        name = models.built.get("detector", [type(models.detector).__name__])[0]
    height, width = picture.values.shape
    boxes[:, :4] = boxes[:, :4].clip(0, (width, height, width, height))
    boxes = boxes[((boxes[:, 2:4] - boxes[:, :2]) >= 1).all(axis=1)]
    return boxes[np.argsort(boxes[:, 0], kind="stable")], name


def classical_options(picture: SunPicture) -> dict:
    """The parameters of `find_active_regions` for the scale of a picture.

    Parameters
    ----------
    picture : SunPicture

    Returns
    -------
    dict
        `low` and `high` in units of ``picture.signal()``; `join`, `margin` and `smallest` in its
        pixels; `least` in units of the signal times pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import SunPicture
    >>> from geoviz_ml.sunspots import classical_options
    >>> half = np.zeros((256, 256)), "magnetogram", 0.46 * 256, None, 1.0, (0, 0), (256, 256)
    >>> options = classical_options(SunPicture(*half))
    >>> options["join"], options["least"]  # of a Sun of 512 pixels: 14 in length and 20 in area
    (7.0, 5.0)
    """
    scale = picture.radius / (RADIUS * 512)  # they were chosen on pictures of 512 pixels
    lengths = {"join": scale, "margin": scale, "smallest": scale, "least": scale**2}
    options = {"smallest": 20.0, **CLASSICAL[picture.kind]}
    return {name: value * lengths.get(name, 1) for name, value in options.items()}


def _classify(
    picture: SunPicture, boxes: np.ndarray, models
) -> tuple[list[str], list[float] | float, str]:
    """Classes and probabilities, or why there are none."""
    if models is None or models.classifier is None:
        why = "No model was given." if models is None else "The model has no classifier."
        return [NAMELESS] * len(boxes), np.nan, why
    if not len(boxes):
        return [], np.nan, ""
    from ..learn.classification import classify

    cuts = cut_boxes(picture.grey(), boxes, models.side, models.margin)
    probability = classify(models.classifier, np.stack(cuts).clip(0, 1))
    best = probability.argmax(axis=1)
    return [models.classes[i] for i in best], probability.max(axis=1).tolist(), ""
