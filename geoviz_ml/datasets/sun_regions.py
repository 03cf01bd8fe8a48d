"""NOAA's regions on the pictures of a folder: of its summaries, or of the table of a fetch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..boxes.encode import as_boxes
from ..files import listing
from ..geometry import region_boxes, regions_in_picture
from ..prepare.sun_picture import SunPicture
from ..readers import read_srs
from ..readers.boxes import CORNERS
from .base import files_below, read_table
from .layout import REGION_TABLE

TOLD = ["number", "latitude", "longitude", "area", "extent", "mount_wilson", "mcintosh"]
COLUMNS = [*TOLD, "x", "y", *CORNERS]
FETCHED = ["picture", "number", "mount_wilson", "mcintosh", "area", "x", "y", *CORNERS]


@dataclass(frozen=True)
class Noaa:
    """What a folder knows of NOAA's regions.

    Attributes
    ----------
    days : DataFrame or None
        Regions of many days, as from `read_srs`.
    fetched : DataFrame or None
        Regions in the files of pictures, ``regions.csv`` of ``data_fetch magnetograms``: used
        where there are no summaries.
    """

    days: pd.DataFrame | None
    fetched: pd.DataFrame | None

    @classmethod
    def of(cls, folder: Path) -> Noaa | None:
        """Look into a folder; None where it tells nothing.

        Raises
        ------
        DataFileError
            A summary or the table is damaged.
        """
        days, path = region_days(folder), folder / REGION_TABLE
        fetched = read_table(path, FETCHED) if days is None and path.is_file() else None
        return None if days is None and fetched is None else cls(days, fetched)

    def regions(
        self, picture: str, time: pd.Timestamp, data: xr.DataArray, shot: SunPicture
    ) -> pd.DataFrame:
        """The regions with spots in one picture, placed in the pixels of `shot.values`.

        Parameters
        ----------
        picture : str
            Its name in the table.
        time : Timestamp, UT
        data : DataArray (y, x)
            The file, as from `read_magnetogram`.
        shot : SunPicture
            Of a whole disk.

        Returns
        -------
        DataFrame
            `number`, `latitude`, `longitude` (degrees, as the summary has them), `area` (millionths
            of the hemisphere), `extent` (degrees), `mount_wilson`, `mcintosh`, `x`, `y`, and a box
            `x1`, `y1`, `x2`, `y2` drawn from the extent. What the table does not tell is NaN.
        """
        if self.days is None:
            return self._of_table(picture, shot)
        middle = (len(shot.values) - 1) / 2
        view = (middle, middle, shot.radius), data.attrs.get("b0"), data.attrs.get("rotation", 0.0)
        placed = regions_in_picture(self.days, time, *view)
        return region_boxes(placed, time, *view)[COLUMNS]

    def _of_table(self, picture: str, shot: SunPicture) -> pd.DataFrame:
        rows = self.fetched[self.fetched.picture == picture].reset_index(drop=True)
        places = np.add(rows[["x", "y"]], 0.5).to_numpy()  # a pixel's middle is a whole number
        x, y = ((places - shot.corner) * shot.scale - 0.5).T
        corners = pd.DataFrame(shot.from_file(as_boxes(rows[CORNERS])), columns=CORNERS)
        return rows.assign(x=x, y=y, **corners).reindex(columns=COLUMNS)


def region_days(folder: Path) -> pd.DataFrame | None:
    """NOAA's regions of all days that the folder tells of, as from `read_srs`; None without any.

    Raises
    ------
    DataFileError
        A summary is damaged.
    """
    tables = [path for path in files_below(folder, "*.csv") if _is_region_days(path)]
    if listing(folder, "*SRS.txt", deep=True):
        tables.append(folder)
    return pd.concat(map(read_srs, tables), ignore_index=True) if tables else None


def _is_region_days(path: Path) -> bool:
    with open(path, errors="replace") as file:
        return file.readline(1000).startswith("date,noaa_number,")
