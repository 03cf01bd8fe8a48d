"""Formulas as MathML, which browsers draw themselves: pages need no script and no network."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging


def drawn(node, display: str = "inline") -> str:
    """MathML; what the converter does not know, it leaves as TeX, and the build warns."""
    mathml = convert(node.astext(), display=display)
    if unknown := re.findall(r"\\\S*?(?=<)", mathml):
        said = f"not converted to MathML: {' '.join(unknown)} in {node.astext()}"
        logging.getLogger(__name__).warning(said, location=node)
    return mathml


def inline(translator, node):
    translator.body.append(drawn(node))
    raise nodes.SkipNode


def block(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = f'<span class="eqno">({node["number"]})'
        translator.body.append(number)
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(drawn(node, "block") + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
