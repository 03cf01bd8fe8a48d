"""Boxes in VOC, KITTI and YOLO files."""

import pandas as pd
import pytest

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.readers import read_kitti, read_voc, read_yolo
from geoviz_ml.simulate.writers_sun import write_kitti, write_voc, write_yolo

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


@pytest.mark.parametrize(
    ("read", "text", "problem"),
    [
        (read_voc, LAUGHS + VOC, "DTD"),
        (read_voc, "<annotation>", "VOC"),
        (read_voc, "<svg/>", "root is <svg>"),
        (read_voc, "<annotation><object><name>a</name></object></annotation>", "no area"),
        (read_kitti, "a 0 0 0 1 2 3 4", "line 1 has 8 columns"),
        (read_kitti, "a 0 0 0 1 2 three 4" + " 0" * 8, "KITTI"),
        (read_kitti, "a 0 0 0 9 2 3 4" + " 0" * 8, "no area"),
        (read_kitti, "a 0 0 0 nan 2 3 4" + " 0" * 8, "no area"),
        (read_yolo, "1 0.5 0.5 0.1", "line 1 is not"),
        (read_yolo, "1 0.5 0.5 0.1 inf", "leaves the picture"),
        (read_yolo, "1 1.5 0.5 0.1 0.1", "leaves the picture"),
        (read_yolo, "\xff\xfe", "line 1|text"),
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
