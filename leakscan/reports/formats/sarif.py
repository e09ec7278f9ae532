"""A report as SARIF 2.1.0, for code scanning: a rule per kind, a result per finding."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from urllib.parse import quote

from leakscan.documentation import page_url
from leakscan.model.analysis import Analysis, Finding, Frame, Holder
from leakscan.model.run import Kind, Verdict
from leakscan.reports.locations import Checkout, Line, defined_line, is_a_file, target_line
from leakscan.reports.text_fit import printable
from leakscan.reports.views.cutoffs import EVERYTHING
from leakscan.reports.views.findings import chain_line, finding_view
from leakscan.reports.views.patterns import PATTERNS_PAGE
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
"""Kinds that one section of the patterns explains; the others link to the whole page."""

LEVELS = {
    Verdict.LEAKING: "error",
    Verdict.FILLING: "note",
    Verdict.CLEAN: "note",
    Verdict.INCONCLUSIVE: "warning",
}


def sarif_text(analysis: Analysis, checkout: Checkout) -> str:
    """The report as one SARIF run; a finding that fails nothing is a note."""
    found = ranked_findings(analysis)
    return sarif_log(
        version=analysis.leakscan_version,
        checkout=checkout,
        kinds={finding.kind for finding in found},
        invocations=[invocation(analysis)],
        results=[result(finding, analysis, checkout) for finding in found],
    )


def sarif_log(
    *,
    version: str,
    checkout: Checkout,
    kinds: AbstractSet[Kind],
    invocations: Sequence[Json],
    results: Sequence[Json],
) -> str:
    """The log of one run of leakscan, which may have run several targets; the results are of these kinds."""
    run = {
        "tool": {
            "driver": {
                "name": "leakscan",
                **({"semanticVersion": version, "version": version} if version else {}),
                "rules": [_rule(kind) for kind in sorted(kinds)],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": invocations,
        "results": results,
    }
    if checkout.root:
        run["originalUriBaseIds"] = {ROOT: {"description": {"text": "The root of the repository."}}}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def rule_id(kind: Kind) -> str:
    """`unbounded-growth`: the name of a kind, for machines."""
    return kind.value.lower().replace(" ", "-")


def _rule(kind: Kind) -> Json:
    help_text = RULE_HELP.get(kind, kind.value)
    name = "".join(word.capitalize() for word in ["memory", *rule_id(kind).split("-")])
    level = "note" if kind in (Kind.BOUNDED, Kind.UNDER_THRESHOLD) else "error"
    return {
        "id": rule_id(kind),
        "name": name,
        "shortDescription": {"text": f"Memory of the target grows: {kind.value}."},
        "fullDescription": {"text": help_text},
        "help": {"text": help_text, "markdown": help_text},
        "helpUri": page_url(PATTERNS_PAGE, RULE_PATTERNS.get(kind, "")),
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["memory", "leak"], "precision": "very-high"},
    }


def invocation(
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


def result(
    finding: Finding,
    analysis: Analysis,
    checkout: Checkout,
    *,
    notes: Sequence[str] = (),
    fingerprints: Mapping[str, str] = _NOTHING,
    properties: Mapping[str, str] = _NOTHING,
) -> dict[str, object]:
    """One finding: on the line that allocates, related to the way that holds it and the other lines.

    The notes end its message; the fingerprints and the properties stand beside its own.
    """
    view = finding_view(finding, analysis, EVERYTHING)
    held = [f"{fact.label} {fact.text}" for fact in view.facts if isinstance(fact.text, str)]
    advice = [f"advice: {view.advice}"] if view.advice else []
    if view.advice_url is not None:
        advice.append(f"explained at {view.advice_url}")
    text = "\n".join([view.summary, *held, *view.remarks, *advice, *notes])
    return {
        "ruleId": rule_id(finding.kind),
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


def _related(finding: Finding, checkout: Checkout) -> Iterator[Json]:
    """The chain, then the other sites.

    A reference has no line of its own: the holder's is where its owner is defined, as far as that is
    known, and any other step stands at the allocation.
    """
    frames = list(dict.fromkeys(site.frame for site in finding.sites))  # a line may be many sites
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
            "message": {"text": f"also allocated in {printable(frame.qualname)}"},
            **_location(frame, checkout),
        }
        for frame in frames[1:]
    ]
    return ({"id": number, **location} for number, location in enumerate(related))


def _defined(holder: Holder | None, checkout: Checkout) -> Json:
    line = defined_line(holder)
    return {} if line is None else {"physicalLocation": _physical(line, checkout)}


def _best_location(finding: Finding, analysis: Analysis, checkout: Checkout) -> Json:
    """Where the finding is shown: the line that allocates, else the holder's, else the target.

    Code scanning takes no result without a file.
    """
    told = [_location(site.frame, checkout) for site in finding.sites[:1]]
    of_target = {"physicalLocation": _physical(target_line(analysis), checkout)}
    physical = [*told, _defined(finding.holder, checkout), of_target]
    place = next(location for location in physical if "physicalLocation" in location)
    return {**(told[0] if told else {}), "physicalLocation": place["physicalLocation"]}


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
