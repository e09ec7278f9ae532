"""A check for a pull-request comment or a job summary: what fails in sight, the rest folded."""

from collections.abc import Iterator, Sequence

from leakscan import units
from leakscan.model.check import Check
from leakscan.reports.formats.markdown import IN_SIGHT, cell, code, folded, where_text
from leakscan.reports.text.check import plain_check
from leakscan.reports.views.check import CheckView, Drifting, Judged, TargetRow, Unanswered, check_view

MOST_FAILING = 20
MOST_DRIFTING = 4
MOST_UNANSWERED = 4
MOST_ROWS = 12
MOST_WARNINGS = 3
"""Of each so many are in sight, which together make 60 lines; the folded part has the rest."""


def check_markdown(check: Check) -> str:
    """The check as GitHub's Markdown, at most 60 lines in sight however many targets there are."""
    view = check_view(check, IN_SIGHT)
    in_sight = "\n".join(_lines_in_sight(view))
    return f"{in_sight}\n\n{folded('The whole check', plain_check(view), len(in_sight))}"


def _lines_in_sight(view: CheckView) -> Iterator[str]:
    yield f"### leakscan: {view.word}"
    yield ""
    yield code(view.headline.partition(": ")[2])
    for warning in view.warnings[:MOST_WARNINGS]:
        yield f"<br>warning: {code(warning)}"
    if len(view.warnings) > MOST_WARNINGS:
        yield f"<br>{_more(len(view.warnings) - MOST_WARNINGS, 'warning')}"
    for part in (
        _failing(view.failing),
        _drifting(view.drifting),
        _unanswered(view.unanswered),
        _table(view.rows),
    ):
        lines = list(part)
        if lines:
            yield ""
            yield from lines


def _failing(failing: Sequence[Judged]) -> Iterator[str]:
    for number, judged in enumerate(failing[:MOST_FAILING], start=1):
        where = "" if judged.finding is None else where_text(judged.finding)
        yield (
            f"{number}. **{judged.standing}** in {code(judged.target)}: {code(judged.summary)}{where}; "
            f"{code(judged.remark)}"
        )
    if len(failing) > MOST_FAILING:
        yield ""
        yield _more(len(failing) - MOST_FAILING, "failing leak")


def _drifting(drifting: Sequence[Drifting]) -> Iterator[str]:
    for each in drifting[:MOST_DRIFTING]:
        yield f"- **drift** in {code(each.target)}: {code(each.text)}"
    if len(drifting) > MOST_DRIFTING:
        yield f"- {_more(len(drifting) - MOST_DRIFTING, 'drift')}"


def _unanswered(unanswered: Sequence[Unanswered]) -> Iterator[str]:
    for each in unanswered[:MOST_UNANSWERED]:
        failure = each.failure
        told = [each.headline, *([failure.message] if failure is not None and failure.message else [])]
        yield f"- {code(each.target)}: {'<br>'.join(code(text) for text in told)}"
    if len(unanswered) > MOST_UNANSWERED:
        yield f"- {_more(len(unanswered) - MOST_UNANSWERED, 'target')} without an answer"


def _table(rows: Sequence[TargetRow]) -> Iterator[str]:
    """The targets; of too many, only those that fail."""
    failing = [row for row in rows if row.fails]
    shown = rows if len(rows) <= MOST_ROWS else failing[:MOST_ROWS]
    if shown:
        yield "| target | verdict | findings | growth | calls | time |"
        yield "| --- | --- | --- | ---: | ---: | ---: |"
    for row in shown:
        cells = [cell(row.target), row.verdict, row.findings, row.growth, row.calls, row.seconds]
        yield f"| {' | '.join(cells)} |"
    if len(rows) > len(shown):
        yield ""
        none_fails = ", none of which fails" if len(failing) <= MOST_ROWS else ""
        yield f"{_more(len(rows) - len(shown), 'target')}{none_fails}"


def _more(number: int, noun: str) -> str:
    return f"and {units.counted(number, f'more {noun}')}"
