"""Fetch the data sets of the book: whole, checked, with their licences told.

In a notebook ``fetch("oath")``, on the command line ``python -m data_fetch oath``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "registry": ["load", "names"],
        "sets": ["fetch", "plan", "take", "verify"],
        "weights": ["fetch_weights"],
    },
)
