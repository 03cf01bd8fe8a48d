"""Folders of magnetograms as arrays."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from geoviz_ml.datasets import load_suns
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import read_kitti, read_magnetogram
from geoviz_ml.simulate import sunspots
from geoviz_ml.simulate.writers_sun import write_voc

from ..yolo import write_yolo


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sunspots.make(tmp_path_factory.mktemp("suns"), 4, seed=6, size=128, in_a_row=2, fits=0)


def test_pictures_and_boxes_are_those_of_the_files(folder):
    suns = load_suns(folder, 128)
    assert suns.pictures.shape == (4, 128, 128)
    for name, picture, boxes in zip(suns.table.picture, *suns.pair, strict=True):
        grey = read_magnetogram(folder / "png" / f"{name}.png").values / 255
        on_disk = grey > 0
        assert np.median(np.abs(picture - grey)[on_disk]) < 0.01
        drawn = read_kitti(folder / "boxes" / f"{name}.txt")[["x1", "y1", "x2", "y2"]].to_numpy()
        np.testing.assert_allclose(boxes, drawn, atol=0.5)


def test_boxes_grow_with_the_picture(folder):
    small, large = load_suns(folder, 128), load_suns(folder, 256)
    for one, other in zip(small.boxes, large.boxes, strict=True):
        np.testing.assert_allclose(2 * one, other, atol=0.02)


def test_parts_keep_pictures_and_boxes_together(folder):
    suns = load_suns(folder, 128)
    part = suns[suns.table.sequence == 1]
    assert len(part) == 2
    assert part.table.picture.tolist() == suns.table.picture[2:].tolist()
    np.testing.assert_array_equal(part.boxes[0], suns.boxes[2])
    np.testing.assert_array_equal(part.pictures[1], suns.pictures[3])


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(MissingDataError, match=r"pictures\.csv"):
        load_suns(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("picture,when\na,2014-01-01\n", "no column time"),
        ("picture,time\n", "has no rows"),
        ("picture,time\na,yesterday\n", "not a whole table"),
        ("picture,time\n/etc/a.png,2014-01-01\n", "names a file elsewhere"),
        ("picture,time\n../a.png,2014-01-01\n", "names a file elsewhere"),
        ("\0\1\2", "pictures.csv"),
    ],
)
def test_a_table_that_makes_no_sense_is_one_clear_error(tmp_path, text, said):
    (tmp_path / "pictures.csv").write_text(text)
    with pytest.raises(DataFileError, match=said):
        load_suns(tmp_path)


def test_continuum_pictures_of_a_simulated_folder_are_asked_for(tmp_path):
    sunspots.make(tmp_path, 2, seed=6, size=128, in_a_row=2, fits=0, continuum=True)
    dark, field = load_suns(tmp_path, 128, kind="continuum"), load_suns(tmp_path, 128)
    assert (set(dark.table.kind), set(field.table.kind)) == ({"continuum"}, {"magnetogram"})
    assert dark.table.file[0].startswith("continuum/")
    np.testing.assert_allclose(dark.boxes[0], field.boxes[0], atol=0.5)  # each has its own disk


def test_noaas_regions_lie_where_the_simulator_put_them(folder):
    suns, truth = load_suns(folder, 256), sunspots.read_truth(folder)
    near = []
    for name, regions in zip(suns.table.picture, suns.regions, strict=True):
        known = truth[(truth.picture == name) & (truth.mount_wilson != "")].dropna(subset="x1")
        both = regions[["number", "x", "y"]].merge(known, on="number")
        x, y = both.x1 + both.x2, both.y1 + both.y2  # twice the size of 128, half of the sum
        near.append(np.hypot(both.x + 0.5 - x, both.y + 0.5 - y))
    near = np.concatenate(near)
    assert len(near) > 3
    assert np.median(near) < 6  # whole degrees, a day's drift and a box that is not centred


def test_boxes_of_voc_and_yolo_are_read_where_they_lie(folder, tmp_path):
    expected = load_suns(folder, 128)
    for name, boxes in zip(expected.table.picture, expected.boxes, strict=True):
        picture = (folder / "png" / f"{name}.png").read_bytes()
        table = pd.DataFrame(np.rint(boxes), columns=["x1", "y1", "x2", "y2"])
        for kind, below in (("voc", "boxes"), ("yolo", "labels")):
            for part in ("images", below):
                (tmp_path / kind / part).mkdir(parents=True, exist_ok=True)
            (tmp_path / kind / "images" / f"{name}.png").write_bytes(picture)
        write_voc(
            tmp_path / "voc" / "boxes" / f"{name}.xml", table.assign(label="spot"), name, 2 * (128,)
        )
        write_yolo(tmp_path / "yolo" / "labels" / f"{name}.txt", table.assign(label=1), 2 * (128,))
    for kind in ("voc", "yolo"):
        for one, other in zip(load_suns(tmp_path / kind, 128).boxes, expected.boxes, strict=True):
            np.testing.assert_allclose(one, other, atol=1.5)


def test_a_cut_out_is_no_whole_sun(tmp_path):
    values = np.zeros((40, 60), np.float32)
    header = {"CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "CUNIT1": "degree", "CUNIT2": "degree"}
    header |= {"CDELT1": 0.1, "CDELT2": 0.1, "CRPIX1": 30, "CRPIX2": 20, "BUNIT": "Gauss"}
    hdu = fits.PrimaryHDU(values)
    hdu.header.update(header)
    hdu.writeto(tmp_path / "a.fits")
    with pytest.raises(DataFileError, match="cut-out"):
        load_suns(tmp_path)


def test_another_word_for_boxes_is_refused(folder):
    with pytest.raises(UsageError, match="'auto', 'drawn'"):
        load_suns(folder, boxes="mine")


def test_noaas_extents_draw_boxes_where_they_are_asked_for(folder):
    drawn, noaa = load_suns(folder, 128), load_suns(folder, 128, boxes="noaa")
    assert [len(boxes) for boxes in noaa.boxes] == [len(regions) for regions in drawn.regions]
    for boxes, regions in zip(noaa.boxes, noaa.regions, strict=True):
        np.testing.assert_allclose((boxes[:, 0] + boxes[:, 2]) / 2, regions.x, atol=3)
        assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_the_table_of_a_fetch_tells_regions_where_there_are_no_summaries(folder, tmp_path):
    expected = load_suns(folder, 128)
    (tmp_path / "png").mkdir()
    rows = []
    for name, regions in zip(expected.table.picture, expected.regions, strict=True):
        (tmp_path / "png" / f"{name}.png").write_bytes((folder / f"png/{name}.png").read_bytes())
        rows.append(regions.assign(picture=f"png/{name}.png"))
    pd.concat(rows).drop(columns=["latitude", "longitude", "extent"]).to_csv(
        tmp_path / "regions.csv", index=False
    )
    names = [f"png/{name}.png" for name in expected.table.picture]
    pd.DataFrame({"picture": names, "time": expected.table.time}).to_csv(
        tmp_path / "pictures.csv", index=False
    )
    suns = load_suns(tmp_path, 128)
    for one, other in zip(suns.regions, expected.regions, strict=True):
        assert one.number.tolist() == other.number.tolist()
        np.testing.assert_allclose(
            one[["x", "y", "x1", "y2"]], other[["x", "y", "x1", "y2"]], atol=1
        )
        assert one.latitude.isna().all()
    assert len(load_suns(tmp_path, 128, boxes="noaa").boxes) == 4
    (tmp_path / "regions.csv").unlink()
    with pytest.raises(MissingDataError, match="no regions of NOAA beside its pictures"):
        load_suns(tmp_path, 128, boxes="noaa")
