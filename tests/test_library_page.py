"""The example of "Weights that travel" runs as it is printed."""

import re

from .conftest import ROOT


def test_the_example_of_the_book_runs(tmp_path, monkeypatch, capsys):
    page = (ROOT / "book" / "library.md").read_text("utf-8")
    section = page.partition("## Weights that travel")[2]
    (example,) = re.findall(r"```python\n(.*?)```", section, flags=re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "library.md", "exec"), {})
    assert "0.4 Real nights, before it was tested" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"resonances.safetensors", "resonances.md"}
