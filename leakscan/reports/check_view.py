"""A check, put in order and into words; every report on it only draws this."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leakscan import units
from leakscan.model import Accepted, Check, FindingCheck, Standing, TargetCheck, Verdict
from leakscan.reports import findings as wording
from leakscan.reports.diff_view import rate_change_text
from leakscan.reports.drifts import drift_sentence
from leakscan.reports.fitting import printable
from leakscan.reports.view import Cutoffs, FailureView, FindingView, finding_view, headline, report_view

PRINTED_LINES = 20
"""Of what a target that failed has printed: the end of it tells why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A finding that fails the check, with what was known of it."""

    target: str
    standing: Standing
    why: str
    """`no leak of this fingerprint is in the baseline`."""
    finding: FindingView


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
class Listed:
    """A finding that fails nothing, or one that is gone, on one line."""

    target: str
    standing: Standing
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting:
    """A number of a target that is worse than its history allows."""

    target: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A whole check, in the order in which it is read."""

    word: str
    """The first word of the headline: `OK`, `WORSE`, `FAILED` or `INCONCLUSIVE`."""
    headline: str
    failing: tuple[Failing, ...]
    drifting: tuple[Drifting, ...]
    unanswered: tuple[Unanswered, ...]
    listed: tuple[Listed, ...]
    warnings: tuple[str, ...]
    rows: tuple[TargetRow, ...]
    facts: tuple[tuple[str, str], ...]


def check_view(check: Check, cutoffs: Cutoffs) -> CheckView:
    """The report on a check: what fails it first, then what is known, then every target."""
    word = _WORDS[check.exit_code]
    return CheckView(
        word=word,
        headline=f"{word}: {_sentence(check)}",
        failing=tuple(_failing(check, cutoffs)),
        drifting=tuple(
            Drifting(target=printable(target.name), text=drift_sentence(drift))
            for target in check.targets
            for drift in target.drifts
        ),
        unanswered=tuple(_unanswered(check)),
        listed=tuple(_listed(check)),
        warnings=tuple(_warnings(check)),
        rows=tuple(target_row(target) for target in check.targets),
        facts=tuple(_facts(check)),
    )


_WORDS = {0: "OK", 1: "WORSE", 3: "FAILED", 4: Verdict.INCONCLUSIVE.value}


def _sentence(check: Check) -> str:
    targets = units.counted(len(check.targets), "target")
    found = Counter(finding.standing for target in check.targets for finding in target.findings)
    failing = sum(found[standing] for standing in _WHY)
    parts = []
    if failing:
        named = [f"{units.count_text(found[standing])} {standing}" for standing in _WHY if found[standing]]
        leaking = sum(any(finding.fails for finding in target.findings) for target in check.targets)
        are = "is" if failing == 1 else "are"
        listed = _and(named) if len(named) > 1 else str(next(s for s in _WHY if found[s]))
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
        parts.append(f"{_names(failed)} failed")
    undecided = [target.name for target in check.targets if _is_undecided(target)]
    if undecided:
        parts.append(f"{_names(undecided)} {'is' if len(undecided) == 1 else 'are'} inconclusive")
    if not parts:
        parts.append(f"no leak is new or worse in {targets}")
    known = [
        f"{units.count_text(found[standing])} {standing}"
        for standing in (Standing.KNOWN, Standing.BETTER, Standing.ALLOWED, Standing.GONE)
        if found[standing]
    ]
    return "; ".join(parts) + (f" ({', '.join(known)})" if known else "")


def _failing(check: Check, cutoffs: Cutoffs) -> Iterator[Failing]:
    for target in check.targets:
        for found in target.findings:
            if found.fails and found.finding is not None:
                yield Failing(
                    target=printable(target.name),
                    standing=found.standing,
                    why=_why(found, target),
                    finding=finding_view(found.finding, target.analysis, cutoffs),
                )


_WHY = (Standing.NEW, Standing.WORSE, Standing.EXPIRED)


def _why(found: FindingCheck, target: TargetCheck) -> str:
    known = found.accepted
    if known is None or found.finding is None:
        return "the baseline knows no such leak"
    change = rate_change_text(known.bytes_per_call, found.finding.bytes_per_call, target.analysis.unit)
    if found.standing is Standing.EXPIRED:
        return f"it was accepted until {known.expires}{_because(known)}"
    entries = "" if found.finding.holder is None else _entries_change(known, found)
    return f"{change}{entries}; accepted on {known.since}{_because(known)}"


