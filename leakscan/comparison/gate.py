"""What a project knows already, held against what a run found: what fails, and what the baseline becomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePath

from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import BAND, Accepted, Allowance, Check, FindingCheck, Standing, TargetCheck
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
    left = [known for known in options.accepted if known.target == name]
    checks = []
    for finding in analysis.findings:
        known = next((known for known in left if known.fingerprint == finding.fingerprint), None)
        check = _checked(finding, known, analysis, options, today)
        if known is not None and check.standing is not Standing.TOLERATED:
            left.remove(known)
        checks.append(check)
    if _has_answer(analysis):
        checks += [FindingCheck(standing=Standing.GONE, finding=None, accepted=known) for known in left]
    order = list(Standing)
    checks.sort(key=lambda check: order.index(check.standing))
    return TargetCheck(
        name=name,
        analysis=analysis,
        findings=tuple(checks),
        passes_inconclusive=options.passes_inconclusive,
    )


def updated_baseline(accepted: Sequence[Accepted], check: Check, *, today: date) -> tuple[Accepted, ...]:
    """What the baseline becomes if all that leaks today is accepted.

    New leaks come in at the end, gone ones and those of targets that are configured no more leave, and a
    leak whose rate has left the band gets its new one. What has expired stays expired: only people renew it.
    """
    kept = list(accepted)
    for target in check.targets:
        for checked in target.findings:
            if checked.standing is Standing.GONE:
                kept.remove(_known(checked))
            elif checked.standing is Standing.NEW:
                kept.append(_newly_accepted(target, checked, today))
            elif checked.standing in (Standing.WORSE, Standing.BETTER):
                kept[kept.index(_known(checked))] = _with_new_rate(target, checked)
    return tuple(known for known in kept if known not in check.orphans)


def _checked(
    finding: Finding, known: Accepted | None, analysis: Analysis, options: GateOptions, today: date
) -> FindingCheck:
    if finding.verdict is not Verdict.LEAKING or finding.kind not in options.failing_kinds:
        return FindingCheck(standing=Standing.TOLERATED, finding=finding, accepted=None)
    allowance = next((each for each in options.allowances if _allows(each, finding, analysis)), None)
    if allowance is not None:
        return FindingCheck(standing=Standing.ALLOWED, finding=finding, accepted=known, allowance=allowance)
    if known is None:
        standing = Standing.NEW
    elif known.expires is not None and today > known.expires:
        standing = Standing.EXPIRED
    else:
        standing = _standing_of_known(finding, known, analysis, options.band)
    return FindingCheck(standing=standing, finding=finding, accepted=known)


def _standing_of_known(finding: Finding, known: Accepted, analysis: Analysis, band: float) -> Standing:
    """Whether it grows as was accepted, give or take the band and what could not be seen.

    The same objects take other bytes on another Python; the entries are as many.
    """
    now, then, slack = finding.bytes_per_call, known.bytes_per_call, analysis.detection_limit_bytes_per_call
    entries = _entries_per_call(finding)
    if known.python != minor_version(analysis) and entries is not None and known.entries_per_call is not None:
        now, then, slack = entries, known.entries_per_call, None
    difference = now - then
    if abs(difference) <= max(slack or 0.0, band * then):
        return Standing.KNOWN
    return Standing.WORSE if difference > 0 else Standing.BETTER


def minor_version(analysis: Analysis) -> str:
    """`3.11` of Python 3.11.7."""
    return ".".join(analysis.python.split(".")[:2])


def _entries_per_call(finding: Finding) -> float | None:
    return None if finding.holder is None else finding.holder.entries_per_call


def _allows(allowance: Allowance, finding: Finding, analysis: Analysis) -> bool:
    return _holder_matches(allowance.holder, finding) and _module_matches(allowance.module, finding, analysis)


def _holder_matches(pattern: str | None, finding: Finding) -> bool:
    if pattern is None:
        return True
    holder = finding.holder
    if holder is None:
        return False
    return any(fnmatchcase(name, pattern) for name in (holder.name, "".join(holder.path)))


def _module_matches(pattern: str | None, finding: Finding, analysis: Analysis) -> bool:
    """A pattern matches a module and all that is in it: `requests` matches `requests.sessions`."""
    if pattern is None:
        return True
    return any(
        fnmatchcase(module, pattern) or fnmatchcase(module, f"{pattern}.*")
        for module in _modules(finding, analysis)
    )


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


def _known(checked: FindingCheck) -> Accepted:
    assert checked.accepted is not None
    return checked.accepted


def _newly_accepted(target: TargetCheck, checked: FindingCheck, today: date) -> Accepted:
    finding = checked.finding
    assert finding is not None
    entries = _entries_per_call(finding)
    return Accepted(
        target=target.name,
        fingerprint=finding.fingerprint,
        holder=str(finding.kind) if finding.holder is None else finding.holder.name,
        bytes_per_call=round(finding.bytes_per_call, 1),
        entries_per_call=None if entries is None else round(entries, 3),
        python=minor_version(target.analysis),
        since=today,
        reason="",
        expires=None,
    )


def _with_new_rate(target: TargetCheck, checked: FindingCheck) -> Accepted:
    measured = _newly_accepted(target, checked, _known(checked).since)
    return replace(
        _known(checked),
        bytes_per_call=measured.bytes_per_call,
        entries_per_call=measured.entries_per_call,
        python=measured.python,
    )
