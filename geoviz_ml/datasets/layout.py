"""What folders and files of data are called: written by simulators and downloads, read by loaders.

A simulator leaves its recipe in the folder that it fills. That is how its files are told from real
ones.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from ..readers.oath import LABELS as OATH_LABELS
from ..readers.oath import PICTURES as OATH_PICTURES

RECIPE = "simulation.json"  # what a simulation was made of
TRUTH = "truth"  # folder of what a simulator knows, a file a picture
TRUTH_TABLE = "truth.csv"
BOXES = "boxes"  # folder of rectangles around what is sought, a file a picture

# search coil: YYYY-MM-DD.nc a night, and an hour's raw file of one or the other kind
SPECTROGRAMS, RAW = "spectrograms", "raw"
HOURS = ("CH?_????_??_??_??.dat", "smpl*_sensor_?_??????????")

# half-orbits: CSES_01_EFD_3_..._000.h5
SPECTRA = "spectra"
HALF_ORBIT = "CSES_??_EFD_3_*.h5"

# all-sky cameras: minutes, and where each pixel looks
STREAM, SKYMAPS = "stream0", "skymaps"

# OATH: the archive's own folders, beside those that its reader names
OATH_SPLITS = "classifications/train_test_split.csv"

# the Sun
SUN_TABLE, REGION_TABLE = "pictures.csv", "regions.csv"  # a row a picture; a row a region in one
SUN_PNG, SUN_FITS, CONTINUUM, SUMMARIES = "png", "fits", "continuum", "srs"
MAGNETOGRAMS = "magnetograms"  # as they are; "magnetograms-512" are pictures of that size
PICTURES, LABELS = "images", "labels"  # pictures, and YOLO boxes of the same names
SUN_ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".jp2", ".png", ".jpg", ".jpeg")

WRITTEN = {SPECTROGRAMS, RAW, SPECTRA, STREAM, SKYMAPS, SUN_PNG, SUN_FITS, CONTINUUM, SUMMARIES}
WRITTEN |= {TRUTH, BOXES, OATH_PICTURES.split("/")[0], OATH_LABELS.split("/")[0]}


def is_simulated(file: str | PathLike) -> bool:
    """Whether a simulator wrote a file: its recipe lies beside it, or above the folders it fills.

    What else lies in folders below a recipe is somebody else's.
    """
    path = Path(file).absolute()
    for above in path.parents:
        if (above / RECIPE).is_file():
            inside = path.relative_to(above).parts
            if len(inside) == 1 or inside[0] in WRITTEN:
                return True
    return False
