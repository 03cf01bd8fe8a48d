"""The fetcher takes the skymap that the reader would choose."""

import pytest

from data_fetch import sets
from geoviz_ml.readers import choose_skymap

NAMES = [
    "themis_skymap_abcd_20061014-20080416_vXX.sav",
    "themis_skymap_abcd_20061014-20080416_v02.sav",
    "themis_skymap_abcd_20110305-+_v01.sav",
    "themis_skymap_abcd_20151121_vXX.sav",
]


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    root = tmp_path / "mirror" / "themis"
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("GEOVIZ_ML_DATA", str(tmp_path / "data"))
    for name in NAMES:
        folder = root / "skymaps" / "abcd" / f"abcd_{name[19:27]}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"SR\0\4")
    return root


@pytest.mark.parametrize(
    "day", ["2007-01-01", "2008-04-16", "2009-01-01", "2014-01-01", "2016-05-05"]
)
def test_the_fetcher_and_the_reader_choose_alike(mirror, capsys, day):
    hour = mirror / "stream0" / day.replace("-", "/") / "abcd_themis01" / "ut06"
    hour.mkdir(parents=True)
    (hour / f"{day.replace('-', '')}_0600_abcd_themis01_full.pgm.gz").write_bytes(b"\x1f\x8b")
    plan = sets.plan("themis", site="abcd", start=f"{day}T06:00", end=f"{day}T06:00")
    fetched = [file.name.rpartition("/")[2] for file in plan.missing if file.name.endswith(".sav")]
    chosen = choose_skymap(NAMES, "abcd", day)
    assert fetched == ([chosen] if chosen else [])
    assert ("No skymap of abcd holds" in capsys.readouterr().err) == (chosen is None)
