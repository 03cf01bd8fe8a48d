// Patch cutter: says where a mark is wanted; the kernel keeps the marks, saves them and answers.
function render({ model, el }) {
  const make = (tag, text, parent = el) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  };
  make("strong", model.get("title"));
  const row = make("div");
  const choice = make("label", "Picture ", row);
  const names = make("select", "", choice);
  model.get("names").forEach((name) => make("option", name, names));
  names.value = model.get("name");
  choice.hidden = names.length < 2;
  const toggle = make("label", "", row);
  const negative = make("input", "", toggle);
  negative.type = "checkbox";
  toggle.append(" clicks are negative ");
  const button = (text, act) => {
    const element = make("button", text, row);
    element.type = "button";
    element.addEventListener("click", act);
  };
  button("Positive here (p)", () => mark(1));
  button("Negative here (n)", () => mark(-1));
  button("Undo (u)", () => model.send({ do: "undo" }));
  const canvas = make("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "The picture. Arrow keys move the cursor, with shift by eight pixels; " +
      "p marks a positive patch, n a negative one, u takes back the last."
  );
  canvas.style.cssText =
    "display: block; width: 100%; max-width: 36rem; cursor: crosshair; touch-action: manipulation";
  const place = make("output");
  const message = make("output");
  [place, message].forEach((output) => (output.style.display = "block"));
  message.setAttribute("aria-live", "polite");

  const context = canvas.getContext("2d");
  const picture = new Image();
  let x = 0, y = 0, scale = 1;

  function mark(label) {
    model.send({ do: "mark", x, y, label });
  }

  function move(column, row) {
    const [height, width] = model.get("shape");
    x = Math.min(Math.max(column, 0), width - 1);
    y = Math.min(Math.max(row, 0), height - 1);
    draw();
  }

  function outline(column, row, colour, dash) {
    const side = model.get("side"), before = Math.floor(side / 2);
    context.strokeStyle = colour;
    context.setLineDash(dash);
    context.lineWidth = 2;
    context.strokeRect((column - before) * scale, (row - before) * scale, side * scale, side * scale);
  }

  function draw() {
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const signs = model.get("signs");
    model.get("marks").forEach(([column, row, label]) => {
      outline(column, row, signs[label][0], label > 0 ? [] : [8, 4]);
    });
    outline(x, y, "#ffffff", [2, 3]);
    context.fillStyle = "#ffffff";
    context.fillRect(x * scale, y * scale, scale, scale);
    place.textContent = `Cursor at x = ${x}, y = ${y}.`;
    message.textContent = model.get("message");
  }

  function load() {
    const [height, width] = model.get("shape");
    scale = Math.max(1, Math.round(576 / width));
    [canvas.width, canvas.height] = [width * scale, height * scale];
    picture.onload = () => move(Math.floor(width / 2), Math.floor(height / 2));
    picture.src = model.get("picture");
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect(), [height, width] = model.get("shape");
    move(
      Math.floor(((event.clientX - box.left) / box.width) * width),
      Math.floor(((event.clientY - box.top) / box.height) * height)
    );
    mark(event.shiftKey || negative.checked ? -1 : 1);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 8 : 1;
    const acts = {
      ArrowLeft: () => move(x - far, y),
      ArrowRight: () => move(x + far, y),
      ArrowUp: () => move(x, y - far),
      ArrowDown: () => move(x, y + far),
      p: () => mark(1),
      n: () => mark(-1),
      u: () => model.send({ do: "undo" }),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has keys of its own
  });
  names.addEventListener("change", () => {
    model.set("name", names.value);
    model.save_changes();
  });
  model.on("change:picture", load);
  model.on("change:marks", draw);
  model.on("change:message", draw);
  load();
}

export default { render };
