"""The explorers in a browser, with the widgets and the notebook server that Colab has.

    python -m tests.colab.explorers --python 3.13 --picture explorers.png

The simulated Colab must be there (``python -m tests.colab --first alfven`` makes it), and Chromium.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

from ..browser.conftest import FLAGS
from .__main__ import BUILD, ROOT, VERSIONS

START = """import numpy as np
from geoviz_ml.show import crf_explorer, patch_cutter, threshold_explorer
prob = np.random.default_rng(0).random((32, 48)).astype(np.float32)"""
CELLS = [
    f"{START}\nthreshold_explorer(prob, prob, prob > 0.6, title='Live')",
    "crf_explorer(prob, prob, prob > 0.6, grid={'compat': (0, 3)}, backend='torch', title='Two')",
    "patch_cutter(prob, 'patches.csv', side=8)",
]


def serve(python: Path, folder: Path, port: int) -> subprocess.Popen:
    """The classic notebook server on a folder, ready for a browser."""
    command = [
        python, "-m", "notebook", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--NotebookApp.token=secret", f"--notebook-dir={folder}", "--allow-root",
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    env |= {"COLAB_RELEASE_TAG": "simulated", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=env)
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token=secret", timeout=2)
        except OSError:
            time.sleep(0.5)
        else:
            return server
    server.terminate()
    raise SystemExit((folder / "server.log").read_text()[-2000:])


def look(address: str, picture: Path | None) -> None:
    """Run all cells, move a slider by the mouse, and see that the page answers."""
    with sync_playwright() as p:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = p.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 1800})
        page.set_default_timeout(60_000)
        page.goto(address)
        ready = (
            "window.Jupyter?.notebook?.kernel?.comm_manager?.targets?.['jupyter.widget'] != null"
        )
        page.wait_for_function(ready)
        page.wait_for_timeout(5000)  # the page asks the kernel for widgets that it has already
        page.evaluate("Jupyter.notebook.execute_all_cells()")
        first = page.locator(".output_area").first
        first.get_by_text("Threshold 0.50").wait_for()
        page.get_by_text("Out[3]:").wait_for()
        box = first.locator(".ui-slider").first.bounding_box()
        page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
        first.get_by_text(re.compile(r"Threshold 0\.(7|8)")).wait_for()
        page.locator(".output_area").nth(1).locator("img").nth(2).wait_for()
        page.get_by_text("0 positive and 0 negative patches").wait_for()
        if picture:
            page.screenshot(path=picture, full_page=True)
        assert "Traceback" not in page.inner_text("body")
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.colab.explorers")
    parser.add_argument("--python", default=VERSIONS[-1], choices=VERSIONS)
    parser.add_argument("--picture", type=Path, help="a screenshot goes there")
    args = parser.parse_args()
    python = BUILD / args.python / "bin" / "python"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        about = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=about)
        nbformat.write(notebook, Path(folder) / "live.ipynb")
        server = serve(python, Path(folder), port)
        try:
            look(f"http://127.0.0.1:{port}/notebooks/live.ipynb?token=secret", args.picture)
        finally:
            server.terminate()
            server.wait(20)
    print("the explorers are live")


if __name__ == "__main__":
    main()
