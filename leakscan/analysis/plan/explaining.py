"""Explanation: who holds what grew, proved by experiment, then named."""

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution import proof_plan
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.plan.extras import draw_graphs
from leakscan.analysis.plan.native_lines import watch_lines
from leakscan.analysis.plan.run_so_far import RunSoFar
from leakscan.analysis.plan.stores import watch_stores
from leakscan.analysis.plan.tracing import start_to_name


def explain(run: RunSoFar) -> wire.Command | None:
    """The garbage, the holders, the experiments and the names; then what only native memory shows."""
    records, screen = run.records, run.final_screen
    if not records.has(wire.Tracing):
        return None
    if screen.is_garbage and not records.has(wire.Garbage):
        return wire.CollectGarbage(draws=run.options.draws)
    if not records.has(wire.Explained):
        return _find_holders(run)
    if not records.has(wire.Named):
        return _next_proof(run) or _measure_entries(run) or _name(run)
    if screen.rss is Trend.RISING and not records.has(wire.Trimmed):
        return wire.Trim()
    # It calls the target again, which may replace what is drawn.
    return watch_lines(run) or draw_graphs(run) or watch_stores(run)


def explain_what_stopped(run: RunSoFar) -> wire.Command | None:
    """What can still be explained of a target that raised: by what is there, without another call."""
    records, screen = run.records, run.final_screen
    stop = records.last(wire.Raised)
    if stop is None or stop.how != "raised":
        return None
    if records.has(wire.Named):
        return draw_graphs(run)
    if screen.trend is not Trend.RISING:
        return None
    if _is_last_census_due(run):
        return wire.TakeCensus()
    if not records.has(wire.Tracing):
        suspects = screen.suspects or screen.containers
        return start_to_name(suspects[: settings.MAX_SUSPECTS_AFTER_A_STOP])
    if records.count(wire.Sites) == 1:
        return wire.TakeSites()
    if not records.has(wire.Explained):
        return _find_holders(run)
    return _measure_entries(run) or _name(run)


def _is_last_census_due(run: RunSoFar) -> bool:
    """Whether the containers were looked at before the target raised, and not since."""
    is_settled = run.records.has(wire.Tracing) or run.records.has_failed("TakeCensus")
    has_looked = any(isinstance(r, wire.Census) for r in run.records.since_last(wire.Raised))
    return run.records.has(wire.Census) and not has_looked and not is_settled


def _find_holders(run: RunSoFar) -> wire.Command | None:
    return None if run.records.has_failed("Explain") else wire.Explain(draws=run.options.draws)


def _next_proof(run: RunSoFar) -> wire.Command | None:
    """The next experiment: what is freed where holders are emptied in a copy of the process."""
    explained, sites = run.records.last(wire.Explained), run.sites
    if explained is None or sites is None or not run.options.proves or run.records.has_failed("Prove"):
        return None
    proofs = run.records.of(wire.Proved)
    control = run.records.last(wire.Controlled)
    cheap = None if control is None else control.no_sandbox
    failed = sum(1 for proof in proofs if proof.message or proof.counted_because not in (None, cheap))
    if len(proofs) >= settings.MAX_PROOFS or failed >= settings.MAX_FAILED_PROOFS:
        return None
    return proof_plan.proofs_wanted(explained, sites, run.final_screen, proofs)


def _measure_entries(run: RunSoFar) -> wire.Command | None:
    """What an entry of each holder takes."""
    explained = run.records.last(wire.Explained)
    is_over = run.records.has(wire.EntriesMeasured) or run.records.has_failed("MeasureEntries")
    if explained is None or is_over:
        return None
    sites = run.sites or wire.NOTHING_TRACED
    heaviest = proof_plan.holders_by_weight(explained, sites, run.final_screen)[: settings.MAX_WEIGHED]
    return wire.MeasureEntries(heaviest) if heaviest else None


def _name(run: RunSoFar) -> wire.Command | None:
    return None if run.records.has_failed("Name") else wire.Name(draws=run.options.draws)
