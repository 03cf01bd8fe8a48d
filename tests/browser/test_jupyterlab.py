"""The explorer in a real JupyterLab: run the notebook, move the live slider."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import numpy as np
import pytest

from geoviz_ml.show.widgets import threshold_view

pytestmark = pytest.mark.browser
PROB = np.random.default_rng(0).random((32, 48)).astype(np.float32)
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
        try:
            yield _when_up(server, port, tmp_path / "lab.log")
        finally:
            server.terminate()
            server.wait(20)


def _when_up(server, port, log) -> str:
    address = f"http://127.0.0.1:{port}"
    for _ in range(180):
        try:
            urllib.request.urlopen(f"{address}/api?token=secret", timeout=2)
        except OSError:
            time.sleep(0.5)
        else:
            return f"{address}/lab/tree/live.ipynb?token=secret&reset"
        if server.poll() is not None:
            break
    pytest.fail(f"JupyterLab did not start: {log.read_text()[-2000:]}")


def test_the_live_slider_moves_mask_and_score(chromium, lab):
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(lab)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    output = page.locator(".jp-OutputArea")
    text, image = output.locator("output"), output.locator("img[alt*='mask over the picture']")
    text.wait_for()
    assert text.inner_text() == str(threshold_view(PROB, PROB > 0.6, 0.5))
    before = image.get_attribute("src")
    output.locator(".noUi-handle").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    output.get_by_text("Threshold 0.55").wait_for()
    assert text.inner_text() == str(threshold_view(PROB, PROB > 0.6, 0.55))
    assert image.get_attribute("src") != before
    context.close()
