"""Half-orbits of a satellite's VLF spectra as pictures, with nuclei where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from ..errors import DataFileError, MissingDataError, UsageError
from ..prepare.half_orbit import LONGEST, box_mask, half_orbit_picture
from ..prepare.pictures import average_matrix
from ..readers import read_cses, read_mask, read_voc
from .base import PictureSet, existing, files_below, picture_table, truth_of
from .layout import BOXES, HALF_ORBIT, TRUTH


@dataclass(frozen=True, kw_only=True, repr=False)
class HalfOrbits(PictureSet):
    """Half-orbits as pictures, 0 to 1, row 0 the highest frequency; what is missing is 0.

    Attributes
    ----------
    places : list of N Dataset
        The coordinates of each picture, as from `half_orbit_picture`.
    orbit : ndarray (N,) of int
        -1 where the file does not tell.

    See `PictureSet` for the rest.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> orbits = load_half_orbits(nucleus.make(tempfile.mkdtemp(), 2, coarse=16), (32, 48))
    >>> orbits[1:]  # the second alone, with its mask
    HalfOrbits: 1 simulated pictures, (32, 48) pixels, masks
    >>> orbits.orbit.shape, orbits.places[0].latitude.shape  # a place of each column
    ((2,), (48,))
    """

    places: list
    orbit: np.ndarray

    @property
    def names(self) -> list[str]:
        """The files' names without ending."""
        return [Path(file).stem for file in self.table.file]


def load_half_orbits(
    folder: str | PathLike, size: tuple[int, int], masks: str | None = "auto"
) -> HalfOrbits:
    """Load all half-orbits of a folder in order of their names, which is that of time.

    Parameters
    ----------
    folder : path-like
        Holds ``CSES_01_EFD_3_...h5``, also in folders below (simulated ones in ``spectra``), and,
        for masks, ``truth/CSES_...png`` or ``boxes/CSES_...xml``.
    size : (int, int)
        Height and width of the pictures.
    masks : {"auto", "truth", "boxes", None}
        The known truth, or else boxes, if the folder has them; the known truth; the paper's labels,
        rectangles; none.

    Raises
    ------
    MissingDataError
        No spectra there, no masks that were asked for, or masks of some half-orbits only.
    DataFileError
        A file is damaged or holds something else.
    UsageError
        Another kind of masks, or a file smaller than `size`.

    Notes
    -----
    Format: HDF5 of CSES-01 (Zhangheng-1), electric field detector, VLF: power spectral density of
    three components, a row every 2.048 s, 1024 frequencies up to 25 kHz. Units are those of the
    file, the mission's power spectral density; pictures are its logarithm, scaled to 0 to 1. Masks:
    one class, nuclei. No splits are published: keep both halves of an orbit together, as
    `geoviz_ml.prepare.split_by_orbit` does. Citation: Shen et al. 2018,
    doi:10.1007/s11431-018-9242-0. Licence: after registration, by the mission's own terms. To
    fetch, by hand: ``cses``.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 2, coarse=16)
    >>> load_half_orbits(folder, (32, 48))
    HalfOrbits: 2 simulated pictures, (32, 48) pixels, masks
    >>> load_half_orbits(folder, (32, 48), masks=None)  # as if nobody knew the truth
    HalfOrbits: 2 simulated pictures, (32, 48) pixels, no truth
    """
    if masks not in ("auto", "truth", "boxes", None):
        raise UsageError(f"masks are 'auto', 'truth', 'boxes' or None, not {masks!r}.")
    folder = Path(folder)
    files = files_below(folder, HALF_ORBIT)
    if not files:
        raise MissingDataError(
            f"no half-orbits ({HALF_ORBIT}) in this folder.",
            folder,
            "Simulate some or give another.",
        )
    kind, drawn = _drawn(folder, [file.stem for file in files], masks)
    shots = [half_orbit_picture(read_cses(file), size) for file in files]
    read = {"truth": true_mask, "boxes": lambda path, size: box_mask(read_voc(path), size)}
    return HalfOrbits(
        pictures=np.stack([shot.fillna(0).values for shot in shots]),
        table=picture_table(folder, files, [s.time.values[0] for s in shots], "CSES-01"),
        folder=folder,
        masks=drawn and np.stack([read[kind](path, size) for path in drawn]),
        places=[shot.coords.to_dataset().assign_attrs(shot.attrs) for shot in shots],
        orbit=np.array([shot.attrs.get("orbit", -1) for shot in shots]),
    )


def _drawn(folder: Path, names: list[str], masks: str | None) -> tuple[str, list[Path] | None]:
    """Which kind of masks, and their files."""
    where = {"truth": (TRUTH, "png"), "boxes": (BOXES, "xml")}
    for kind in where if masks == "auto" else [masks] if masks else []:
        below, suffix = where[kind]
        found = {name: existing(folder / below / f"{name}.{suffix}") for name in names}
        if files := truth_of(found, folder, "masks", asked=masks != "auto"):
            return kind, files
    return "", None


def true_mask(path: str | PathLike, shape: tuple[int, int]) -> np.ndarray:
    """Read a mask (PNG, white is nucleus) and average it to `shape`: pixels half white or more.

    Gives bool (H, W).

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, or is no whole picture.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.datasets import true_mask
    >>> path = Path(tempfile.mkdtemp()) / "mask.png"
    >>> Image.fromarray(np.array([[0, 0, 255, 255], [0, 255, 0, 0]], np.uint8)).save(path)
    >>> true_mask(path, (2, 2)).astype(int).tolist()  # the lower left pixel is half white
    [[0, 1], [1, 0]]
    """
    white = read_mask(path)
    if white.size > LONGEST**2:
        raise DataFileError(f"has {white.shape} pixels.", path, "Is it a mask?")
    down, across = (average_matrix(a, b) for a, b in zip(white.shape, shape, strict=True))
    return down @ white @ across.T >= 0.5
