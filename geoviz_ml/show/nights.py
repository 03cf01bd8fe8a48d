"""Where a night lies on the axes of a picture: hours and hertz."""

from __future__ import annotations

import numpy as np

from ..datasets.nights import Nights


def extent(nights: Nights, i: int = 0) -> tuple[float, float, float, float]:
    """Hours since the midnight before the evening of night `i`, and Hz: its edges for `imshow`.

    Hours run from 18 to 30; the functions of `geoviz_ml.show.plots` write 18 to 06.
    """
    hours = (nights.time[i] - nights.dates[i].astype("datetime64[D]")) / np.timedelta64(1, "h")
    step, rise = hours[1] - hours[0], nights.frequency[1] - nights.frequency[0]
    return (
        float(hours[0] - step / 2),
        float(hours[-1] + step / 2),
        float(nights.frequency[0] - rise / 2),
        float(nights.frequency[-1] + rise / 2),
    )
