"""read_magnetogram: orientation, units and coordinates, from every format."""

import gzip
from io import BytesIO

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.geometry import regions_in_picture, sun_b0
from geoviz_ml.readers import read_magnetogram, read_srs
from geoviz_ml.simulate.writers_sun import write_magnetogram

TIME = "2022-08-02T10:47:53.000"
DISK = (30.0, 21.0, 18.0)


def field():
    """A Sun with one spot group in the north-east: up and left."""
    y, x = np.mgrid[:48, :64]
    values = np.random.default_rng(0).normal(0, 10, (48, 64))
    values[10:13, 20:23], values[10:13, 24:27] = 1500, -1500
    values[np.hypot(x - DISK[0], y - DISK[1]) >= DISK[2]] = np.nan
    return values.astype(np.float32)


def write(folder, name="a.fits"):
    return write_magnetogram(folder / name, field(), TIME, DISK, b0=5.8, l0=204.4)


def test_reader_returns_what_the_writer_wrote(tmp_path):
    data = read_magnetogram(write(tmp_path))
    np.testing.assert_array_equal(data.values, field())
    assert data.attrs["units"] == "G"
    assert data.attrs["time"] == TIME
    found = [data.attrs[name] for name in ("disk_x", "disk_y", "disk_radius", "b0", "l0")]
    np.testing.assert_allclose(found, [*DISK, 5.8, 204.4], rtol=1e-6)


def test_coordinates_are_arcsec_north_up_and_west_right(tmp_path):
    data = read_magnetogram(write(tmp_path))
    assert data.x.attrs["units"] == "arcsec"
    assert abs(float(data.y[21])) < 1e-6
    assert abs(float(data.x[30])) < 1e-6
    np.testing.assert_allclose(data.x[48], 960.0)
    np.testing.assert_allclose(data.y[3], 960.0)


def test_file_that_is_upside_down_is_turned(tmp_path):
    """HMI's own files have CROTA2 = 180: the same Sun, read out from the other corner."""
    path = write(tmp_path)
    with fits.open(path, mode="update") as hdus:
        header = hdus[0].header
        hdus[0].data = hdus[0].data[::-1, ::-1].copy()
        header["CROTA2"] = 179.93
        header["CRPIX1"] = 64 + 1 - header["CRPIX1"]
        header["CRPIX2"] = 48 + 1 - header["CRPIX2"]
    data = read_magnetogram(path)
    np.testing.assert_array_equal(data.values, field())
    np.testing.assert_allclose([data.attrs["disk_x"], data.attrs["disk_y"]], DISK[:2])
    assert abs(float(data.x[30])) < 1e-6
    assert round(data.attrs["rotation"], 2) == -0.07


@pytest.mark.parametrize(
    ("reverse", "mirror", "said"),
    [
        ((-1, -1), {"CDELT1": -1, "CDELT2": -1}, "half turn"),
        ((1, -1), {"CDELT1": -1}, "east-west"),
        ((-1, 1), {"CDELT2": -1}, "north-south"),
    ],
)
def test_mirrored_files_are_mirrored_back(tmp_path, reverse, mirror, said):
    path = write(tmp_path)
    with fits.open(path, mode="update") as hdus:
        header = hdus[0].header
        rows, columns = reverse
        hdus[0].data = hdus[0].data[::rows, ::columns].copy()
        for word, sign in mirror.items():
            header[word] *= sign
        header["CRPIX1"] = 65 - header["CRPIX1"] if columns < 0 else header["CRPIX1"]
        header["CRPIX2"] = 49 - header["CRPIX2"] if rows < 0 else header["CRPIX2"]
    data = read_magnetogram(path)
    np.testing.assert_array_equal(data.values, field())
    assert data.attrs["turned"] == said
    assert data.attrs["rotation"] == pytest.approx(0)


@pytest.mark.parametrize(
    "sky", [-32768.0, -2147483648.0, 0.0, 1e30, np.inf, -214748364.8, 65535.0, -9999.0]
)
def test_what_lies_beside_the_disk_is_no_measurement(tmp_path, sky):
    path = write(tmp_path)
    with fits.open(path, mode="update") as hdus:
        hdus[0].data = np.where(np.isnan(hdus[0].data), np.float32(sky), hdus[0].data)
    np.testing.assert_array_equal(read_magnetogram(path).values, field())


