"""Cells of a table under each other: text to the left, numbers to the right, two spaces between.

`rich.table.Table` fits its columns to the console: it cuts or wraps a cell where the terminal is narrow, and
fills each line with spaces. Here the numbers stay whole, a name wraps in its own column, and remarks stand
between the rows.
"""

from collections.abc import Sequence

from rich.cells import cell_len

GAP = "  "


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column of the first row, in columns of a terminal."""
    return [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]


def row_of(cells: Sequence[str], widths: Sequence[int], *, left: int = 0) -> str:
    """The cells on one line, as wide as the widths; the first `left` of them are text."""
    return GAP.join(
        text + " " * (width - cell_len(text)) if place < left else " " * (width - cell_len(text)) + text
        for place, (text, width) in enumerate(zip(cells, widths, strict=True))
    )


def margin_of(widths: Sequence[int]) -> int:
    """How far in a column begins that stands behind these."""
    return sum(widths) + len(GAP) * len(widths)
