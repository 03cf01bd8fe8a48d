// Arrows, page keys and space turn the pages, Home and End go to the ends; n opens the notes.
const slides = [...document.querySelectorAll("section")];
const notes = document.getElementById("notes");

function now() {
  const middle = innerHeight / 2;
  return Math.max(slides.findIndex(s => s.getBoundingClientRect().bottom > middle), 0);
}

function go(number) {
  const slide = slides[Math.min(Math.max(number, 0), slides.length - 1)];
  slide.scrollIntoView();
  slide.focus({preventScroll: true});
}

function toggle() {
  const here = slides[now()];
  const open = document.body.classList.toggle("with-notes");
  notes.setAttribute("aria-pressed", open);
  here.scrollIntoView();
}

document.getElementById("back").onclick = () => go(now() - 1);
document.getElementById("on").onclick = () => go(now() + 1);
notes.onclick = toggle;
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.closest("button")) return;
  const step = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[event.key];
  const end = {Home: 0, End: slides.length - 1}[event.key];
  if (event.key === "n") toggle();
  else if (step) go(now() + step);
  else if (end !== undefined) go(end);
  else return;
  event.preventDefault();
});
