"""The pages of the library, a page a room: python book/api.py writes book/api/*.md.

What a room exports is listed, with its docstring, its source and the chapters that use it. Sphinx
reads the docstrings when the book is built; here is only the list, so that the table of contents
has files to point at.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path

import nbformat

BOOK = Path(__file__).resolve().parent
HOUSE = BOOK.parent / "CONTRIBUTING.md"
# old addresses; commands; checks; a bar; see below
LEFT_OUT = ("moved", "command", "checks", "progress", "simulate")
SIMULATORS = ["alfven", "arcs", "aurora", "nucleus", "sunspots"]


def rooms() -> dict[str, str]:
    """Room -> its sentence, in the order of the house."""
    rows = re.findall(
        r"^\| `(\w+)` \| (.+) \|$", HOUSE.read_text(encoding="utf-8"), re.M
    )
    return {room: text for room, text in rows if room not in LEFT_OUT}


def exported(room: str) -> dict[str, object]:
    """Name -> function or class of ours that a room exports, in the order of the alphabet."""
    module = importlib.import_module(f"geoviz_ml.{room}")
    names = getattr(module, "__all__", None) or [
        n for n in vars(module) if n[0] != "_"
    ]
    found = {name: getattr(module, name) for name in sorted(set(names))}
    ours = f"geoviz_ml.{room}"
    return {
        name: thing
        for name, thing in found.items()
        if inspect.isfunction(thing) or inspect.isclass(thing)
        if thing.__module__ == ours or thing.__module__.startswith(f"{ours}.")
    }


def simulators() -> dict[str, object]:
    """``make`` and ``Physics`` of each simulator."""
    found = {}
    for name in SIMULATORS:
        module = importlib.import_module(f"geoviz_ml.simulate.{name}")
        found |= {
            f"{name}.{part}": getattr(module, part) for part in ("Physics", "make")
        }
    return found


def used() -> dict[str, list]:
    """Page of a notebook -> what its code takes from the library."""
    pages = sorted(BOOK.glob("*/*.ipynb"))
    return {
        f"{path.parent.name}/{path.name}": taken(
            [
                c.source
                for c in nbformat.read(path, 4).cells
                if c.cell_type == "code"
            ]
        )
        for path in pages
    }


def taken(cells: list[str]) -> list:
    """The things of the library that cells import, or reach through a room that they import."""
    code = "\n".join(
        re.sub(r"(?m)^([ \t]*)[%!].*$", r"\1pass", cell) for cell in cells
    )
    tree, known = ast.parse(code), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(
            "geoviz_ml"
        ):
            room = importlib.import_module(node.module)
            for one in node.names:
                thing = getattr(room, one.name, None)
                if thing is None:
                    thing = importlib.import_module(f"{node.module}.{one.name}")
                known[one.asname or one.name] = thing
    reached = [
        getattr(known[node.value.id], node.attr, None)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and inspect.ismodule(known.get(node.value.id))
    ]
    return [*known.values(), *reached]


def page(
    room: str, sentence: str, things: dict[str, object], notebooks: dict[str, list]
) -> str:
    """The text of a room's page."""
    lines = [f"# {room}", "", sentence[0].upper() + sentence[1:] + ".", ""]
    for name, thing in things.items():
        kind = "autoclass" if inspect.isclass(thing) else "autofunction"
        lines += [f"## {name}", "", "```{eval-rst}"]
        lines += [f".. {kind}:: geoviz_ml.{room}.{name}"]
        lines += ["   :members:"] * inspect.isclass(thing) + ["```", ""]
        links = [f"[{where.split('/')[1].removesuffix('.ipynb')}](../{where})"
                 for where, its in notebooks.items() if any(thing is one for one in its)]  # fmt: skip
        if links:
            lines += [f"Used in {', '.join(links)}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Name of a file -> its text."""
    notebooks, told = used(), {}
    for room, sentence in rooms().items():
        if things := exported(room):
            told[f"{room}.md"] = page(room, sentence, things, notebooks)
    text = "instruments' files with known truth; each chapter has its own simulator"
    told["simulate.md"] = page("simulate", text, simulators(), notebooks)
    return told


def main() -> None:
    folder = BOOK / "api"
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
