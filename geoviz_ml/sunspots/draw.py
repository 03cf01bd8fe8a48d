"""A picture of the Sun with its regions drawn in."""

from __future__ import annotations

import numpy as np

from .find import NAMELESS, Found

COLOUR = "#e69f00"


def annotated(found: Found, zoom: int = 2) -> np.ndarray:
    """The picture with boxes, numbers, classes and probabilities.

    Parameters
    ----------
    found : Found
        From `find_regions`.
    zoom : int
        Pixels of the result for one of ``found.picture.values`` (H, W).

    Returns
    -------
    ndarray (zoom H, zoom W, 3) uint8
    """
    from PIL import Image, ImageDraw, ImageFont

    grey = grey_bytes(found)
    picture = Image.fromarray(grey).convert("RGB")
    picture = picture.resize((zoom * grey.shape[1], zoom * grey.shape[0]))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size=10 * zoom)
    for box, row in zip(found.boxes, found.table.to_dict("records"), strict=True):
        x1, y1, x2, y2 = np.rint(zoom * box).astype(int).tolist()
        draw.rectangle((x1, y1, x2 - 1, y2 - 1), outline=COLOUR, width=zoom)
        text = str(row["region"])
        if row["class"] != NAMELESS:
            text += f": {row['class']}, {100 * row['class_confidence']:.0f} %"
        left, top, right, bottom = draw.textbbox((0, 0), text, font=font, stroke_width=1)
        x = max(min(x1, picture.width - (right - left)), 0)
        y = y1 - bottom - 2 if y1 - bottom - 2 >= 0 else min(y2 + 2, picture.height - bottom)
        draw.text((x, y), text, "white", font=font, stroke_width=1, stroke_fill="black")
    return np.asarray(picture)


def grey_bytes(found: Found) -> np.ndarray:
    """What networks see of the picture, (H, W) uint8: 128 is the quiet Sun."""
    return np.round(255 * found.picture.grey()).astype(np.uint8)
