"""Boxes as YOLO text, which the library reads and has no need to write."""

from pathlib import Path

import pandas as pd


def write_yolo(path: Path, boxes: pd.DataFrame, size: tuple[int, int]) -> Path:
    """Boxes with `label` (the class number), `x1`, `y1`, `x2`, `y2`, of a picture (H, W)."""
    height, width = size
    lines = [
        f"{b.label} {(b.x1 + b.x2) / 2 / width:.6f} {(b.y1 + b.y2) / 2 / height:.6f} "
        f"{(b.x2 - b.x1) / width:.6f} {(b.y2 - b.y1) / height:.6f}\n"
        for b in boxes.itertuples()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))
    return path
