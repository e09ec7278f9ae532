"""What a run does next: a pure function over what was asked for and what has been recorded."""

from collections.abc import Callable, Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.plan.confirming import confirm
from leakscan.analysis.plan.explaining import explain, explain_what_stopped
from leakscan.analysis.plan.extras import find_spare_capacity, list_caches
from leakscan.analysis.plan.run_so_far import RunSoFar
from leakscan.analysis.plan.screening import screen_growth
from leakscan.analysis.plan.tracing import trace
from leakscan.analysis.plan.warm_up import warm_up
from leakscan.model.run import RunOptions

PlanStage = Callable[[RunSoFar], wire.Command | None]
"""What a stage still asks for; None if it has nothing left to ask."""


def control(run: RunSoFar) -> wire.Command | None:
    """A target that does nothing and one that keeps one object a round: the noise of the agent itself."""
    return None if run.records.has(wire.Controlled) else wire.Control(rounds=settings.CONTROL_ROUNDS)


def load(run: RunSoFar) -> wire.Command | None:
    """The target itself."""
    if run.records.has(wire.Loaded):
        return None
    options = run.options
    return wire.Load(options.target, options.is_module, options.arguments, options.setup, options.shows_keys)


STAGES: tuple[PlanStage, ...] = (
    *(control, load, warm_up, screen_growth, trace, explain, confirm),
    *(find_spare_capacity, list_caches),
)
"""The stages of a run, the cheapest first: what costs a target dearly is asked for only where it grows."""
STAGES_AFTER_A_STOP: tuple[PlanStage, ...] = (control, load, explain_what_stopped, list_caches)
"""The stages of a run whose target raised, exited or was interrupted, and is not called again."""
_ENDS = (wire.LoadFailed, wire.Ended)


def next_command(
    options: RunOptions, records: Sequence[wire.Record], *, is_live: bool = False
) -> wire.Command | None:
    """The command that the run goes on with, or None if it is over.

    `is_live` while a call runs that does not return.
    """
    run = RunSoFar(options, records, is_live=is_live)
    has_failed = run.records.count(wire.AgentFailed) >= settings.MAX_AGENT_FAILURES
    if has_failed or run.records.has(*_ENDS):
        return None
    stages = STAGES_AFTER_A_STOP if run.records.has(wire.Raised) else STAGES
    # A command without fields is an empty tuple, so that `or` would pass it over.
    return next((command for stage in stages if (command := stage(run)) is not None), None)
