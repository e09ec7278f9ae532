"""SARIF 2.1.0, for code scanning: a rule for each kind, a result for each finding."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from leakscan.documentation import page_url
from leakscan.model.analysis import Analysis, Finding, Frame, Holder
from leakscan.model.check import Change, Check, Comparison, FindingCheck, Standing, TargetCheck
from leakscan.model.run import Kind, Verdict
from leakscan.reports.locations import Checkout, Line, defined_line, is_a_file, target_line
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import Judged, TargetView, check_view
from leakscan.reports.views.diff import ChangeRow, diff_view
from leakscan.reports.views.findings import chain_line, finding_view
from leakscan.reports.views.max_rows import EVERYTHING
from leakscan.reports.views.patterns import PATTERNS_PAGE, patterns
from leakscan.reports.views.report import headline, ranked_findings
from leakscan.reports.views.wording import finding_summary

Json = Mapping[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
"""The base of relative paths, by the name that code-scanning services know."""
FINGERPRINT = "leakscan/v1"
_NOTHING: Mapping[str, str] = MappingProxyType({})

RULE_HELP: Mapping[Kind, str] = {
    Kind.UNBOUNDED_GROWTH: "A holder gains with every call and has no bound. "
    "Delete entries when the work that added them is over, or bound the size.",
    Kind.BOUND_EXCEEDED: "The holder's owner names a bound, and the holder is past it. "
    "Look at what should remove the oldest entries.",
    Kind.CYCLIC_GARBAGE: "Only a garbage collection frees these cycles, and the target has switched it "
    "off or runs it too rarely. Break the cycles (weakref, close), or collect.",
    Kind.LOST_REFERENCE: "Objects grow that nothing in Python refers to: an extension took a reference "
    "and did not give it back. Report it to the extension's authors.",
    Kind.NATIVE: "The native heap grows, and no Python object with it. "
    "Look at the extension modules and C libraries that the target calls.",
    Kind.FRAGMENTATION: "Resident memory grows, and the heap in use does not: "
    "the C library could give it back to the system.",
    Kind.BOUNDED: "A cache fills towards its bound. That is no leak; the bound says how large it gets.",
    Kind.UNDER_THRESHOLD: "Growth that is proved, and that --threshold allows.",
}
"""Kinds that a finding can be of; the help of any other is its name."""

RULE_PATTERNS: Mapping[Kind, str] = {
    Kind.BOUND_EXCEEDED: "a-cache-that-outgrows-its-bound",
    Kind.CYCLIC_GARBAGE: "cyclic-garbage",
    Kind.LOST_REFERENCE: "a-reference-lost-in-c",
    Kind.NATIVE: "native-growth",
    Kind.FRAGMENTATION: "fragmentation",
}
"""Kinds that one section of the patterns explains; others are explained by the patterns of their findings."""

LEVELS = {
    Verdict.LEAKING: "error",
    Verdict.FILLING: "note",
    Verdict.CLEAN: "note",
    Verdict.INCONCLUSIVE: "warning",
}
TARGET_FINGERPRINT = "leakscanTarget/v1"
"""Beside the fingerprint of the finding: two targets may share one, and only one of them know it."""
_STATES = {
    Standing.NEW: "new",
    Standing.WORSE: "updated",
    Standing.EXPIRED: "unchanged",
    Standing.KNOWN: "unchanged",
    Standing.BETTER: "updated",
    # A state that any result has, all must have; and what the project puts up with is not new to it.
    Standing.ALLOWED: "unchanged",
    Standing.TOLERATED: "unchanged",
}
_CHANGE_STATES = {
    Change.NEW: "new",
    Change.WORSE: "updated",
    Change.SAME: "unchanged",
    Change.BETTER: "updated",
    Change.GONE: "absent",
}


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """A result for each finding; one that fails nothing is a note."""
    findings = ranked_findings(analysis)
    return _document(
        version=analysis.leakscan_version,
        checkout=checkout,
        findings=findings,
        invocations=[_invocation(analysis)],
        results=[_result(finding, analysis, checkout) for finding in findings],
    )


def check(check: Check, checkout: Checkout) -> bytes:
    """One SARIF run with an invocation for each target, each result with its state against the baseline.

    A number that drifts has no line, and is an error of its target's invocation. A leak that is gone is a
    note there: the baseline knows neither its rule nor its line, and code scanning opens an alert for every
    result, whatever its `baselineState` and its `kind`.
    """
    targets = check_view(check, EVERYTHING).targets
    findings = [(judged, target) for target in targets for judged in target.findings if judged.finding]
    return _document(
        version=check.leakscan_version,
        checkout=checkout,
        findings=[judged.finding.subject for judged, _ in findings if judged.finding],
        invocations=[_invocation_of_target(target) for target in targets],
        results=[_checked_result(judged, target.subject, checkout) for judged, target in findings],
    )


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """The new run, each result with its state against the old one; gone ones are absent."""
    view = diff_view(comparison)
    return _document(
        version=comparison.new.leakscan_version,
        checkout=checkout,
        findings=[row.finding.subject for row in view.rows],
        invocations=[_invocation(comparison.new)],
        results=[_changed_result(row, comparison, checkout) for row in view.rows],
    )


def _document(
    *,
    version: str,
    checkout: Checkout,
    findings: Sequence[Finding],
    invocations: Sequence[Json],
    results: Sequence[Json],
) -> bytes:
    """The log of one run of leakscan, of one or more targets, with the rules of these findings."""
    run = {
        "tool": {
            "driver": {
                "name": "leakscan",
                **({"semanticVersion": version, "version": version} if version else {}),
                "rules": list(_rules(findings)),
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": invocations,
        "results": results,
    }
    if checkout.root:
        run["originalUriBaseIds"] = {ROOT: {"description": {"text": "The root of the repository."}}}
    text = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)
    return f"{text}\n".encode()


def _rule_id(kind: Kind) -> str:
    """`unbounded-growth`: the name of a kind, for machines."""
    return kind.value.lower().replace(" ", "-")


def _rules(findings: Sequence[Finding]) -> Iterator[Json]:
    """A rule for each kind of the findings."""
    for kind in sorted({finding.kind for finding in findings}):
        names = {finding.pattern for finding in findings if finding.kind == kind}
        yield _rule(kind, {RULE_PATTERNS[kind]} if kind in RULE_PATTERNS else names)


def _rule(kind: Kind, pattern_names: Collection[str | None]) -> Json:
    """A rule; its help has the sections on its patterns, since its readers may have no leakscan."""
    sentence = RULE_HELP.get(kind, kind.value)
    sections = [pattern for pattern in patterns() if pattern.name in pattern_names]
    name = "".join(word.capitalize() for word in ["memory", *_rule_id(kind).split("-")])
    level = "note" if kind in (Kind.BOUNDED, Kind.UNDER_THRESHOLD) else "error"
    uri = page_url(PATTERNS_PAGE, RULE_PATTERNS.get(kind, ""))
    return {
        "id": _rule_id(kind),
        "name": name,
        "shortDescription": {"text": f"Memory of the target grows: {kind.value}."},
        "fullDescription": {"text": sentence},
        "help": {
            "text": "\n\n".join([sentence, *(f"{each.title}\n\n{each.text}" for each in sections)]),
            "markdown": "\n\n".join([sentence, *(f"## {each.title}\n\n{each.text}" for each in sections)]),
        },
        **({} if uri is None else {"helpUri": uri}),
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["memory", "leak"], "precision": "very-high"},
    }


def _invocation(
    analysis: Analysis,
    *,
    exit_code: int | None = None,
    errors: Sequence[str] = (),
    notes: Sequence[str] = (),
    properties: Mapping[str, str] = _NOTHING,
) -> Json:
    """The run of a target; it exits as the analysis does where nothing else is said."""
    exit_code = analysis.exit_code if exit_code is None else exit_code
    messages = [headline(analysis), *(printable(warning) for warning in analysis.warnings)]
    if analysis.failure is not None:
        messages.append(printable(analysis.failure.message))
    return {
        "executionSuccessful": exit_code in (0, 1),
        "exitCode": exit_code,
        "commandLine": f"leakscan run {printable(analysis.target)}",
        "toolExecutionNotifications": [
            *({"level": _NOTIFICATION_LEVELS[exit_code], "message": {"text": text}} for text in messages),
            *({"level": "error", "message": {"text": text}} for text in errors),
            *({"level": "note", "message": {"text": text}} for text in notes),
        ],
        "properties": {
            "verdict": analysis.verdict.value,
            "kind": analysis.kind.value,
            "target": analysis.target,
            "calls": analysis.calls,
            "rounds": analysis.rounds,
            "unit": analysis.unit.value,
            **properties,
        },
    }


_NOTIFICATION_LEVELS = {0: "note", 1: "error", 3: "error", 4: "warning"}


def _result(
    finding: Finding,
    analysis: Analysis,
    checkout: Checkout,
    *,
    notes: Sequence[str] = (),
    fingerprints: Mapping[str, str] = _NOTHING,
    properties: Mapping[str, str] = _NOTHING,
) -> Json:
    """One finding: on the line that puts it there, related to the way that holds it and the other lines.

    The notes end its message; the fingerprints and the properties stand beside its own.
    """
    view = finding_view(finding, analysis, EVERYTHING)
    held = [f"{fact.label} {fact.text}" for fact in view.facts if isinstance(fact.text, str)]
    advice = [f"advice: {view.advice.one_line}"] if view.advice else []
    if view.advice is not None and view.advice.url is not None:
        advice.append(f"explained at {view.advice.url}")
    text = "\n".join([view.summary, *held, *view.remarks, *advice, *notes])
    return {
        "ruleId": _rule_id(finding.kind),
        "level": LEVELS[finding.verdict],
        "message": {"text": text},
        "locations": [_best_location(finding, analysis, checkout)],
        "relatedLocations": list(_related(finding, checkout)),
        "partialFingerprints": {FINGERPRINT: printable(finding.fingerprint), **fingerprints},
        "properties": {
            "verdict": finding.verdict.value,
            "summary": finding_summary(finding, analysis.unit),
            "bytesPerCall": finding.bytes_per_call,
            "objectsPerCall": finding.objects_per_call,
            **properties,
        },
    }


def _invocation_of_target(view: TargetView) -> Json:
    gone = [f"{judged.standing}: {judged.text}" for judged in view.findings if judged.finding is None]
    return _invocation(
        view.subject.analysis,
        exit_code=view.exit_code,
        errors=[f"drift: {drifting.text}" for drifting in view.drifting],
        notes=gone,
        properties={"name": view.subject.name},
    )


def _checked_result(judged: Judged, target: TargetCheck, checkout: Checkout) -> Json:
    checked = judged.subject
    assert checked.finding is not None
    return {
        **_result(
            checked.finding,
            target.analysis,
            checkout,
            notes=[f"{judged.standing} in {judged.target}: {judged.remark}"],
            fingerprints={TARGET_FINGERPRINT: printable(target.name)},
            properties={"target": target.name, "standing": judged.standing.value},
        ),
        "level": "error" if judged.fails else "note",
        "baselineState": _STATES[judged.standing],
        # An empty list says that nobody puts up with it; none at all, that nobody was asked.
        "suppressions": _suppressions(checked),
    }


def _suppressions(checked: FindingCheck) -> list[Json]:
    """Who puts up with it: the baseline, or a rule that allows it."""
    if checked.standing is Standing.ALLOWED and checked.allowance is not None:
        return [_suppression(checked.allowance.reason)]
    if checked.standing in (Standing.KNOWN, Standing.BETTER) and checked.accepted is not None:
        return [_suppression(checked.accepted.reason)]
    return []


def _suppression(reason: str) -> Json:
    justification = {"justification": printable(reason)} if reason else {}
    return {"kind": "external", "status": "accepted", **justification}


def _changed_result(row: ChangeRow, comparison: Comparison, checkout: Checkout) -> Json:
    return {
        **_result(row.finding.subject, comparison.new, checkout),
        "baselineState": _CHANGE_STATES[row.change],
        "message": {"text": f"{row.change}: {row.finding.summary}\n{row.difference}"},
        "level": "error" if row.fails else "note",
    }


def _related(finding: Finding, checkout: Checkout) -> Iterator[Json]:
    """The chain, then the other lines that put it there, those that take it out, and those that allocate.

    A reference has no line of its own: the holder's is where its owner is defined, as far as that is
    known, and any other step stands at the allocation.
    """
    frames = list(dict.fromkeys(site.frame for site in finding.sites))  # a line may be many sites
    further = [(stored.frame, "also put there") for stored in finding.stored_at[1:]]
    further += [(removed.frame, "taken out") for removed in finding.removed_at]
    if finding.stored_at:
        further += [(frame, "allocated") for frame in frames[:1]]
    further += [(frame, "also allocated") for frame in frames[1:]]
    allocation = _location(frames[0], checkout) if frames else {}
    related: list[Json] = [
        {
            "message": {"text": f"chain: {chain_line(step)}"},
            **((_defined(finding.holder, checkout) if step.is_growing else {}) or allocation),
        }
        for step in finding.chain
    ]
    related += [
        {
            "message": {"text": f"{what} in {printable(frame.qualname)}"},
            **_location(frame, checkout),
        }
        for frame, what in further
    ]
    return ({"id": number, **location} for number, location in enumerate(related))


def _defined(holder: Holder | None, checkout: Checkout) -> Json:
    line = defined_line(holder)
    return {} if line is None else {"physicalLocation": _physical(line, checkout)}


def _best_location(finding: Finding, analysis: Analysis, checkout: Checkout) -> Json:
    """Where the finding is shown: the line that puts it there, or allocates, the holder's, or the target.

    Code scanning takes no result without a file.
    """
    frames = [
        *(stored.frame for stored in finding.stored_at[:1]),
        *(site.frame for site in finding.sites[:1]),
    ]
    at_lines = [_location(frame, checkout) for frame in frames]
    of_target = {"physicalLocation": _physical(target_line(analysis), checkout)}
    physical = [*at_lines, _defined(finding.holder, checkout), of_target]
    place = next(location for location in physical if "physicalLocation" in location)
    return {**(at_lines[0] if at_lines else {}), "physicalLocation": place["physicalLocation"]}


def _location(frame: Frame, checkout: Checkout) -> Json:
    logical: dict[str, object] = {
        "logicalLocations": [{"fullyQualifiedName": printable(frame.qualname), "kind": "function"}]
    }
    if not is_a_file(frame.file):
        return logical
    return {"physicalLocation": _physical(Line(frame.file, frame.line), checkout), **logical}


def _physical(line: Line, checkout: Checkout) -> Json:
    path = checkout.path_of(line.file)
    artifact = {"uri": f"file://{_uri(path)}" if path.startswith("/") else _uri(path)}
    if checkout.root and not path.startswith("/"):
        artifact["uriBaseId"] = ROOT
    region = {"region": {"startLine": line.number}} if line.number > 0 else {}
    return {"artifactLocation": artifact, **region}


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogatepass"))
