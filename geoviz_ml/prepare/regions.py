"""NOAA's regions in a picture of the Sun, and which box holds which region."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import UsageError
from ..geometry.sun_regions import regions_in_picture
from ..geometry.sun_view import SunView
from .disk import picture_disk


def place_regions(
    regions: pd.DataFrame, data: xr.DataArray, north_up: bool = False
) -> pd.DataFrame:
    """NOAA's regions in a picture of the whole Sun, wherever it comes from.

    Parameters
    ----------
    regions : DataFrame
        From `geoviz_ml.readers.read_srs`, any number of days.
    data : DataArray (y, x)
        From `geoviz_ml.readers.read_magnetogram`.
    north_up : bool
        Trust that a picture without a header shows the whole disk with north up; the disk is then
        found in the picture.

    Returns
    -------
    DataFrame
        As from `regions_in_picture`.

    Raises
    ------
    UsageError
        The picture does not tell its time or where its disk is, or shows none.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.prepare import place_regions
    >>> srs = {"date": [pd.Timestamp("2022-09-07")], "section": ["I"], "number": [13088]}
    >>> regions = pd.DataFrame(srs | {"latitude": [0.0], "longitude": [30.0], "extent": [8.0]})
    >>> sun = xr.DataArray(np.zeros((512, 512)), dims=("y", "x"))
    >>> sun.attrs = {"disk_x": 256.0, "disk_y": 256.0, "disk_radius": 200.0, "time": "2022-09-07"}
    >>> placed = place_regions(regions, sun)
    >>> placed[["x", "y"]].round().values.tolist()  # half a radius west, and below: B0 is 7 degrees
    [[356.0, 278.0]]
    """
    if not data.attrs.get("time"):
        raise UsageError(
            "the picture does not tell its time, so regions have no place in it.",
            advice="Set data.attrs['time'], or give the file a name with its date and time.",
        )
    if "disk_radius" not in data.attrs and not north_up:
        raise UsageError(
            "no header tells where the disk is and which way is north.",
            advice="Give north_up=True for a picture of the whole disk with north up.",
        )
    view = SunView.of(data.attrs, picture_disk(data))
    return regions_in_picture(regions, data.attrs["time"], view.disk, view.b0, view.rotation)


def join_boxes(boxes: pd.DataFrame, placed: pd.DataFrame, margin: float = 12.0) -> pd.DataFrame:
    """Give each box the region in it.

    NOAA gives a group's position in whole degrees, and draws the limits of groups otherwise than
    who draws boxes: a margin of 5 % of the disk's radius, as by default in pictures of 512 pixels,
    finds a region for 98 of 100 boxes, no margin for 94.

    Parameters
    ----------
    boxes : DataFrame
        `x1`, `y1`, `x2`, `y2` in pixels, as from `read_yolo`.
    placed : DataFrame
        From `regions_in_picture`.
    margin : float
        Pixels by which a region may lie outside.

    Returns
    -------
    DataFrame
        The boxes with `regions`, the number of regions inside, and of the one nearest to the box's
        centre `number`, `mount_wilson` and `mcintosh` (0 and "" where there is none).

    Raises
    ------
    UsageError
        The margin is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.prepare import join_boxes
    >>> boxes = pd.DataFrame({"x1": [100, 300], "y1": 200, "x2": [140, 330], "y2": 220})
    >>> noaa = {"x": [145.0], "y": [210.0], "number": [13088], "mount_wilson": ["Beta"]}
    >>> placed = pd.DataFrame(noaa | {"mcintosh": ["Dai"]})
    >>> join_boxes(boxes, placed).mount_wilson.tolist()  # 5 pixels outside is within the margin
    ['Beta', '']
    """
    if margin < 0:
        raise UsageError(f"margin is not negative: {margin}.")
    rows = []
    for box in boxes.itertuples():
        inside = placed[
            placed.x.between(box.x1 - margin, box.x2 + margin)
            & placed.y.between(box.y1 - margin, box.y2 + margin)
        ]
        away = np.hypot(inside.x - (box.x1 + box.x2) / 2, inside.y - (box.y1 + box.y2) / 2)
        row = (len(inside), 0, "", "")
        if len(inside):
            first = inside.iloc[away.argmin()]
            row = (len(inside), int(first.number), first.mount_wilson, first.mcintosh)
        rows.append(row)
    columns = ["regions", "number", "mount_wilson", "mcintosh"]
    found = pd.DataFrame(rows, columns=columns)
    return boxes.assign(**{name: found[name].to_numpy() for name in columns})  # in rows' order
