"""Plots as SVG, of lines and of bars, small enough to write by hand."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 320, 70, 46, 40, 170
COLOURS = ("#4053d3", "#b51d14", "#00b25d", "#ddb310", "#00beff", "#fb49b0", "#7a7a7a", "#b24502")

Lines = Mapping[str, Sequence[tuple[str, float]]]
"""For each line its points: a word on the axis below, and a height."""


def lines(title: str, unit: str, drawn: Lines) -> str:
    """Return a plot of several lines over the same words below, its axis from 0.

    Args:
        title: Above it.
        unit: Of the heights.
        drawn: The lines by their names.
    """
    words = list(dict.fromkeys(word for points in drawn.values() for word, _ in points))
    top = max((height for points in drawn.values() for _, height in points), default=0) or 1.0
    step = (WIDTH - LEFT - RIGHT) / max(1, len(words) - 1)

    def x(word: str) -> float:
        return LEFT + step * words.index(word)

    def y(height: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * height / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}, {escape(unit)}</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = y(top * share)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{top * share:.3g}</text>'
        )
    for word in words:
        parts.append(
            f'<text x="{x(word):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
            f"{escape(word)}</text>"
        )
    for number, (name, points) in enumerate(drawn.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(word):.1f},{y(height):.1f}" for word, height in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(word):.1f}" cy="{y(height):.1f}" r="3" fill="{colour}"/>'
            for word, height in points
        ]
        at = TOP + 16 * number
        parts.append(
            f'<text x="{WIDTH - RIGHT + 16}" y="{at}" fill="{colour}">{escape(name)}</text>'
        )
    return "\n".join((*parts, "</svg>")) + "\n"


def bars(title: str, unit: str, drawn: Mapping[str, Mapping[str, float]]) -> str:
    """Return lying bars, each of pieces side by side.

    Args:
        title: Above it.
        unit: Of the lengths.
        drawn: The pieces by name, of each bar by its name.
    """
    kinds = sorted({kind for pieces in drawn.values() for kind in pieces})
    longest = max((sum(pieces.values()) for pieces in drawn.values()), default=0) or 1.0
    height = 74 + 20 * len(drawn)
    left = 130
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="20" font-size="14">{escape(title)}, {escape(unit)}</text>',
    ]
    for number, kind in enumerate(kinds):
        at, colour = 10 + 86 * number, COLOURS[number % len(COLOURS)]
        parts.append(
            f'<rect x="{at}" y="32" width="10" height="10" fill="{colour}"/>'
            f'<text x="{at + 14}" y="41">{escape(kind)}</text>'
        )
    for number, (name, pieces) in enumerate(drawn.items()):
        at, x = 56 + 20 * number, float(left)
        parts.append(f'<text x="{left - 8}" y="{at + 11}" text-anchor="end">{escape(name)}</text>')
        for kind in kinds:
            wide = (WIDTH - left - 60) * pieces.get(kind, 0.0) / longest
            colour = COLOURS[kinds.index(kind) % len(COLOURS)]
            parts.append(
                f'<rect x="{x:.1f}" y="{at}" width="{wide:.1f}" height="14" fill="{colour}"/>'
            )
            x += wide
        parts.append(f'<text x="{x + 6:.1f}" y="{at + 11}">{sum(pieces.values()):.2f}</text>')
    return "\n".join((*parts, "</svg>")) + "\n"
