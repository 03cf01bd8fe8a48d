"""The patch cutter without a browser."""

import re

import numpy as np
import pytest

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.prepare import load_patches
from geoviz_ml.show import cutter, patch_cutter

IMAGES = {
    name: np.random.default_rng(i).integers(0, 256, (24, 32), np.uint8)
    for i, name in enumerate(("one", "two"))
}


@pytest.fixture
def tool(tmp_path):
    return patch_cutter(IMAGES, tmp_path / "mine.csv", side=8, title="<b>Cut</b>")


def say(widget, **message):
    """What a browser sends."""
    widget._handle_custom_msg(message, [])


def test_what_is_marked_is_what_is_loaded(tool):
    tool.mark(4, 4, 1)
    tool.name = "two"
    tool.mark(20, 10, -1)
    patches, labels = load_patches(tool.file, IMAGES)
    np.testing.assert_array_equal(labels, [1, -1])
    np.testing.assert_array_equal(patches, [IMAGES["one"][:8, :8], IMAGES["two"][6:14, 16:24]])
    assert str(tool) == "1 positive and 1 negative patches in mine.csv."


def test_undo_takes_back_the_last_and_a_second_mark_replaces_the_first(tool):
    tool.undo()  # nothing to take back
    tool.mark(10, 10, 1)
    tool.mark(12, 12, 1)
    tool.mark(10, 10, -1)
    assert tool.marks() == [[12, 12, 1], [10, 10, -1]]
    tool.undo()
    assert load_patches(tool.file, IMAGES)[1].tolist() == [1]


def test_work_goes_on_where_it_ended(tool):
    tool.mark(10, 10, 1)
    again = patch_cutter(IMAGES, tool.file, side=8)
    again.mark(12, 12, -1)
    assert again.marks() == [[10, 10, 1], [12, 12, -1]]
    with pytest.raises(UsageError, match="8"):
        patch_cutter(IMAGES, tool.file, side=16)


def test_a_patch_over_the_border_is_refused(tool):
    for x, y in ((3, 9), (29, 9), (9, 3), (9, 21)):
        with pytest.raises(UsageError, match="over the border"):
            tool.mark(x, y, 1)
    for x, y in ((4, 4), (28, 20)):
        tool.mark(x, y, 1)
    with pytest.raises(UsageError, match="1 or -1"):
        tool.mark(9, 9, 0)


def test_page_is_a_still_picture_that_says_it_needs_a_kernel(tool):
    tool.mark(10, 10, -1)
    page = tool.static()
    assert "it needs a kernel" in page
    assert 'aria-label="&lt;b&gt;Cut&lt;/b&gt;: picture one. 0 positive and 1 negative' in page
    assert page.count("<rect") == 1
    assert "<b>Cut</b>" not in page
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert "<script" not in page


def test_without_anywidget_the_page_is_shown_and_says_what_to_install(tool, monkeypatch):
    monkeypatch.setattr(cutter, "_has_anywidget", lambda: False)
    bundle = tool._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" not in bundle
    assert "pip install anywidget" in bundle["text/html"]
    with pytest.raises(UsageError, match="anywidget"):
        tool.live()


def test_live_widget_marks_undoes_and_answers(tool):
    pytest.importorskip("anywidget")
    assert "application/vnd.jupyter.widget-view+json" in tool._repr_mimebundle_()
    widget = tool.live()
    say(widget, do="mark", x=10, y=10, label=1)
    assert widget.marks == [[10, 10, 1]]
    assert widget.message == "1 positive and 0 negative patches in mine.csv."
    say(widget, do="mark", x=0, y=10, label=1)
    assert widget.message.startswith("Not kept: a patch of 8 pixels around x = 0")
    before = widget.picture
    widget.name = "two"
    assert widget.picture != before
    assert widget.marks == []
    say(widget, do="mark", x=20, y=10, label=-1)
    say(widget, do="undo")
    assert tool.table.picture.tolist() == ["one"]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ({}, "there is no picture"),
        (np.zeros((9, 9, 3)), "is float64"),
        (np.zeros((4, 40)), r"\(4, 40\)"),
        (np.zeros((9, 9), np.uint16), "Scale it to bytes"),
    ],
)
def test_other_pictures_are_refused(tmp_path, images, message):
    with pytest.raises(UsageError, match=message):
        patch_cutter(images, tmp_path / "a.csv", side=8)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match="no column"):
        patch_cutter(IMAGES, tmp_path / "a.csv", side=8)
    assert (tmp_path / "a.csv").read_text() == "a,b\n1,2\n"
