"""Image machine learning for geophysics: the small library behind the course.

The data walk one way through its rooms, from ``simulate`` and files through ``readers``,
``prepare`` and ``datasets`` to ``models``, ``learn``, ``infer``, ``analysis`` and ``show``;
CONTRIBUTING has them all, and a room imports only those before it. Importing ``geoviz_ml`` is
quick: torch and fastai load on first use.
"""

import os

import lazy_loader

# Threads of torch that wait for each other shall spin for microseconds and then sleep: where
# another process has one of the cores, those that spin on take many times as long. It counts only
# before torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "analysis",
        "archives",
        "boxes",
        "checks",
        "classical",
        "datasets",
        "errors",
        "exercises",
        "experiments",
        "geometry",
        "infer",
        "learn",
        "models",
        "own",
        "papers",
        "prepare",
        "readers",
        "scoreboard",
        "scores",
        "show",
        "simulate",
        "sunspots",
        "survey",
    ],
    submod_attrs={"settings": ["Settings", "setup"]},
)
