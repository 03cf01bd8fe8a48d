"""The files of a simulated half-orbit: spectra as of CSES-01, mask and boxes beside them.

Spectra are in the format of CSES-01, boxes in that of LabelImg, a rectangle around each nucleus.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.layout import BOXES, SPECTRA, TRUTH
from ..files import atomic_path
from .vlf import Grid
from .writers import write_cses
from .writers_sun import write_voc


def write_half_orbit(
    folder: Path, power: dict[str, np.ndarray], grid: Grid, mask: np.ndarray, kept: np.ndarray
) -> str:
    """Spectra, mask and boxes of one half-orbit; the name that its three files share.

    Parameters
    ----------
    folder : Path
    power : dict of ndarray (n, m)
        Of x, y and z, in (mV/m)^2/Hz, rows along the orbit, columns in frequency.
    grid : Grid
    mask : ndarray of bool (n, m)
        True where a nucleus is to be seen.
    kept : ndarray of bool (n,)
        The rows that the file has.
    """
    from PIL import Image

    track = grid.track
    # Over land of frequent earthquakes the instrument works in burst mode.
    burst = (np.abs(track["latitude"] - 35) < 20) & (np.abs(track["longitude"] - 105) < 40)
    along = {name: values[kept] for name, values in track.items() if np.shape(values)}
    path = write_cses(
        folder / SPECTRA,
        {name: values[kept] for name, values in power.items()},
        grid.kHz * 1000,
        along.pop("time"),
        along | {"workmode": np.where(burst, 2, 1)[kept]},
        track["orbit"],
        track["ascending"],
    )
    ends = np.flatnonzero(kept)[[0, -1]]
    mask = np.rot90(mask[ends[0] : ends[1] + 1])  # a gap within is columns without nuclei
    with atomic_path(folder / TRUTH / f"{path.stem}.png") as tmp:
        Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)).save(tmp, "PNG")
    write_voc(
        folder / BOXES / f"{path.stem}.xml", boxes_around(mask), f"{path.stem}.png", mask.shape
    )
    return path.stem


def boxes_around(mask: np.ndarray) -> pd.DataFrame:
    """The smallest rectangle around each connected part of a mask (H, W), edges in pixels."""
    from scipy.ndimage import find_objects, label

    parts = find_objects(label(mask, np.ones((3, 3)))[0])
    corners = [(x.start, y.start, x.stop, y.stop) for y, x in parts]
    table = pd.DataFrame(corners, columns=["x1", "y1", "x2", "y2"])
    table.insert(0, "label", "nucleus")
    return table
