"""Small corrections of the theme's pages, for those who hear them, on a phone, and for the console."""

import re
from pathlib import Path

from docutils import nodes
from PIL import Image

WIDE = 640  # pixels; the text of a wider figure is too small on a phone


def tidy(app, page, template, context, doctree):
    """Name the folding marks, put no script on a page twice, call a list only what is one."""
    if make := context.get("generate_toctree_html"):

        def named(*args, **kwargs):
            label = '<summary aria-label="Pages of this chapter">'
            return str(make(*args, **kwargs)).replace("<summary>", label)

        context["generate_toctree_html"] = named
    once, bodies = [], set()
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body")
        if body is None or body not in bodies:
            once.append(script)
            bodies.add(body)
    context["script_files"] = once
    body = context.get("body")
    if not body:
        return
    # the list of references holds links beside its entries
    body = body.replace('<div role="list" class="cit', '<div class="cit')
    # keys reach a box that scrolls; the theme looks for such boxes before their pictures have come
    box = '<div class="output wide docutils container"'
    body = body.replace(f"{box}>", f'{box} tabindex="0">')
    # an exercise is called as its check, its key and the student's notebook call it
    body = re.sub(
        r'(<div class="exercise [^>]*id="([\w-]+)">.{,90}>)Exercise \d+ ',
        r"\1Exercise \2",
        body,
        flags=re.DOTALL,
    )
    context["body"] = re.sub(
        r'Solution to(<a [^>]*href="#([\w-]+)">) Exercise \d+',
        r"Solution to \1Exercise \2",
        body,
    )


def wide(app, doctree, docname):
    """Put wide figures into a box that scrolls on a phone."""
    for image in [*doctree.findall(nodes.image)]:
        path = Path(app.srcdir, image["uri"])
        if path.suffix in {".png", ".webp"} and path.exists():
            with Image.open(path) as picture:
                if picture.width > WIDE:
                    box = nodes.container(classes=["output", "wide"])
                    image.replace_self(box)
                    box += image


AUTO = (
    'document.documentElement.dataset.mode ||= "auto"'  # else the theme complains
)


def setup(app):
    app.add_js_file(None, body=AUTO, priority=0)
    app.connect("doctree-resolved", wide)
    app.connect("html-page-context", tidy, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
