"""The explorer in a real JupyterLab: run the notebook, move the live slider."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

pytestmark = pytest.mark.browser
CELL = """import numpy as np
from geoviz_ml.show import threshold_explorer
rng = np.random.default_rng(0)
prob = rng.random((32, 48)).astype(np.float32)
threshold_explorer(prob, prob, prob > 0.6, title="Live")"""


@pytest.fixture
def lab(tmp_path):
    """Address of a running JupyterLab on a folder with one notebook."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(notebook, tmp_path / "live.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--IdentityProvider.token=secret", f"--ServerApp.root_dir={tmp_path}", "--allow-root",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    with open(tmp_path / "lab.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api?token=secret", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((tmp_path / "lab.log").read_text()[-2000:])
        yield f"{address}/lab/tree/live.ipynb?token=secret&reset"
        server.terminate()
        server.wait(20)


def test_the_live_slider_moves_mask_and_score(chromium, lab):
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(lab)
    page.locator(".jp-Cell .cm-content").first.click()
    page.get_by_text("Python 3", exact=False).first.wait_for()
    page.wait_for_timeout(3000)  # the kernel connects
    page.keyboard.press("Shift+Enter")
    text = page.locator(".jp-OutputArea [role=status]", has_text="Threshold").first
    text.wait_for()
    image = page.locator(
        ".jp-OutputArea .widget-html img, .jp-OutputArea .jupyter-widgets img"
    ).first
    before = text.inner_text(), image.get_attribute("src")
    assert "Threshold 0.50" in before[0]
    handle = page.locator(".noUi-handle").first
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_text("Threshold 0.55").first.wait_for()
    assert text.inner_text() != before[0]
    assert image.get_attribute("src") != before[1]
    context.close()
