"""THEMIS skymaps in the IDL save format, as the official ones come.

Source of the format: C. B. Markwardt, Unofficial format specification for the IDL save file
(2011). Everything lies in words of four bytes, big endian.
"""

from __future__ import annotations

import struct
from os import PathLike
from pathlib import Path

import numpy as np

from ..files import atomic_path
from .all_sky import AllSkyCamera, geographic, ground_distance

CODES = {"u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12}
ARRAY, STRUCTURE = 0x04, 0x20
ALTITUDES = 90.0, 110.0, 150.0  # km, of the aurora


def write_skymap(
    folder: str | PathLike,
    camera: AllSkyCamera,
    site: str,
    imager: str,
    latitude: float,
    longitude: float,
    valid_from: np.datetime64 | str,
    lowest: float = 0.0,
) -> Path:
    """Write where each pixel of a camera looks.

    Parameters
    ----------
    folder : path-like
    camera : AllSkyCamera
        `turn` counted from geographic north.
    site, imager : str
    latitude, longitude : float, degrees
        Of the station.
    valid_from : datetime-like, UT
    lowest : float, degrees
        Elevation below which pixels do not see the sky.

    Returns
    -------
    pathlib.Path
        ``themis_skymap_<site>_YYYYMMDD-+_v02.sav``. The official files hold bins of 5 pixels and
        a flat field beside what is here.
    """
    size, start = camera.size, np.datetime64(valid_from, "h").item()
    zenith, azimuth = camera.direction(*np.indices((size, size)))
    corner_zenith, corner_azimuth = camera.direction(*(np.indices((size + 1, size + 1)) - 0.5))
    seen = np.minimum(corner_zenith, 90 - lowest)
    places = [
        geographic(latitude, longitude, corner_azimuth, ground_distance(seen, altitude))
        for altitude in ALTITUDES
    ]
    places = np.where(corner_zenith > 90 - lowest, np.nan, np.array(places))  # (3, 2, y, x)
    row, column = np.indices((size, size), np.uint16)
    sky = {
        "generation_info": {
            "author": "geoviz_ml, simulated",
            "valid_interval_start": f"{start:%Y%m%d%H}",
            "valid_interval_stop": "+",
        },
        "site_uid": site,
        "imager_uid": imager,
        "project_uid": "themis",
        "imager_unix_time": np.int32(0),
        "site_map_latitude": np.float32(latitude),
        "site_map_longitude": np.float32(longitude % 360),
        "site_map_altitude": np.float32(0),
        "full_row": row,
        "full_column": column,
        "full_ignore": (zenith > 90 - lowest).astype(np.uint8),
        "full_elevation": np.where(zenith > 90 - lowest, np.nan, 90 - zenith).astype("f4"),
        "full_azimuth": np.where(zenith > 90 - lowest, np.nan, azimuth).astype("f4"),
        "full_map_altitude": np.float32(ALTITUDES) * 1000,
        "full_map_latitude": places[:, 0].astype("f4"),
        "full_map_longitude": (places[:, 1] % 360).astype("f4"),
    }
    path = Path(folder) / f"themis_skymap_{site}_{start:%Y%m%d}-+_v02.sav"
    with atomic_path(path) as tmp:
        tmp.write_bytes(save_file({"skymap": sky}))
    return path


def save_file(variables: dict[str, dict]) -> bytes:
    """An IDL save file of structures, as bytes.

    `variables` maps names to structures: dicts of arrays, numpy scalars, text and dicts.
    """
    parts, at = [b"SR\0\4"], 4
    for name, value in variables.items():
        body = _text(name.upper()) + _description(value) + _int(7) + _data(value)
        parts.append(_record(2, at, body))
        at += len(parts[-1])
    parts.append(_int(6, 0, 0, 0))
    return b"".join(parts)


def _record(kind: int, at: int, body: bytes) -> bytes:
    following = at + 16 + len(body)
    return _int(kind) + struct.pack(">II", following & 0xFFFFFFFF, following >> 32) + _int(0) + body


def _int(*values: int) -> bytes:
    return struct.pack(f">{len(values)}i", *values)


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 4)


def _text(text: str) -> bytes:
    return _int(len(text)) + _padded(text.encode("ascii"))


def _kind(value) -> tuple[int, int]:
    """Type code and flags."""
    if isinstance(value, dict):
        return 8, ARRAY | STRUCTURE
    if isinstance(value, str):
        return 7, 0
    return CODES[np.asarray(value).dtype.str[1:]], ARRAY if np.ndim(value) else 0


def _shape(value) -> bytes:
    """An array's sizes, first index fastest; a structure is an array of one."""
    if isinstance(value, dict):
        sizes, size = (1,), 0
    else:
        sizes, size = value.shape[::-1], value.nbytes
    dims = (*sizes, *(1,) * (8 - len(sizes)))
    return _int(8, 2, size, int(np.prod(sizes)), len(sizes), 0, 0, 8, *dims)


def _description(value: dict) -> bytes:
    return _int(*_kind(value)) + _shape(value) + _tags(value)


def _tags(tags: dict) -> bytes:
    table = b"".join(_int(0, *_kind(v)) for v in tags.values())
    names = b"".join(_text(name.upper()) for name in tags)
    shapes = b"".join(_shape(v) for v in tags.values() if _kind(v)[1] & ARRAY)
    below = b"".join(_tags(v) for v in tags.values() if isinstance(v, dict))
    return _int(9) + _text("") + _int(0, len(tags), 0) + table + names + shapes + below


def _data(value) -> bytes:
    if isinstance(value, dict):
        return b"".join(map(_data, value.values()))
    if isinstance(value, str):
        return _int(len(value)) + (_text(value) if value else b"")
    values = np.asarray(value)
    if values.dtype.itemsize == 1:
        return _int(values.size) + _padded(values.tobytes())
    wide = values.astype(">i4") if values.dtype.itemsize == 2 else values
    return wide.astype(wide.dtype.newbyteorder(">")).tobytes()
