"""Physical simulators that write the instruments' own file formats, with the truth beside them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submodules=["alfven", "arcs", "aurora", "nucleus", "sunspots"]
)
