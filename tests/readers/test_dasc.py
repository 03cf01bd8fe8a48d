"""Poker Flat's camera: frames, maps of the sky, and how they lie to each other."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from geoviz_ml.analysis import arc_table, keogram
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.geometry import footprints
from geoviz_ml.geometry.earth import EARTH
from geoviz_ml.readers import read_dasc, read_dasc_skymap

START = np.datetime64("2015-10-07T08:23:51.743")
VALUES = np.random.default_rng(0).integers(300, 2**14, (5, 6, 8)).astype(np.int16)


def write_frame(folder, number=0, wavelength=558, values=None, **words):
    time = str(START + np.timedelta64(12 * number, "s"))
    header = {"SITE": "PKR", "GLAT": 65.126, "GLON": -147.479, "EXPTIME": 1.5}
    header |= {"OBSDATE": time[:10], "OBSSTART": time[11:], "FILTWAV": f"{wavelength:04d}", **words}
    stamp = time.replace("-", "").replace(":", "").replace("T", "_")
    path = folder / f"PKR_DASC_{wavelength:04d}_{stamp}.FITS"
    folder.mkdir(parents=True, exist_ok=True)
    hdu = fits.PrimaryHDU(VALUES[number] if values is None else values)
    hdu.header.update({key: value for key, value in header.items() if value is not None})
    hdu.writeto(path)
    return path


def write_map(folder, azimuth, elevation, date="20150213"):
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in (("Az", azimuth), ("El", elevation)):
        path = folder / f"PKR_DASC_0558_{date}_{name}.FIT"
        fits.PrimaryHDU(values.astype(np.float32)).writeto(path)
    return folder / f"PKR_DASC_0558_{date}_Az.FIT"


def test_frames_come_in_order_of_time_with_rows_and_columns_exchanged(tmp_path):
    for number in (2, 0, 1):
        write_frame(tmp_path, number)
    data = read_dasc(tmp_path)
    np.testing.assert_array_equal(data.values, VALUES[:3].transpose(0, 2, 1))
    assert data.dims == ("time", "y", "x")
    assert data.dtype == np.uint16
    np.testing.assert_array_equal(data.time, START + np.arange(3) * np.timedelta64(12, "s"))
    wanted = {
        "units": "counts",
        "site": "pkr",
        "imager": "dasc",
        "latitude": 65.126,
        "longitude": -147.479,
        "wavelength": 558.0,
        "exposure": 1.5,
        "gaps": [],
        "problems": [],
    }
    assert {name: data.attrs[name] for name in wanted} == wanted
    assert data.attrs["orientation"].startswith("row 0 is north")


def test_a_wavelength_is_chosen_and_asked_for(tmp_path):
    write_frame(tmp_path, 0, 558)
    write_frame(tmp_path, 1, 428)
    write_map(tmp_path, VALUES[0], VALUES[0])  # is no frame
    with pytest.raises(UsageError, match=r"holds frames of 428, 558 nm. Give wavelength"):
        read_dasc(tmp_path)
    assert read_dasc(tmp_path, 428).attrs["wavelength"] == 428
    with pytest.raises(MissingDataError):
        read_dasc(tmp_path, 630)
    (tmp_path / f"._{write_frame(tmp_path, 2).name}").write_bytes(b"\0\5\x16\7")
    assert len(read_dasc(tmp_path, 558)) == 2


def test_a_frame_may_be_packed_and_there_twice_and_a_missing_one_is_a_gap(tmp_path):
    paths = [write_frame(tmp_path, number) for number in (0, 1, 2, 4)]
    packed = paths[3].with_name(f"{paths[3].name}.gz")
    packed.write_bytes(gzip.compress(paths[3].read_bytes()))
    assert len(read_dasc(tmp_path)) == 4
    paths[3].unlink()
    data = read_dasc(tmp_path)
    np.testing.assert_array_equal(data.values, VALUES[[0, 1, 2, 4]].transpose(0, 2, 1))
    (gap,) = data.attrs["gaps"]
    assert np.datetime64(gap["start"]) == START + np.timedelta64(24, "s")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"values": VALUES[0] - 1000}, "counts beyond 0 to 16383"),
        ({"values": VALUES[0].astype(float) + 20000}, "counts beyond 0 to 16383"),
        ({"FILTWAV": "0630"}, "filter is of '0630' nm"),
        ({"FILTWAV": "green"}, "filter is of 'green' nm"),
        ({"OBSDATE": "2015-13-07"}, "frame with a time"),
        ({"OBSSTART": "noon"}, "has no time"),
    ],
)
def test_a_frame_that_cannot_be_trusted_is_named_or_left_out(tmp_path, change, problem):
    values = change.pop("values", None)
    bad = write_frame(tmp_path, 0, values=values, **change)
    with pytest.raises(DataFileError, match=problem) as error:
        read_dasc(tmp_path, 558)
    assert str(bad) in str(error.value)
    write_frame(tmp_path, 1)
    data = read_dasc(tmp_path, 558, on_error="gap")
    assert len(data) == 1
    assert data.attrs["problems"][0]["file"] == bad.name


def test_a_frame_cut_anywhere_is_an_error(tmp_path):
    path = write_frame(tmp_path)
    whole = path.read_bytes()
    for end in (0, 100, 2000, len(whole) // 2 + 30):
        path.write_bytes(whole[:end])
        with pytest.raises(DataFileError, match=path.name):
            read_dasc(path)


@pytest.mark.parametrize("axes", [b"99999999999", b"1000", b"2147483648"])
def test_a_frame_that_claims_axes_without_end_is_refused_at_once(tmp_path, axes):
    path = write_frame(tmp_path)
    card = b"NAXIS   =" + b"2".rjust(21)
    raw = path.read_bytes()
    assert raw.count(card) == 1
    path.write_bytes(raw.replace(card, b"NAXIS   =" + axes.rjust(21)))
    with pytest.raises(DataFileError, match="more axes or columns"):
        read_dasc(path)


def test_old_frames_are_turned_otherwise_and_say_so(tmp_path):
    path = write_frame(tmp_path, OBSDATE="2011-03-05")
    assert "not known" in read_dasc(path).attrs["orientation"]
    path = write_frame(tmp_path / "b", OBSDATE=None, FRAME="2011-03-05 08:00:01.5")
    assert read_dasc(path).time.values[0] == np.datetime64("2011-03-05T08:00:01.5")
    path = write_frame(tmp_path / "c", OBSDATE=None)
    assert read_dasc(path).time.values[0] == START  # from its name


def test_a_map_has_the_form_of_a_skymap(tmp_path):
    row, column = np.indices((201, 200))
    far = 0.9 * np.hypot(row - 100, column - 99.5)
    azimuth = np.degrees(np.arctan2(row - 100, column - 99.5)) % 360
    path = write_map(tmp_path, np.where(far > 88, 0, azimuth), np.where(far > 88, 0, 90 - far))
    sky = read_dasc_skymap(tmp_path)
    assert sky.attrs["valid_from"] == "20150213"
    np.testing.assert_allclose(sky.elevation.values[99:101, 100], 90 - 0.9 / 2, atol=1e-5)
    assert np.isnan(sky.elevation.values[0, 0])
    ground = footprints(sky)
    angle = np.radians(80) - np.arcsin(EARTH / (EARTH + 110) * np.sin(np.radians(80)))
    cap = 2 * np.pi * (EARTH + 110) ** 2 * (1 - np.cos(angle))  # above 10 degrees
    assert ground.area.sum() == pytest.approx(cap, rel=0.05)
    north = keogram(read_dasc(write_frame(tmp_path, values=np.zeros((201, 200), np.int16))), sky)
    assert north.dims == ("latitude", "time")
    path.with_name(path.name.replace("_Az", "_El")).unlink()
    with pytest.raises(MissingDataError):
        read_dasc_skymap(tmp_path)
    path.unlink()
    with pytest.raises(MissingDataError, match="no map of the sky"):
        read_dasc_skymap(tmp_path)


@pytest.mark.parametrize(("azimuth", "elevation"), [(361, 45), (-1, 45), (45, 91), (np.nan, 45)])
def test_a_map_of_impossible_angles_is_an_error(tmp_path, azimuth, elevation):
    write_map(tmp_path, np.full((5, 5), azimuth), np.full((5, 5), elevation))
    with pytest.raises(DataFileError, match="angles beyond"):
        read_dasc_skymap(tmp_path)


def test_several_maps_are_asked_about(tmp_path):
    for date in ("20120101", "20150213"):
        path = write_map(tmp_path, np.full((5, 5), 10.0), np.full((5, 5), 45.0), date)
    with pytest.raises(UsageError, match="holds several maps"):
        read_dasc_skymap(tmp_path)
    assert read_dasc_skymap(path).attrs["valid_from"] == "20150213"


# -- the real night -------------------------------------------------------------------------------


@pytest.mark.data
def test_real_frames_are_the_numbers_of_the_files(real_data):
    folder = real_data / "all_sky" / "poker_flat_2015"
    data = read_dasc(folder, 558)
    assert data.shape == (2, 512, 512)
    for frame, path in zip(data.values, sorted(folder.glob("*0558_20151007*.FITS")), strict=True):
        np.testing.assert_array_equal(frame.T, fits.getdata(path))
    assert read_dasc(folder, 428).attrs["wavelength"] == 428
    assert read_dasc(folder, 630).attrs["exposure"] == 1.5


STARS = {  # right ascension, declination (J2000, degrees), magnitude
    "Vega": (279.2347, 38.7837, 0.03),
    "Capella": (79.1723, 45.998, 0.08),
    "Aldebaran": (68.9802, 16.5093, 0.85),
    "Altair": (297.6958, 8.8683, 0.77),
    "Deneb": (310.358, 45.2803, 1.25),
    "Mirfak": (51.0807, 49.8612, 1.79),
    "Dubhe": (165.932, 61.751, 1.79),
    "Alioth": (193.5073, 55.9598, 1.77),
    "Alkaid": (206.8852, 49.3133, 1.86),
    "Elnath": (81.573, 28.6075, 1.65),
    "Polaris": (37.9546, 89.2641, 1.98),
    "Menkalinan": (89.8822, 44.9474, 1.9),
    "Mizar": (200.9814, 54.9254, 2.04),
    "Caph": (2.2945, 59.1498, 2.27),
}


@pytest.mark.data
def test_stars_of_the_real_frames_stand_where_the_map_puts_them(real_data):
    """And nowhere near it if the frames are turned or mirrored in any of seven other ways."""
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time
    from astropy.utils import iers
    from scipy.ndimage import gaussian_filter, median_filter

    folder = real_data / "all_sky" / "poker_flat_2015"
    sky = read_dasc_skymap(folder)
    frames = [frame for nm in (428, 558, 630) for frame in read_dasc(folder, nm).values]
    points = 0
    for frame in frames:  # what is narrow, in units of its scatter
        narrow = frame - median_filter(frame.astype(float), 9)
        points = points + np.clip(narrow / (1.5 * median_filter(abs(narrow), 25) + 1e-9), -5, 8)
    points = gaussian_filter(points, 0.8)
    points /= points[np.isfinite(sky.elevation.values)].std()

    place = EarthLocation(lat=65.126 * u.deg, lon=-147.479 * u.deg)
    table = np.array(list(STARS.values()))
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        at = AltAz(obstime=Time("2015-10-07T08:23:58"), location=place)
        stars = SkyCoord(table[:, 0] * u.deg, table[:, 1] * u.deg).transform_to(at)

    def vectors(high, turn):
        high, turn = np.radians(high), np.radians(turn)
        parts = np.cos(high) * np.cos(turn), np.cos(high) * np.sin(turn), np.sin(high)
        return np.stack(parts, axis=-1)

    pixels = np.nan_to_num(vectors(sky.elevation.values, sky.azimuth.values))
    near = [np.argmax(pixels @ v) for v in vectors(stars.alt.deg, stars.az.deg)]
    row, column = np.unravel_index(near, points.shape)
    weight = 10 ** (-0.4 * table[:, 2])
    weight /= np.sqrt((weight**2).sum())

    def stands_out(picture, reach):
        shifts = range(-reach, reach + 1)
        return max(
            (weight * picture[row + dy, column + dx]).sum() for dy in shifts for dx in shifts
        )

    assert stands_out(points, 0) > 5
    for turns in range(4):
        for picture in (np.rot90(points, turns), np.rot90(points.T, turns)):
            if picture is not points and not np.array_equal(picture, points):
                assert stands_out(picture, 8) < 4


@pytest.mark.data
def test_real_arcs_go_to_the_end_of_the_street(real_data):
    folder = real_data / "all_sky" / "poker_flat_2015"
    frames, sky = read_dasc(folder, 558), read_dasc_skymap(folder)
    night = keogram(frames, sky)
    assert night.latitude.min() < 61
    assert night.latitude.max() > 69
    assert np.isfinite(night.values).mean() > 0.99
    mask = frames.values > np.percentile(frames.values, 97)
    table = arc_table(mask, frames, sky)
    assert table.latitude.between(60, 70).all()
    assert (table.length > 100).all()
