/* Threshold explorer: mask, overlay and scores of a probability map, recomputed in the browser. */
(function (root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const data = JSON.parse(part("data").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const prob = new Float32Array(bytes(data.prob).buffer);
  const picture = bytes(data.picture); // grey levels 0..255
  const truth = data.truth ? bytes(data.truth) : null;
  const [height, width] = data.shape;
  const slider = part("slider");
  const canvas = part("overlay");
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const colour = Object.fromEntries(Object.entries(data.colours).map(([k, v]) => [k, rgb(v)]));
  const digits = (x, n) => (Number.isFinite(x) ? x.toFixed(n) : "not defined");

  function draw() {
    const threshold = Math.fround(Number(slider.value)); // numpy compares in float32 too
    let tp = 0, fp = 0, fn = 0, tn = 0;
    for (let i = 0; i < prob.length; i++) {
      const mask = prob[i] >= threshold;
      const real = truth ? truth[i] === 1 : false;
      let c = null;
      if (mask && (real || !truth)) { tp++; c = colour.hit; }
      else if (mask) { fp++; c = colour["false alarm"]; }
      else if (real) { fn++; c = colour.miss; }
      else tn++;
      const row = height - 1 - Math.floor(i / width); // row 0 lies at the bottom
      const at = 4 * (row * width + (i % width));
      for (let k = 0; k < 3; k++) pixels.data[at + k] = c ? c[k] : picture[i];
      pixels.data[at + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    const flagged = (tp + fp) / prob.length;
    let text = `Threshold ${Number(slider.value).toFixed(2)}: ${(100 * flagged).toFixed(2)} % flagged`;
    if (truth) {
      const iou = tp / (tp + fp + fn), background = tn / (tn + fp + fn);
      text += `, IoU of the class ${digits(iou, 4)}, IoU of the background ${digits(background, 4)}`;
      root.dataset.iou = iou;
      root.dataset.background = background;
    }
    root.dataset.flagged = flagged;
    part("text").textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  root.classList.add("gv-live");
  slider.addEventListener("input", draw);
  draw();
})(document.getElementById("__ID__"));
