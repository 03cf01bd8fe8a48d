// Threshold explorer: mask, overlay and scores of a probability map, recomputed in the browser.
const prob = floats(data.prob);
const picture = bytes(data.picture); // grey levels 0..255
const truth = data.truth ? bytes(data.truth) : null;
const [height, width] = data.shape;
const slider = part("slider");
const context = part("overlay").getContext("2d");
const image = context.createImageData(width, height);
const [hit, alarm, miss] = ["hit", "false alarm", "miss"].map((name) => rgb(data.colours[name]));

function draw() {
  const threshold = Number(slider.value);
  const cut = Math.fround(threshold); // numpy compares in float32 too
  let tp = 0, fp = 0, fn = 0, tn = 0;
  for (let i = 0; i < prob.length; i++) {
    const flagged = prob[i] >= cut;
    const real = truth ? truth[i] === 1 : flagged;
    let colour = null;
    if (flagged && real) { tp++; colour = hit; }
    else if (flagged) { fp++; colour = alarm; }
    else if (real) { fn++; colour = miss; }
    else tn++;
    const row = height - 1 - Math.floor(i / width); // row 0 lies at the bottom
    const at = 4 * (row * width + (i % width));
    for (let k = 0; k < 3; k++) image.data[at + k] = colour ? colour[k] : picture[i];
    image.data[at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  const flagged = (tp + fp) / prob.length;
  let text = `Threshold ${digits(threshold, 2)}: ${digits(100 * flagged, 2)} % flagged`;
  root.dataset.flagged = flagged;
  if (truth) {
    const iou = tp / (tp + fp + fn), background = tn / (tn + fp + fn);
    text += `, IoU of the class ${digits(iou, 4)}, IoU of the background ${digits(background, 4)}`;
    root.dataset.iou = iou;
    root.dataset.background = background;
  }
  part("text").textContent = text;
}

slider.addEventListener("input", draw);
draw();
