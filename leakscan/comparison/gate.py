"""What a project knows already, held against what a run found: what fails."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePath

from leakscan.comparison.shared_holders import gaining_holders, holders_of, relatives
from leakscan.model.analysis import Analysis, Finding, Holder
from leakscan.model.check import BAND, Accepted, Allowance, FindingCheck, Standing, TargetCheck
from leakscan.model.run import Kind, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """What a project puts up with."""

    accepted: tuple[Accepted, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    failing_kinds: frozenset[Kind] = frozenset(Kind)
    band: float = BAND
    """Share by which a known leak may grow faster."""
    passes_inconclusive: bool = False


def check_target(name: str, analysis: Analysis, options: GateOptions, *, today: date) -> TargetCheck:
    """The findings of one target, each with how it stands."""
    gate = _Gate(name, analysis, options, today)
    checks = [gate.checked(finding) for finding in analysis.findings]
    if _has_answer(analysis):
        checks += [FindingCheck(standing=Standing.GONE, finding=None, accepted=known) for known in gate.gone]
    order = list(Standing)
    checks.sort(key=lambda check: order.index(check.standing))
    return TargetCheck(
        name=name,
        analysis=analysis,
        findings=tuple(checks),
        passes_inconclusive=options.passes_inconclusive,
    )


class _Gate:
    """The findings of a target, each with what is known of it: leaks that share a holder are one."""

    def __init__(self, name: str, analysis: Analysis, options: GateOptions, today: date) -> None:
        self._analysis = analysis
        self._options = options
        self._today = today
        self._accepted = [known for known in options.accepted if known.target == name]
        self._failing = [finding for finding in analysis.findings if self._may_fail(finding)]
        self._relatives = relatives(
            [known.fingerprints for known in self._accepted], [holders_of(each) for each in self._failing]
        )

    @property
    def gone(self) -> list[Accepted]:
        """The known leaks of which not one holder grows any more."""
        growing = [
            holders_of(finding)
            for finding in self._analysis.findings
            if finding.verdict is not Verdict.FILLING and finding.grows
        ]
        return [known for known in self._accepted if not any(known.fingerprints & each for each in growing)]

    def checked(self, finding: Finding) -> FindingCheck:
        """How one finding stands."""
        if finding.verdict is not Verdict.LEAKING or finding.kind not in self._options.failing_kinds:
            return FindingCheck(standing=Standing.TOLERATED, finding=finding, accepted=None)
        allowance = self._allowance(finding)
        if allowance is not None:
            return self._allowed(finding, allowance)
        place = next(place for place, each in enumerate(self._failing) if each is finding)
        related = next(each for each in self._relatives if place in each.new)
        known = [self._accepted[place] for place in related.old]
        if not known:
            return FindingCheck(standing=Standing.NEW, finding=finding, accepted=None)
        first = next((each for each in known if each.fingerprint == finding.fingerprint), known[0])
        unknown = self._not_accepted(finding, known)
        # An older baseline says nothing of other holders; that the leak is named after another one is news.
        is_noted = first.also_held_by is not None or first.fingerprint != finding.fingerprint
        if unknown and is_noted:
            return FindingCheck(
                standing=Standing.NEW, finding=finding, accepted=first, new_holders=tuple(unknown)
            )
        expired = next((each for each in known if each.expires and self._today > each.expires), None)
        standing = Standing.EXPIRED
        if expired is None:
            now = [self._failing[place] for place in related.new]
            standing = _standing_of_known(now, known, self._analysis, self._options.band)
        return FindingCheck(
            standing=standing, finding=finding, accepted=expired or first, unnoted_holders=tuple(unknown)
        )

    def _may_fail(self, finding: Finding) -> bool:
        is_leak = finding.verdict is Verdict.LEAKING and finding.kind in self._options.failing_kinds
        return is_leak and self._allowance(finding) is None

    def _allowance(self, finding: Finding) -> Allowance | None:
        rules = self._options.allowances
        return next((rule for rule in rules if _allows(rule, finding, self._analysis)), None)

    def _allowed(self, finding: Finding, allowance: Allowance) -> FindingCheck:
        """What a rule allows, unless something else holds it, too: bounding the one would free nothing."""
        known = [each for each in self._accepted if each.fingerprints & holders_of(finding)]
        unknown = self._not_accepted(finding, known)
        return FindingCheck(
            standing=Standing.NEW if unknown else Standing.ALLOWED,
            finding=finding,
            accepted=known[0] if known else None,
            allowance=allowance,
            new_holders=tuple(unknown),
        )

    def _not_accepted(self, finding: Finding, known: Sequence[Accepted]) -> list[str]:
        """Names of the holders that gain entries, and that nobody knows or allows."""
        accepted = frozenset[str]().union(*(each.fingerprints for each in known))
        return [
            holder.name
            for words, holder in gaining_holders(finding)
            if not words & accepted
            and not any(_allows_holder(rule, holder) for rule in self._options.allowances)
        ]


def _standing_of_known(
    findings: Sequence[Finding], known: Sequence[Accepted], analysis: Analysis, band: float
) -> Standing:
    """Whether they grow as was accepted, give or take the band and what could not be seen.

    The same objects take other bytes on another Python; the entries are as many.
    """
    now = sum(each.bytes_per_call for each in findings)
    then = sum(each.bytes_per_call for each in known)
    slack = analysis.detection_limit_bytes_per_call
    if any(each.python != minor_version(analysis) for each in known):
        entries_now, entries_then = _entries(findings, known), _sum(each.entries_per_call for each in known)
        if entries_now is not None and entries_then is not None:
            now, then, slack = entries_now, entries_then, None
    difference = now - then
    if abs(difference) <= max(slack or 0.0, band * then):
        return Standing.KNOWN
    return Standing.WORSE if difference > 0 else Standing.BETTER


def _entries(findings: Sequence[Finding], known: Sequence[Accepted]) -> float | None:
    """Entries per call of the known holders, where all are found; else of the main one of each finding."""
    named = [
        holder
        for each in known
        for finding in findings
        if (holder := holder_known_as(each.fingerprint, finding)) is not None
    ]
    holders = named if len(named) >= len(known) else [finding.holder for finding in findings]
    return _sum(None if holder is None else holder.entries_per_call for holder in holders)


def _sum(numbers: Iterable[float | None]) -> float | None:
    """The sum; None where one of them is not known."""
    total = 0.0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def minor_version(analysis: Analysis) -> str:
    """`3.11` of Python 3.11.7."""
    return ".".join(analysis.python.split(".")[:2])


def holder_known_as(fingerprint: str, finding: Finding) -> Holder | None:
    """The holder of a finding that has this fingerprint; None if none has."""
    if finding.fingerprint == fingerprint:
        return finding.holder
    return next((other for other in finding.also_held_by if other.fingerprint == fingerprint), None)


def _allows(allowance: Allowance, finding: Finding, analysis: Analysis) -> bool:
    return _holder_matches(allowance.holder, finding) and _module_matches(allowance.module, finding, analysis)


def _allows_holder(allowance: Allowance, holder: Holder) -> bool:
    modules = [allowance.module] if allowance.module is not None else []
    return _holder_has_name(allowance.holder, holder) and all(
        _is_in_module(module, holder.path[0] if holder.path else "") for module in modules
    )


def _holder_matches(pattern: str | None, finding: Finding) -> bool:
    return pattern is None or (finding.holder is not None and _holder_has_name(pattern, finding.holder))


def _holder_has_name(pattern: str | None, holder: Holder) -> bool:
    return pattern is None or any(fnmatchcase(name, pattern) for name in (holder.name, "".join(holder.path)))


def _module_matches(pattern: str | None, finding: Finding, analysis: Analysis) -> bool:
    """A pattern matches a module and all that is in it: `requests` matches `requests.sessions`."""
    if pattern is None:
        return True
    return any(_is_in_module(pattern, module) for module in _modules(finding, analysis))


def _is_in_module(pattern: str, module: str) -> bool:
    return fnmatchcase(module, pattern) or fnmatchcase(module, f"{pattern}.*")


def _modules(finding: Finding, analysis: Analysis) -> Iterator[str]:
    """The module where the chain starts; without a holder, the module of the line that allocates."""
    if finding.holder is not None:
        yield from finding.holder.path[:1]
    elif finding.sites:
        yield _module_of_file(finding.sites[0].frame.file, analysis.working_directory)


def _module_of_file(file: str, folder: str) -> str:
    """`requests.sessions` of `/usr/lib/python3/dist-packages/requests/sessions.py`."""
    path = PurePath(file)
    if path.is_absolute() and folder and path.is_relative_to(folder):
        path = path.relative_to(folder)
    parts = list(path.with_suffix("").parts)
    for library in ("site-packages", "dist-packages"):
        if library in parts:
            parts = parts[parts.index(library) + 1 :]
    if parts and parts[-1] == "__init__":
        parts.pop()
    return ".".join(part for part in parts if part != path.anchor)


def _has_answer(analysis: Analysis) -> bool:
    return analysis.failure is None and analysis.verdict is not Verdict.INCONCLUSIVE
