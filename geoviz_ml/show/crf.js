// CRF explorer: each place of the sliders has a mask and a text, both computed beforehand.
const [height, width] = data.shape;
const picture = bytes(data.picture); // grey levels 0..255
const truth = data.truth ? unpack(data.truth) : null;
const sliders = data.grid.map(([name]) => part(name));
const context = part("overlay").getContext("2d");
const image = context.createImageData(width, height);
const [hit, alarm, miss] = ["hit", "false alarm", "miss"].map((name) => rgb(data.colours[name]));

function unpack(runs) {
  const mask = new Uint8Array(width * height);
  let at = 0;
  runs.forEach((length, i) => {
    if (i % 2) mask.fill(1, at, at + length);
    at += length;
  });
  return mask;
}

function draw() {
  let place = 0;
  data.grid.forEach(([name, values], i) => {
    const chosen = Number(sliders[i].value);
    place = place * values.length + chosen;
    part(`${name}-text`).textContent = values[chosen];
    sliders[i].setAttribute("aria-valuetext", values[chosen]);
  });
  const mask = unpack(data.runs[data.place[place]]);
  for (let i = 0; i < mask.length; i++) {
    const real = truth ? truth[i] : mask[i];
    const colour = mask[i] ? (real ? hit : alarm) : real ? miss : null;
    for (let k = 0; k < 3; k++) image.data[4 * i + k] = colour ? colour[k] : picture[i];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  part("text").textContent = data.texts[place];
}

sliders.forEach((slider) => slider.addEventListener("input", draw));
draw();
