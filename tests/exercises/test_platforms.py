"""A class as a learning platform hands it out: folders, ids, zips, and tables that go back."""

import csv
import io
import tracemalloc
import zipfile

import pytest

from geoviz_ml.errors import DataFileError
from geoviz_ml.exercises import RIGHT, WRONG, Verdict, zipped
from geoviz_ml.exercises.__main__ import main
from geoviz_ml.exercises.feedback import feedback
from geoviz_ml.exercises.grade import Marks
from geoviz_ml.exercises.platforms import canvas, moodle, student
from geoviz_ml.exercises.returned import opened, returned

RIGHT_CELL, WRONG_CELL = 'check("alfven-2", 3)', 'check("alfven-2", 4)'
ADA = "Ada Lovelace_1234567_assignsubmission_file/lab.ipynb"
BOB = "bernoullibob_LATE_12345_67890_lab-2.ipynb"


def table(path) -> list[dict]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def zip_of(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("file", "name", "number"),
    [
        (ADA, "Ada Lovelace", "1234567"),
        ("Zoë_Ann O'Hara_99_assignsubmission_file_/a/b.ipynb", "Zoë_Ann O'Hara", "99"),
        (BOB, "bernoullibob", "12345"),
        ("returned/curie_7_8_lab.ipynb", "curie", "7"),
        ("ada/lab.ipynb", "ada", ""),
        ("ada.zip/lab.ipynb", "ada", ""),
        ("lab.ipynb", "lab", ""),
        ("eve_5_6_lab.zip/curie_7_8_lab.ipynb", "eve", "5"),
        (f"eve_5_6_lab.zip/{ADA}", "eve", "5"),
        (f"{ADA}/curie_7_8_lab.ipynb", "Ada Lovelace", "1234567"),
        (f"lab1.zip/{ADA}", "Ada Lovelace", "1234567"),
    ],
)
def test_a_platforms_names_tell_the_student_and_the_number(file, name, number):
    assert student(file) == (name, number)


def test_a_zip_of_folders_gives_rows_and_tables_for_moodle_and_canvas(lab, tmp_path):
    right, wrong = lab(RIGHT_CELL).read_bytes(), lab(WRONG_CELL).read_bytes()
    members = {ADA: right, BOB: wrong, "__MACOSX/x.ipynb": b"", "notes.txt": b"", "e/": b""}
    given = zip_of(tmp_path / "all.zip", members)
    told = {name: tmp_path / f"{name}.csv" for name in ("out", "moodle", "canvas")}
    options = [part for name, path in told.items() for part in (f"--{name}", str(path))]
    options += ["--assignment", "Lab 1 (4711)", "--weight", "alfven-2=2.5"]
    assert main(["grade", str(given), *options]) == 1
    rows = [(r["file"], r["student"], r["id"], r["points"], r["of"]) for r in table(told["out"])]
    assert rows == [
        (ADA, "Ada Lovelace", "1234567", "2.5", "9.5"),
        (BOB, "bernoullibob", "12345", "0", "9.5"),
    ]
    assert table(told["moodle"])[0]["Identifier"] == "Participant 1234567"
    assert table(told["moodle"])[0]["Grade"] == "2.5"
    assert table(told["canvas"])[1] == {
        "Student": "bernoullibob",
        "ID": "12345",
        "Lab 1 (4711)": "0",
    }


def test_a_broken_file_gets_its_row_and_no_points(tmp_path, lab):
    folder = tmp_path / "class"
    for name, raw in {"a_1_2_lab.ipynb": b"{", "b_3_4_lab.zip": b"PK broken"}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(raw)
    zip_of(folder / "c_5_6_lab.zip", {"readme.txt": "no notebook"})
    out = tmp_path / "m.csv"
    assert main(["grade", str(folder), "--out", str(out), "--canvas", str(tmp_path / "c.csv")]) == 2
    problems = {row["file"]: row["problem"] for row in table(out)}
    assert "not a Jupyter notebook" in problems["a_1_2_lab.ipynb"]
    assert "not a whole zip" in problems["b_3_4_lab.zip"]
    assert "has no notebook" in problems["c_5_6_lab.zip"]
    assert [row["Lab"] for row in table(tmp_path / "c.csv")] == ["0", "0", "0"]


def test_several_at_once_give_the_rows_of_one_after_another(lab, tmp_path):
    for name, cell in {"a": RIGHT_CELL, "b": WRONG_CELL, "c": RIGHT_CELL, "-d": RIGHT_CELL}.items():
        lab(cell, name=f"class/{name}.ipynb")
    (tmp_path / "class" / "e.zip").write_bytes(b"")
    found = []
    for jobs in ("1", "3"):
        out = tmp_path / f"{jobs}.csv"
        assert main(["grade", str(tmp_path / "class"), "--jobs", jobs, "--out", str(out)]) == 2
        found.append([row | {"seconds": ""} for row in table(out)])
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_a_page_for_the_student_has_points_verdicts_and_hints_as_text(tmp_path):
    verdicts = [Verdict("alfven-1", RIGHT), Verdict("alfven-2", WRONG, "<script>", "Look & see.")]
    page = feedback(Marks(tmp_path / "x.ipynb", verdicts, 1.0, label="<b>ada</b>"))
    assert "1 of 2 points" in page
    assert "&lt;script&gt; Look &amp; see." in page
    assert "<script>" not in page
    assert "<b>" not in page


