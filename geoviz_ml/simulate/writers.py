"""Files in the formats of the instruments, as the readers of real files expect them.

Every function writes one file, whole or not at all; the same values give the
same bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..files import atomic_path


def write_themis(
    folder: str | PathLike,
    frames: np.ndarray,
    times: Sequence[np.datetime64 | str],
    site: str = "gill",
    imager: str = "themis19",
    latitude: float = 56.3539,
    longitude: float = -94.6557,
) -> Path:
    """Write a minute of all-sky frames as raw "stream0".

    Parameters
    ----------
    folder : path-like
        The file goes to ``YYYY/MM/DD/<site>_<imager>/utHH`` below it, as in the archive.
    frames : ndarray (n, y, x), uint16, counts
    times : sequence of n datetime-like, UT
        All in one minute; microseconds are kept.
    site, imager : str
    latitude, longitude : float, degrees

    Returns
    -------
    pathlib.Path
        ``YYYYMMDD_HHMM_<site>_<imager>_full.pgm.gz``.

    Raises
    ------
    UsageError
        The frames are not uint16 (n, y, x), the times not as many, or not of one minute.
    """
    frames = np.asarray(frames)
    moments = [np.datetime64(t, "us").item() for t in times]
    if frames.ndim != 3 or frames.dtype != np.uint16 or len(frames) != len(moments) or not moments:
        raise UsageError(f"frames are uint16 (n, y, x) with n times, not {frames.shape}.")
    if len({m.replace(second=0, microsecond=0) for m in moments}) > 1:
        raise UsageError("the times are not all in one minute.")
    first = moments[0]
    parts = []
    for frame, moment in zip(frames, moments, strict=True):
        header = {
            "Project unique ID": "THEMIS",
            "Site unique ID": site,
            "Imager unique ID": imager,
            "Imager model": "simulated, with THEMIS all-sky optics",
            "Ccd background": "3300",
            "Pixel depth": "16 bits",
            "Geodetic latitude": f"{latitude:.4f}",
            "Geodetic Longitude": f"{longitude:.4f}",
            "Mode unique ID": "full",
            "Exposure options": "WIDTH=512 HEIGHT=256 XBIN=2 YBIN=1 MSEC=1000",
            "Image request start": f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC",
            "Exposure plus initial readout": "1000.00 ms",
        }
        lines = "".join(f'#"{key}" {value}\n' for key, value in header.items())
        height, width = frame.shape
        parts.append(f"P5\n{lines}{width} {height}\n65535\n".encode("ascii"))
        parts.append(frame.astype(">u2").tobytes())
    path = Path(folder) / themis_name(first, site, imager)
    with atomic_path(path) as tmp:
        tmp.write_bytes(gzip.compress(b"".join(parts), 6, mtime=0))
    return path


def themis_name(time: np.datetime64 | str, site: str, imager: str) -> str:
    """Name of the file of the minute with a `time` (UT), with the folders above it."""
    at = np.datetime64(time, "us").item()
    name = f"{at:%Y%m%d_%H%M}_{site}_{imager}_full.pgm.gz"
    return f"{at:%Y/%m/%d}/{site}_{imager}/ut{at:%H}/{name}"


def write_cses(
    folder: str | PathLike,
    power: dict[str, np.ndarray],
    frequency: np.ndarray,
    time: np.ndarray,
    along: dict[str, np.ndarray],
    orbit: int = 12345,
    ascending: bool = True,
) -> Path:
    """Write half an orbit of VLF spectra of CSES-01.

    Parameters
    ----------
    folder : path-like
    power : dict of ndarray (n, m)
        Components "x", "y", "z": power spectral density.
    frequency : ndarray (m,), Hz
    time : ndarray (n,) of datetime64, UT
        Milliseconds are kept.
    along : dict of ndarray (n,)
        `latitude`, `longitude`, `mag_latitude`, `mag_longitude` (degrees), `altitude` (km),
        `workmode` (1 survey, 2 burst).
    orbit : int
    ascending : bool

    Returns
    -------
    pathlib.Path
        ``CSES_01_EFD_3_L02_A1_<orbit><0|1>_<start>_<end>_000.h5``.

    Raises
    ------
    UsageError
        A component does not have a row a time and a column a frequency.
    """
    import h5py

    time = np.asarray(time, "datetime64[ms]")
    column = {
        "GEO_LAT": ("latitude", np.float32),
        "GEO_LON": ("longitude", np.float32),
        "MAG_LAT": ("mag_latitude", np.float32),
        "MAG_LON": ("mag_longitude", np.float32),
        "ALTITUDE": ("altitude", np.float32),
        "WORKMODE": ("workmode", np.int16),
    }
    stamp = [int(f"{t:%Y%m%d%H%M%S}{t.microsecond // 1000:03d}") for t in time.tolist()]
    content = {
        "UTC_TIME": np.array(stamp, np.int64),
        "VERSE_TIME": (time - np.datetime64("2009-01-01")).astype(np.int64),
        "FREQ": np.asarray(frequency, np.float32),
    }
    content |= {key: np.asarray(along[name], kind) for key, (name, kind) in column.items()}
    content = {key: values[:, None] for key, values in content.items()}
    for key, component in (("A131_P", "x"), ("A132_P", "y"), ("A133_P", "z")):
        content[key] = np.asarray(power[component], np.float32)
        if content[key].shape != (len(time), len(frequency)):
            raise UsageError(f"{component} has shape {content[key].shape}, which does not fit.")
    start, end = (time[i].item().strftime("%Y%m%d_%H%M%S") for i in (0, -1))
    name = f"CSES_01_EFD_3_L02_A1_{orbit:05d}{int(ascending)}_{start}_{end}_000.h5"
    with atomic_path(Path(folder) / name) as tmp, h5py.File(tmp, "w") as file:
        for key in sorted(content):
            packed = dict(compression="gzip", compression_opts=1, shuffle=True)
            packed = packed if key.endswith("_P") else {}
            file.create_dataset(key, data=content[key], track_times=False, **packed)
    return Path(folder) / name
