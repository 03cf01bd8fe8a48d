"""The digital all-sky camera of Poker Flat, Alaska: a FITS file a frame, and maps of the sky.

A frame is ``PKR_DASC_0558_YYYYMMDD_HHMMSS.sss.FITS``, where 0558 is the filter's wavelength in nm.
Where each pixel looks stands in two files, ``PKR_DASC_0558_YYYYMMDD_Az.FIT`` and ``..._El.FIT``.
"""

from __future__ import annotations

import os
import re
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import AGAIN, listing, read_bounded, untrusted
from ..geometry.sky import pixel_corners, place_below
from .fits import read_fits_picture
from .frames import NORTH_UP, UNKNOWN, Piece, frame_files, join_frames
from .skymap import sky_dataset

NAME = re.compile(r"[A-Z]{3}_DASC_(\d{4})_(\d{8})_(\d{6}(\.\d{1,6})?)\.FITS(\.gz)?", re.IGNORECASE)
FRAMES = "*_dasc_{}_????????_??????*.fits", "*_dasc_{}_????????_??????*.fits.gz"
LONGEST_FILE = 2**25  # bytes, expanded; a frame has 0.5 MB, of 1024 x 1024 pixels 2 MB
LARGEST = 2**14 - 1  # counts of its 14 bits
TURNED = 2012  # the year from which frames lie as the maps of 2015 do
ALTITUDES = 90.0, 110.0, 150.0  # km, of the aurora
POKER_FLAT = 65.126, -147.479  # degrees


def read_dasc(
    path: str | PathLike, wavelength: int | None = None, on_error: str = "raise"
) -> xr.DataArray:
    """Read one frame, or all of one wavelength in a folder and the folders in it.

    Parameters
    ----------
    path : path-like
        A ``.FITS`` file, or a folder that holds some.
    wavelength : int, nm, optional
        As in the files' names: 428, 558 or 630. Not needed where there is only one.
    on_error : {"raise", "gap"}
        A file that cannot be trusted stops the reading, or is left out and named in
        ``attrs["problems"]``.

    Returns
    -------
    DataArray (time, y, x), uint16, counts
        As from `read_themis`: row 0 is roughly magnetic north, column 0 east, which is the file
        with rows and columns exchanged (see Notes); `read_dasc_skymap` does the same. `time` (UT)
        is the begin of the exposure. Attributes as of `read_themis`, and `wavelength` (nm).

    Raises
    ------
    MissingDataError
        There is no such file, or no such frame in the folder.
    DataFileError
        A file is cut short, damaged, of another format or another wavelength than its name says,
        holds counts beyond the camera's 14 bits (a disk of the archive once filled files with
        random numbers), or frames are not in order of time.
    UsageError
        The folder has several wavelengths and none is given, or more frames than one call may
        hold.

    Notes
    -----
    How frames and maps lie to each other was found with the stars: on the four frames of
    7 October 2015, 08:24 UT, summed, Vega is within a pixel of where the maps of 2015 put it, and
    24 bright stars together stand out by 6.9 standard deviations there. With the frames turned or
    mirrored in any of the seven other ways, and shifted by up to 8 pixels besides, they stand out
    by 3.0 at most. Frames before 2012 are said to be turned by half a turn; for these `orientation`
    is not known.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from geoviz_ml.readers import read_dasc
    >>> path = Path(tempfile.mkdtemp()) / "PKR_DASC_0558_20151007_082351.743.FITS"
    >>> fits.writeto(path, np.array([[300, 400], [500, 600]], np.int16))
    >>> frames = read_dasc(path)
    >>> frames.attrs["wavelength"], frames.values[0].tolist()  # nm; rows and columns exchanged
    (558.0, [[300, 500], [400, 600]])
    """
    files = frame_files(path, [pattern.format("????") for pattern in FRAMES])
    waves = sorted({int(found[1]) for file in files if (found := NAME.fullmatch(file.name))})
    if wavelength is None and len(waves) > 1:
        raise UsageError(
            f"holds frames of {', '.join(map(str, waves))} nm.", path, "Give wavelength=558, say."
        )
    wave = "????" if wavelength is None else f"{wavelength:04d}"

    def read(file: Path) -> Piece:
        return _read_frame(file, wavelength)

    return join_frames(path, [pattern.format(wave) for pattern in FRAMES], read, on_error)


def _read_frame(path: Path, wavelength: int | None) -> Piece:
    values, header, size = _read_fits(path)
    found = NAME.fullmatch(path.name)
    told = str(header.get("FILTWAV", found[1] if found else "")).strip()
    if not re.fullmatch(r"\d{1,4}", told) or int(told) != (wavelength or int(told)):
        raise DataFileError(f"its filter is of {told!r} nm.", path, "Is its name right?")
    if not ((values >= 0) & (values <= LARGEST)).all():
        raise DataFileError(f"holds counts beyond 0 to {LARGEST}: it is damaged.", path, AGAIN)
    time = _time(header, found, path)
    site = str(header.get("SITE", path.name[:3])).strip().lower()
    attrs = {"units": "counts", "site": site, "imager": "dasc", "wavelength": float(told)}
    for name, key in (("latitude", "GLAT"), ("longitude", "GLON"), ("exposure", "EXPTIME")):
        if isinstance(header.get(key), int | float):
            attrs[name] = float(header[key])
    attrs["orientation"] = NORTH_UP if time >= np.datetime64(str(TURNED)) else UNKNOWN
    attrs["header"] = {key: str(value) for key, value in header.items()}
    frames = np.ascontiguousarray(values.T.astype(np.uint16))[None]
    return Piece(frames, np.array([time]), f"{site} dasc {told}", size, attrs)