@pytest.mark.parametrize("fill", [-32768.0, -2147483648.0, -123.0, 30000.0, -1e38])
def test_fill_values_on_the_disk_are_no_measurement(tmp_path, fill):
    path = write(tmp_path)
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["BLANK"] = -123  # as an integer had it before
        hdus[0].data[20, 25:30] = fill
    values = read_magnetogram(path).values
    assert np.isnan(values[48 - 1 - 20, 25:30]).all()
    assert np.isnan(values).sum() == np.isnan(field()).sum() + 5


def test_blank_integers_are_no_measurement(tmp_path):
    values = np.full((48, 64), 500, np.int16)
    values[0] = -32768
    hdu = fits.PrimaryHDU(values)
    hdu.header["BLANK"], hdu.header["BUNIT"] = -32768, "mT"
    hdu.header["BSCALE"] = 0.1
    hdu.writeto(tmp_path / "a.fits")
    data = read_magnetogram(tmp_path / "a.fits")
    assert np.isnan(data.values[-1]).all()
    assert data.values[:-1] == pytest.approx(500)  # 500 x 0.1 mT


@pytest.mark.parametrize(
    ("unit", "factor", "told"),
    [("Mx cm-2", 1, "G"), ("kG", 1e3, "G"), ("Tesla", 1e4, "G"), ("DN/s", 1, "DN/s"),
     ("furlongs", 1, "furlongs"), ("", 1, "unknown")],
)  # fmt: skip
def test_fields_are_in_gauss_and_other_numbers_as_they_are(tmp_path, unit, factor, told):
    fits.writeto(tmp_path / "a.fits", np.full((9, 9), 0.2, "f4"), fits.Header({"BUNIT": unit}))
    data = read_magnetogram(tmp_path / "a.fits")
    assert data.attrs["units"] == told
    assert data.values == pytest.approx(0.2 * factor)


def test_compressed_fits_and_gzip_give_the_same(tmp_path):
    plain = read_magnetogram(write(tmp_path))
    packed = tmp_path / "b.fits.gz"
    packed.write_bytes(gzip.compress(write(tmp_path).read_bytes()))
    np.testing.assert_array_equal(read_magnetogram(packed), plain)
    with fits.open(write(tmp_path)) as hdus:
        rice = fits.CompImageHDU(np.nan_to_num(hdus[0].data).astype(np.int16), hdus[0].header)
        fits.HDUList([fits.PrimaryHDU(), rice]).writeto(tmp_path / "c.fits")
    squeezed = read_magnetogram(tmp_path / "c.fits")
    np.testing.assert_array_equal(squeezed, np.trunc(field()))  # NaN beside the disk again
    assert squeezed.attrs["disk_radius"] == plain.attrs["disk_radius"]


def test_png_is_grey_with_the_time_of_its_name(tmp_path):
    data = read_magnetogram(write(tmp_path, "20220802_104753_hmi.png"))
    gauss = data.values * 500 / 255 - 250
    inside = np.isfinite(field())
    np.testing.assert_allclose(gauss[inside], field()[inside].clip(-250, 250), atol=1.0)
    assert (data.values[~inside] == 0).all()
    assert data.attrs == {
        "units": "grey",
        "rotation": 0.0,
        "header": {},
        "time": "2022-08-02T10:47:53.000",
    }
    assert data.x.attrs["units"] == "pixel"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "I;16"])
def test_pictures_of_every_kind_keep_their_rows(tmp_path, mode):
    grey = np.zeros((4, 6), np.uint8)
    grey[0] = 255
    picture = Image.fromarray(grey.astype(np.uint16)) if mode == "I;16" else Image.fromarray(grey)
    picture = picture if mode == "I;16" else picture.convert(mode)
    picture.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_magnetogram(tmp_path / "a.png"), grey)


def jp2(xml, size=(64, 48)):
    """A JPEG 2000 file with an XML box before the codestream."""
    stream = BytesIO()
    Image.fromarray(np.full(size[::-1], 255, np.uint8)).save(stream, "JPEG2000")
    raw = stream.getvalue()
    at = raw.index(b"jp2c") - 4
    box = (8 + len(xml)).to_bytes(4, "big") + b"xml " + xml
    return raw[:at] + box + raw[at:]


META = (
    "<meta><fits><CONTENT>MAGNETOGRAM</CONTENT><CUNIT1>arcsec</CUNIT1><CDELT1>50</CDELT1>"
    "<CDELT2>50</CDELT2><CRPIX1>31.0</CRPIX1><CRPIX2>27</CRPIX2><RSUN_OBS>900</RSUN_OBS>"
    "<DATE-OBS>2022-08-02T10:47:53.000</DATE-OBS></fits></meta>"
)


