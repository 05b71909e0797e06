"""The elements of a drawing from top to bottom, each inside its width, as the text of an SVG."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from r1c.diagnostics.text import printable
from r1c.picture import measure
from r1c.record import record
from r1c.surrogates import replaced

WIDTH, MARGIN = 420, 16
INNER = WIDTH - 2 * MARGIN


@record
class Font:
    """A style of text: its class in the style sheet, its size in units of the drawing, its weight."""

    name: str
    size: float
    bold: bool = False


TITLE = Font("title", 17, bold=True)
HEADING = Font("heading", 14, bold=True)
PLAIN = Font("plain", 12.5)
SMALL = Font("small", 11)
RANK = Font("rank", 14, bold=True)
UNDER = Font("under", 11)
INSIDE = Font("inside", 11)
FONTS = (TITLE, HEADING, PLAIN, SMALL, RANK, UNDER, INSIDE)


class Canvas:
    """A drawing that grows downwards. `y` is where the next element goes."""

    def __init__(self) -> None:
        """Start with an empty drawing."""
        self.y = float(MARGIN)
        self.parts: list[str] = []

    def text(  # noqa: PLR0913  # place, font, width and anchor
        self, x: float, y: float, text: str, font: Font, most: float, *, anchor: str = "start"
    ) -> None:
        """Draw a string with its baseline at `y`, shortened to `most`."""
        shown = measure.shortened(clean(text), font.size, most, bold=font.bold)
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(
            f'<text class="{font.name}" x="{number(x)}" y="{number(y)}"{place}>{escape(shown)}</text>'
        )

    def lines(self, text: str, font: Font, *, x: float = MARGIN, most_lines: int = 3) -> None:
        """Draw a string over as many lines as it needs, the last one shortened."""
        room = WIDTH - MARGIN - x
        found = list(measure.wrapped(clean(text), font.size, room, bold=font.bold))
        if len(found) > most_lines:
            found[most_lines - 1 :] = [" ".join(found[most_lines - 1 :])]
        for line in found:
            self.text(x, self.y + font.size, line, font, room)
            self.y += font.size * 1.4

    def box(  # noqa: PLR0913  # a rectangle has four sides
        self, x: float, y: float, width: float, height: float, style: str, *, round_: float = 0
    ) -> None:
        """Put a rectangle."""
        corner = f' rx="{number(round_)}"' if round_ else ""
        sides = f'width="{number(width)}" height="{number(height)}"'
        self.parts.append(f'<rect class="{style}" x="{number(x)}" y="{number(y)}" {sides}{corner}/>')

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Put a straight line."""
        (x1, y1), (x2, y2) = start, end
        self.parts.append(
            f'<line class="{style}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>'
        )

    def open(self, title: str) -> None:
        """Begin a group of elements with a title, which a browser shows under the pointer."""
        self.parts.append(f"<g><title>{escape(clean(title))}</title>")

    def close(self) -> None:
        """End a group."""
        self.parts.append("</g>")

    def document(self, name: str, title: str, description: str, style: str) -> str:
        """Return the SVG; its parts that others refer to are named after `name`."""
        height, about = number(self.y + MARGIN), {"title": title, "desc": description}
        labelled = " ".join(f"{clean(name)}-{part}" for part in about)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" style="max-width:100%;height:auto" '
            f"aria-labelledby={quoteattr(labelled)}>"
        )
        texts = (
            f"<{part} id={quoteattr(f'{clean(name)}-{part}')}>{escape(clean(text))}</{part}>"
            for part, text in about.items()
        )
        back = f'<rect class="back" width="{WIDTH}" height="{height}" rx="6"/>'
        return "\n".join([head, *texts, f"<style>{style}</style>", back, *self.parts, "</svg>"]) + "\n"


def clean(text: str) -> str:
    """Return a text that XML can hold and that has no control or direction characters."""
    return re.sub("[\ufffe\uffff]", "\ufffd", replaced(printable(text))).replace("\t", " ")


def number(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
