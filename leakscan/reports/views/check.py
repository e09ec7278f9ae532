"""A check, put in order and into words; every report on it only shows this."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from leakscan import units
from leakscan.model.analysis import Analysis
from leakscan.model.check import Accepted, Check, FindingCheck, Standing, TargetCheck
from leakscan.model.history import Drift
from leakscan.model.run import Verdict
from leakscan.reports.text_fit import printable
from leakscan.reports.views import wording
from leakscan.reports.views.accepted_holders import (
    also_held_by_text,
    and_text,
    because,
    names_text,
    new_holders_text,
    unnoted_warnings,
)
from leakscan.reports.views.diff import rate_change_text
from leakscan.reports.views.drifts import drift_sentence
from leakscan.reports.views.facts import Fact
from leakscan.reports.views.findings import FindingView, finding_text, finding_view, illustrated
from leakscan.reports.views.max_rows import NORMAL, MaxRows
from leakscan.reports.views.report import FailureView, ReportView, report_view
from leakscan.reports.views.source import SourceReader, no_source

PRINTED_LINES = 20
"""Of what a target that failed has printed: the end of it tells why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding of a target, or a leak that is gone, and what the gate makes of it."""

    subject: FindingCheck
    target: str
    standing: Standing
    fails: bool
    summary: str
    """The sentence that says what grows, or that it grows no more."""
    remark: str
    """Why it fails, or why it does not: `the baseline knows no such leak`."""
    fingerprint: str
    finding: FindingView | None
    """None if it is gone."""

    @property
    def text(self) -> str:
        """Its sentences on one line."""
        return f"{self.summary}; {self.remark}"

    @property
    def full_text(self) -> str:
        """All its sentences, a line each."""
        text = self.summary if self.finding is None else finding_text(self.finding)
        return f"{text}\n{self.standing} in {self.target}: {self.remark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A target that failed, or whose run was inconclusive."""

    target: str
    headline: str
    remarks: tuple[str, ...]
    failure: FailureView | None
    printed: tuple[str, ...]
    """The end of what the target printed, if it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting:
    """A number of a target that is worse than its history allows."""

    subject: Drift
    target: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """One row of the table of targets."""

    target: str
    verdict: str
    """`LEAKING`, or `FAILED` for a target that did."""
    fails: bool
    findings: str
    """`1 new, 2 known`; empty where there are none."""
    growth: str
    calls: str
    seconds: str
    bytes_per_call: float
    """To sort by."""
    call_count: int
    run_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """One target: its row, what the gate makes of its findings, and what its run says beside them."""

    subject: TargetCheck
    place: int
    """From 1, in the order of the configuration: what a page links to."""
    row: TargetRow
    exit_code: int
    findings: tuple[Judged, ...]
    """In the order of the check: what fails first."""
    drifting: tuple[Drifting, ...]
    unanswered: Unanswered | None
    """None where the run has an answer."""
    report: ReportView
    """Without its findings."""

    @property
    def failing(self) -> tuple[Judged, ...]:
        return tuple(judged for judged in self.findings if judged.fails)

    @property
    def listed(self) -> tuple[Judged, ...]:
        """What fails nothing."""
        return tuple(judged for judged in self.findings if not judged.fails)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A whole check, in the order in which it is read."""

    subject: Check
    word: str
    """The first word of the headline: `OK`, `WORSE`, `FAILED` or `INCONCLUSIVE`."""
    headline: str
    targets: tuple[TargetView, ...]
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def failing(self) -> tuple[Judged, ...]:
        """What fails the check, target by target."""
        return tuple(judged for target in self.targets for judged in target.failing)

    @property
    def drifting(self) -> tuple[Drifting, ...]:
        return tuple(drifting for target in self.targets for drifting in target.drifting)

    @property
    def unanswered(self) -> tuple[Unanswered, ...]:
        return tuple(target.unanswered for target in self.targets if target.unanswered is not None)

    @property
    def listed(self) -> tuple[Judged, ...]:
        """What is known, allowed, tolerated or gone, target by target."""
        return tuple(judged for target in self.targets for judged in target.listed)

    @property
    def rows(self) -> tuple[TargetRow, ...]:
        return tuple(target.row for target in self.targets)


SourcesOf = Callable[[Analysis], SourceReader]


