"""What a new chapter still lacks: ``python book/checklist.py NAME``; status 1 if anything.

The list is that of CONTRIBUTING.md, "A sixth paper".
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = [
    "geoviz_ml/papers/{0}.toml",
    "geoviz_ml/simulate/{0}.py",
    "tests/simulate/test_{0}.py",
    "geoviz_ml/checks/{0}.py",
    "book/{0}/{0}.ipynb",
    "book/{0}/{0}_lab.ipynb",
    "book/{0}/slides.toml",
    "book/results/{0}-quick-simulated.json",
    "book/_static/front/{0}.jpg",
]
MENTIONS = [
    ("book/_toc.yml", "file: {0}/{0}\n"),
    ("book/_toc.yml", "file: {0}/{0}_lab\n"),
    ("book/index.md", "{0}/{0}.ipynb"),
    ("book/index.md", ":link: {0}/{0}\n"),
    ("book/instructors.md", "{0}/{0}.ipynb"),
    ("book/scoreboard.ipynb", 'scoreboard.show(settings.results, \\"{0}\\")'),
    ("README.md", "| {0} |"),
]


def lacking(name: str, root: Path = ROOT) -> list[str]:
    """What is not there yet, one line each."""
    missing = [
        f"there is no {f.format(name)}"
        for f in FILES
        if not (root / f.format(name)).exists()
    ]
    for file, mention in MENTIONS:
        words = mention.format(name)
        if words not in (root / file).read_text(encoding="utf-8"):
            missing.append(f"{file} does not mention {words.strip()}")
    wrong = [
        root / "tests/test_exercises.py",
        *(root / "tests/checks").glob("*.py"),
    ]
    if not any(f'"{name}-1"' in path.read_text(encoding="utf-8") for path in wrong):
        missing.append(f"no test gives wrong answers to {name}-1 and the others")
    return missing


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if missing := lacking(sys.argv[1]):
        sys.exit("\n".join(missing))
    print(f"{sys.argv[1]}: complete. Now: make html, look at the pages, make test.")
