// What every explorer starts from: its elements, its data, its arrays. `root` is the fragment.
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const data = JSON.parse(part("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const digits = (x, n) => (Number.isFinite(x) ? x.toFixed(n) : "not defined");
