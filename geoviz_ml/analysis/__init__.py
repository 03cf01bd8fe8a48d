"""From masks to geophysics."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "fringes": ["compare_with_truth", "track_fringes"],
        "occurrence": ["survey_archive"],
    },
)