def _no_sources(analysis: Analysis) -> SourceReader:
    del analysis
    return no_source


def check_view(check: Check, max_rows: MaxRows = NORMAL, *, sources_of: SourcesOf = _no_sources) -> CheckView:
    """The report on a check: what fails it first, then what is known, then every target."""
    word = _WORDS[check.exit_code]
    return CheckView(
        subject=check,
        word=word,
        headline=f"{word}: {_sentence(check)}",
        targets=tuple(
            _target_view(place, target, max_rows, sources_of(target.analysis))
            for place, target in enumerate(check.targets, start=1)
        ),
        warnings=tuple(_warnings(check)),
        facts=tuple(_facts(check)),
    )


_WORDS = {0: "OK", 1: "WORSE", 3: "FAILED", 4: Verdict.INCONCLUSIVE.value}


def _sentence(check: Check) -> str:
    targets = units.counted(len(check.targets), "target")
    counts = Counter(finding.standing for target in check.targets for finding in target.findings)
    failing = sum(counts[standing] for standing in _WHY)
    parts = []
    if failing:
        named = [f"{units.count_text(counts[standing])} {standing}" for standing in _WHY if counts[standing]]
        leaking = sum(any(finding.fails for finding in target.findings) for target in check.targets)
        are = "is" if failing == 1 else "are"
        listed = and_text(named) if len(named) > 1 else str(next(s for s in _WHY if counts[s]))
        parts.append(
            f"{units.counted(failing, 'leak')} {are} {listed}, in {units.count_text(leaking)} of {targets}"
        )
    drifting = [target for target in check.targets if target.drifts]
    if drifting:
        numbers = units.counted(sum(len(target.drifts) for target in drifting), "number")
        is_one = len(drifting) == 1 and len(drifting[0].drifts) == 1
        whose = f"{'is' if is_one else 'are'} worse than {'its' if is_one else 'their'} history allows"
        parts.append(f"{numbers} {whose}, in {units.count_text(len(drifting))} of {targets}")
    failed = [target.name for target in check.targets if target.analysis.failure is not None]
    if failed:
        parts.append(f"{names_text(failed)} failed")
    undecided = [target.name for target in check.targets if _is_undecided(target)]
    if undecided:
        parts.append(f"{names_text(undecided)} {'is' if len(undecided) == 1 else 'are'} inconclusive")
    if not parts:
        parts.append(f"no leak is new or worse in {targets}")
    known = [
        f"{units.count_text(counts[standing])} {standing}"
        for standing in (Standing.KNOWN, Standing.BETTER, Standing.ALLOWED, Standing.GONE)
        if counts[standing]
    ]
    return "; ".join(parts) + (f" ({', '.join(known)})" if known else "")


def _target_view(place: int, target: TargetCheck, max_rows: MaxRows, read_source: SourceReader) -> TargetView:
    report = report_view(target.analysis, replace(max_rows, findings=0))
    return TargetView(
        subject=target,
        place=place,
        row=target_row(target),
        exit_code=target.exit_code,
        findings=tuple(_judged(each, target, max_rows, read_source) for each in target.findings),
        drifting=tuple(
            Drifting(subject=drift, target=printable(target.name), text=printable(drift_sentence(drift)))
            for drift in target.drifts
        ),
        unanswered=_unanswered(target, report),
        report=report,
    )


def _judged(
    checked: FindingCheck, target: TargetCheck, max_rows: MaxRows, read_source: SourceReader
) -> Judged:
    finding, known = checked.finding, checked.accepted
    named = finding or known
    return Judged(
        subject=checked,
        target=printable(target.name),
        standing=checked.standing,
        fails=checked.fails,
        summary=_gone(known) if finding is None else wording.finding_summary(finding, target.analysis.unit),
        remark=_why(checked, target) if checked.fails else _why_not(checked, target),
        fingerprint="" if named is None else printable(named.fingerprint),
        finding=None
        if finding is None
        else illustrated(finding_view(finding, target.analysis, max_rows), target.analysis, read_source),
    )


_WHY = (Standing.NEW, Standing.WORSE, Standing.EXPIRED)