def _entries_change(known: Accepted, found: FindingCheck) -> str:
    """Of a leak that is compared by its entries, because the bytes are those of another Python."""
    holder = None if found.finding is None else found.finding.holder
    if holder is None or holder.entries_per_call is None or known.entries_per_call is None:
        return ""
    now, then = units.rate_text(holder.entries_per_call), units.rate_text(known.entries_per_call)
    return "" if now == then else f"; {now} entries per call, were {then}"


def _because(known: Accepted) -> str:
    return f": {printable(known.reason)}" if known.reason else ""


def _unanswered(check: Check) -> Iterator[Unanswered]:
    for target in check.targets:
        analysis = target.analysis
        if analysis.failure is None and not _is_undecided(target):
            continue
        view = report_view(analysis)
        lines = target.printed.splitlines() if analysis.failure is not None else []
        yield Unanswered(
            target=printable(target.name),
            headline=view.headline,
            remarks=view.remarks,
            failure=view.failure,
            printed=tuple(printable(line) for line in lines[-PRINTED_LINES:]),
        )


def _is_undecided(target: TargetCheck) -> bool:
    return target.analysis.failure is None and target.analysis.verdict is Verdict.INCONCLUSIVE


def _listed(check: Check) -> Iterator[Listed]:
    for target in check.targets:
        for found in target.findings:
            if not found.fails:
                yield Listed(
                    target=printable(target.name), standing=found.standing, text=_line(found, target)
                )


def _line(found: FindingCheck, target: TargetCheck) -> str:
    known, finding = found.accepted, found.finding
    if finding is None:
        holder = "a leak" if known is None or not known.holder else printable(known.holder)
        return f"{holder} leaks no more; --update-baseline takes it out"
    summary = wording.finding_summary(finding, target.analysis.unit)
    if found.allowance is not None:
        return f"{summary}; allowed: {printable(found.allowance.reason)}"
    if known is None:
        return f"{summary} ({finding.verdict}, {finding.kind})"
    if found.standing is Standing.BETTER:
        change = rate_change_text(known.bytes_per_call, finding.bytes_per_call, target.analysis.unit)
        return f"{summary}; {change}: --update-baseline notes it"
    until = "" if known.expires is None else f", until {known.expires}"
    return f"{summary}; accepted on {known.since}{until}{_because(known)}"


def _warnings(check: Check) -> Iterator[str]:
    for known in check.orphans:
        yield (
            f"the baseline has a leak of `{printable(known.target)}`, which is no target any more; "
            "--update-baseline takes it out"
        )
    for target in check.targets:
        yield from (f"{printable(target.name)}: {printable(warning)}" for warning in target.analysis.warnings)


def target_row(target: TargetCheck) -> TargetRow:
    """One target in a line."""
    analysis = target.analysis
    found = Counter(finding.standing for finding in target.findings)
    counts = [f"{units.count_text(found[standing])} {standing}" for standing in Standing if found[standing]]
    return TargetRow(
        target=printable(target.name),
        verdict=str(analysis.verdict) if analysis.failure is None else "FAILED",
        fails=target.exit_code != 0,
        findings=", ".join(counts),
        growth=f"{units.bytes_text(analysis.growth.bytes_per_call)}/{analysis.unit}",
        calls=units.count_text(analysis.calls),
        seconds=units.seconds_text(analysis.seconds),
    )


def _facts(check: Check) -> Iterator[tuple[str, str]]:
    seconds = units.seconds_text(check.seconds)
    yield "ran", f"{units.counted(len(check.targets), 'target')}, {seconds} in all"
    if check.targets:
        analysis = check.targets[0].analysis
        yield "with", printable(f"Python {analysis.python}, leakscan {analysis.leakscan_version}")


def _and(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _names(names: Sequence[str]) -> str:
    shown = [printable(name) for name in names[:3]]
    hidden = len(names) - len(shown)
    return _and([*shown, *([units.counted(hidden, "other")] if hidden else [])])


def target_headline(target: TargetCheck) -> str:
    """The verdict on a target, its kind and its reason."""
    return headline(target.analysis)
