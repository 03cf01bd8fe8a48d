"""What cannot work is one clear sentence, from the function and from the command."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.errors import DataFileError, GeovizError, MissingDataError, UsageError
from geoviz_ml.learn import fit
from geoviz_ml.own import classes_learner, contact_sheet, find_items, make_plan, mark_folder
from geoviz_ml.own.__main__ import main


def some(desk, pictures=5, masks=4):
    for i in range(pictures):
        desk.pair(f"a{i}", f"a{i}.png", f"a{i}_mask.png" if i < masks else None)


def rename(desk):
    for path in desk.folder.glob("*_mask.png"):
        path.rename(path.with_name(f"x{path.name}"))


def claiming(width, height):
    """A small PNG that claims to be a large one."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    data = b"IDAT" + zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", len(data) - 4) + data + b"\0\0\0\0"


CASES = {
    "an empty folder": (
        lambda desk: [path.unlink() for path in desk.folder.glob("*")],
        MissingDataError,
        "mine: no picture here",
    ),
    "only masks": (
        lambda desk: [desk.folder.joinpath(f"a{i}.png").unlink() for i in range(5)],
        MissingDataError,
        "no picture here .* The 4 files are masks by name",
    ),
    "masks of other pictures": (rename, MissingDataError, "xa0_mask.png: is the mask of a picture"),
    "a mask of another size": (
        lambda desk: desk.save("a1_mask.png", np.eye(20, dtype=np.uint8)),
        DataFileError,
        "a1_mask.png: is 20 x 20 pixels, its picture 32 x 32",
    ),
    "everything marked": (
        lambda desk: [
            desk.save(f"a{i}_mask.png", np.full((32, 32), 255, np.uint8)) for i in range(4)
        ],
        UsageError,
        "mine: all pixels of all masks are marked",
    ),
    "nothing marked": (
        lambda desk: [desk.save(f"a{i}_mask.png", np.zeros((32, 32), np.uint8)) for i in range(4)],
        UsageError,
        "mine: nothing is marked in any mask",
    ),
    "one mask with something": (
        lambda desk: [
            desk.save(f"a{i}_mask.png", np.zeros((32, 32), np.uint8)) for i in range(1, 4)
        ],
        MissingDataError,
        "something is marked in 1 of 4 masks",
    ),
    "two pictures": (
        lambda desk: [desk.folder.joinpath(f"a{i}.png").unlink() for i in (2, 3, 4)],
        MissingDataError,
        "of 2 pictures 2 have masks; at least 3 are needed",
    ),
    "no mask": (
        lambda desk: [path.unlink() for path in desk.folder.glob("*_mask.png")],
        MissingDataError,
        "of 5 pictures none have masks",
    ),
    "a damaged picture with a mask": (
        lambda desk: (desk.folder / "a1.png").write_bytes(
            (desk.folder / "a1.png").read_bytes()[:200]
        ),
        DataFileError,
        "a1.png: is not a whole PNG picture",
    ),
    "a picture that claims a hostile size": (
        lambda desk: (desk.folder / "a1.png").write_bytes(claiming(20_000, 8_000)),
        DataFileError,
        "a1.png: claims 20000 x 8000 pixels in",
    ),
    "a mask as JPEG": (
        lambda desk: (
            Image.open(desk.folder / "a1_mask.png").save(desk.folder / "a1_mask.jpg", quality=60),
            (desk.folder / "a1_mask.png").unlink(),
        ),
        DataFileError,
        r"a1_mask.jpg: holds \d+ values; .* not as JPEG",
    ),
    "two pictures of one name": (
        lambda desk: desk.save("a1.tif", np.zeros((32, 32), np.uint8)),
        UsageError,
        "has the name of .*a1",
    ),
    "masks and boxes": (
        lambda desk: (desk.folder / "boxes.csv").write_text("file,x1,y1,x2,y2\na1.png,1,1,4,4\n"),
        UsageError,
        "more than one of masks, files of boxes, and boxes.csv",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_folder_that_cannot_work_is_told_why(desk, capsys, case):
    change, error, said = CASES[case]
    some(desk)
    change(desk)
    with pytest.raises(error, match=said) as raised:
        make_plan(find_items(desk.folder))
    assert isinstance(raised.value, GeovizError)
    assert main([str(desk.folder)]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("Error: ")
    assert len(err.splitlines()) == 1


BOXES = {
    "a box inside out": ("a1.png,9,1,4,4", DataFileError, "row 2 holds no box: 9, 1, 4, 4"),
    "a word": ("a1.png,x,1,4,4", DataFileError, "row 2 holds no box"),
    "no such picture": ("z.png,1,1,4,4", MissingDataError, "names 'z.png'"),
    "a box beyond the picture": ("a1.png,1,1,90,90", DataFileError, r"a1.png: has a box up to"),
    "a box beyond all numbers": (
        "a1.png,1,1,1e300,90",
        DataFileError,
        r"has a box up to \(1e\+300",
    ),
    "no rows": ("", DataFileError, "has no rows"),
}


@pytest.mark.parametrize("case", BOXES)
def test_a_table_of_boxes_that_cannot_be_is_told_why(desk, case):
    line, error, said = BOXES[case]
    some(desk, masks=0)
    others = "a0.png,1,1,4,4\na2.png,1,1,4,4\n" if line and line.startswith("a1.png,1") else ""
    (desk.folder / "boxes.csv").write_text(f"file,x1,y1,x2,y2\n{line}\n{others}")
    with pytest.raises(error, match=said):
        make_plan(find_items(desk.folder))


def test_a_stack_whose_mask_has_other_pages_is_told(desk):
    desk.folder.mkdir()
    pages = [Image.new("L", (32, 32)) for _ in range(3)]
    pages[0].save(desk.folder / "s.tif", save_all=True, append_images=pages[1:])
    pages[0].save(desk.folder / "s_mask.tif", save_all=True, append_images=pages[1:2])
    with pytest.raises(DataFileError, match="s_mask.tif: has 2 pages, its picture 3"):
        find_items(desk.folder)


def test_a_damaged_picture_without_a_mask_is_a_row_and_the_others_are_marked(desk, marked):
    some(desk, pictures=6)
    (desk.folder / "a5.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    found, said = marked(steps=2)
    row = found.pictures.set_index("item").loc["a5"]
    assert row.status == "damaged"
    assert "a5.png: is not a whole PNG picture" in row.note
    assert "Not marked: " in said
    assert (found.pictures.status == "done").sum() == 5
    assert not (found.out / "masks" / "a5.png").exists()


def test_results_do_not_go_into_the_folder_of_pictures(desk):
    some(desk)
    with pytest.raises(UsageError, match="lies in the folder of pictures"):
        mark_folder(desk.folder, desk.folder / "out")


@pytest.mark.parametrize("options", [{"folds": 1}, {"steps": 0}, {"tile": 40}, {"factor": 0}])
def test_options_without_sense_are_refused(desk, options):
    some(desk)
    with pytest.raises(UsageError, match="no sense"):
        mark_folder(desk.folder, **options)


def test_an_unknown_mirror_is_refused_before_anything_is_written(desk):
    some(desk)
    out = desk.folder.with_name("out")
    with pytest.raises(UsageError, match="no mirror 'both'.*'sides', 'all', 'none'"):
        mark_folder(desk.folder, out, mirror="both")
    assert not out.exists()


TILES, ANSWERS = np.zeros((2, 1, 32, 32), np.float32), np.zeros((2, 32, 32), np.uint8)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (ANSWERS + 255, "from 255 to 255, for 2 classes"),
        (ANSWERS.astype(int) - 1, "from -1 to -1"),
        (ANSWERS.astype(float), "of type float64"),
        (ANSWERS[:1], "do not fit"),
        (ANSWERS[:, :16], "do not fit"),
    ],
)
def test_answers_that_are_no_classes_are_refused(answers, said):
    for train, valid in (
        ((TILES, answers), (TILES, ANSWERS)),
        ((TILES, ANSWERS), (TILES, answers)),
    ):
        with pytest.raises(UsageError, match=said):
            classes_learner(train, valid, classes=2, base=2)


@pytest.mark.parametrize("kind", [bool, np.uint16, np.int64])
def test_answers_of_any_whole_type_are_the_same(kind):
    answers = ANSWERS.copy()
    answers[:, 8:16] = 1
    data, other = (TILES, answers), (TILES, answers.astype(kind))
    first, second = (
        fit(classes_learner(one, one, classes=2, base=2, device="cpu"), 1) for one in (data, other)
    )
    assert first.equals(second)


def test_nothing_to_plan_and_nothing_to_draw_are_told(tmp_path):
    with pytest.raises(MissingDataError, match="of 0 pictures none have masks"):
        make_plan([])
    with pytest.raises(UsageError, match=r"sheet.png: .* at least one picture"):
        contact_sheet(tmp_path / "sheet.png", [])


@pytest.mark.parametrize("wrong", [["--k", "3"], ["--clusters", "--steps", "3"], ["--tiles"]])
def test_the_command_refuses_options_of_the_other_kind(desk, wrong):
    with pytest.raises(SystemExit) as ended:
        main([str(desk.folder), *wrong])
    assert ended.value.code == 2
