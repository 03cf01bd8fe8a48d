"""One picture: regions where they are, errors that name the file."""

import numpy as np
import pytest

from geoviz_ml.errors import DataFileError, GeovizError
from geoviz_ml.geometry import disk_position
from geoviz_ml.sunspots import SunModels, find_regions
from geoviz_ml.sunspots.find import COLUMNS

from .drawn import B0, DISK, NORTH_WEST, SOUTH_EAST, sun, write


def places(table):
    return table.sort_values("longitude")[["latitude", "longitude"]].to_numpy()


def test_regions_are_found_at_their_heliographic_places(folder):
    found = find_regions(folder / "a.fits")
    np.testing.assert_allclose(places(found.table), [SOUTH_EAST, NORTH_WEST], atol=1)
    np.testing.assert_allclose(
        found.table.sort_values("longitude").carrington, [80, 150], atol=1
    )  # the disk's centre is at 120
    x, y, _ = disk_position(*NORTH_WEST, B0, DISK)
    box = found.table.sort_values("longitude").iloc[1]
    assert box.x1 < x - 9 < x + 9 < box.x2
    assert box.y1 < y < box.y2
    assert set(found.table["class"]) == {"not classified"}
    assert found.table.class_confidence.isna().all()
    assert (found.table.class_note == "No model was given.").all()


def test_classical_detector_finds_the_same_at_another_scale(folder):
    tables = [
        find_regions(folder / "a.fits", SunModels(size=size)).table for size in (256, 512, 1024)
    ]
    for table in tables:
        np.testing.assert_allclose(places(table), places(tables[1]), atol=0.7)
        np.testing.assert_allclose(
            table[["x1", "y1", "x2", "y2"]], tables[1][["x1", "y1", "x2", "y2"]], atol=3
        )


def test_picture_upside_down_gives_the_same_places(tmp_path):
    """As HMI's own files are: CROTA2 of about 180 degrees."""
    from astropy.io import fits

    path = write(tmp_path)
    upright = find_regions(path).table
    with fits.open(path, mode="update") as hdus:
        hdus[0].data = hdus[0].data[::-1, ::-1].copy()
        header = hdus[0].header
        header["CROTA2"] = 179.93
        header["CRPIX1"] = 301 - header["CRPIX1"]
        header["CRPIX2"] = 301 - header["CRPIX2"]
    turned = find_regions(path)
    np.testing.assert_allclose(places(turned.table), places(upright), atol=0.3)
    assert "Upside down" in turned.note


@pytest.mark.filterwarnings("ignore::astropy.wcs.FITSFixedWarning")
def test_north_that_leans_is_reckoned_with(tmp_path):
    """The spot turns with the picture, its place does not; astropy tells where it is then."""
    from astropy.io import fits
    from astropy.wcs import WCS

    path = write(tmp_path)
    with fits.open(path, mode="update") as hdus:
        header = hdus[0].header
        header["CROTA2"] = 20.0
        x, y, _ = disk_position(*NORTH_WEST, B0, DISK)
        degrees = np.array([x - DISK[0], DISK[1] - y]) * header["CDELT1"] / 3600
        column, row = WCS(header).wcs_world2pix(*degrees, 0)
        rows, columns = np.indices((300, 300))
        spot = np.hypot(columns - column, rows - row) < 6
        hdus[0].data = np.where(spot, 800, sun(())[::-1]).astype(np.float32)
    found = find_regions(path)
    np.testing.assert_allclose(places(found.table), [NORTH_WEST], atol=1)
    assert "leans by 20.0" in found.note


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_disk_without_a_region_has_none(tmp_path, value):
    values = np.where(np.isfinite(sun(())), value, np.nan)
    found = find_regions(write(tmp_path, values=values))
    assert len(found.table) == 0
    assert list(found.table) == COLUMNS


def test_noise_is_no_region(tmp_path):
    assert len(find_regions(write(tmp_path, values=sun(()))).table) == 0


def test_region_over_the_limb_stays_in_the_picture(tmp_path):
    found = find_regions(write(tmp_path, values=sun([(10.0, 84.0)])))
    assert len(found.table) == 1
    box = found.table.iloc[0]
    assert 0 <= box.x1 < box.x2 <= 300
    assert np.isnan(box.longitude) == ("limb" in box.place_note)
    edge = sun([(10.0, 84.0)], 300, (149.0, 151.0, 150.0))  # the limb is the picture's edge
    box = find_regions(write(tmp_path, values=edge, disk=(149.0, 151.0, 150.0))).table.iloc[0]
    assert box.x2 <= 300


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:9000]), "whole FITS"),
        (lambda p: p.write_bytes(b""), "no FITS"),
        (lambda p: write(p.parent, p.name, np.full((300, 300), np.nan)), "no measurement"),
        (lambda p: write(p.parent, p.name, np.zeros((12, 12)), (5.5, 5.5, 5)), "too small"),
    ],
)
def test_bad_file_gives_one_clear_error(folder, make, message):
    make(folder / "a.fits")
    with pytest.raises(DataFileError, match=message) as error:
        find_regions(folder / "a.fits")
    assert str(folder / "a.fits") in str(error.value)


def test_models_of_another_kind_of_picture_are_refused(models, folder):
    with pytest.raises(GeovizError, match="is a continuum, the models know a magnetogram"):
        find_regions(folder / "a.fits", models, kind="continuum")
