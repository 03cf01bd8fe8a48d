"""Where data and checkpoints are kept: named, on a mounted Drive of Colab, or in the cache."""

import pytest

from geoviz_ml import settings


@pytest.fixture
def drive(monkeypatch, tmp_path):
    """A Drive, mounted, on Colab."""
    folder = tmp_path / "drive" / "MyDrive"
    folder.mkdir(parents=True)
    monkeypatch.setattr(settings, "DRIVE", folder)
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab-external")
    monkeypatch.delenv("GEOVIZ_ML_DATA", raising=False)
    return folder


def test_a_mounted_drive_keeps_the_data_of_colab(drive):
    assert settings.setup().data == drive / "geoviz_ml"


def test_a_named_folder_goes_before_drive(drive, monkeypatch, tmp_path):
    monkeypatch.setenv("GEOVIZ_ML_DATA", str(tmp_path))
    assert settings.setup().data == tmp_path


def test_drive_not_mounted_is_the_cache(drive):
    drive.rmdir()
    assert drive not in settings.data_folder().parents
    assert settings.data_folder().name == "geoviz_ml"


def test_the_same_folder_elsewhere_is_left_alone(drive, monkeypatch):
    monkeypatch.delenv("COLAB_RELEASE_TAG")
    assert drive not in settings.data_folder().parents
