"""The book's quiz directive for the tests: loaded from its file, and on a page of its own."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from .conftest import ROOT

_spec = importlib.util.spec_from_file_location("quiz", ROOT / "book" / "quiz.py")
quiz = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(quiz)

TEXT = """
What is the IoU of the class when *nothing* is predicted?

- 0, of $x < y$ pixels. <!-- yes: no pixel is a hit,
  as `iou` tells. -->
- 0.5 <!-- no: that is the mean with the background's. -->
- 1 <!-- no: that is the background's. -->

Which data choose a threshold?

- The test data. <!-- no: they report. -->
- The validation data. <!-- yes: that is what they are for. -->
"""
FENCED = re.compile(r"^:::\{quiz\}\n(.*?)^:::$", re.M | re.S)


def build(folder: Path, builder: str = "html") -> Path:
    """Build a book of one page that holds `TEXT`; the built page."""
    source, out = folder / "source", folder / builder
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'book')!r})\n"
        "extensions = ['myst_parser', 'quiz', 'mathml', 'pages']\n"
        "html_math_renderer = 'mathml'\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\n"
        "html_theme = 'pydata_sphinx_theme'\n"
        f"html_static_path, html_css_files = [{str(ROOT / 'book/_static')!r}], ['book.css']\n"
    )
    (source / "index.md").write_text(f"# Page\n\n:::{{quiz}}\n{TEXT}:::\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder, source, out]
    subprocess.run(command, check=True, timeout=120)
    return next(out.glob("*.tex" if builder == "latex" else "index.html"))
