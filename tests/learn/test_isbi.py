"""The same U-net code on real pictures of known difficulty."""

import pytest

from ..benchmarks.isbi_unet import run


@pytest.mark.data
def test_a_short_training_beats_the_classical_answer(real_data):
    result = run(real_data / "isbi", epochs=8, repeat=4, size=96, base=8)
    assert result["classical_iou"] == pytest.approx(0.418, abs=0.02)
    assert result["membrane_iou"] > result["classical_iou"] + 0.03
