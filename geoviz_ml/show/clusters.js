// Cluster explorer: choose k, map and picture; marks, text and gallery follow.
const SVG = "http://www.w3.org/2000/svg";
const ks = Object.keys(data.clusters).map(Number).sort((a, b) => a - b);
const clusters = new Map(ks.map((k) => [k, bytes(data.clusters[k])]));
const [slider, map, picture] = ["k", "map", "chosen"].map(part);
const plot = root.querySelector(".gv-map");
const marks = [...plot.querySelectorAll("path")];
const ring = plot.querySelector("circle");
const shape = (cluster) => data.shapes[cluster % data.shapes.length];
const colour = (cluster) => data.colours[cluster % data.colours.length];

function cell(i) {
  const element = document.createElement("span");
  const place = (at, n) => `${(100 * at) / Math.max(n - 1, 1)}%`;
  element.className = "gv-cell";
  element.setAttribute("role", "img");
  const label = data.labels ? `, ${data.labels[i]}` : "";
  element.setAttribute("aria-label", `Picture ${data.numbers[i]}${label}`);
  element.style.backgroundPosition =
    `${place(i % data.columns, data.columns)} ${place(Math.floor(i / data.columns), data.rows)}`;
  return element;
}

function entry(cluster, text) {
  const span = document.createElement("span");
  const mark = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  mark.setAttribute("viewBox", "-60 -60 120 120");
  mark.setAttribute("aria-hidden", "true");
  path.setAttribute("d", shape(cluster));
  path.setAttribute("fill", colour(cluster));
  mark.append(path);
  span.append(mark, `${cluster}: ${text.split(" ")[0]}`);
  return [span, " "];
}

function draw() {
  const k = ks[Number(slider.value)], chosen = Number(picture.value);
  const of = clusters.get(k), at = data.maps[map.value], own = of[chosen];
  marks.forEach((mark, i) => {
    mark.setAttribute("d", shape(of[i]));
    mark.setAttribute("fill", colour(of[i]));
    mark.setAttribute("transform", `translate(${at[i][0]} ${at[i][1]})`);
  });
  ring.setAttribute("cx", at[chosen][0]);
  ring.setAttribute("cy", at[chosen][1]);
  const same = [...of.keys()].filter((i) => of[i] === own);
  const n = Math.min(data.gallery, same.length);
  const spread = [...Array(n).keys()].map((i) => same[Math.floor((i * same.length) / n)]);
  part("gallery").replaceChildren(...spread.map(cell));
  part("picture").replaceChildren(cell(chosen));
  part("legend").replaceChildren(...data.parts[k].flatMap((text, c) => entry(c, text)));
  const label = data.labels ? ` (${data.labels[chosen]})` : "";
  part("text").textContent = `Picture ${data.numbers[chosen]}${label} is in cluster ${own} of ${k}, `
    + `which has ${data.parts[k][own]}.`;
  part("k-text").textContent = k;
  slider.setAttribute("aria-valuetext", k);
  picture.setAttribute("aria-valuetext", `Picture ${data.numbers[chosen]}${label}`);
  Object.assign(root.dataset, { k, chosen, cluster: own });
}

plot.addEventListener("click", (event) => {
  const place = new DOMPoint(event.clientX, event.clientY)
    .matrixTransform(plot.getScreenCTM().inverse());
  const far = data.maps[map.value].map(([x, y]) => Math.hypot(x - place.x, y - place.y));
  picture.value = far.indexOf(Math.min(...far));
  draw();
});
for (const control of [slider, map, picture]) control.addEventListener("input", draw);
draw();
