"""The slider on the first page is stored: it must hold the script that the library has now."""

from ..conftest import ROOT


def test_the_stored_slider_holds_the_present_script():
    script = (ROOT / "geoviz_ml" / "show" / "threshold.js").read_text("utf-8").strip()
    stored = (ROOT / "book" / "_static" / "front" / "slider.html").read_text("utf-8")
    assert script in stored, "run: python book/front.py"
