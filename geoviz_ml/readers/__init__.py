"""Readers: from an instrument's file to an xarray object with coordinates and units."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"search_coil": ["read_search_coil", "sierra_nevada_response"]}
)
