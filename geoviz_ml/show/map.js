// Map explorer: seasons on and off, geographic or magnetic coordinates, one region after another.
const svg = root.querySelector("svg"); // the first: the map
const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
const marks = [...root.querySelectorAll("[data-point]")];
const seasons = [...root.querySelectorAll("[data-season]")];
const frames = [...root.querySelectorAll("[type=radio]")];
const slider = part("slider");
let shown = []; // numbers of the points of the seasons that are on

function place(point, frame) {
  const [longitude, latitude] = [point[frame], Math.max(-85, Math.min(85, point[frame + 1]))];
  const y = 1.25 * Math.log(Math.tan(Math.PI / 4 + 0.4 * latitude * Math.PI / 180)); // Miller
  return [width * (longitude / 360 + 0.5), height / 2 - width * y / (2 * Math.PI)];
}

function draw() {
  const frame = Number(frames.find((choice) => choice.checked).value);
  const on = new Set(seasons.filter((box) => box.checked).map((box) => box.dataset.season));
  shown = [];
  let north = 0;
  data.points.forEach((point, i) => {
    const [x, y] = place(point, frame);
    marks[i].setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    marks[i].style.display = on.has(point[4]) ? "" : "none";
    if (!on.has(point[4])) return;
    shown.push(i);
    if (point[1] >= 0) north++;
  });
  root.querySelector(".gv-land").style.display = frame ? "none" : "";
  slider.max = Math.max(shown.length - 1, 0);
  slider.disabled = !shown.length;
  part("counts").textContent =
    `${shown.length} of ${data.points.length} regions shown, ` +
    `${north} in the north, ${shown.length - north} in the south.`;
  select();
}

function select() {
  const ring = part("ring");
  ring.setAttribute("visibility", shown.length ? "visible" : "hidden");
  part("text").textContent = "";
  if (!shown.length) return;
  const i = shown[Number(slider.value)];
  const frame = Number(frames.find((choice) => choice.checked).value);
  const [x, y] = place(data.points[i], frame);
  ring.setAttribute("cx", x);
  ring.setAttribute("cy", y);
  const text = `Region ${Number(slider.value) + 1} of ${shown.length}: ` +
    marks[i].textContent; // its title
  part("text").textContent = text;
  slider.setAttribute("aria-valuetext", text);
}

[...seasons, ...frames].forEach((choice) => choice.addEventListener("change", draw));
slider.addEventListener("input", select);
marks.forEach((mark, i) => mark.addEventListener("click", () => {
  slider.value = shown.indexOf(i);
  select();
}));
draw();
