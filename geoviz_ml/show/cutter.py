"""A tool to cut patches by hand: click on arcs and on sky, and the file grows."""

from __future__ import annotations

import html
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import UsageError
from ..prepare.patch_files import COLUMNS, fits_inside, read_patch_table, save_patches
from .live import live_bundle
from .numbers import grey_bytes
from .static import png, styled

DASHES = {1: "none", -1: "4 2"}
SIGNS = {1: ("#0072b2", "positive"), -1: ("#e69f00", "negative")}  # told apart by shape too
STYLE = """<style>
#__ID__ .gv-sky {width: 100%; max-width: 32rem; height: auto; border: 1px solid #888;
  border-radius: 0; padding: 0; margin: 0; box-sizing: border-box; image-rendering: pixelated}
</style>"""


@dataclass
class PatchCutter:
    """See `patch_cutter`.

    Attributes
    ----------
    images : dict of ndarray (H, W)
    table : DataFrame
        The patches so far, as in the file.
    name : str
        The picture that is shown.
    """

    images: dict[str, np.ndarray]
    file: Path
    side: int
    title: str
    table: pd.DataFrame
    name: str

    def mark(self, x: int, y: int, label: int) -> None:
        """Add a patch around column `x` and row `y` of the picture shown, and save the file.

        A place that is marked already gets the new label.

        Raises
        ------
        UsageError
            The patch would reach over the border, or the label is neither 1 nor -1.
        """
        if label not in SIGNS:
            raise UsageError(f"a label is 1 or -1, not {label!r}.")
        if not fits_inside(self.images[self.name].shape, x, y, self.side):
            raise UsageError(
                f"a patch of {self.side} pixels around x = {x}, y = {y} reaches over the border."
            )
        there = (self.table.picture == self.name) & (self.table.x == x) & (self.table.y == y)
        row = pd.DataFrame([[self.name, int(x), int(y), int(label), self.side]], columns=COLUMNS)
        kept = self.table[~there]
        self._keep(pd.concat([kept, row], ignore_index=True) if len(kept) else row)

    def undo(self) -> None:
        """Take back the last patch, of whatever picture, and save the file."""
        if len(self.table):
            self._keep(self.table.iloc[:-1])

    def _keep(self, table: pd.DataFrame) -> None:
        save_patches(table, self.file)
        self.table = table

    def __str__(self) -> str:
        count = {label: int((self.table.label == label).sum()) for label in SIGNS}
        return f"{count[1]} positive and {count[-1]} negative patches in {self.file.name}."

    def marks(self) -> list[list[int]]:
        """x, y and label of the patches of the picture shown."""
        return self.table.loc[self.table.picture == self.name, ["x", "y", "label"]].values.tolist()

    def live(self):
        """The tool as a widget; needs the package anywidget.

        Raises
        ------
        UsageError
            It is not installed.
        """
        if not _has_anywidget():
            raise UsageError("anywidget is not installed.", advice="pip install anywidget")
        import anywidget
        import traitlets

        tool = self

        class Widget(anywidget.AnyWidget):
            _esm = files(__package__).joinpath("cutter.js").read_text(encoding="utf-8")
            title = traitlets.Unicode(tool.title).tag(sync=True)
            names = traitlets.List(list(tool.images)).tag(sync=True)
            name = traitlets.Unicode(tool.name).tag(sync=True)
            picture = traitlets.Unicode().tag(sync=True)
            shape = traitlets.List().tag(sync=True)
            marks = traitlets.List().tag(sync=True)
            side = traitlets.Int(tool.side).tag(sync=True)
            signs = traitlets.Dict({str(k): list(v) for k, v in SIGNS.items()}).tag(sync=True)
            message = traitlets.Unicode().tag(sync=True)

        widget = Widget()

        def show(message: str = "") -> None:
            widget.marks = tool.marks()
            widget.message = f"{message} {tool}".strip()

        def choose(_=None) -> None:
            tool.name = widget.name
            widget.shape = list(tool.images[tool.name].shape)
            widget.picture = _picture(tool.images[tool.name])
            show()

        def hear(_, said: dict, __) -> None:
            try:
                if said["do"] == "undo":
                    tool.undo()
                else:
                    tool.mark(said["x"], said["y"], said["label"])
            except (UsageError, OSError) as error:
                return show(f"Not kept: {error}")
            show()

        widget.observe(choose, "name")
        widget.on_msg(hear)
        choose()
        return widget

    def static(self) -> str:
        """A still picture with the patches so far, as a self-contained HTML fragment."""
        height, width = self.images[self.name].shape
        before = self.side // 2
        boxes = "".join(
            f'<rect x="{x - before}" y="{y - before}" width="{self.side}" height="{self.side}" '
            f'fill="none" stroke="{SIGNS[label][0]}" stroke-width="1.5" '
            f'stroke-dasharray="{DASHES[label]}"></rect>'
            for x, y, label in self.marks()
        )
        alt = html.escape(f"{self.title}: picture {self.name}. {self}")
        body = (
            f"{STYLE}<p><strong>{html.escape(self.title)}</strong></p>"
            f'<svg class="gv-sky" viewBox="0 0 {width} {height}" role="img" aria-label="{alt}">'
            f'<image href="{_picture(self.images[self.name])}" width="{width}" height="{height}">'
            f"</image>{boxes}</svg><p>{html.escape(str(self))} To cut patches, "
            "by mouse or keyboard, run this cell in JupyterLab or Colab: it needs a kernel, and a "
            "page has none.</p>"
        )
        return styled(body, self.title)

    def _repr_mimebundle_(self, include=None, exclude=None):
        page = {"text/html": self.static(), "text/plain": f"{self.title}: {self}"}
        if not _has_anywidget():
            note = "<p>The live tool needs a package: <code>pip install anywidget</code></p>"
            return {**page, "text/html": page["text/html"] + note}
        return {**live_bundle(self.live()), **page}


