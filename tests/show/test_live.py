"""A live widget is handed over under the widgets of today and under those that Colab has."""

from types import SimpleNamespace

import pytest
from ipywidgets import HTML

from geoviz_ml.show import live

VIEW = {live.VIEW: {"version_major": 2, "version_minor": 0, "model_id": "abc"}}


def test_the_widgets_installed_tell_their_number():
    widget = HTML("x")
    assert live.live_bundle(widget)[live.VIEW]["model_id"] == widget.model_id


@pytest.mark.parametrize("told", [VIEW, (VIEW, {})])
def test_widgets_that_tell_it_are_believed(told):
    assert live.live_bundle(SimpleNamespace(_repr_mimebundle_=lambda: told)) == VIEW


def test_old_widgets_are_shown_by_their_number():
    assert live.live_bundle(SimpleNamespace(model_id="abc")) == VIEW


def test_a_widget_that_nobody_answers_is_left_to_the_page():
    assert live.live_bundle(SimpleNamespace(model_id=None)) == {}
