"""Boxes: corners, DetectNet's target of them, the way back, and groups of many proposals."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "decode": ["decode_coverage"],
        "encode": ["as_boxes", "coverage_rectangle", "encode_boxes"],
        "grouping": ["group_rectangles"],
    },
)
