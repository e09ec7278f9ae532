"""What is known of the leaks so far, as the plan asks for it."""

from leakscan.analysis.findings.build import findings, holders_by_finding
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.record_index import RecordIndex
from leakscan.model.run import Kind


def is_growth_explained(records: RecordIndex, screen: Screen) -> bool:
    return bool(findings(records, screen, 0.0))


def native_growth(records: RecordIndex, screen: Screen) -> float | None:
    grown = [f for f in findings(records, screen, 0.0) if f.kind is Kind.NATIVE]
    return grown[0].bytes_per_call if grown else None


def holders_to_draw(records: RecordIndex, screen: Screen) -> tuple[tuple[int, ...], ...]:
    return holders_by_finding(records, screen)
