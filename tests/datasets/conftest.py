"""Data sets fetched from the folder of real observations, each once."""

import pytest

from data_fetch import fetch


@pytest.fixture(scope="session")
def fetched(real_data, tmp_path_factory):
    """``fetched(name, **options)``: the folder that ``python -m data_fetch NAME`` fills."""
    folder = tmp_path_factory.mktemp("fetched")

    def get(name: str, **options):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GEOVIZ_ML_MIRROR", str(real_data))
            patch.setenv("GEOVIZ_ML_DATA", str(folder))
            return fetch(name, progress=False, **options)

    return get


@pytest.fixture(scope="session")
def twelve(fetched, tmp_path_factory):
    """A dozen of the continuum pictures with boxes: the others need a quarter of a minute."""
    folder, whole = tmp_path_factory.mktemp("twelve"), fetched("deepsdo")
    for path in sorted(whole.glob("images/*.jpg"))[::33]:
        for part in (path, whole / "labels" / f"{path.stem}.txt"):
            target = folder / part.relative_to(whole)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(part.read_bytes())
    return folder
