"""A console as a page that is filled from top to bottom: wrapping, margins, and the glyphs it has."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from leakscan.reports.text.hyperlinks import Linker, no_hyperlinks
from leakscan.reports.text_fit import shortened, shortened_path, shortest_path
from leakscan.reports.views.facts import Place
from leakscan.reports.views.sparkline import BARS

LABEL_WIDTH = 13
"""Of `allocated at`, the longest label, and a space."""
MIN_PATH_WIDTH = 24
MIN_FUNCTION_WIDTH = 20

_ASCII = str.maketrans(
    {"→": "->", "…": "...", "×": "x", "≥": ">=", **dict(zip(BARS, "_.,-=+*#", strict=True))}
)


class Page:
    """A console that is written to from top to bottom, and the glyphs that it can show."""

    def __init__(self, console: Console, link: Linker = no_hyperlinks) -> None:
        self.console = console
        self.width = console.width
        self._link = link

    def headline(self, text: str, *, word: str, style: str) -> None:
        """Print a line that begins with a word in a style; further lines hang."""
        self._wrapped(self.opening(text, word=word, style=style), first="", rest="  ")

    def opening(self, text: str, *, word: str, style: str) -> Text:
        """The text, its first word in a style."""
        shown = self._text(text)
        shown.stylize(style, 0, len(word))
        return shown

    def gap(self) -> None:
        self.console.print()

    def line(self, text: str | Text, *, indent: int = 0, hang: int = 2, style: str = "") -> None:
        """Print text, wrapped; further lines hang by so many columns."""
        self._wrapped(self._text(text, style), first=" " * indent, rest=" " * (indent + hang))

    def labelled(self, label: str, text: str | Text, *, indent: int) -> None:
        """Print `label  text`, with the text wrapped in its own column."""
        self.beside(" " * indent + label.ljust(LABEL_WIDTH), text, style="dim")

    def beside(self, head: str, text: str | Text, *, style: str = "") -> None:
        """Print text beside a head that stands in the margin, the head in the style."""
        first = self._text(head, style)
        self._wrapped(self._text(text), first=first, rest=" " * len(first))

    def warnings(self, warnings: Sequence[str]) -> None:
        """Print each warning as a line of its own, apart from what stands above."""
        if warnings:
            self.gap()
        for warning in warnings:
            self.line(f"warning: {warning}")

    def verbatim(self, line: str, *, indent: int) -> None:
        """Print a line of someone else's; what is too wide wraps without losing its start."""
        self._wrapped(self._text(line), first=" " * indent, rest=" " * (indent + 4))

    def code(self, line: str | Text, *, style: str = "") -> None:
        """Print a line as it is, however wide: where code is wrapped its columns are lost."""
        self.console.print(self._text(line, style), soft_wrap=True)

    def place(self, place: Place, *, margin: int) -> Text:
        """`app/jobs.py:41 in Jobs.put`, on one line beside the margin if there is any room.

        First folders go from the middle of the path, then the middle of the function's name.
        """
        line, function = f":{place.line}", f" in {place.function}" if place.function else ""
        room = self.width - margin - cell_len(line)
        least = min(max(cell_len(shortest_path(place.file)), MIN_PATH_WIDTH), room)
        path = shortened_path(place.file, max(room - cell_len(function), least))
        left = room - cell_len(path)
        if left >= MIN_FUNCTION_WIDTH:
            function = shortened(function, left)
        elif cell_len(function) > left:
            # It goes to a line of its own, which it must not be longer than either.
            function = f" in {shortened(place.function, max(self.width - margin, MIN_FUNCTION_WIDTH))}"
        return self.hyperlinked(f"{path}{line}", place.file, place.line).append(self.shown(function))

    def hyperlinked(self, text: str, file: str, line: int) -> Text:
        """The text, as a hyperlink to the line where the console opens hyperlinks."""
        url = self._link(file, line)
        shown = self._text(text)
        if url is not None:
            shown.stylize(Style(link=url))
        return shown

    def shown(self, text: str) -> str:
        """The text in characters that this console's encoding has."""
        return text.translate(_ASCII) if self.console.options.ascii_only else text

    def _text(self, text: str | Text, style: str = "") -> Text:
        if isinstance(text, Text):
            styled = text.copy()
            styled.style = style
            return styled
        return Text(self.shown(text), style=style)

    def _wrapped(self, text: Text, *, first: str | Text, rest: str) -> None:
        width = max(self.width - len(rest), 20)
        head = first if isinstance(first, Text) else Text(first)
        room = max(self.width - len(head), 20)
        for line in text.wrap(self.console, min(width, room)):
            line.rstrip()
            self.console.print(Text("").join([head, line]), soft_wrap=True)
            head = Text(rest)