def test_pages_are_written_under_numbers_whatever_the_names(lab, tmp_path):
    lab(RIGHT_CELL, name="class/=<b>.ipynb")
    main(["grade", str(tmp_path / "class"), "--feedback", str(tmp_path / "back")])
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["0001.html"]


@pytest.mark.parametrize("weight", ["alfven-2", "alfven-2=", "alfven-2=nan", "=3", "a=-1"])
def test_a_weight_that_is_none_is_refused_before_anything_is_marked(weight, capsys):
    with pytest.raises(SystemExit):
        main(["grade", "x.ipynb", "--weight", weight])
    assert "NAME=POINTS" in capsys.readouterr().err


def test_names_in_an_archive_choose_no_place(tmp_path):
    names = ["../../out.ipynb", "/abs.ipynb", "a/../b.ipynb"]
    given = zip_of(tmp_path / "z.zip", dict.fromkeys(names, b"{}"))
    found = zipped.unzip(given, tmp_path / "in")
    assert len(found) == 3
    assert {path.parent for path in found.values()} == {tmp_path / "in"}


def test_an_archive_that_expands_without_bound_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(zipped, "ALL", 10_000)
    given = zip_of(tmp_path / "z.zip", {"a.ipynb": b"\0" * 10**6})
    with pytest.raises(DataFileError, match="holds more than"):
        zipped.unzip(given, tmp_path / "in")
    monkeypatch.setattr(zipped, "MOST", 1)
    with pytest.raises(DataFileError, match="holds 2 notebooks"):
        zipped.unzip(zip_of(tmp_path / "y.zip", {"a.ipynb": "", "b.ipynb": ""}), tmp_path / "in")


def test_an_archive_cut_anywhere_is_our_own_error(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", b"{}" * 500)
    whole = buffer.getvalue()
    for end in range(0, len(whole), 7):
        (tmp_path / "cut.zip").write_bytes(whole[:end])
        with pytest.raises(DataFileError, match="not a whole zip"):
            zipped.unzip(tmp_path / "cut.zip", tmp_path / "in")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_packed_without_a_bound_is_not_expanded(tmp_path, method):
    with zipfile.ZipFile(tmp_path / "z.zip", "w", method) as archive:
        archive.writestr("a.ipynb", bytes(3 * 10**7))
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError, match=r"packs a\.ipynb"):
            zipped.unzip(tmp_path / "z.zip", tmp_path / "in")
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("entry", [b"PK\1\2", b"PK\3\4"])
def test_an_archive_with_a_name_that_is_no_text_costs_its_row_only(tmp_path, entry):
    raw = bytearray(zip_of(tmp_path / "z.zip", {"a.ipynb": b"{}"}).read_bytes())
    at = raw.find(entry) + (8 if entry == b"PK\1\2" else 6)
    raw[at : at + 2] = (0x800).to_bytes(2, "little")  # the name is said to be UTF-8
    name = raw.find(b"a.ipynb", at)
    raw[name] = 0xFF
    (tmp_path / "z.zip").write_bytes(raw)
    found = opened({"z.zip": tmp_path / "z.zip"}, tmp_path / "in")
    assert [type(one) for one in found.values()] == [DataFileError]


def test_every_notebook_of_an_archive_is_kept_or_the_archive_refused(tmp_path):
    twice = {"a\n.ipynb": b"1", r"a\n.ipynb": b"2"}  # alike when they are printed
    with pytest.raises(DataFileError, match="two notebooks of one name"):
        zipped.unzip(zip_of(tmp_path / "z.zip", twice), tmp_path / "in")


def test_a_name_of_an_archive_that_fills_no_row_is_refused(tmp_path):
    given = zip_of(tmp_path / "z.zip", {"_1" * 10_000 + ".ipynb": b"{}"})
    with pytest.raises(DataFileError, match="a name without an end"):
        zipped.unzip(given, tmp_path / "in")


def test_a_link_in_a_class_gets_its_row_and_the_other_file_no_second_one(tmp_path, lab):
    lab(RIGHT_CELL, name="key.ipynb")
    (tmp_path / "class").mkdir()
    for name in ("eve.ipynb", "mallory.zip"):
        (tmp_path / "class" / name).symlink_to(tmp_path / "key.ipynb")
    found = opened(returned([tmp_path / "class"]), tmp_path / "in")
    assert [one.problem for one in found.values()] == ["is a link, not a file."] * 2
    by_name = opened(returned([tmp_path / "class" / "eve.ipynb"]), tmp_path / "in")
    assert by_name == {"eve.ipynb": tmp_path / "key.ipynb"}


def test_who_has_no_number_is_in_no_platforms_table():
    rows = [{"file": "a", "student": "a", "id": "", "points": 3}]
    assert moodle(rows) == canvas(rows, "Lab") == []
