"""The book's page "Getting the data", made from the registry.

``python -m data_fetch.page book/data.md`` writes it; a test holds it to the registry.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .registry import Entry, load, names, sample_source

CHAPTERS = {
    "alfven": "Ionospheric Alfvén resonances",
    "nucleus": "VLF nuclei",
    "aurora": "Aurora",
    "sunspots": "Sunspots",
    "arcs": "Auroral arcs",
}
HEAD = """\
# Getting the data

% Written by `python -m data_fetch.page book/data.md`: change the registry, not this page.

Every chapter runs on simulated files without any download. With the commands of this page it runs
on real ones.

```bash
python -m data_fetch list             # every data set: size, licence, citation, is it here?
python -m data_fetch oath-tables      # fetch one
python -m data_fetch oath-tables --verify
```

In a notebook:

```python
from data_fetch import fetch

folder = fetch("oath-tables")
```

## What to expect

- **Look at size and licence first.** The table below tells both. Where the size depends on what
  you ask for, `--dry-run` counts files and bytes and fetches nothing.
- **A broken connection loses nothing.** When you give the same command again, it goes on where it
  was. Files that are there and right are not fetched again. Two notebooks may ask for the same set
  at once. Then one fetches, and the other waits.
- **A file is whole or not there.** It gets its name when its size and its SHA-256, a checksum, are
  right. Where the publisher gives no SHA-256, the one of your first download is recorded in
  `hashes.json` in the set's folder, and checked ever after.
- **Nothing but the file is taken.** A login page, an error in JSON, an empty or a packed answer is
  refused whatever the server calls it. An address that leads from https to http, or into a private
  network, anywhere on its way, is refused too. Passwords (of `.netrc`, or in the address of a
  mirror) go over https only, and are not kept.
- **A server may be gone.** Mirrors are tried in order. With `--from FOLDER` a file that you have
  already is checked and taken.
- **Where it goes.** Each set goes into a folder of its name below `GEOVIZ_ML_DATA`, which is by
  default in your cache folder. An archive may be deleted once it is unpacked.
- **A mirror of your own.** If `GEOVIZ_ML_MIRROR` is a folder or an address, everything comes from
  there. Samples lie there at their paths in `data_fetch/samples.tsv` (`oath/classifications.csv`),
  magnetograms in `solar/`, other files at `NAME/FILE`. A folder of fetched sets is no mirror: where
  there is no network, copy it and let `GEOVIZ_ML_DATA` name the copy.
- **Trained weights.** `data-fetch ADDRESS --sha256 HASH` fetches a file that ends with
  `.safetensors`, over https only, and only with its checksum. See
  {ref}`Weights that travel <weights-that-travel>`.

The exit codes of the command are 0 for done, 1 for not done (one message tells why; also where a
name or an option does not fit), 2 for a command that cannot be read, and 130 for stopped by you.

```{warning}
The addresses of this page were written down from papers, records and documentation, without a
network to try them. Under *How far confirmed* each set tells what is not certain.
```

"""


def page() -> str:
    """The page as MyST Markdown."""
    entries = [load(name) for name in names()]
    rows = [
        f"| [{e.name}](data-{e.name}) | {CHAPTERS[e.chapter]} | {e.size} | {_line(e.licence)} |"
        for e in entries
    ]
    table = ["## All data sets", "", "| name | chapter | size | licence |", "|---|---|---|---|"]
    parts = [HEAD + "\n".join(table + rows)]
    for chapter, title in CHAPTERS.items():
        parts.append(f"## {title}")
        parts += [_section(entry) for entry in entries if entry.chapter == chapter]
    return "\n\n".join(parts) + "\n"


def _section(entry: Entry) -> str:
    told = {
        "What": entry.what,
        "Size": entry.size,
        "Format": entry.format,
        "Columns": entry.columns,
        "Load": f"`{entry.loader}`",
        "Licence": entry.licence,
        "Cite": entry.citation,
        "Home": f"<{entry.home}>",
        "How far confirmed": entry.checked,
    }
    lines = [f"(data-{entry.name})=", f"### {entry.name}: {_line(entry.title)}", ""]
    lines += ["```bash", entry.command, "```", ""]
    if "steps" in entry.extra:
        lines += [entry.extra["steps"].strip(), ""]
    lines += [f"- **{name}:** {_line(text)}" for name, text in told.items()]
    return "\n".join(lines + _sources(entry))


def _sources(entry: Entry) -> list[str]:
    """Where commit-pinned files come from."""
    counts: dict[str, int] = {}
    for row in entry.sample_rows():
        pinned = sample_source(row)
        repository, commit = pinned["repository"], pinned["commit"]
        address = f"https://github.com/{repository}/tree/{commit}"
        text = f"[{repository}]({address}), commit `{commit[:10]}`: {pinned['licence']}"
        counts[text] = counts.get(text, 0) + 1
    lines = [f"  - {text} ({n} file{'s' * (n > 1)})" for text, n in counts.items()]
    return ["- **Comes from:**", *lines] if lines else []


def _line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
