"""How a live widget is shown by the widgets of today and by the older ones that Colab has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import Widget

VIEW = "application/vnd.jupyter.widget-view+json"


def live_bundle(widget: Widget) -> dict[str, object]:
    """What a notebook needs to show a live widget: media type -> content.

    ipywidgets 8 tells it by itself; ipywidgets 7, which Colab has, sends it out and returns
    nothing, so that it is put together here from the widget's number (its `model_id`).

    Parameters
    ----------
    widget : ipywidgets.Widget

    Returns
    -------
    dict
        Empty where the widget has no number, since nobody could answer it.
    """
    if hasattr(widget, "_repr_mimebundle_"):
        told = widget._repr_mimebundle_()
        return dict(told[0] if isinstance(told, tuple) else told)
    if getattr(widget, "model_id", None) is None:
        return {}
    return {VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}
