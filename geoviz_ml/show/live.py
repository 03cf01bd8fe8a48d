"""What explorers share: a live widget in a notebook, and elsewhere an element of a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import Widget

VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer:
    """Shown as the value of a cell, live and as a page element.

    A subclass has a `title`, ``live()``, which gives an ipywidgets box, and ``static()``, which
    gives a self-contained HTML fragment.
    """

    title: str

    @property
    def name(self) -> str:
        """The title as HTML."""
        return html.escape(self.title)

    def _repr_mimebundle_(self, include=None, exclude=None):
        page = {"text/html": self.static(), "text/plain": self.title}
        return {**live_bundle(self.live()), **page}


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