def _read_fits(path: Path) -> tuple[np.ndarray, dict, int]:
    """The picture with the file's first row first, its keywords, and the file's size."""
    raw = read_bounded(path, LONGEST_FILE)
    values, header = read_fits_picture(raw, path, LONGEST_FILE)
    return values[::-1], header, len(raw)


def _time(header: dict, found: re.Match | None, path: Path) -> np.datetime64:
    """From the header (two ways are in use), else from the name."""
    text = str(header.get("FRAME", ""))
    if "OBSDATE" in header and "OBSSTART" in header:
        text = f"{header['OBSDATE']}T{header['OBSSTART']}"
    elif not text and found:
        date, clock = found[2], found[3]
        text = f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?", text):
        raise DataFileError(f"has no time: {text!r}.", path, AGAIN)
    with untrusted(path, "frame with a time"):
        return np.datetime64(text, "ns")


def read_dasc_skymap(
    path: str | PathLike,
    latitude: float = POKER_FLAT[0],
    longitude: float = POKER_FLAT[1],
    site: str = "pkr",
) -> xr.Dataset:
    """Read where each pixel looks, and place the pixels on shells at 90, 110 and 150 km.

    Parameters
    ----------
    path : path-like
        An ``..._Az.FIT`` file, beside which lies the ``..._El.FIT``; or a folder with one pair.
    latitude, longitude : float, degrees
        Of the camera, which the maps do not tell. Default: Poker Flat.
    site : str
        As ``attrs["site"]`` of the frames.

    Returns
    -------
    Dataset
        As from `read_skymap`, rows and columns as of `read_dasc`.

    Raises
    ------
    MissingDataError, DataFileError
        A file of the pair is not there, is damaged, or is no map of the sky.
    UsageError
        The folder holds several pairs.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from geoviz_ml.readers import read_dasc_skymap
    >>> folder = Path(tempfile.mkdtemp())
    >>> azimuth, name = np.array([[45.0, 135.0], [315.0, 225.0]]), "PKR_DASC_0558_20150213"
    >>> fits.writeto(folder / f"{name}_Az.FIT", azimuth)
    >>> fits.writeto(folder / f"{name}_El.FIT", np.full((2, 2), 45.0))
    >>> sky = read_dasc_skymap(folder)
    >>> sky.azimuth.values.tolist()  # degrees: north up, east left
    [[45.0, 315.0], [135.0, 225.0]]
    >>> sky.altitude.values.tolist(), sky.latitude.shape  # km, and corners
    ([90.0, 110.0, 150.0], (3, 3, 3))
    """
    first = _azimuth_file(path)
    second = first.with_name(first.name.replace("_Az", "_El"))
    (azimuth, *_), (elevation, *_) = _read_fits(first), _read_fits(second)
    if azimuth.shape != elevation.shape or min(azimuth.shape) < 2:
        raise DataFileError(f"has {elevation.shape} pixels, {first.name} {azimuth.shape}.", second)
    for values, most, file in ((azimuth, 360, first), (elevation, 90, second)):
        if not ((values >= 0) & (values <= most)).all():
            raise DataFileError(f"holds angles beyond 0 to {most} degrees.", file, AGAIN)
    unseen = elevation == 0
    azimuth, elevation = (np.where(unseen, np.nan, v).T for v in (azimuth, elevation))
    turn, high = pixel_corners(azimuth, elevation)
    places = [place_below(latitude, longitude, turn, high, altitude) for altitude in ALTITUDES]
    lat, lon = (np.array(part, np.float32) for part in zip(*places, strict=True))
    date = re.search(r"\d{8}", first.name)
    attrs = {
        "site": site,
        "imager": "dasc",
        "site_latitude": float(latitude),
        "site_longitude": float(longitude),
        "valid_from": date[0] if date else "",
        "orientation": NORTH_UP,
    }
    return sky_dataset(elevation, azimuth, lat, lon, np.array(ALTITUDES), attrs)


def _azimuth_file(path: str | PathLike) -> Path:
    if not os.path.isdir(path):
        return Path(path)
    files = listing(path, ("*_az.fit", "*_az.fits"), deep=True)
    if not files:
        raise MissingDataError("holds no map of the sky (*_Az.FIT and *_El.FIT).", path)
    if len(files) > 1:
        raise UsageError(
            f"holds several maps of the sky: {', '.join(file.name for file in files)}.",
            path,
            "Give the _Az file of one.",
        )
    return files[0]
