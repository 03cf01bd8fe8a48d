"""Tables of the scoreboard: papers unrounded, reasons once; what a file of results has is text."""

import json
import os

import pytest

from geoviz_ml import scoreboard
from geoviz_ml.errors import DataFileError
from geoviz_ml.papers import published
from geoviz_ml.scoreboard import keep

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


@pytest.mark.parametrize("changes", [{"spread": "x"}, {"ours": 10**400}, {"seeds": 10**4200}])
def test_what_is_no_number_of_a_table_is_refused(tmp_path, changes):
    with pytest.raises(DataFileError, match="not a file of results"):
        scoreboard.show(file(tmp_path, **changes))


@pytest.mark.parametrize("raw", ["[" * 10**5, "9" * 5000, "", b"\xff", None])
def test_what_is_no_file_of_results_is_refused_and_no_pipe_waited_for(tmp_path, raw):
    path = tmp_path / "a.json"
    if raw is None:
        os.mkfifo(path)
    else:
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with pytest.raises(DataFileError, match="not a file of results"):
        scoreboard.table(tmp_path)


def test_a_number_of_a_paper_is_not_rounded(tmp_path):
    exact = published("nucleus", "Table 4").loc["U-net", "mIoU"]
    folder = file(tmp_path, chapter="nucleus", claim="Table 4, mIoU: U-net")
    page = scoreboard.show(folder, "nucleus", "quick").to_html()
    assert f">{exact}<" in page
    assert len(str(exact)) > len("0.1234")


def test_a_reason_that_three_rows_share_is_printed_once(tmp_path, monkeypatch):
    monkeypatch.setattr(keep, "RECORDED", tmp_path / "none")
    file(tmp_path)
    path = tmp_path / "trial-quick-simulated.json"
    content = json.loads(path.read_text())
    (entry,) = content["results"].values()
    whys = ["a", "b", "a", "", "b", "a", "", "", "c"]
    content["results"] = {str(i): entry | {"why": why} for i, why in enumerate(whys)}
    path.write_text(json.dumps(content))
    shown = scoreboard.show(tmp_path).data.why.tolist()
    assert shown == ["(1) a", "b", "see (1)", "", "b", "see (1)", "", "", "c"]
