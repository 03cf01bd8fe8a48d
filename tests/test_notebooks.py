"""Every notebook keeps the shape of a chapter, and what is stored in it was really run."""

import re
import statistics
import tomllib

import nbformat
import pytest

from .colab.__main__ import as_on_colab
from .conftest import ROOT

NOTEBOOKS = sorted((ROOT / "book").rglob("*.ipynb"))
LESSONS = [p for p in NOTEBOOKS if p.parent.name == "toolbox"]
GUIDES = LESSONS + [p for p in NOTEBOOKS if p.parent.name == "your_own_data"]
CHAPTERS = [p for p in NOTEBOOKS if p.stem == p.parent.name and p not in GUIDES]
LABS = [p for p in NOTEBOOKS if p.stem.endswith("_lab")]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
SECTIONS = [
    "The question", "The data", "The method", "Training", "Results", "Explore", "Where it breaks",
    "What it took, and what we got", "Exercises", "Summary", "Further reading",
]  # fmt: skip


def name(path):
    return path.stem


def read(path):
    return nbformat.read(path, 4)


def markdown(path) -> str:
    return "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")


def code_cells(path):
    return [c for c in read(path).cells if c.cell_type == "code"]


def outputs(path):
    return [(cell, out) for cell in code_cells(path) for out in cell.outputs]


def test_every_chapter_has_its_lab():
    assert CHAPTERS
    assert {p.parent for p in CHAPTERS} == {p.parent for p in LABS}


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_chapter_has_the_sections_in_order(path):
    found = re.findall(r"^## (.+)$", markdown(path), flags=re.M)
    assert found == SECTIONS
    text = markdown(path)
    assert "What you will learn" in text
    assert "What you need" in text


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_guide_says_what_it_teaches_and_needs(path):
    text = markdown(path)
    assert "What you will learn" in text
    assert "What you need" in text
    assert "## Further reading" in text


@pytest.mark.parametrize("path", LABS + LESSONS, ids=name)
def test_lab_has_six_exercises_and_lesson_three_or_more_each_with_a_hidden_solution(path):
    text = markdown(path)
    exercises = re.findall(r"```\{exercise\}\n:label: (\S+)", text)
    solutions = re.findall(r"```\{solution-start\} (\S+)\n:class: dropdown", text)
    assert len(exercises) >= (3 if path in LESSONS else 6)
    assert exercises == solutions
    code = "\n".join(c.source for c in code_cells(path))
    for label in exercises:
        checks = re.findall(rf'check\(\s*"{label}"', code)
        assert len(checks) == 2, f"{label}: one check to try, one solved"


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_an_exercise_of_a_lesson_has_two_hints(path):
    for exercise in re.split(r"```\{exercise\}", markdown(path))[1:]:
        before_its_solution = exercise.partition("```{solution-start}")[0]
        assert re.findall(r"(\w+) hint\n:class: hint dropdown", before_its_solution) == [
            "First",
            "Second",
        ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_figure_has_alt_text(path):
    for cell, out in outputs(path):
        if "image/png" in out.get("data", {}):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 20, f"no alt text: {cell.source[:60]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_image_in_html_has_alt_text(path):
    for cell, out in outputs(path):
        for tag in re.findall(r"<img [^>]*>", out.get("data", {}).get("text/html", "")):
            assert re.search(r'alt="[^"]{10,}"', tag), f"no alt text: {cell.source[:60]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_printed_text_is_short(path):
    for cell, out in outputs(path):
        data = out.get("data", {})
        plain = "" if "<table" in data.get("text/html", "") else data.get("text/plain", "")
        text = out.get("text", "") or plain  # a table is shown as one
        assert len(text.splitlines()) <= 25, cell.source[:60]
        assert len(text) <= 2500, cell.source[:60]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w./:])/(?:home|root|Users|tmp|work|mnt|content)/\w+", text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_stored_outputs_come_from_one_run_from_top_to_bottom(path):
    counts = [c.execution_count for c in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_error_no_warning_no_dead_widget_is_stored(path):
    for cell, out in outputs(path):
        assert out.output_type != "error", cell.source[:60]
        assert out.get("name") != "stderr", f"{cell.source[:60]}: {out.text[:300]}"
        assert "application/vnd.jupyter.widget-view+json" not in out.get("data", {})
        assert not re.search(r"\d%\|", out.get("data", {}).get("text/plain", "")), "a bar"
    assert "widgets" not in read(path).metadata


@pytest.mark.parametrize("path", CHAPTERS + LABS + GUIDES, ids=name)
def test_first_cell_installs_this_version_where_it_is_missing_and_does_nothing_else(path):
    first = code_cells(path)[0].source.splitlines()
    assert [line for line in first if line and not line.startswith("#")] == [
        "from importlib.util import find_spec",
        'if find_spec("geoviz_ml") is None:',
        f'    %pip install -q "geoviz_ml @ git+https://github.com/geoviz-ml/geoviz-ml@v{VERSION}"',
    ]


def test_the_simulated_colab_installs_from_where_it_is_told():
    first = next(c for c in as_on_colab(LABS[0], "file:///a.zip").cells if c.cell_type == "code")
    assert '%pip install -q "geoviz_ml @ file:///a.zip"' in first.source


def length(cell) -> int:
    """Lines of code, without empty ones."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_cell_has_one_idea(path):
    lines = [length(cell) for cell in code_cells(path)]
    assert statistics.median(lines) <= 12
    assert max(lines) <= 45


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_results_are_kept_at_the_end_and_not_between_the_steps(path):
    keeping = [i for i, cell in enumerate(read(path).cells) if "scoreboard.record" in cell.source]
    parts = [i for i, cell in enumerate(read(path).cells) if "## What it took" in cell.source]
    assert keeping
    assert min(keeping) > parts[0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_cell_asks_for_the_profile(path):
    for cell in code_cells(path):
        assert not re.search(r"\bif\b.*profile", cell.source), cell.source[:80]
