"""Boxes in VOC, KITTI and YOLO files."""

import pandas as pd
import pytest

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.readers import read_kitti, read_voc, read_yolo
from geoviz_ml.simulate.writers_sun import write_kitti, write_voc

from ..yolo import write_yolo

SIZE = (200, 400)  # height, width
COLUMNS = ["label", "x1", "y1", "x2", "y2"]


def boxes():
    rows = [("1", 10.0, 20.0, 60.0, 70.0), ("0", 300.0, 100.0, 399.0, 199.0)]
    return pd.DataFrame(rows, columns=COLUMNS)


def write_and_read(tmp_path, kind, table):
    path = tmp_path / "a.txt"
    if kind == "voc":
        return read_voc(write_voc(path, table, "a.png", SIZE))
    if kind == "kitti":
        return read_kitti(write_kitti(path, table))
    return read_yolo(write_yolo(path, table, SIZE), SIZE)


@pytest.mark.parametrize("kind", ["voc", "kitti", "yolo"])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_reader_returns_what_the_writer_wrote(tmp_path, kind, n):
    table = write_and_read(tmp_path, kind, boxes()[:n])
    pd.testing.assert_frame_equal(table, boxes()[:n], check_dtype=False, atol=1e-3)


def test_voc_tells_picture_and_size(tmp_path):
    table = write_and_read(tmp_path, "voc", boxes())
    assert table.attrs == {"image": "a.png", "height": 200, "width": 400}


def test_yolo_is_relative_to_width_and_height(tmp_path):
    (tmp_path / "a.txt").write_text("3 0.5 0.25 0.1 0.5\n\n")
    table = read_yolo(tmp_path / "a.txt", SIZE)
    assert table.iloc[0].tolist() == ["3", 180.0, 0.0, 220.0, 100.0]
    with pytest.raises(UsageError):
        read_yolo(tmp_path / "a.txt", (0, 400))


LAUGHS = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
VOC = "<annotation><object><name>&c;</name></object></annotation>"
VOC_BOX = (
    "<annotation><size><width>400</width><height>{5}</height></size><object><name>{0}</name>"
    "<bndbox><xmin>{1}</xmin><ymin>{2}</ymin><xmax>{3}</xmax><ymax>{4}</ymax></bndbox></object>"
    "</annotation>"
)
TAIL = " 0" * 7


def line(kind, x1, y1, x2, y2):
    """One box as a file of that kind has it."""
    if kind == "voc":
        return VOC_BOX.format("spot", x1, y1, x2, y2, "200")
    if kind == "kitti":
        return f"spot 0 0 0 {x1} {y1} {x2} {y2}{TAIL}"
    x, y, wide, high = (x1 + x2) / 800, (y1 + y2) / 400, (x2 - x1) / 400, (y2 - y1) / 200
    return f"spot {x} {y} {wide} {high}"


