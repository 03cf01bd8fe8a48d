"""A folder of your own pictures: masks for all of them from masks of some, boxes, or clusters.

    python -m geoviz_ml.own FOLDER [--out OUT] [--clusters]

A mask is ``NAME_mask.png`` beside ``NAME.png``, or ``NAME.png`` in a folder ``masks``; boxes are
rows of ``boxes.csv``; see `find_items`. OUT, by default FOLDER with ``_marked`` (or
``_clusters``) behind its name, gets

* ``masks/NAME.png`` for every picture, as large as the picture and in the colours of your masks;
  pictures that had one are marked by a network that has not seen them;
* ``results.csv``: the IoU of the network on pictures not seen, with an interval over groups, beside
  marking nothing, marking everything, and brightness alone;
* ``check_first.csv`` and ``check_first.png``: the new masks, the least sure ones first;
* ``pictures.csv``, a row a picture, and ``regions.csv``, a row a connected region, with its box;
* ``report.txt``: what was chosen from your data, and what came out;
* ``trainings``, from which a later call knows what it need not do again.

With ``--clusters`` no mask is needed: see `cluster_folder` for what it writes.

Exit codes: 0 done, 1 some pictures could not be marked or nothing could be done, 2 wrong command,
130 stopped.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "clusters": ["cluster_folder"],
        "colours": ["read_colours"],
        "folder": ["Item", "find_items"],
        "groups": ["groups_from"],
        "judge": ["Verdict"],
        "marking": ["mark_folder"],
        "network": ["classes_learner"],
        "plan": ["make_plan"],
        "regions": ["regions_of"],
        "report": ["Marked"],
        "sheet": ["Small", "contact_sheet"],
    },
)
