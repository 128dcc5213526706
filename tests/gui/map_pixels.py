"""Where a block lies on the screen, and what its pixels say.

For small heaps only: while the whole heap is in view, rows hold 512 bytes and stand 84 pixels apart
(app/model/map_geometry.cpp, at scale 1), and the first row begins at the start of the heap.
"""

from harness import address

ROW_BYTES = 512
ROW_PITCH = 84
ROW_HEIGHT = 72
HEADER = 32  # bytes

# The dark theme's colours (app/views/theme.cpp).
BLUE = (0x00, 0x72, 0xB2)  # the first of Okabe and Ito: what the user allocated
SIZE_33_TO_64 = (0x93, 0x33, 0xBC)
AGE_3_TO_10_S = (0x00, 0x8F, 0xBA)
AGE_10_TO_32_S = (0x17, 0x81, 0xBF)
FREE_FILL = (0x1B, 0x21, 0x2C)
FREE_EDGE = (0x3A, 0x45, 0x58)
PADDING_LIGHT = (0xF5, 0xC0, 0x4A)
PADDING_DARK = (0x2A, 0x23, 0x10)
ARROW = (0xC8, 0xD2, 0xE2)
NEARLY = 12  # a channel may differ by that much


def near(pixel, colour):
    return all(abs(a - b) <= NEARLY for a, b in zip(pixel, colour))


def rectangle(state, begin, end):
    """left, top, right, bottom in the window of the bytes [begin, end), which lie in one row."""
    x, y, width, _ = state["targets"]["map"]
    offset = begin - address(state["heap"]["start"])
    row, column = divmod(offset, ROW_BYTES)
    if column + end - begin > ROW_BYTES:
        raise ValueError("these bytes lie in two rows")
    scale = width / ROW_BYTES
    top = y + row * ROW_PITCH
    return (x + column * scale, top, x + (column + end - begin) * scale, top + ROW_HEIGHT)


def payload(state, block):
    begin = address(block["address"]) + HEADER
    return rectangle(state, begin, begin + block["requested"])


def padding(state, block):
    begin = address(block["address"])
    return rectangle(state, begin + HEADER + block["requested"], begin + block["size"])


def whole(state, block):
    begin = address(block["address"])
    return rectangle(state, begin, begin + block["size"])


def middle(area):
    left, top, right, bottom = area
    return round((left + right) / 2), round((top + bottom) / 2)


def share(image, area, colour, inset=4):
    """The part of an area's pixels that have a colour, 0 to 1; labels take some of the rest."""
    left, top, right, bottom = area
    part = image.crop((round(left) + inset, round(top) + inset, round(right) - inset, round(bottom) - inset))
    pixels = list(part.getdata())
    return sum(near(pixel, colour) for pixel in pixels) / len(pixels)


def is_blue(image, state, block):
    return share(image, payload(state, block), BLUE) > 0.6


def is_hatched(image, state, block):
    area = padding(state, block)
    return share(image, area, PADDING_LIGHT, 2) > 0.15 and share(image, area, PADDING_DARK, 2) > 0.15


def is_hollow(image, state, block):
    """Filled with next to nothing, but with an edge around."""
    left, top, right, bottom = whole(state, block)
    edge = (left + 6, top, right - 6, top + 1)
    return (share(image, (left, top, right, bottom), FREE_FILL, 6) > 0.6
            and share(image, edge, FREE_EDGE, 0) > 0.6)
