"""A finished run as metrics, for node_exporter's textfile collector."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from leakscan.model import Analysis, Change, Comparison, Finding, Verdict
from leakscan.reports.findings import finding_title
from leakscan.reports.fitting import printable
from leakscan.reports.view import ranked_findings

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metric:
    """One gauge: a run is over, so all of its numbers stand still."""

    name: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


def prometheus_text(analysis: Analysis) -> str:
    """The run in Prometheus's text format; its numbers count by `unit` of `leakscan_run_info`."""
    return "".join(_exposition(metric) for metric in _metrics(analysis) if metric.samples)


def diff_prometheus_text(comparison: Comparison) -> str:
    """The comparison in Prometheus's text format: how many findings changed how, and by how much."""
    return "".join(_exposition(metric) for metric in _metrics_of_changes(comparison) if metric.samples)


def _metrics_of_changes(comparison: Comparison) -> Iterator[_Metric]:
    run = {"target": printable(comparison.new.target)}
    counts = Counter(change.change for change in comparison.changes)
    yield _gauge(
        "diff_exit_code",
        "What leakscan diff exited with: 0 no leak is new or worse, 1 a leak is.",
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


def _metrics(analysis: Analysis) -> Iterator[_Metric]:
    run = {"target": printable(analysis.target)}
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
        ("exit_code", "What leakscan exited with: 0 clean or filling, 1 leaking.", analysis.exit_code),
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
    yield from _finding_metrics(run, ranked_findings(analysis))


def _finding_metrics(run: Labels, findings: list[Finding]) -> Iterator[_Metric]:
    labelled = [({**run, **_labels(finding)}, finding) for finding in findings]
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


def _labels(finding: Finding) -> Labels:
    return {
        "fingerprint": printable(finding.fingerprint),
        "holder": finding_title(finding),
        "verdict": finding.verdict.value,
        "kind": finding.kind.value,
    }


def _gauge(name: str, text: str, samples: Iterable[tuple[Labels, float]]) -> _Metric:
    # A set of labels must not come twice: the collector would refuse the whole file.
    unique = {tuple(labels.items()): number for labels, number in reversed(list(samples))}
    ordered = [(dict(labels), number) for labels, number in reversed(unique.items())]
    return _Metric(name=f"leakscan_{name}", help=text, samples=tuple(ordered))


def _exposition(metric: _Metric) -> str:
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
    for labels, number in metric.samples:
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{metric.name}{{{shown}}} {_value(number)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _value(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return repr(number)