def _has_anywidget() -> bool:
    return importlib.util.find_spec("anywidget") is not None


def _picture(image: np.ndarray) -> str:
    return png(np.repeat(grey_bytes(image)[..., None], 3, axis=2))


def patch_cutter(
    images: np.ndarray | Mapping[str, np.ndarray],
    file: str | PathLike,
    *,
    side: int = 32,
    title: str = "Patch cutter",
) -> PatchCutter:
    """Collect positive and negative patches by hand, in a file.

    In JupyterLab and Colab (with the package anywidget): a click marks a positive patch, a click
    with shift, or with "negative" chosen, a negative one. With the keyboard, the picture in focus:
    arrows move the cursor by one pixel, with shift by eight; p and n mark; u takes back the last.
    Elsewhere a still picture is shown. Read the file by `geoviz_ml.prepare.load_patches`.

    Parameters
    ----------
    images : ndarray (H, W), or dict of str to ndarray
        Grey, row 0 at the top: bytes, or floats in 0..1. Names go to the file; a lone picture is
        called "picture".
    file : path-like
        CSV, see `geoviz_ml.prepare.save_patches`. It is written at every mark; if it is there
        already, work goes on where it ended.
    side : int
        Of a patch, pixels. Its pixel ``side // 2`` is the one that is clicked.
    title : str

    Returns
    -------
    PatchCutter
        ``mark(x, y, label)`` and ``undo()`` do the same from code.

    Raises
    ------
    UsageError
        A picture that is not grey or smaller than a patch, or a file of patches of another side.
    DataFileError
        The file is there, and is no table of patches.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from geoviz_ml.show import patch_cutter
    >>> cutter = patch_cutter(np.zeros((64, 64)), Path(tempfile.mkdtemp()) / "patches.csv")
    >>> cutter.mark(20, 30, 1)
    >>> cutter.mark(40, 30, -1)
    >>> print(cutter)
    1 positive and 1 negative patches in patches.csv.
    """
    images = dict(images) if isinstance(images, Mapping) else {"picture": images}
    if not images or side < 1:
        raise UsageError("there is no picture, or the side of a patch is below 1.")
    for name, image in images.items():
        image = np.asarray(image)
        if image.ndim != 2 or image.dtype.kind not in "uf" or min(image.shape, default=0) < side:
            raise UsageError(
                f"picture {name!r} is {image.dtype} {image.shape}.",
                advice=f"Use bytes or floats in 0..1, (H, W), at least {side} pixels each.",
            )
        if image.dtype.kind == "u" and image.dtype != np.uint8:
            raise UsageError(f"picture {name!r} is {image.dtype}.", advice="Scale it to bytes.")
        images[name] = image / 255 if image.dtype == np.uint8 else image
    file = Path(file)
    table = read_patch_table(file) if file.exists() else pd.DataFrame(columns=COLUMNS)
    if set(table.side) - {side}:
        raise UsageError(
            f"{file} has patches of {sorted(set(table.side))} pixels, not {side}.",
            advice="Use the same side, or another file.",
        )
    return PatchCutter(images, file, side, title, table, next(iter(images)))
