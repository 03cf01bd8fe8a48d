"""The classical methods that stand beside every network."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "edges": ["canny_mask", "tune_canny"],
        "fringes": ["label_fringes", "tune_label_fringes"],
        "regions": ["find_active_regions", "tune_find_active_regions"],
        "texture": ["texture_features"],
    },
)
