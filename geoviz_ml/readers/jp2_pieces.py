"""How many pieces a JPEG 2000 picture is cut into, counted before a decoder makes room for them.

A tile has resolutions, a resolution precincts, a precinct code-blocks, and each layer a packet for
each precinct. Their sizes stand in a few bytes of the header. Pieces of four pixels cost a decoder
gigabytes for a file of some kilobytes, whatever is in them. Source: ISO/IEC 15444-1, annexes A.4 to
A.6 (marker segments), B.6 and B.7 (precincts and code-blocks).
"""

from __future__ import annotations

COD, COC, SOT, SOD = 0x52, 0x53, 0x90, 0x93  # how it is coded; a tile, and its data
SEGMENTS = {0x50, 0x55, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x60, 0x61, 0x63, 0x64}  # no pieces
WHOLE = 15  # a precinct's side is 2**15 where nothing is said
MOST_PIECES = 2**18  # precincts and code-blocks; a picture of HMI has some thousand
MOST_PACKETS = 2**20


def check_pieces(stream: bytes, tile: tuple[int, int], tiles: int, components: int) -> None:
    """Refuse a codestream that claims too many pieces, or hides how many it has.

    Parameters
    ----------
    stream : bytes
        From the mark of its start on.
    tile : (int, int)
        Width and height of a tile, pixels, but not more than the picture's.
    tiles, components : int

    Raises
    ------
    ValueError
        It does; the message says what.
    """
    at, styles, layers = 2 + 4 + len(_body(stream, 2)), [], 0  # behind the sizes
    while (code := _code(stream, at)) != SOT:
        body = _body(stream, at)
        if code in (COD, COC) and len(body) < 7:
            raise ValueError("it is cut short or damaged")
        if code == COD and not styles:
            layers = int.from_bytes(body[2:4])
            styles.append((body[0], body[5:]))
        elif code == COC and styles and components < 257:
            styles.append((body[1], body[2:]))
        elif code not in SEGMENTS:
            raise ValueError(f"its header has the marker ff{code:02x} where it is not read")
        at += 4 + len(body)
    if not styles:
        raise ValueError("its header does not say how it is coded")
    found = [_pieces(used, sizes, tile) for used, sizes in styles]
    parts = tiles * components
    precincts, blocks = (parts * max(one[i] for one in found) for i in (0, 1))
    if precincts + blocks > MOST_PIECES or precincts * layers > MOST_PACKETS:
        raise ValueError(f"it claims {precincts} precincts, {blocks} blocks and {layers} layers")
    _check_tiles(stream, at)


def _pieces(used: int, sizes: bytes, tile: tuple[int, int]) -> tuple[int, int]:
    """Precincts and code-blocks of one component of a tile, at most."""
    levels, given = sizes[0], bool(used & 1)
    if levels > 32 or len(sizes) < 5 + given * (levels + 1):
        raise ValueError("its header is cut short")
    precincts = blocks = 0
    for resolution in range(levels + 1):
        size = sizes[5 + resolution] if given else WHOLE * 17
        known, cut = 1, 1
        for side, block, exponent in zip(tile, sizes[1:3], (size & 15, size >> 4), strict=True):
            pixels = -(-side >> (levels - resolution))
            known *= (pixels >> exponent) + 2  # a tile need not begin where a precinct does
            within = max(min((block & 15) + 2, exponent - (resolution > 0)), 0)
            cut *= (pixels >> (within + (resolution > 0))) + 2
        precincts += known
        blocks += max(cut, known) * (3 if resolution else 1)
    return precincts, blocks


def _check_tiles(stream: bytes, at: int) -> None:
    """No tile is coded in a way of its own."""
    while at + 12 <= len(stream) and _code(stream, at) == SOT:
        length = int.from_bytes(stream[at + 6 : at + 10])
        if length and length < 14:
            raise ValueError("it has a tile without an end")
        inside = at + 12
        while (code := _code(stream, inside)) != SOD:
            if code not in SEGMENTS:
                raise ValueError(f"a tile has the marker ff{code:02x}, which is not read")
            inside += 4 + len(_body(stream, inside))
        at = at + length if length else len(stream)


def _code(stream: bytes, at: int) -> int:
    """The marker at a place."""
    if stream[at : at + 1] != b"\xff" or at + 2 > len(stream):
        raise ValueError("it is cut short or damaged")
    return stream[at + 1]


def _body(stream: bytes, at: int) -> bytes:
    """What stands in the segment of the marker at a place."""
    length = int.from_bytes(stream[at + 2 : at + 4])
    body = stream[at + 4 : at + 2 + length]
    if length < 2 or len(body) < length - 2:
        raise ValueError("it is cut short or damaged")
    return body
