"""GitHub's workflow commands: errors, warnings and notices on the lines of a change."""

from collections.abc import Iterable, Iterator
from itertools import islice

from leakscan.model.analysis import Analysis
from leakscan.model.check import Check, Comparison
from leakscan.model.run import Verdict
from leakscan.reports.locations import Checkout, Line, line_in_repository
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import CheckView, check_view
from leakscan.reports.views.diff import diff_view
from leakscan.reports.views.findings import finding_text, finding_view
from leakscan.reports.views.max_rows import NORMAL
from leakscan.reports.views.report import headline, ranked_findings
from leakscan.reports.views.wording import finding_title

MAX_COMMANDS = 10
"""GitHub shows so many errors of a step; the report has the rest."""
_LEVELS = {Verdict.LEAKING: "error", Verdict.FILLING: "notice", Verdict.INCONCLUSIVE: "warning"}
_RUN_LEVELS = {3: "error", 4: "warning"}
"""By exit code: the target failed, there is no answer."""


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """A command a line for each finding; what is under the threshold has none."""
    of_run = _command_of_run(analysis, headline(analysis))
    return _lines([*of_run, *islice(_commands_of_findings(analysis, checkout), MAX_COMMANDS)])


def check(check: Check, checkout: Checkout) -> bytes:
    """Errors for what fails, drifts, and targets that failed; warnings for no answer.

    What the project knows, allows or tolerates has none. There are no more of each than GitHub shows.
    """
    view = check_view(check)
    errors = [*_commands_of_failing(view, checkout), *_commands_of_drifts(view), *_commands_of_runs(view, 3)]
    return _lines([*errors[:MAX_COMMANDS], *islice(_commands_of_runs(view, 4), MAX_COMMANDS)])


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """What is new or worse: an error for a leak, a notice for what fails nothing."""
    view = diff_view(comparison)
    commands = [*_command_of_run(comparison.new, view.headline)]
    for row in [row for row in view.rows if row.is_news][:MAX_COMMANDS]:
        level = "error" if row.fails else "notice"
        line = line_in_repository(row.finding.subject, checkout)
        commands.append(_command(level, f"leakscan: {row.change}: {row.finding.title}", row.full_text, line))
    return _lines(commands)


def _commands_of_findings(analysis: Analysis, checkout: Checkout) -> Iterator[str]:
    for finding in ranked_findings(analysis):
        if finding.verdict in _LEVELS:
            text = finding_text(finding_view(finding, analysis, NORMAL))
            line = line_in_repository(finding, checkout)
            yield _command(_LEVELS[finding.verdict], f"leakscan: {finding_title(finding)}", text, line)


def _command_of_run(analysis: Analysis, text: str) -> Iterator[str]:
    """That there is no answer, where there is none; that the target failed, beside a leak, too."""
    code = analysis.exit_code if analysis.failure is None else 3
    if code in _RUN_LEVELS:
        yield _command(_RUN_LEVELS[code], "leakscan", text)


def _commands_of_failing(view: CheckView, checkout: Checkout) -> Iterator[str]:
    for judged in view.failing:
        if judged.finding is not None:
            title = f"leakscan: {judged.finding.title} ({judged.standing}, {judged.target})"
            line = line_in_repository(judged.finding.subject, checkout)
            yield _command("error", title, judged.full_text, line)


def _commands_of_drifts(view: CheckView) -> Iterator[str]:
    for drifting in view.drifting:
        yield _command("error", f"leakscan: drift in {drifting.target}", drifting.text)


def _commands_of_runs(view: CheckView, exit_code: int) -> Iterator[str]:
    """Of targets whose runs have no answer, and for which the check does not pass."""
    for target in view.targets:
        if target.subject.exit_code_of_run == exit_code:
            title = f"leakscan: {target.row.target}"
            yield _command(_RUN_LEVELS[exit_code], title, target.report.headline)


def _command(level: str, title: str, text: str, line: Line | None = None) -> str:
    """One workflow command: `error`, `warning` or `notice`, on a line of the repository if there is one."""
    properties = {"title": title}
    if line is not None:
        properties = {"file": printable(line.file), "line": str(line.number), **properties}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(text)}"


def _lines(commands: Iterable[str]) -> bytes:
    return "".join(f"{command}\n" for command in commands).encode("utf-8")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
