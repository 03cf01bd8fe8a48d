"""The patch cutter's script in a browser, the kernel played by the test."""

import base64
import json
from importlib.resources import files

import numpy as np
import pytest

from geoviz_ml.show import patch_cutter
from geoviz_ml.show.cutter import SIGNS, _picture

pytestmark = pytest.mark.browser
IMAGE = np.random.default_rng(0).integers(0, 256, (48, 72), np.uint8)
PAGE = """<!doctype html><meta charset=utf-8><body><div id=tool></div><script>
const state = STATE, heard = {};
window.sent = [];
window.model = {
  get: (name) => state[name],
  set: (name, value) => {
    state[name] = value;
    (heard["change:" + name] || []).forEach((act) => act());
  },
  save_changes: () => window.sent.push({name: state.name}),
  on: (event, act) => { (heard[event] ??= []).push(act); },
  send: (message) => window.sent.push(message),
};
import("data:text/javascript;base64,SCRIPT").then((m) =>
  m.default.render({model: window.model, el: document.getElementById("tool")}));
</script>"""


@pytest.fixture
def page(offline_page, tmp_path):
    state = {
        "title": "Cut",
        "names": ["one", "two"],
        "name": "one",
        "picture": _picture(IMAGE / 255),
        "shape": IMAGE.shape,
        "marks": [],
        "side": 8,
        "signs": SIGNS,
        "message": "0 positive",
    }
    script = files("geoviz_ml.show").joinpath("cutter.js").read_bytes()
    text = PAGE.replace("STATE", json.dumps(state))
    path = tmp_path / "page.html"
    path.write_text(text.replace("SCRIPT", base64.b64encode(script).decode()), encoding="utf-8")
    page = offline_page(path)
    page.get_by_text("Cursor at x = 36, y = 24.").wait_for()
    return page


def click(page, x, y, **options):
    box = page.locator("canvas").bounding_box()
    at = {"x": (x + 0.5) / 72 * box["width"], "y": (y + 0.5) / 48 * box["height"]}
    page.locator("canvas").click(position=at, **options)


def sent(page):
    return page.evaluate("window.sent.splice(0)")


def test_a_click_is_positive_and_with_shift_or_the_box_negative(page):
    click(page, 10, 20)
    assert sent(page) == [{"do": "mark", "x": 10, "y": 20, "label": 1}]
    click(page, 70, 3, modifiers=["Shift"])
    page.get_by_label("clicks are negative").check()
    click(page, 0, 47)
    assert [(m["x"], m["y"], m["label"]) for m in sent(page)] == [(70, 3, -1), (0, 47, -1)]


def test_the_keyboard_does_all(page):
    canvas = page.locator("canvas")
    canvas.focus()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown", "p", "n", "u"):
        page.keyboard.press(key)
    at = {"do": "mark", "x": 36 - 1 + 8, "y": 24 - 1 + 8}
    assert sent(page) == [{**at, "label": 1}, {**at, "label": -1}, {"do": "undo"}]
    for _ in range(20):
        page.keyboard.press("Shift+ArrowLeft")
    assert page.get_by_text("Cursor at x = 0, y = 31.").is_visible()
    for name in ("Positive here (p)", "Negative here (n)", "Undo (u)"):
        page.get_by_role("button", name=name).press("Enter")
    assert [m.get("label") for m in sent(page)] == [1, -1, None]


def test_marks_message_and_picture_of_the_kernel_are_shown(page):
    def pixels():
        return page.locator("canvas").evaluate("c => c.toDataURL()")

    before = pixels()
    page.evaluate("model.set('marks', [[20, 20, 1], [50, 20, -1]])")
    page.evaluate("model.set('message', 'Not kept: <b>over</b> the border')")
    assert pixels() != before
    assert page.get_by_text("Not kept: <b>over</b> the border").is_visible()
    page.get_by_role("combobox").select_option("two")
    assert sent(page) == [{"name": "two"}]


def test_still_page_needs_no_script(offline_page, tmp_path):
    body = patch_cutter(IMAGE, tmp_path / "a.csv", side=8, title="Cut").static()
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset=utf-8><body>{body}")
    page = offline_page(tmp_path / "page.html", java_script_enabled=False)
    assert page.locator("svg").is_visible()
    assert page.get_by_text("it needs a kernel").is_visible()
