// Every source and every code cell through the compiler of Python 3.14, which Pyodide has:
//   npm install --prefix /tmp/pyodide pyodide@314
//   NODE_PATH=/tmp/pyodide/node_modules node tests/benchmarks/grammar.mjs
// A warning of the compiler counts as an error.
import { createRequire } from "node:module";

const { loadPyodide } = createRequire(import.meta.url)("pyodide");
const python = await loadPyodide();
python.FS.mkdir("/repository");
python.mountNodeFS("/repository", process.cwd());
const bad = python.runPython(`
import json
import re
import sys
import warnings
from pathlib import Path

warnings.simplefilter("error")
sources, bad = {}, []
for part in ("geoviz_ml", "data_fetch", "tests", "book"):
    folder = Path("/repository", part)
    sources |= {str(path): path.read_text() for path in folder.rglob("*.py")}
    for path in folder.rglob("*.ipynb"):
        for i, cell in enumerate(json.loads(path.read_text())["cells"]):
            if cell["cell_type"] == "code":
                code = re.sub(r"^( *)[%!].*$", r"\\1pass", "".join(cell["source"]), flags=re.M)
                sources[f"{path}, cell {i}"] = code
for name, source in sources.items():
    try:
        compile(source, name, "exec")
    except (SyntaxError, Warning) as error:
        bad.append(f"{name}: {error}")
print(f"Python {sys.version.split()[0]}: {len(sources)} sources, {len(bad)} do not compile", *bad, sep="\\n")
len(bad)
`);
process.exit(bad ? 1 : 0);
