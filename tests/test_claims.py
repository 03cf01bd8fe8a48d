"""A chapter claims nothing that no run backs; stored results are those of the stored run."""

import html
import json
import re

import pytest

from geoviz_ml import papers
from geoviz_ml.scoreboard import rounded

from .test_notebooks import CHAPTERS, ROOT, code_cells, markdown, name, outputs, read

RESULTS = ROOT / "book" / "results"
NUMBER = re.compile(r"(?<![\w.])\d*\.(?:\d{2,}|\d+(?= ?%| points))")  # .48, 0.024, 57.4 %
SUM = re.compile(r"(\d+)/(\d+) = (\d*\.\d+)")
OTHERS = re.compile(r"paper|publish|author|Table|\{cite|real|archive")  # somebody else's number


def said(path) -> str:
    """All text that the notebook's cells hold and print; numbers without the zero before a dot."""
    data = [out.get("data", {}) for _, out in outputs(path)]
    shown = [d.get("text/html", d.get("text/plain", "")) for d in data]
    printed = [out.get("text", "") for _, out in outputs(path)]
    carried = [f.read_text() for f in (ROOT / "geoviz_ml" / "recorded").glob("*.json")]
    return re.sub(
        r"\b0\.", ".", " ".join(shown + printed + carried + [c.source for c in code_cells(path)])
    )


def wrong_sum(match: re.Match) -> str:
    """Nothing for a division that is right, else itself."""
    right = round(int(match[1]) / int(match[2]), 3) == float(match[3])
    return "" if right else match[0]


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_numbers_in_the_prose_are_printed_by_a_cell_or_somebody_elses(path):
    backed = said(path)
    unbacked = []
    for cell in read(path).cells:
        if cell.cell_type != "markdown":
            continue
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z*`\[])|\n", SUM.sub(wrong_sum, cell.source)):
            if not OTHERS.search(sentence):
                unbacked += [
                    (n, sentence[:80])
                    for n in NUMBER.findall(sentence)
                    if n.removeprefix("0") not in backed
                ]
    assert not unbacked


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_results_in_the_repository_are_those_that_the_chapter_shows(path):
    shown = " ".join(out.get("data", {}).get("text/html", "") for _, out in outputs(path))
    shown = html.unescape(shown)
    files = sorted(RESULTS.glob(f"{path.stem}-*.json"))
    assert files
    for file in files:
        for claim, entry in json.loads(file.read_text())["results"].items():
            assert claim in shown
            assert f">{rounded(entry['ours'], entry['spread'])}<" in shown, claim


TOOK = re.compile(r"(\d+) min (\d+) s, peak memory ([\d.]+) GB, on cpu")
NEEDS = re.compile(r"about (\d+) min(?:utes)? [^|]*?(?:and|\|) (\d+) GB")


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_minutes_and_memory_promised_are_those_of_the_stored_run(path):
    printed = " ".join("".join(out.get("text", "")) for _, out in outputs(path))
    minutes, seconds, peak = (float(number) for number in TOOK.search(printed).groups())
    rows = (ROOT / "book" / "instructors.md").read_text().splitlines()
    row = next(line for line in rows if f"({path.parent.name}/{path.name})" in line)
    for told in (row, markdown(path)):
        said_minutes, said_memory = map(int, NEEDS.search(told).groups())
        assert abs(said_minutes - minutes - seconds / 60) < 0.8
        assert peak <= said_memory < peak + 1.5


@pytest.mark.parametrize("chapter", papers.chapters())
def test_every_published_number_is_on_the_scoreboard(chapter):
    shown = said(ROOT / "book" / "scoreboard.ipynb")
    for row in papers.published(chapter).itertuples():
        told = re.escape(f"{row.value:g}".removeprefix("0"))
        assert re.search(rf">{told}<", shown), (row.table, row.row, row.column)
