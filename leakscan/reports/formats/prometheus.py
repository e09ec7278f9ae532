"""Metrics in Prometheus's text format, for node_exporter's textfile collector.

`prometheus_client` would be a dependency of every user, and takes longer to import than all of a report to
make, for the thirty lines that write the text below; the tests read what they write with its parser.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Change, Check, Comparison, Standing, TargetCheck
from leakscan.model.run import Verdict
from leakscan.reports.locations import Checkout
from leakscan.reports.text_fit import printable
from leakscan.reports.views.report import ranked_findings
from leakscan.reports.views.wording import finding_title

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One gauge: a run is over, so all of its numbers stand still."""

    name: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The numbers of a run; they count by `unit` of `leakscan_run_info`."""
    del checkout
    run = {"target": printable(analysis.target)}
    labelled = [(run, finding) for finding in ranked_findings(analysis)]
    return _exposition([*_metrics_of_run(analysis, run, analysis.exit_code), *_metrics_of_findings(labelled)])


def check(check: Check, checkout: Checkout) -> bytes:
    """The numbers of all runs and of the gate, labelled by the name that the project gave each target."""
    del checkout
    return _exposition(_metrics_of_check(check))


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """How many findings changed how, and by how much."""
    del checkout
    return _exposition(_metrics_of_changes(comparison))


def _metrics_of_check(check: Check) -> Iterator[Metric]:
    yield _gauge(
        "check_exit_code",
        "What the check exited with: 0 no leak is new or worse, 1 a leak is, 3 a target failed, "
        "4 a target is inconclusive.",
        [({}, check.exit_code)],
    )
    yield _gauge("check_targets", "Targets of the check.", [({}, len(check.targets))])
    yield _gauge(
        "check_findings",
        "Findings of a target by what the gate makes of them; those that are new, worse or expired fail.",
        [
            ({**_labels_of_target(target), "standing": standing.value}, _count(target, standing))
            for target in check.targets
            for standing in Standing
        ],
    )
    yield _gauge(
        "check_failing_findings",
        "Findings of a target that fail the check.",
        [
            (_labels_of_target(target), sum(checked.fails for checked in target.findings))
            for target in check.targets
        ],
    )
    yield _gauge(
        "check_drifts",
        "Numbers of a target that are worse than its history allows.",
        [(_labels_of_target(target), len(target.drifts)) for target in check.targets],
    )
    for target in check.targets:
        yield from _metrics_of_run(target.analysis, _labels_of_target(target), target.exit_code)
    yield from _metrics_of_findings(
        ({**_labels_of_target(target), "standing": checked.standing.value}, checked.finding)
        for target in check.targets
        for checked in target.findings
        if checked.finding is not None
    )


def _labels_of_target(target: TargetCheck) -> Labels:
    return {"target": printable(target.name)}


def _count(target: TargetCheck, standing: Standing) -> int:
    return sum(checked.standing is standing for checked in target.findings)


def _metrics_of_changes(comparison: Comparison) -> Iterator[Metric]:
    run = {"target": printable(comparison.new.target)}
    counts = Counter(change.change for change in comparison.changes)
    yield _gauge(
        "diff_exit_code",
        "What leakscan diff exited with: 0 no leak is new or worse, 1 a leak is, 3 the target of the new run "
        "failed, 4 the new run is inconclusive.",
        [(run, comparison.exit_code)],
    )
    yield _gauge(
        "diff_findings",
        "Findings, by what became of them.",
        [({**run, "change": change.value}, counts[change]) for change in Change],
    )
    yield _gauge(
        "diff_finding_change_bytes_per_call",
        "Growth of one finding that came, per call, or went if it is negative.",
        [
            ({**run, **_labels(change.finding), "change": change.change.value}, change.bytes_per_call_change)
            for change in comparison.changes
        ],
    )


def _exposition(metrics: Iterable[Metric]) -> bytes:
    """The text of the metrics that have samples; those of one name as one, where it first came."""
    merged: dict[str, Metric] = {}
    for metric in metrics:
        known = merged.get(metric.name, metric)
        samples = metric.samples if known is metric else (*known.samples, *metric.samples)
        merged[metric.name] = replace(known, samples=samples)
    text = "".join(_text(metric) for metric in merged.values() if metric.samples)
    return text.encode("utf-8")


def _metrics_of_run(analysis: Analysis, run: Labels, exit_code: int) -> Iterator[Metric]:
    """The numbers of a run, labelled as that run."""
    info = {
        **run,
        "unit": analysis.unit.value,
        "kind": analysis.kind.value,
        "python": printable(analysis.python),
        "version": printable(analysis.leakscan_version),
    }
    yield _gauge("run_info", "What ran, and what its growth is counted by.", [(info, 1)])
    yield _gauge(
        "verdict",
        "1 for the verdict of the run, 0 for the others.",
        [({**run, "verdict": verdict.value}, int(verdict is analysis.verdict)) for verdict in Verdict],
    )
    for name, text, number in (
        (
            "exit_code",
            "What leakscan makes of a run: 0 nothing fails, 1 a leak does, 3 the target failed, 4 no answer.",
            exit_code,
        ),
        ("calls", "Calls of the target.", analysis.calls),
        ("rounds", "Rounds of calls that were measured.", analysis.rounds),
        ("run_seconds", "How long the run took.", analysis.seconds),
        (
            "growth_bytes_per_call",
            "Growth of the heap, per call once warm.",
            analysis.growth.bytes_per_call,
        ),
        ("growth_blocks_per_call", "Growth in blocks, per call.", analysis.growth.blocks_per_call),
        (
            "growth_resident_bytes_per_call",
            "Growth of resident memory, per call.",
            analysis.growth.rss_bytes_per_call,
        ),
        (
            "detection_limit_bytes_per_call",
            "The smallest growth that the run would have seen.",
            analysis.detection_limit_bytes_per_call,
        ),
    ):
        if number is not None:
            yield _gauge(name, text, [(run, number)])


def _metrics_of_findings(findings: Iterable[tuple[Labels, Finding]]) -> Iterator[Metric]:
    """The numbers of findings, labelled as their runs and as themselves."""
    labelled = [({**run, **_labels(finding)}, finding) for run, finding in findings]
    yield _gauge(
        "finding_growth_bytes_per_call",
        "Growth of one finding, per call.",
        [(labels, finding.bytes_per_call) for labels, finding in labelled],
    )
    yield _gauge(
        "finding_growth_objects_per_call",
        "Objects that one finding gains, per call.",
        [(labels, finding.objects_per_call) for labels, finding in labelled],
    )
    yield _gauge(
        "finding_entries",
        "Entries of the holder of one finding, at the end of the run.",
        [
            (labels, finding.holder.entries)
            for labels, finding in labelled
            if finding.holder is not None and finding.holder.entries is not None
        ],
    )


def _gauge(name: str, text: str, samples: Iterable[tuple[Labels, float]]) -> Metric:
    """A metric of ours, by its name without `leakscan_`."""
    return Metric(name=f"leakscan_{name}", help=text, samples=tuple(samples))


def _labels(finding: Finding) -> Labels:
    return {
        "fingerprint": printable(finding.fingerprint),
        "holder": finding_title(finding),
        "verdict": finding.verdict.value,
        "kind": finding.kind.value,
    }


def _text(metric: Metric) -> str:
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
    for labels, number in _unique(metric.samples):
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{metric.name}{f'{{{shown}}}' if shown else ''} {_value(number)}")
    return "\n".join(lines) + "\n"


def _unique(samples: Iterable[tuple[Labels, float]]) -> Iterator[tuple[Labels, float]]:
    """The first of each set of labels: one that came twice would have the collector refuse the whole file."""
    seen = set()
    for labels, number in samples:
        identity = tuple(labels.items())
        if identity not in seen:
            seen.add(identity)
            yield labels, number


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _value(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return repr(number)
