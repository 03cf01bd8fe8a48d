"""A drawn Sun with bipoles at known places."""

import numpy as np

from geoviz_ml.geometry import disk_position, sun_b0
from geoviz_ml.simulate.writers_sun import write_magnetogram

TIME = "2014-05-01T12:00:00"
B0 = sun_b0(TIME)
DISK = (149.0, 151.0, 130.0)
NORTH_WEST, SOUTH_EAST = (20.0, 30.0), (-15.0, -40.0)


def sun(places=(NORTH_WEST, SOUTH_EAST), size=300, disk=DISK):
    """A disk with bipoles at these latitudes and longitudes, G."""
    rows, columns = np.mgrid[:size, :size]
    values = np.random.default_rng(0).normal(0, 5, (size, size))
    for latitude, longitude in places:
        x, y, _ = disk_position(latitude, longitude, B0, disk)
        for shift, strength in ((-5, -900), (5, 900)):
            values[np.hypot(columns - x - shift, rows - y) < 5] = strength
    return np.where(np.hypot(columns - disk[0], rows - disk[1]) < disk[2], values, np.nan)


def write(folder, name="20140501_120000_hmi.fits", values=None, disk=DISK):
    values = sun() if values is None else values
    return write_magnetogram(folder / name, values, TIME, disk, B0, 120.0)
