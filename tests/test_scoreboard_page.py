"""A file of results comes from somebody: on a page it is text, whatever stands in it."""

import json

import pytest

from geoviz_ml import scoreboard
from geoviz_ml.errors import DataFileError

SCRIPT = "<script>alert(1)</script>"


def file(folder, **changes):
    entry = {"paper": 1.0, "ours": 0.5, "spread": None, "seeds": 1, "why": "so"}
    content = {
        "chapter": changes.pop("chapter", "trial"),
        "run": changes.pop("run", "quick"),
        "data": changes.pop("data", "simulated"),
        "made": {"device": changes.pop("device", "cpu"), "versions": {}, "commit": None},
        "results": {changes.pop("claim", "IoU"): entry | changes},
    }
    (folder / "trial-quick-simulated.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("where", ["claim", "why", "device", "chapter", "data", "run", "ours"])
def test_a_script_in_a_file_of_results_is_text_on_a_page(tmp_path, where):
    page = scoreboard.show(file(tmp_path, **{where: SCRIPT})).to_html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("value", [[SCRIPT], {"a": SCRIPT}, [[1]]])
@pytest.mark.parametrize("where", ["ours", "why", "spread", "device", "chapter"])
def test_what_is_no_plain_value_is_refused(tmp_path, where, value):
    with pytest.raises(DataFileError, match="not a file of results"):
        scoreboard.show(file(tmp_path, **{where: value}))
