"""A chapter claims nothing that no run backs; stored results are those of the stored run."""

import json
import re

import pytest

from .test_notebooks import CHAPTERS, ROOT, code_cells, name, outputs, read

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
    files = sorted(RESULTS.glob(f"{path.stem}-*.json"))
    assert files
    for file in files:
        for claim, entry in json.loads(file.read_text())["results"].items():
            assert claim in shown
            assert f"{entry['ours']:.4f}" in shown, claim
