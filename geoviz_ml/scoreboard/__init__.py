"""Paper says, we get, why: results kept with what they came from, and shown as tables."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules={"keep"},
    submod_attrs={
        "keep": ["device_name", "provenance", "record", "took"],
        "tables": ["alone", "origins", "pivot", "rounded", "show", "table"],
        "claims": ["show_verdicts", "verdicts"],
    },
)
