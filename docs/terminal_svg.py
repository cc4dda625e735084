#!/usr/bin/env python3
"""Draws what `trm solve --watch` shows on a terminal as an SVG: docs/README.md has the command.

Usage: terminal_svg.py OUT.svg RECORDING[:STEP,STEP,...] ...
Each recording is one row of boards, one board a step. Only the standard library is used.
"""
import re
import sys
from html import escape

CELL = 11  # width of half a board cell (one character)
LINE = 22
COLOUR = re.compile(r"\x1b\[([0-9;]*)m")


def frames(path):
    """The boards of a recording: [(title, [[(text, foreground, background, bold)]])]."""
    text = open(path, encoding="utf-8").read().replace("\r", "")
    text = re.sub(r"\x1b\[[0-9]*[AJ]", "", text)
    found, current = [], None
    for line in text.split("\n"):
        if COLOUR.sub("", line).startswith("step "):
            parts = COLOUR.sub("", line).split(", ")
            current = (", ".join(p for p in parts if p.startswith("step") or "conflict" in p), [])
            found.append(current)
        elif current is not None and "\x1b[48;2" in line:
            current[1].append(spans(line))
        elif current is not None and current[1]:
            current = None  # the board ends; what follows is the summary
    return found


def spans(line):
    out, fore, back, bold = [], "#202830", None, False
    at = 0
    for match in list(COLOUR.finditer(line)) + [None]:
        end = match.start() if match else len(line)
        if end > at:
            out.append((line[at:end], fore, back, bold))
        if match is None:
            break
        at = match.end()
        codes = match.group(1)
        if codes in ("", "0"):
            fore, back, bold = "#202830", None, False
        elif codes == "1":
            bold = True
        elif codes.startswith("38;2;"):
            fore = "#%02x%02x%02x" % tuple(int(c) for c in codes.split(";")[2:5])
        elif codes.startswith("48;2;"):
            back = "#%02x%02x%02x" % tuple(int(c) for c in codes.split(";")[2:5])
    return out


def draw(frame, x, y, scale):
    title, rows = frame
    width, height = CELL * scale, LINE * scale
    out = [f'<text x="{x:.1f}" y="{y - 8:.1f}" class="title">{escape(title)}</text>']
    for number, row in enumerate(rows):
        column, top = 0, y + number * height
        for text, fore, back, bold in row:
            left = x + column * width
            if back:
                out.append(
                    f'<rect x="{left:.2f}" y="{top:.2f}" width="{len(text) * width + 0.3:.2f}" '
                    f'height="{height + 0.3:.2f}" fill="{back}"/>'
                )
            if text.strip():
                middle = left + (len(text) - len(text.strip()) / 2) * width - (0.3 * width)
                weight = ' font-weight="bold"' if bold else ""
                out.append(
                    f'<text x="{middle:.2f}" y="{top + 0.74 * height:.2f}" text-anchor="middle" '
                    f'font-size="{15 * scale:.1f}" fill="{fore}"{weight}>{escape(text.strip())}</text>'
                )
            column += len(text)
    return out, max(sum(len(s[0]) for s in row) for row in rows) * width, len(rows) * height


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    body, y, widest, board_width = [], 34, 0, 260
    for argument in sys.argv[2:]:
        path, _, steps = argument.partition(":")
        found = frames(path)
        wanted = [int(s) for s in steps.split(",")] if steps else range(1, len(found) + 1)
        x, tallest = 20, 0
        for step in wanted:
            frame = found[step - 1]
            columns = max(sum(len(s[0]) for s in row) for row in frame[1])
            out, width, height = draw(frame, x, y, board_width / (columns * CELL))
            body += out
            x += width + 24
            tallest = max(tallest, height)
        widest = max(widest, x)
        y += tallest + 44
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest:.0f} {y - 20:.0f}" '
            'font-family="DejaVu Sans Mono, Menlo, monospace">\n'
            f'<rect width="100%" height="100%" fill="#f4f1ea"/>\n<style>.title{{font-size:10px;fill:#555}}</style>\n'
        )
        out.write("\n".join(body) + "\n</svg>\n")


main()
