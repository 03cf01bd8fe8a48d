"""Shared fixtures."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real observations; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("GEOVIZ_ML_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "MANIFEST.tsv").exists():
        pytest.skip("no folder of real observations (set GEOVIZ_ML_TEST_DATA to it)")
    return folder
