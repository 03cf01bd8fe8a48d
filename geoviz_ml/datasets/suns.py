"""Full-disk pictures of the Sun with the boxes, or with NOAA's regions, that are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr

from ..boxes.encode import as_boxes
from ..errors import DataFileError, GeovizError, UsageError
from ..prepare.sun_picture import KINDS, SunPicture, sun_picture
from ..progress import progress
from ..readers import read_magnetogram
from ..readers.boxes import CORNERS
from .base import PictureSet, no_truth, picture_table, truth_of
from .sun_folder import boxes_file, read_boxes, sun_pictures
from .sun_regions import Noaa

PLACES = {"SDO/HMI": re.compile("hmi", re.I), "GONG": re.compile(r"[a-z]{5}\d{6}t\d{4}")}


@dataclass(frozen=True, kw_only=True, repr=False)
class Suns(PictureSet):
    """Pictures of the Sun in order of time, float32 in 0..1, as of `SunPicture.grey`.

    Attributes
    ----------
    regions : list of N DataFrames or None
        NOAA's regions with spots on the disk at the picture's time, see `Noaa.regions`: places and
        classes, in pixels of `pictures`. None where the folder does not tell, or a picture's time
        is not known.

    See `PictureSet` for the rest. The table adds `picture` (name), `kind` (magnetogram or
    continuum) and, of simulated pictures, `sequence`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_suns
    >>> from geoviz_ml.simulate import sunspots
    >>> suns = load_suns(sunspots.make(tempfile.mkdtemp(), 1, size=128), 128)
    >>> suns
    Suns: 1 simulated pictures, (128, 128) pixels, boxes
    >>> 0 < len(suns.boxes[0]) < len(suns.regions[0])  # NOAA also lists what is too small for a box
    True
    """

    regions: list[pd.DataFrame] | None

    target: ClassVar[str] = "boxes"


def load_suns(
    folder: str | PathLike,
    size: int = 512,
    *,
    kind: str | None = None,
    boxes: str | None = "auto",
) -> Suns:
    """Load all full-disk pictures of a folder, with boxes and NOAA's regions where it has them.

    Parameters
    ----------
    folder : path-like
        Of `geoviz_ml.simulate.sunspots.make`, of ``python -m data_fetch``, or your own: pictures
        that `read_magnetogram` reads, in ``images``, in ``magnetograms`` or anywhere; boxes of the
        same names in ``boxes`` (KITTI or VOC) or ``labels`` (YOLO); NOAA's summaries as texts
        (``*SRS.txt``) or as a table of region-days.
    size : int
        Pixels of a side; other sizes are resampled, the boxes with them.
    kind : {"magnetogram", "continuum"}, optional
        What the pictures show; by default what a file tells, by its header or its limb. Of a
        simulated folder "continuum" takes the continuum pictures.
    boxes : {"auto", "drawn", "noaa", None}
        Drawn ones if the folder has them; drawn ones; estimates from NOAA's extents, which nobody
        has compared with the picture; none.

    Returns
    -------
    Suns

    Raises
    ------
    MissingDataError
        No picture, no boxes that were asked for, or boxes of some pictures only.
    DataFileError
        A file is damaged.
    UsageError
        Another word for `boxes`, pictures of both kinds, or one that shows no whole Sun.

    Notes
    -----
    Format: magnetograms are -250 to 250 G as 0 to 1, continuum .75 to 1.25 of the quiet Sun. One
    class of box, sunspot groups; Mount Wilson classes in `regions`. No splits are published:
    keep a region's days together, so split by time. Citation: Scherrer et al. 2012,
    doi:10.1007/s11207-011-9834-2 (SDO/HMI). Licence: SDO/HMI public domain, courtesy of NASA/SDO
    and the HMI science team; DeepSDO, KASI (boxes) states none; NOAA SWPC public domain. To fetch:
    ``magnetograms``, ``magnetograms-sample``, ``magnetograms-2026``, ``gong-sample``, ``deepsdo``.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_suns
    >>> from geoviz_ml.simulate import sunspots
    >>> folder = sunspots.make(tempfile.mkdtemp(), 1, size=128)
    >>> load_suns(folder, 128)
    Suns: 1 simulated pictures, (128, 128) pixels, boxes
    >>> load_suns(folder, 128, boxes=None)
    Suns: 1 simulated pictures, (128, 128) pixels, no truth
    """
    if boxes not in ("auto", "drawn", "noaa", None):
        raise UsageError(f"boxes are 'auto', 'drawn', 'noaa' or None, not {boxes!r}.")
    folder = Path(folder)
    rows = sun_pictures(folder, kind)
    drawn = None
    if boxes in ("auto", "drawn"):
        files = {name: boxes_file(folder, name) for name in rows.picture}
        drawn = truth_of(files, folder, "boxes", asked=boxes == "drawn")
    noaa = Noaa.of(folder)
    pictures, told = np.empty((len(rows), size, size), np.float32), []
    found: list[np.ndarray] = []
    regions: list[pd.DataFrame] = []
    for i, row in enumerate(progress([*rows.itertuples()], "reading")):
        data = read_magnetogram(row.path)
        shot = _whole_sun(data, size, kind, row.path)
        pictures[i] = shot.grey()
        time = pd.Timestamp(getattr(row, "time", None) or data.attrs.get("time") or pd.NaT)
        told.append((time, shot.kind))
        if drawn:
            found.append(shot.from_file(read_boxes(drawn[i], data.shape)))
        if noaa is not None and not pd.isna(time):
            regions.append(noaa.regions(row.picture, time, data, shot))
    complete = len(regions) == len(rows)
    if boxes == "noaa" and not complete:
        raise no_truth(folder, "regions of NOAA")
    if boxes == "noaa":
        found = [as_boxes(placed[CORNERS]) for placed in regions]
    suns = Suns(
        pictures=pictures,
        table=_table(folder, rows, *zip(*told, strict=True)),
        folder=folder,
        boxes=found or None,
        regions=regions if complete else None,
    )
    return suns[np.argsort(suns.table.time, kind="stable")]


def _table(
    folder: Path, rows: pd.DataFrame, times: Sequence[pd.Timestamp], kinds: Sequence[str]
) -> pd.DataFrame:
    if len({*kinds}) > 1:
        odd = kinds.index(min(KINDS, key=kinds.count))
        raise UsageError(f"shows a {kinds[odd]}, unlike others.", rows.path[odd], "Give kind.")
    more = {name: rows[name].to_numpy() for name in ("picture", "sequence") if name in rows}
    places = [_place(path.name) for path in rows.path]
    return picture_table(folder, [*rows.path], times, places, kind=kinds[0], **more)


def _whole_sun(data: xr.DataArray, size: int, kind: str | None, path: Path) -> SunPicture:
    try:
        shot = sun_picture(data, size, kind)
    except GeovizError as error:
        raise DataFileError(error.problem, path, error.advice) from error
    if shot.disk is None:
        raise DataFileError("is a cut-out, not the whole Sun.", path, "Keep it in another folder.")
    return shot


def _place(name: str) -> str:
    """The instrument, as the file's name tells."""
    return next((place for place, known in PLACES.items() if known.search(name)), "")
