"""What imports what: read from the source, so that imports inside functions count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple


class Import(NamedTuple):
    """One name that a module takes from another, at the top or inside a function."""

    source: str
    target: str  # the module that defines the name, also if a package hands it on
    name: str
    called: str  # in the module that takes it


@dataclass(frozen=True)
class Tree:
    """The packages `names` below the folder `root`."""

    root: Path
    names: tuple[str, ...] = ("geoviz_ml", "data_fetch")

    @cached_property
    def files(self) -> dict[str, Path]:
        """Module -> its file; a package is its ``__init__.py``."""
        paths = [path for name in self.names for path in (self.root / name).rglob("*.py")]
        dotted = {path: path.relative_to(self.root).with_suffix("").parts for path in paths}
        return {
            ".".join(parts[:-1] if parts[-1] == "__init__" else parts): path
            for path, parts in dotted.items()
        }

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """Module -> its syntax tree."""
        return {name: ast.parse(path.read_text("utf-8")) for name, path in self.files.items()}

    @cached_property
    def imports(self) -> list[Import]:
        """All imports between modules of the packages."""
        return [one for source in sorted(self.files) for one in self._of(source)]

    def graph(self, name_of=lambda module: module) -> dict[str, set[str]]:
        """Module -> modules it imports; `name_of` joins modules, say to rooms."""
        graph: dict[str, set[str]] = {name_of(module): set() for module in self.files}
        for one in self.imports:
            source, target = name_of(one.source), name_of(one.target)
            if source != target:
                graph[source].add(target)
        return graph

    def private_attributes(self) -> Iterator[tuple[str, str]]:
        """Module and ``name._private`` where `name` is another module of ours."""
        for source, tree in self.trees.items():
            modules = {
                one.called for one in self._of(source) if one.target.endswith(f".{one.name}")
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    if node.value.id in modules and is_private(node.attr):
                        yield source, f"{node.value.id}.{node.attr}"

    def _of(self, source: str) -> Iterator[Import]:
        for node in ast.walk(self.trees[source]):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in self.files:
                        yield Import(source, alias.name, alias.name, alias.asname or alias.name)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(source, node)
                if base in self.files:
                    for alias in node.names:
                        target = self._definer(base, alias.name)
                        yield Import(source, target, alias.name, alias.asname or alias.name)

    def _base(self, source: str, node: ast.ImportFrom) -> str:
        """The module after ``from``, its dots resolved."""
        if not node.level:
            return node.module or ""
        package = self.files[source].name == "__init__.py"
        parts = source.split(".")[: len(source.split(".")) - node.level + package]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def _definer(self, module: str, name: str) -> str:
        """Where a name comes from: a submodule, or what a package hands on, lazily or not."""
        if f"{module}.{name}" in self.files:
            return f"{module}.{name}"
        if self.files[module].name != "__init__.py":
            return module
        lazy = lazy_table(self.trees[module])
        if name in lazy:
            return f"{module}.{lazy[name]}"
        for node in self.trees[module].body:
            if isinstance(node, ast.ImportFrom) and name in {
                a.asname or a.name for a in node.names
            }:
                base = self._base(module, node)
                return self._definer(base, name) if base in self.files else module
        return module


def lazy_table(tree: ast.Module) -> dict[str, str]:
    """Name -> submodule, of the table that a package gives to ``lazy_loader.attach``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy_loader.attach":
            for keyword in node.keywords:
                if keyword.arg == "submod_attrs":
                    table = ast.literal_eval(keyword.value)
                    return {name: module for module, names in table.items() for name in names}
    return {}


def is_private(name: str) -> bool:
    """Does a name belong to its module alone?"""
    return name.startswith("_") and not name.endswith("__")


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A way through the graph that ends where it began; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []
