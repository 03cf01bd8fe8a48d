"""From a network's answers to masks and boxes."""

import lazy_loader

from ..moved import also

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "crf": ["refine_crf"],
        "detection": ["choose_decoding", "detect"],
        "raster": ["raster_scan"],
    },
)
__getattr__ = also(__getattr__, {"group_rectangles": "geoviz_ml.boxes"})
