"""A contact sheet: small pictures with what was marked in them, and a line of text below each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from ..errors import UsageError
from ..files import atomic_path, printable

SIDE = 220  # pixels of a small picture
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2")


@dataclass(frozen=True)
class Small:
    """One picture of a sheet.

    Attributes
    ----------
    picture : ndarray (H, W, 1 or 3), or (H, W)
        0 to 1.
    text : str
    found : ndarray of uint8 (H, W), optional
        Classes; the edges of what is marked are drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own import Small
    >>> Small(np.zeros((8, 8, 1)), "a.png: .41").text
    'a.png: .41'
    """

    picture: np.ndarray
    text: str
    found: np.ndarray | None = None


def contact_sheet(path: Path, smalls: Sequence[Small], columns: int = 4) -> Path:
    """Draw a sheet and write it as PNG, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    smalls : sequence of Small
    columns : int
        Pictures in a row.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        There is no picture, or one of another shape.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from geoviz_ml.own import Small, contact_sheet
    >>> small = Small(np.zeros((8, 8, 1)), "a.png")
    >>> contact_sheet(Path(tempfile.mkdtemp()) / "sheet.png", [small] * 3).name
    'sheet.png'
    """
    if not smalls:
        raise UsageError("a contact sheet needs at least one picture.", path)
    font, step = ImageFont.load_default(size=12), SIDE + 10
    columns = max(min(columns, len(smalls)), 1)
    rows = -(-len(smalls) // columns)
    sheet = Image.new("RGB", (columns * step, rows * (step + 18)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, small in enumerate(smalls):
        x, y = i % columns * step + 5, i // columns * (step + 18) + 5
        sheet.paste(Image.fromarray(_drawn(small)), (x, y))
        text = printable(small.text)
        while draw.textlength(text, font) > SIDE and len(text) > 4:
            text = "..." + text[4:]
        draw.text((x, y + SIDE + 3), text, "black", font=font)
    with atomic_path(path) as tmp:
        sheet.save(tmp, "PNG")
    return path


def _drawn(small: Small) -> np.ndarray:
    """The picture at the size of the sheet, stretched to its own black and white, with edges."""
    picture = np.asarray(small.picture)
    picture = picture[..., None] if picture.ndim == 2 else picture
    if picture.ndim != 3 or picture.shape[2] not in (1, 3) or not picture.size:
        raise UsageError(
            f"a picture of a sheet is (H, W) or (H, W, 3), not {np.shape(small.picture)}.",
            small.text,
        )
    rows, columns = (
        np.linspace(0, side - 1, n).round().astype(int)
        for side, n in zip(picture.shape, _fitting(picture.shape), strict=False)
    )
    picture = picture[np.ix_(rows, columns)]
    low, high = np.percentile(picture, [1, 99])
    bytes_ = (255 * ((picture - low) / max(high - low, 1e-6)).clip(0, 1)).astype(np.uint8)
    drawn = np.array(np.broadcast_to(bytes_, (*bytes_.shape[:2], 3)))
    if small.found is not None:
        classes = small.found[np.ix_(rows, columns)]
        beside = [np.roll(classes, by, axis) for by in (1, -1) for axis in (0, 1)]
        edge = (classes > 0) & np.any([classes != one for one in beside], axis=0)
        for number in np.unique(classes[edge]):
            colour = COLOURS[(int(number) - 1) % len(COLOURS)]
            drawn[edge & (classes == number)] = ImageColor.getrgb(colour)
    return drawn


def _fitting(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of a picture whose longer side is that of the sheet's pictures."""
    longer = max(shape[:2])
    return max(round(SIDE * shape[0] / longer), 1), max(round(SIDE * shape[1] / longer), 1)
