"""A whole archive through a trained network, in one command; called again, it does what is left.

    python -m geoviz_ml.archives nights FOLDER --model FILE --out OUT
    python -m geoviz_ml.archives half-orbits FOLDER --model FILE --out OUT
    python -m geoviz_ml.archives minutes FOLDER --model FILE --out OUT
    python -m geoviz_ml.archives magnetograms FOLDER [--model FILE] --out OUT

OUT gets one table (``archive.csv``, ``nuclei.csv``, ``arcs.csv``, ``regions.csv``; the first three
also as Parquet where pyarrow is installed), and the parts that it was made of. The FILE is from
`save_model`; of magnetograms, from `geoviz_ml.sunspots.save_sun_models`. The weights that
``python -m geoviz_ml.experiments`` leaves in the folder of a training are such files too.

With ``--processes N`` N work at once on this machine; with ``--scheduler ADDRESS`` those of a dask
cluster; with ``--shard I/N`` this call does a share. See "When one machine is not enough" in the
book.

Exit codes: 0 done, 1 some items are damaged or have failed, or nothing could be done, 2 wrong
command, 130 stopped.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"model_file": ["ArchiveModel", "load_model", "save_model"]}
)
