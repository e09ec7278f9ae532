"""How a failure of leakscan itself is reported."""

import pytest

from leakscan import wire
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.whole_runs import a_flat_run, a_leaking_run, analysis_of


def test_what_the_agent_could_not_do_is_a_warning() -> None:
    analysis = analysis_of(*a_flat_run(), wire.AgentFailed("Explain", "OSError: no", "Traceback"))

    assert analysis.warnings == ("leakscan could not find what holds the growth: OSError: no",)
    assert analysis.verdict is Verdict.CLEAN


def test_a_holder_that_leakscan_could_not_name_is_its_own_fault() -> None:
    unnamed = [*a_leaking_run(named=False), wire.AgentFailed("Name", "RuntimeError: changed", "Traceback")]

    analysis = analysis_of(*unnamed)

    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)
    assert analysis.warnings == ("leakscan could not name the holder: RuntimeError: changed",)


@pytest.mark.parametrize("command", ["Explain", "TakeSites", "StartTracing"])
def test_growth_without_an_answer_is_told_as_leakscans_own_fault(command: str) -> None:
    steps = {"Explain": wire.Explained, "TakeSites": wire.Sites, "StartTracing": wire.Tracing}
    until = next(n for n, record in enumerate(a_leaking_run()) if isinstance(record, steps[command]))
    grown = [r for r in a_leaking_run()[:until] if not isinstance(r, wire.Census)]

    analysis = analysis_of(*grown, wire.AgentFailed(command, "RuntimeError: changed", "Traceback"))

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.LEAKSCAN_FAILED)
    assert analysis.reason.startswith("leakscan could not ")
    assert analysis.reason.endswith(": RuntimeError: changed")
    assert "--max-time" not in analysis.reason