def read(path, kind, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    if kind == "yolo":
        return read_yolo(path, SIZE)
    return read_voc(path) if kind == "voc" else read_kitti(path)


KINDS = pytest.mark.parametrize("kind", ["voc", "kitti", "yolo"])


@KINDS
def test_one_rule_for_boxes_that_are_none(tmp_path, kind):
    path = tmp_path / "a.txt"
    good = read(path, kind, line(kind, 10, 20, 60, 70))
    assert good.iloc[0, 1:].tolist() == pytest.approx([10, 20, 60, 70])
    for box in ((10, 20, 10, 70), (10, 20, 60, 20), (5, 5, 5, 5)):
        with pytest.raises(DataFileError, match=r"(line|object) 1 .* has no area"):
            read(path, kind, line(kind, *box))
    for box in ((60, 20, 10, 70), (10, 70, 60, 20)):
        with pytest.raises(DataFileError, match=r"(line|object) 1 .* has its corners exchanged"):
            read(path, kind, line(kind, *box))


@KINDS
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_of_byte_order_and_dos_lines_are_no_content(tmp_path, kind, encoding):
    text = line(kind, 10, 20, 60, 70).replace("spot", "Fläche")
    table = read(tmp_path / "a.txt", kind, f"{text}\r\n", encoding)
    assert table.label.tolist() == ["Fläche"]
    assert table.iloc[0, 1:].tolist() == pytest.approx([10, 20, 60, 70])


@pytest.mark.parametrize("columns", [15, 16])
@pytest.mark.parametrize("name", ["spot", "Active Region", "person sitting down", "3", "2 spots"])
def test_a_class_of_several_words_shifts_no_column(tmp_path, name, columns):
    text = f"{name} 0.0 0 -1.5 100 120 200.5 180{' 0.7' * (columns - 8)}\n"
    table = read(tmp_path / "a.txt", "kitti", text * 2)
    assert table.values.tolist() == [[name, 100, 120, 200.5, 180]] * 2


def test_places_to_ignore_are_no_things(tmp_path):
    ignore = "DontCare -1 -1 -10 60 60 120 121 -1 -1 -1 -1000 -1000 -1000 -10\n"
    text = ignore + line("kitti", 10, 20, 60, 70) + "\n" + ignore.replace("DontCare", "dont care")
    table = read(tmp_path / "a.txt", "kitti", text)
    assert table.values.tolist() == [["spot", 10, 20, 60, 70]]
    assert table.attrs["ignore"] == [[60, 60, 120, 121]] * 2
    assert read(tmp_path / "a.txt", "kitti", line("kitti", 1, 2, 3, 4)).attrs["ignore"] == []
    assert read(tmp_path / "a.txt", "kitti", ignore).empty


def test_yolo_may_have_a_confidence_and_names(tmp_path):
    text = "3 .5 .5 .1 .5 0.87\n3.0 .5 .5 .1 .5\nactive region .5 .5 .1 .5 1\n"
    table = read(tmp_path / "a.txt", "yolo", text)
    assert table.label.tolist() == ["3", "3", "active region"]
    assert (table.iloc[:, 1:] == [180, 50, 220, 150]).all(axis=None)


def test_voc_sizes_may_have_a_point(tmp_path):
    table = read(tmp_path / "a.txt", "voc", VOC_BOX.format("a", "1.5", "2.25", 30, "40.0", "200.0"))
    assert table.attrs == {"image": "", "height": 200, "width": 400}
    assert table.iloc[0].tolist() == ["a", 1.5, 2.25, 30.0, 40.0]


@pytest.mark.parametrize(
    ("read", "text", "problem"),
    [
        (read_voc, LAUGHS + VOC, "DTD"),
        (read_voc, "<annotation>", "VOC"),
        (read_voc, "<svg/>", "root is <svg>"),
        (read_voc, "<annotation><object><name>a</name></object></annotation>", "four finite"),
        (read_kitti, "a 0 0 0 1 2 3 4", "line 1 has 8 columns"),
        (read_kitti, "a 0 0 0 1 2 three 4" + " 0" * 8, "line 1: 'three' is no number"),
        (read_kitti, "a 0 0 0 nan 2 3 4" + " 0" * 8, "four finite"),
        (read_kitti, "Type 2 0 0 0 10 20 30 40" + " 0" * 7, "truncation 2 .* part of the class"),
        (read_yolo, "1 0.5 0.5 0.1", "line 1 has 4 columns"),
        (read_yolo, "1 0.5 0.5 0.1 inf", "four finite"),
        (read_yolo, "1 1.5 0.5 0.1 0.1", "leaves the picture of 400 x 200"),
        (read_yolo, "1" + " 0.2" * 8, "line 1 has 9 columns"),
        (read_yolo, "1 0.5 0.5 0.1 0.1 7", "line 1 has a confidence of 7"),
        (read_yolo, "\xff\xfe", "line 1 has 1 columns"),
        (read_voc, VOC_BOX.format("a", 1, 2, 3, 900, "200"), "object 1 .* leaves the picture"),
        (read_voc, VOC_BOX.format("", 1, 2, 3, 9, "200"), "object 1 .* has no name"),
        (read_voc, VOC_BOX.format("a", 1, 2, 3, 9, "200.5"), "a size of 200.5"),
        (read_voc, VOC_BOX.format("a", 1, "2,5", 3, 9, "200"), "could not convert"),
    ],
)
def test_file_that_cannot_be_trusted_is_an_error(tmp_path, read, text, problem):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=problem) as error:
        read(path, SIZE) if read is read_yolo else read(path)
    assert str(path) in str(error.value)


@pytest.mark.data
def test_all_real_boxes_are_read(real_data):
    """815 boxes in 396 pictures; widths and heights as another tool noted them, in whole pixels."""
    folder = real_data / "solar" / "deepsdo"
    noted = pd.read_csv(folder / "boxes_with_srs_class.csv")
    files = sorted((folder / "labels").glob("*.txt"))
    tables = {path.stem: read_yolo(path, (512, 512)) for path in files}
    assert sum(map(len, tables.values())) == len(noted) == 815
    for name, rows in noted.groupby("img"):
        width = tables[name].x2 - tables[name].x1
        height = tables[name].y2 - tables[name].y1
        assert (abs(width.to_numpy() - rows.w.to_numpy()) < 1).all()
        assert (abs(height.to_numpy() - rows.h.to_numpy()) < 1).all()
