"""Active regions of a folder of pictures: found, cut out, named, and put into one table.

    python -m geoviz_ml.sunspots FOLDER --out OUT [--model FILE] [--processes 2]

OUT gets

* ``regions.csv``, a row a region: `file`, `time`, `region` (1, 2, ... in the picture), `x1`, `y1`,
  `x2`, `y2` in pixels of the picture with north up; `latitude` and `longitude` (Stonyhurst degrees,
  north and west positive) and `carrington`, or why not in `place_note`; `class` and
  `class_confidence` (probability), or why not in `class_note`; `detector` and its `confidence`;
* ``pictures.csv``, a row a picture: what kind it is, how many regions it has, or what is wrong;
* ``crops/FILE_NN.png`` and ``annotated/FILE.png``, at the scale that the networks see;
* ``done/FILE.json``, from which a later call knows what it need not do again.

Texts in the tables are written by `geoviz_ml.files.safe_cell`: one that a spreadsheet would take
for a formula begins with an apostrophe, and what cannot be printed is spelled out.

Exit codes: 0 done, 1 some pictures failed or nothing could be done, 2 wrong command, 130 stopped.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "draw": ["annotated"],
        "find": ["Found", "classical_options", "find_regions"],
        "folder": ["process_folder", "survey_folder"],
        "models": ["SunModels", "load_sun_models", "save_sun_models"],
    },
)
