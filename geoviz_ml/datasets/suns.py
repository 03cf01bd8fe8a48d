"""Full-disk pictures of the Sun with the boxes, or with NOAA's regions, that are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, GeovizError, UsageError
from ..prepare.regions import regions_in_picture
from ..prepare.sun_picture import KINDS, SunPicture, sun_picture
from ..progress import progress
from ..readers import read_magnetogram
from .base import PictureSet, no_truth, picture_table, truth_of
from .layout import REGION_TABLE
from .sun_folder import (
    KNOWN,
    boxes_file,
    noaa_boxes,
    noaa_regions,
    read_boxes,
    sun_pictures,
)

PLACES = {"SDO/HMI": re.compile("hmi", re.I), "GONG": re.compile(r"[a-z]{5}\d{6}t\d{4}")}


@dataclass(frozen=True, kw_only=True, repr=False)
class Suns(PictureSet):
    """Pictures of the Sun in order of time, float32 in 0..1, as of `SunPicture.grey`.

    Attributes
    ----------
    regions : list of N DataFrames or None
        NOAA's regions with spots on the disk at the picture's time: `number`, `latitude` and
        `longitude` (degrees, as the summary has them), `area`, `extent`, `mount_wilson`,
        `mcintosh`, and `x` and `y`, pixels of `pictures`. None where the folder does not tell, or
        a picture's time is not known.

    See `PictureSet` for the rest. The table adds `picture` (name), `kind` (magnetogram or
    continuum) and, of simulated pictures, `sequence`.
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
        Drawn ones if the folder has them; drawn ones; estimates from NOAA's extents
        (``regions.csv`` of ``data_fetch magnetograms``); none.

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
    doi:10.1007/s11207-011-9834-2 (SDO/HMI, public domain, courtesy of NASA/SDO and the HMI science
    team); DeepSDO, KASI (boxes, no licence stated); NOAA SWPC (public domain). To fetch:
    ``magnetograms``, ``magnetograms-sample``, ``magnetograms-2026``, ``gong-sample``, ``deepsdo``.
    """
    folder = Path(folder)
    rows = sun_pictures(folder, kind)
    drawn = _boxes(folder, rows.picture.to_list(), boxes)
    noaa = noaa_regions(folder)
    pictures, table = np.empty((len(rows), size, size), np.float32), []
    found: list[np.ndarray] = []
    regions: list[pd.DataFrame] = []
    for i, row in enumerate(progress([*rows.itertuples()], "reading")):
        data = read_magnetogram(row.path)
        shot = _whole_sun(data, size, kind, row.path)
        pictures[i] = shot.grey()
        time = pd.Timestamp(getattr(row, "time", None) or data.attrs.get("time") or pd.NaT)
        table.append((time, shot.kind))
        if drawn:
            found.append(shot.from_file(drawn(i, data.shape)))
        if noaa is not None and not pd.isna(time):
            disk = ((size - 1) / 2, (size - 1) / 2, shot.radius)
            a = data.attrs
            placed = regions_in_picture(noaa, time, disk, a.get("b0"), a.get("rotation", 0.0))
            regions.append(placed[[*KNOWN, "x", "y"]])
    times, kinds = zip(*table, strict=True)
    if len({*kinds}) > 1:
        odd = kinds.index("continuum" if kinds.count("continuum") <= len(kinds) / 2 else KINDS[0])
        raise UsageError(f"shows a {kinds[odd]}, unlike others.", rows.path[odd], "Give kind.")
    more = {name: rows[name].to_numpy() for name in ("picture", "sequence") if name in rows}
    places = [_place(path.name) for path in rows.path]
    suns = Suns(
        pictures=pictures,
        table=picture_table(folder, [*rows.path], times, places, kind=kinds[0], **more),
        folder=folder,
        boxes=found if drawn else None,
        regions=regions if len(regions) == len(rows) else None,
    )
    return suns[np.argsort(suns.table.time, kind="stable")]


def _whole_sun(data: xr.DataArray, size: int, kind: str | None, path: Path) -> SunPicture:
    try:
        shot = sun_picture(data, size, kind)
    except GeovizError as error:
        raise DataFileError(error.problem, path, error.advice) from error
    if shot.disk is None:
        raise DataFileError("is a cut-out, not the whole Sun.", path, "Keep it in another folder.")
    return shot


def _boxes(
    folder: Path, names: list[str], asked: str | None
) -> Callable[[int, tuple[int, int]], np.ndarray] | None:
    """What gives the boxes (k, 4) of a picture in pixels of its file, by number and size."""
    if asked is None:
        return None
    if asked == "noaa":
        estimated = noaa_boxes(folder)
        if estimated is None:
            raise no_truth(folder, f"{REGION_TABLE}, NOAA's boxes,")
        return lambda i, size: estimated.get(names[i], np.empty((0, 4)))
    if asked not in ("auto", "drawn"):
        raise UsageError(f"boxes are 'auto', 'drawn', 'noaa' or None, not {asked!r}.")
    files = truth_of(
        names, lambda name: boxes_file(folder, name), folder, "boxes", asked == "drawn"
    )
    return None if files is None else lambda i, size: read_boxes(files[i], size)


def _place(name: str) -> str:
    """The instrument, as the file's name tells."""
    return next((place for place, known in PLACES.items() if known.search(name)), "")
