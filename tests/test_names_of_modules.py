"""A function that has the name of its module is found, in whatever order things are imported."""

import subprocess
import sys

import pytest

PAIRS = (("geometry", "footprints"), ("prepare", "spectrogram"), ("prepare", "sun_picture"))


@pytest.mark.parametrize("before", [True, False])
def test_the_function_is_found_whether_or_not_its_module_was_imported_before(before):
    lines = [f"import geoviz_ml.{room}.{name}" for room, name in PAIRS] if before else []
    for room, name in PAIRS:
        lines += [f"from geoviz_ml.{room} import {name}", f"assert callable({name}), {name}"]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=120)