def test_jpeg_2000_header_gives_gauss_and_geometry(tmp_path):
    (tmp_path / "a.jp2").write_bytes(jp2(META.encode()))
    data = read_magnetogram(tmp_path / "a.jp2")
    found = [data.attrs[name] for name in ("disk_x", "disk_y", "disk_radius")]
    assert found == pytest.approx(DISK)
    np.testing.assert_array_equal(np.isnan(data), np.isnan(field()))
    assert set(np.unique(data.values[np.isfinite(data.values)])) == {250.0}
    assert data.attrs["time"] == TIME


@pytest.mark.parametrize(
    ("xml", "change", "problem"),
    [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + META, lambda raw: raw, "DTD"),
        (META.replace("</fits>", ""), lambda raw: raw, "XML"),
        (META, lambda raw: raw[: len(raw) // 2], "cut short|JPEG"),
        (META, lambda raw: raw.replace(b"jp2c", b"jp2x"), "no JPEG 2000 picture"),
    ],
)
def test_damaged_jpeg_2000_is_an_error(tmp_path, xml, change, problem):
    (tmp_path / "a.jp2").write_bytes(change(jp2(xml.encode())))
    with pytest.raises(DataFileError, match=problem):
        read_magnetogram(tmp_path / "a.jp2")


def coded(side=64, **how):
    """The codestream of a JPEG 2000 file in its box, and where the segments of its header begin."""
    stream = BytesIO()
    how = {"num_resolutions": 4} | how
    Image.new("L", (side, side)).save(stream, "JPEG2000", **how)
    raw = bytearray(stream.getvalue())
    return raw, {code: raw.index(bytes([0xFF, code])) for code in (0x4F, 0x52, 0x90)}


@pytest.mark.parametrize("exponents", [0x11, 0x22, 0x33])
def test_jpeg_2000_in_millions_of_pieces_is_refused_before_it_is_decoded(tmp_path, exponents):
    raw, at = coded(4096, precinct_size=(128, 128))
    raw[at[0x52] + 14 : at[0x52] + 18] = bytes([exponents] * 4)  # sides of the precincts
    (tmp_path / "a.jp2").write_bytes(raw)
    with pytest.raises(DataFileError, match="it claims .* precincts"):
        read_magnetogram(tmp_path / "a.jp2")


def test_jpeg_2000_of_too_many_layers_or_blocks_is_refused(tmp_path):
    for place, new, side in ((6, b"\xff\xff", 1024), (10, b"\0\0", 4096)):
        raw, at = coded(side, precinct_size=(128, 128))
        raw[at[0x52] + place : at[0x52] + place + 2] = new
        (tmp_path / "a.jp2").write_bytes(raw)
        with pytest.raises(DataFileError, match="it claims .* layers"):
            read_magnetogram(tmp_path / "a.jp2")


@pytest.mark.parametrize("code", [0x52, 0x53, 0x5F, 0x30])
@pytest.mark.parametrize("where", ["header", "tile"])
def test_jpeg_2000_that_hides_how_it_is_coded_is_refused(tmp_path, code, where):
    raw, at = coded()
    segment = bytes([0xFF, code]) + raw[at[0x52] + 2 : at[0x52] + 14]
    place = at[0x90] + (12 if where == "tile" else 0)
    raw[place:place] = segment
    if where == "header" and code == 0x53:
        raw[place + 2 : place + 4] = b"\0\3"  # cut short
    (tmp_path / "a.jp2").write_bytes(raw)
    box = raw.index(b"jp2c") - 4
    raw[box : box + 4] = (len(raw) - box).to_bytes(4, "big")
    (tmp_path / "a.jp2").write_bytes(raw)
    with pytest.raises(DataFileError, match="marker|cut short"):
        read_magnetogram(tmp_path / "a.jp2")


@pytest.mark.parametrize(
    "how",
    [
        {"tile_size": (100, 70)},
        {"precinct_size": (64, 64), "codeblock_size": (16, 16)},
        {"quality_layers": [20, 5, 1], "irreversible": True},
        {"progression": "RPCL", "num_resolutions": 1},
    ],
)
def test_jpeg_2000_as_programs_write_it_is_read(tmp_path, how):
    (tmp_path / "a.jp2").write_bytes(coded(600, **how)[0])
    assert read_magnetogram(tmp_path / "a.jp2").shape == (600, 600)


def test_huge_claims_are_refused(tmp_path):
    raw = write(tmp_path).read_bytes()
    raw = raw.replace(b"NAXIS1  =                   64", b"NAXIS1  =             64000000")
    (tmp_path / "b.fits").write_bytes(raw)
    with pytest.raises(DataFileError, match="claims 64000000 x 48 pixels"):
        read_magnetogram(tmp_path / "b.fits")
    stream = jp2(META.encode())
    at = stream.index(b"\xff\x4f\xff\x51") + 8
    (tmp_path / "b.jp2").write_bytes(stream[:at] + b"\x7f\xff\xff\xff" * 2 + stream[at + 8 :])
    with pytest.raises(DataFileError, match="claims 2147483647 x 2147483647 pixels"):
        read_magnetogram(tmp_path / "b.jp2")
    Image.new("1", (10_000, 10_000)).save(tmp_path / "b.png")
    with pytest.raises(DataFileError, match="claims"):
        read_magnetogram(tmp_path / "b.png")


def test_other_files_are_errors(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(DataFileError, match="no FITS, JPEG 2000, PNG or JPEG"):
        read_magnetogram(tmp_path / "a.txt")
    with pytest.raises(MissingDataError):
        read_magnetogram(tmp_path / "b.fits")
    fits.PrimaryHDU().writeto(tmp_path / "c.fits")
    with pytest.raises(DataFileError, match="holds no picture"):
        read_magnetogram(tmp_path / "c.fits")


# -- real files -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def full_disk(real_data):
    return read_magnetogram(next((real_data / "solar" / "magnetograms").glob("*.jp2")))


@pytest.mark.data
def test_real_regions_lie_where_noaa_put_them_so_north_is_up(full_disk, real_data):
    """Mean field strength within 3 % of the radius of NOAA's positions, beside mirror images."""
    table = read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv")
    sun = full_disk.attrs
    disk = tuple(sun[name] for name in ("disk_x", "disk_y", "disk_radius"))
    placed = regions_in_picture(table, sun["time"], disk, sun["b0"])
    assert len(placed) >= 3
    strength = np.nan_to_num(np.abs(full_disk.values))

    def mean(x, y):
        near = int(0.03 * disk[2])
        cells = [
            strength[int(v) - near : int(v) + near, int(u) - near : int(u) + near]
            for u, v in zip(x, y, strict=True)
        ]
        return np.mean(cells)

    right = mean(placed.x, placed.y)
    mirrored = 2 * disk[0] - placed.x, 2 * disk[1] - placed.y
    for x, y in ((mirrored[0], placed.y), (placed.x, mirrored[1]), mirrored):
        assert right > 1.5 * mean(x, y)


@pytest.mark.data
def test_real_full_disk_has_gauss_and_a_disk(full_disk):
    assert full_disk.shape == (4096, 4096)
    assert full_disk.attrs["units"] == "G"
    assert full_disk.attrs["time"] == "2022-08-02T10:47:53.000"
    assert abs(full_disk.attrs["disk_radius"] - 945.41888 / 0.60000002) < 1e-6
    assert abs(full_disk.attrs["b0"] - sun_b0(full_disk.attrs["time"])) < 0.02
    assert abs(float(full_disk.median()) - full_disk.attrs["header"]["DATAMEDN"]) < 2  # one grey
    pixels = float(full_disk.notnull().sum())
    assert abs(pixels / (np.pi * full_disk.attrs["disk_radius"] ** 2) - 1) < 1e-3


@pytest.mark.data
def test_real_full_disk_equals_another_decoder(full_disk, real_data):
    glymur = pytest.importorskip("glymur")
    grey = glymur.Jp2k(next((real_data / "solar" / "magnetograms").glob("*.jp2")))[:]
    gauss = grey.astype(np.float64) * 500 / 255 - 250
    inside = full_disk.notnull().values
    np.testing.assert_allclose(full_disk.values[inside], gauss[inside], atol=1e-4)


@pytest.mark.data
def test_every_real_cut_out_is_read_with_its_unit_and_place(real_data):
    units = {"magnetogram": "G", "continuum": "DN/s", "bitmap": "unknown"}
    files = sorted((real_data / "solar" / "sharp").glob("*.fits"))
    assert len(files) == 13
    for path in files:
        data = read_magnetogram(path)
        with fits.open(path) as hdus:
            np.testing.assert_allclose(data.values[::-1], hdus[-1].data, rtol=1e-6)
            header = hdus[-1].header
        assert data.attrs["units"] == units[path.name.split(".")[-2]]
        assert data.attrs["region"] == int(path.name.split(".")[2])
        assert abs(data.attrs["b0"] - sun_b0(data.attrs["time"])) < 0.02
        middle = float(data.y.mean()), float(data.x.mean())
        np.testing.assert_allclose(middle, [header["CRVAL2"], header["CRVAL1"]], atol=0.02)
        assert data.y[0] > data.y[-1]
