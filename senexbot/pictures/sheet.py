"""The sheet that pictures are drawn on: a PNG of 800 × 520, readable at the width of a phone."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFont

SIZE = (800, 520)
FINE = 2  # drawn larger and reduced: smooth lines and letters
LEFT, RIGHT, BOTTOM = 104, 24, 102  # margins, for labels and words
LABEL, TITLE, FOOT = 20, 28, 22  # a phone shows it at less than half its size

PAPER, INK, SOFT, GRID = "#ffffff", "#1d1c1d", "#616061", "#dddddd"

Point = tuple[float, float]
Pen = ImageDraw.ImageDraw


def png(draw: Callable[[Pen], None]) -> bytes:
    image = Image.new("RGB", (SIZE[0] * FINE, SIZE[1] * FINE), PAPER)
    draw(ImageDraw.Draw(image))
    out = io.BytesIO()
    image.resize(SIZE, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


class Sheet:
    """`x` and `y`: the values at the edges of the plot; `top`: the margin above it. `at` makes fine coordinates."""

    def __init__(self, pen: Pen, *, x: Point, y: Point, top: int) -> None:
        self.pen = pen
        self.x = x
        self.y = y
        self._top = top

    def at(self, x: float, y: float) -> Point:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        down = (self.y[1] - y) / (self.y[1] - self.y[0])
        width, height = SIZE[0] - LEFT - RIGHT, SIZE[1] - self._top - BOTTOM
        return (LEFT + across * width) * FINE, (self._top + down * height) * FINE

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        self.pen.line(
            [self.at(x, y) for x, y in points], fill=colour, width=round(width * FINE), joint="curve"
        )

    def text(self, at: Point, words: str, size: int, colour: str, anchor: str) -> None:
        font = ImageFont.load_default(size * FINE)
        room = (SIZE[0] - 32) * FINE
        if anchor == "la" and (width := font.getlength(words)) > room:
            font = ImageFont.load_default(size * FINE * room / width)
        # a rim of paper keeps letters readable where they cross a line
        self.pen.text(
            at, words, font=font, fill=colour, anchor=anchor, stroke_width=2 * FINE, stroke_fill=PAPER
        )

    def words(self, title: str, foot: Sequence[str]) -> None:
        """Above and below the plot; of the foot the first two lines."""
        self.text((16 * FINE, 14 * FINE), title, TITLE, INK, "la")
        for line, words in enumerate(foot[:2]):
            self.text((16 * FINE, (SIZE[1] - 64 + 30 * line) * FINE), words, FOOT, INK, "la")


def round_steps(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two, about so many: steps of 1, 2, 2.5 or 5 times a power of ten."""
    rough = (high - low) / about
    power = 1.0
    while power > rough:
        power /= 10
    while power * 10 <= rough:
        power *= 10
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough)
    first = -(-low // step)
    return [round((first + i) * step, 10) + 0.0 for i in range(int(high // step - first) + 1)]
