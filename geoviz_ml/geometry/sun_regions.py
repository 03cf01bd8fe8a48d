"""Where NOAA's regions lie in a picture of the Sun, and the boxes that their extents draw."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import UsageError
from .instant import instant
from .sun import Disk, rotate, sun_b0
from .sun_view import SunView

LONGEST = 1.5  # days over which a position is rotated
FLATTEST = 2.0  # degrees: half the least height of a box


def regions_in_picture(
    regions: pd.DataFrame,
    time: np.datetime64 | str,
    disk: Disk,
    b0: float | None = None,
    rotation: float = 0.0,
) -> pd.DataFrame:
    """Rotate the regions to the time of a picture, and place them in it.

    Of each region the entry nearest in time is used, of two equally near the later, which was
    compiled from the observations of the picture's day. A region that came up after a day's summary
    stands in the next one.

    Parameters
    ----------
    regions : DataFrame
        From `geoviz_ml.readers.read_srs`, any number of days; only regions with spots (section I)
        are used.
    time : datetime-like, UT
    disk : (float, float, float)
        x and y of the disk's centre and its radius, pixels.
    b0 : float, optional
        Latitude of the disk's centre, degrees; by default computed for the Earth.
    rotation : float, degrees
        By which solar north leans from up, clockwise.

    Returns
    -------
    DataFrame
        The regions' rows with `x` and `y` in pixels; those on the far side are left out. Empty if
        there is no summary within 36 hours.

    Raises
    ------
    UsageError
        `time` or the regions' dates are numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from geoviz_ml.geometry import regions_in_picture
    >>> srs = {"date": [np.datetime64("2022-09-07")], "section": ["I"], "number": [13000]}
    >>> srs |= {"latitude": [10.0], "longitude": [0.0], "extent": [8.0]}
    >>> disk = (256.0, 256.0, 200.0)
    >>> placed = regions_in_picture(pd.DataFrame(srs), "2022-09-07T12", disk)
    >>> placed[["x", "y"]].round().values.tolist()  # to the west in half a day
    [[279.0, 246.0]]
    """
    time = instant(time, "s")
    away = _days(regions, time)
    chosen = (np.abs(away) <= LONGEST) & (regions.section == "I").to_numpy()
    near = regions[chosen].assign(days=away[chosen])
    near = near.iloc[np.lexsort((near.days, near.days.abs()))].drop_duplicates("number")
    view = SunView(disk, sun_b0(time) if b0 is None else b0, rotation)
    x, y, visible = view.pixels(near.latitude, rotate(near.longitude, near.latitude, near.days))
    return near.assign(x=x, y=y)[visible].drop(columns="days").reset_index(drop=True)


def region_boxes(
    placed: pd.DataFrame,
    time: np.datetime64 | str,
    disk: Disk,
    b0: float | None = None,
    rotation: float = 0.0,
) -> pd.DataFrame:
    """Draw a box around each region from NOAA's extent in longitude.

    The box is half as high as it is wide, in degrees, but 4 degrees at least. It is no more than
    that: nobody has looked at the picture.

    Parameters
    ----------
    placed : DataFrame
        From `regions_in_picture`, of the same picture; `extent` in degrees of longitude.
    time, disk, b0, rotation
        As for `regions_in_picture`.

    Returns
    -------
    DataFrame
        The same rows with `x1`, `y1`, `x2`, `y2` in pixels.

    Raises
    ------
    UsageError
        As of `regions_in_picture`.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from geoviz_ml.geometry import region_boxes, regions_in_picture
    >>> srs = {"date": [np.datetime64("2022-09-07")], "section": ["I"], "number": [13000]}
    >>> srs |= {"latitude": [10.0], "longitude": [0.0], "extent": [8.0]}
    >>> disk = (256.0, 256.0, 200.0)
    >>> placed = regions_in_picture(pd.DataFrame(srs), "2022-09-07", disk)
    >>> box = region_boxes(placed, "2022-09-07", disk).iloc[0]
    >>> round(box.x2 - box.x1), round(box.y2 - box.y1)  # 8 degrees by 4, near the centre
    (28, 14)
    """
    time = instant(time, "s")
    view = SunView(disk, sun_b0(time) if b0 is None else b0, rotation)
    longitude = rotate(placed.longitude, placed.latitude, _days(placed, time))
    east = np.maximum(placed.extent / 2, FLATTEST)
    north = np.maximum(placed.extent / 4, FLATTEST)
    corners = [
        view.pixels(placed.latitude + j * north, np.clip(longitude + i * east, -90, 90))[:2]
        for i in (-1, 1)
        for j in (-1, 1)
    ]
    x, y = np.moveaxis(np.array(corners, float), 1, 0)
    return placed.assign(x1=x.min(0), y1=y.min(0), x2=x.max(0), y2=y.max(0))


def _days(regions: pd.DataFrame, time: np.datetime64) -> np.ndarray:
    """Days from the regions' dates to a time."""
    if regions.date.dtype.kind in "iuf" and len(regions):
        raise UsageError(
            f"dates of regions are {regions.date.dtype}, and may mean years or seconds.",
            advice="Use pandas.to_datetime with their format.",
        )
    dates = regions.date
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        dates = dates.dt.tz_convert(None)
    return (time - dates.to_numpy().astype("datetime64[s]")) / np.timedelta64(1, "D")
