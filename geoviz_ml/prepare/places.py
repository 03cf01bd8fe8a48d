"""Where on the Sun the boxes of a picture are.

Coordinates are those of Thompson 2006, Astron. Astrophys. 449, 791.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from ..geometry.sun import Disk
from ..geometry.sun_view import SunView
from ..geometry.sun_wcs import sun_world
from .disk import picture_disk
from .pictures import in_order

NO_TIME = "No time: latitude of the disk's centre taken as 0, an error of up to 7 degrees."
NO_KIND = "The header does not tell which longitudes the map has (CTYPE1)."
NO_CENTRE = "The header has no longitude of the disk's centre (CRLN_OBS)."
NO_HEADER = "No header tells where the disk is and which way is north."


def box_places(
    boxes: pd.DataFrame, magnetogram: xr.DataArray | Mapping, disk: Disk | None = None
) -> pd.DataFrame:
    """Add to boxes the heliographic position of their centres.

    Parameters
    ----------
    boxes : DataFrame
        `x1`, `y1`, `x2`, `y2` in pixels.
    magnetogram : DataArray (y, x), or its ``attrs``
        From `read_magnetogram`; its header tells where the disk is and how it is turned.
    disk : (float, float, float), optional
        Where the header does not tell (a PNG): x and y of the centre and radius, pixels, as of
        `geoviz_ml.geometry.find_disk`.

    Returns
    -------
    DataFrame
        The boxes with `latitude` and `longitude` (degrees from the central meridian, west
        positive), and `carrington` where the header has the longitude of the disk's centre; NaN
        where the centre is off the disk. Without a latitude of the disk's centre in the header, it
        is computed from the time; without a time it is 0, an error of at most 7 degrees.

    Raises
    ------
    UsageError
        Neither the header nor `disk` tells where the disk is.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.prepare import box_places
    >>> boxes = pd.DataFrame({"x1": [295.5], "y1": [190.5], "x2": [305.5], "y2": [210.5]})
    >>> places = box_places(boxes, {"b0": 0.0}, disk=(200.0, 200.0, 200.0))
    >>> places.longitude.round().tolist()  # half a radius west: 30 degrees
    [30.0]
    """
    view = SunView.of(getattr(magnetogram, "attrs", magnetogram), disk)
    latitude, longitude = view.places(*_centres(boxes))
    placed = boxes.assign(latitude=latitude, longitude=longitude)
    return placed if view.l0 is None else placed.assign(carrington=view.carrington(longitude))


def place_boxes(boxes: pd.DataFrame, data: xr.DataArray, north_up: bool = False) -> pd.DataFrame:
    """Add the heliographic (Stonyhurst) position of boxes, or say why there is none.

    Parameters
    ----------
    boxes : DataFrame
        `x1`, `y1`, `x2`, `y2` in pixels of the file.
    data : DataArray (y, x)
        From `read_magnetogram`.
    north_up : bool
        Trust that a picture without a header shows the whole disk with north up; its time is taken
        from its name.

    Returns
    -------
    DataFrame
        The boxes with `latitude`, `longitude` (degrees from the central meridian, west positive),
        `carrington` (degrees; NaN where the header does not tell the longitude of the disk's
        centre) and `place_note`, why a position is missing or how good it is.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.prepare import place_boxes
    >>> boxes = pd.DataFrame({"x1": [45.5], "y1": [90.5], "x2": [55.5], "y2": [110.5]})
    >>> sun = xr.DataArray(np.zeros((201, 201)), {"x": range(201), "y": range(201)}, ("y", "x"))
    >>> place_boxes(boxes, sun).place_note[0]
    'No header tells where the disk is and which way is north.'
    >>> sun.attrs = {"disk_x": 100.0, "disk_y": 100.0, "disk_radius": 100.0, "b0": 0.0}
    >>> place_boxes(boxes, sun).longitude.round().tolist()  # half a radius east
    [-30.0]
    """
    a, data = data.attrs, in_order(data, "y", "x")
    if data.x.attrs.get("units") == "degree":  # a map's coordinates
        placed, note = _map_places(boxes, data)
    elif "disk_radius" in a:
        placed = box_places(boxes, data)
        note = "" if "b0" in a or a.get("time") else NO_TIME
    elif north_up:
        placed = box_places(boxes, data, picture_disk(data))
        note = "No header: disk found in the picture, north taken to be up. "
        note = (note + ("" if a.get("time") else NO_TIME)).strip()
    else:
        placed = boxes.assign(latitude=np.nan, longitude=np.nan)
        note = NO_HEADER
    if "carrington" not in placed:
        placed["carrington"] = np.nan
    off = placed.latitude.isna() & (note not in (NO_HEADER, NO_KIND))
    return placed.assign(place_note=np.where(off, "The box's centre is beyond the limb.", note))


def _centres(boxes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the boxes' centres, where 0, 0 is the centre of the top left pixel."""
    x, y = (boxes.x1 + boxes.x2) / 2 - 0.5, (boxes.y1 + boxes.y2) / 2 - 0.5
    return x.to_numpy(float), y.to_numpy(float)


def _map_places(boxes: pd.DataFrame, data: xr.DataArray) -> tuple[pd.DataFrame, str]:
    """Positions in a map in heliographic coordinates of any projection, and what is missing."""
    world, l0 = sun_world(data.attrs.get("header", {}), data.shape), data.attrs.get("l0")
    if world.frame in ("pixel", "map"):
        return boxes.assign(latitude=np.nan, longitude=np.nan), NO_KIND
    latitude, longitude, carrington = world.places(*_centres(boxes), l0)
    placed = boxes.assign(latitude=latitude, longitude=longitude, carrington=carrington)
    return placed, NO_CENTRE if l0 is None else ""
