"""Units of solar pictures, in the many spellings that headers have.

Spellings of the FITS standard 4.0 (2018), section 4.3, and those met in headers.
"""

from __future__ import annotations

import re

PREFIX = {"": 1.0, "k": 1e3, "kilo": 1e3, "m": 1e-3, "milli": 1e-3, "u": 1e-6, "micro": 1e-6}
FACTOR = r"(?:(?P<plain>[\d.]+(?:e[+-]?\d+)?)|10(?:\^|\*\*)\(?(?P<power>[+-]?\d+)\)?)?[ *.]*"
FIELD = re.compile(FACTOR + r"(?P<prefix>k|kilo|m|milli|u|micro)?-?(?P<unit>gauss|gs?|teslas?|t)")
FLUX = re.compile(
    FACTOR + r"(?P<prefix>k|kilo)?(?P<unit>mx|maxwells?)"
    r"(?: */ *\(?cm *(?:\^|\*\*)?2\)?|[ *.]*\(?cm *(?:\^|\*\*)?\(?-2\)?\)?)"
)


def gauss_of(unit: str) -> float | None:
    """Gauss of one unit of a magnetic field, or None for what is no such unit.

    Parameters
    ----------
    unit : str
        As in a header: G, Gauss, GAUSS, kG, mT, Tesla, 10^-4 T, Mx/cm^2, Mx cm-2, Mx/cm**2.
        Capitals do not matter.
    """
    text = unit.strip().lower()
    found = FIELD.fullmatch(text) or FLUX.fullmatch(text)
    if not found:
        return None
    tesla = 1e4 if found["unit"].startswith("t") else 1.0
    try:
        factor = float(found["plain"] or f"1e{found['power'] or 0}") * PREFIX[found["prefix"] or ""]
    except ValueError:
        return None
    return factor * tesla if 0 < factor < 1e30 else None