def _why(checked: FindingCheck, target: TargetCheck) -> str:
    known = checked.accepted
    if checked.new_holders:
        return new_holders_text(checked)
    if known is None or checked.finding is None:
        return "the baseline knows no such leak"
    change = rate_change_text(known.bytes_per_call, checked.finding.bytes_per_call, target.analysis.unit)
    if checked.standing is Standing.EXPIRED:
        return f"it was accepted until {known.expires}{because(known)}"
    entries = "" if checked.finding.holder is None else _entries_change(known, checked)
    return f"{change}{entries}; accepted on {known.since}{because(known)}"


def _entries_change(known: Accepted, checked: FindingCheck) -> str:
    """Of a leak that is compared by its entries, because the bytes are those of another Python."""
    holder = None if checked.finding is None else checked.finding.holder
    if holder is None or holder.entries_per_call is None or known.entries_per_call is None:
        return ""
    now, then = units.rate_text(holder.entries_per_call), units.rate_text(known.entries_per_call)
    return "" if now == then else f"; {now} entries per call, were {then}"


def _unanswered(target: TargetCheck, report: ReportView) -> Unanswered | None:
    has_failed = target.analysis.failure is not None
    if not has_failed and not _is_undecided(target):
        return None
    lines = target.printed.splitlines() if has_failed else []
    return Unanswered(
        target=printable(target.name),
        headline=report.headline,
        remarks=report.remarks,
        failure=report.failure,
        printed=tuple(printable(line) for line in lines[-PRINTED_LINES:]),
    )


def _is_undecided(target: TargetCheck) -> bool:
    return target.analysis.failure is None and target.analysis.verdict is Verdict.INCONCLUSIVE


def _gone(known: Accepted | None) -> str:
    holder = "a leak" if known is None or not known.holder else printable(known.holder)
    return f"{holder} leaks no more"


def _why_not(checked: FindingCheck, target: TargetCheck) -> str:
    known, finding = checked.accepted, checked.finding
    if finding is None:
        return "--update-baseline takes it out"
    if checked.allowance is not None:
        return f"allowed: {printable(checked.allowance.reason)}"
    if known is None:
        return f"{finding.verdict} ({finding.kind})"
    if checked.standing is Standing.BETTER:
        change = rate_change_text(known.bytes_per_call, finding.bytes_per_call, target.analysis.unit)
        return f"{change}: --update-baseline notes it{also_held_by_text(finding)}"
    until = "" if known.expires is None else f", until {known.expires}"
    return f"accepted on {known.since}{until}{because(known)}{also_held_by_text(finding)}"


def _warnings(check: Check) -> Iterator[str]:
    for known in check.orphans:
        yield (
            f"the baseline has a leak of `{printable(known.target)}`, which is no target any more; "
            "--update-baseline takes it out"
        )
    for target in check.targets:
        yield from unnoted_warnings(target)
        yield from (f"{printable(target.name)}: {printable(warning)}" for warning in target.analysis.warnings)


def target_row(target: TargetCheck) -> TargetRow:
    """One target in a line."""
    analysis = target.analysis
    has_failed = analysis.failure is not None
    standings = Counter(finding.standing for finding in target.findings)
    counts = [
        f"{units.count_text(standings[standing])} {standing}" for standing in Standing if standings[standing]
    ]
    drifts = [units.counted(len(target.drifts), "drift")] if target.drifts else []
    return TargetRow(
        target=printable(target.name),
        verdict="FAILED" if has_failed and target.exit_code != 1 else str(analysis.verdict),
        fails=target.exit_code != 0,
        findings=", ".join([*counts, *drifts]),
        growth=f"{units.bytes_text(analysis.growth.bytes_per_call)}/{analysis.unit}",
        calls=units.count_text(analysis.calls),
        seconds=units.seconds_text(analysis.seconds),
        bytes_per_call=analysis.growth.bytes_per_call,
        call_count=analysis.calls,
        run_seconds=analysis.seconds,
    )


def _facts(check: Check) -> Iterator[Fact]:
    seconds = units.seconds_text(check.seconds)
    yield Fact(label="ran", text=f"{units.counted(len(check.targets), 'target')}, {seconds} in all")
    if check.targets:
        analysis = check.targets[0].analysis
        versions = f"Python {analysis.python}, leakscan {analysis.leakscan_version}"
        yield Fact(label="with", text=printable(versions))
