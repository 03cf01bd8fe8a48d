"""Image machine learning for geophysics: the small library behind the course.

The data walk one way through these rooms, and a room imports only those before it:
``simulate`` and ``readers`` -> ``prepare`` -> ``models`` and ``learn`` -> ``infer`` ->
``analysis`` -> ``show``. Importing ``geoviz_ml`` is quick: torch and fastai load on first use.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "analysis",
        "boxes",
        "checks",
        "classical",
        "datasets",
        "errors",
        "exercises",
        "geometry",
        "infer",
        "learn",
        "models",
        "prepare",
        "readers",
        "scoreboard",
        "scores",
        "show",
        "simulate",
    ],
    submod_attrs={"settings": ["Settings", "setup"]},
)
