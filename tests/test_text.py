"""Names and notes: safe in a terminal, in a table, in a spreadsheet."""

import csv
import os

import pytest

from geoviz_ml.files import printable, safe_cell


@pytest.mark.parametrize("text", ["sun 1.png", "[a]*?.png", "Sönne 太陽.fits", "<b>&amp;</b>", ""])
def test_ordinary_text_stays_as_it_is(text):
    assert printable(text) == safe_cell(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        (os.fsdecode(b"a\xffb"), r"a\udcffb"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_cannot_be_shown_is_spelled_out(text, shown):
    assert printable(text) == shown
    assert printable(text).encode() == shown.encode()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ("\t=1", r"\t=1"),
        ("'=1", "'=1"),
        ("a=1", "a=1"),
    ],
)
def test_a_formula_becomes_text(text, cell):
    assert safe_cell(text) == safe_cell(cell) == cell


def test_numbers_are_no_formulas():
    assert [safe_cell(value) for value in (-1.5, None, 3, True)] == [-1.5, None, 3, True]


def test_a_cell_that_would_break_out_of_its_row_does_not(tmp_path):
    with open(tmp_path / "t.csv", "w", newline="") as file:
        csv.writer(file).writerow([safe_cell('a",\n=1'), 2])
    with open(tmp_path / "t.csv", newline="") as file:
        assert list(csv.reader(file)) == [[r'a",\n=1', "2"]]
