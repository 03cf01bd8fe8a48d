// Detection explorer: choose coverage, threshold, eps and picture; cells, boxes and scores follow.
const names = Object.keys(data.grid);
const sliders = Object.fromEntries([...names, "picture"].map((name) => [name, part(name)]));
const coverages = data.coverage.map(floats);
const numbers = data.numbers.map((text) => new Uint16Array(bytes(text).buffer));
const steps = names.map((name) => data.grid[name].length);
const [height, width] = data.shape;
const at = (name) => (sliders[name] ? Number(sliders[name].value) : 0);

function count(picture, setting) {
  const boxes = data.found[picture][numbers[picture][setting]];
  const hits = boxes.filter((box) => box[4] >= 0).length;
  return { boxes, hits, wrong: boxes.length - hits, missed: data.truth[picture].length - hits };
}

function outline([x1, y1, x2, y2], kind) {
  return `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" `
    + `stroke="${data.colours[kind]}" stroke-dasharray="${data.kinds[kind]}" data-kind="${kind}"></rect>`;
}

function draw() {
  const picture = at("picture");
  const setting = names.reduce((sum, name, i) => sum * steps[i] + at(name), 0);
  const [coverage, threshold, eps] = names.map((name) => data.grid[name][at(name)]);
  const s = data.stride, cut = Math.fround(coverage); // numpy compares in float32 too
  let path = "", cells = 0;
  coverages[picture].forEach((value, i) => {
    if (value < cut) return;
    cells++;
    path += `M${s * (i % width)} ${s * Math.floor(i / width)}h${s}v${s}h-${s}z`;
  });
  const { boxes, hits, wrong, missed } = count(picture, setting);
  const taken = new Set(boxes.map((box) => box[4]));
  part("boxes").innerHTML = `<path d="${path}"></path>`
    + data.truth[picture].filter((_, i) => !taken.has(i)).map((box) => outline(box, "miss")).join("")
    + boxes.map((box) => outline(box, box[4] >= 0 ? "hit" : "false alarm")).join("");
  part("image").src = data.pictures[picture];
  part("map").src = data.maps[picture];

  const every = data.found.map((_, i) => count(i, setting));
  const sum = (name) => every.reduce((total, one) => total + one[name], 0);
  const precision = sum("hits") / (sum("hits") + sum("wrong"));
  const recall = sum("hits") / (sum("hits") + sum("missed"));
  const both = precision + recall;
  const f1 = both === 0 ? 0 : (2 * precision * recall) / both;
  const where = every.length > 1 ? `All ${every.length} pictures` : "Scores";
  part("text").textContent =
    `Coverage ${digits(coverage, 2)}, threshold ${threshold}, eps ${digits(eps, 2)}: `
    + `${cells} cells propose, ${hits + wrong} boxes are left, ${hits} right, ${wrong} false, `
    + `${missed} missed. ${where}: precision ${digits(precision, 3)}, recall ${digits(recall, 3)}, `
    + `F1 ${digits(f1, 3)}`;
  for (const [name, slider] of Object.entries(sliders)) {
    if (!slider) continue;
    const value = name === "picture" ? picture : data.grid[name][at(name)];
    part(`${name}-text`).textContent = value;
    slider.setAttribute("aria-valuetext", value);
  }
  Object.assign(root.dataset, { precision, recall, f1, cells, picture });
}

for (const slider of Object.values(sliders)) slider?.addEventListener("input", draw);
draw();
