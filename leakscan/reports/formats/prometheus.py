"""A finished run as metrics, for node_exporter's textfile collector."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Change, Comparison
from leakscan.model.run import Verdict
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


def prometheus_text(analysis: Analysis) -> str:
    """The run in Prometheus's text format; its numbers count by `unit` of `leakscan_run_info`."""
    run = {"target": printable(analysis.target)}
    labelled = [(run, finding) for finding in ranked_findings(analysis)]
    return exposition([*run_metrics(analysis, run, analysis.exit_code), *finding_metrics(labelled)])


def diff_prometheus_text(comparison: Comparison) -> str:
    """The comparison in Prometheus's text format: how many findings changed how, and by how much."""
    return exposition(_metrics_of_changes(comparison))


def _metrics_of_changes(comparison: Comparison) -> Iterator[Metric]:
    run = {"target": printable(comparison.new.target)}
    counts = Counter(change.change for change in comparison.changes)
    yield gauge(
        "diff_exit_code",
        "What leakscan diff exited with: 0 no leak is new or worse, 1 a leak is.",
        [(run, comparison.exit_code)],
    )
    yield gauge(
        "diff_findings",
        "Findings, by what became of them.",
        [({**run, "change": change.value}, counts[change]) for change in Change],
    )
    yield gauge(
        "diff_finding_change_bytes_per_call",
        "Growth of one finding that came, per call, or went if it is negative.",
        [
            ({**run, **_labels(change.finding), "change": change.change.value}, change.bytes_per_call_change)
            for change in comparison.changes
        ],
    )


def exposition(metrics: Iterable[Metric]) -> str:
    """The text of the metrics that have samples; those of one name as one, where it first came."""
    merged: dict[str, Metric] = {}
    for metric in metrics:
        known = merged.get(metric.name, metric)
        samples = metric.samples if known is metric else (*known.samples, *metric.samples)
        merged[metric.name] = replace(known, samples=samples)
    return "".join(_text(metric) for metric in merged.values() if metric.samples)


def run_metrics(analysis: Analysis, run: Labels, exit_code: int) -> Iterator[Metric]:
    """The numbers of a run, labelled as that run."""
    info = {
        **run,
        "unit": analysis.unit.value,
        "kind": analysis.kind.value,
        "python": printable(analysis.python),
        "version": printable(analysis.leakscan_version),
    }
    yield gauge("run_info", "What ran, and what its growth is counted by.", [(info, 1)])
    yield gauge(
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
            yield gauge(name, text, [(run, number)])


def finding_metrics(found: Iterable[tuple[Labels, Finding]]) -> Iterator[Metric]:
    """The numbers of findings, labelled as their runs and as themselves."""
    labelled = [({**run, **_labels(finding)}, finding) for run, finding in found]
    yield gauge(
        "finding_growth_bytes_per_call",
        "Growth of one finding, per call.",
        [(labels, finding.bytes_per_call) for labels, finding in labelled],
    )
    yield gauge(
        "finding_growth_objects_per_call",
        "Objects that one finding gains, per call.",
        [(labels, finding.objects_per_call) for labels, finding in labelled],
    )
    yield gauge(
        "finding_entries",
        "Entries of the holder of one finding, at the end of the run.",
        [
            (labels, finding.holder.entries)
            for labels, finding in labelled
            if finding.holder is not None and finding.holder.entries is not None
        ],
    )


def gauge(name: str, text: str, samples: Iterable[tuple[Labels, float]]) -> Metric:
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
