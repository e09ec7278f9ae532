"""Whether a target got worse from run to run: in one step, or by little and little."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from leakscan.comparison.drift_settings import DriftSettings
from leakscan.comparison.levels import LevelJudge
from leakscan.model.history import Course, PastRun, Quantity, TargetHistory
from leakscan.model.run import Verdict

_ANSWERS = {
    Quantity.GROWTH: frozenset({Verdict.CLEAN, Verdict.FILLING, Verdict.LEAKING}),
    # What grows is as large as the run is long: only the peak of a target that stays flat can be compared.
    Quantity.PEAK: frozenset({Verdict.CLEAN}),
    Quantity.TIME: frozenset({Verdict.CLEAN, Verdict.FILLING, Verdict.LEAKING}),
}


def histories(runs: Sequence[PastRun], settings: DriftSettings) -> tuple[TargetHistory, ...]:
    """The runs, oldest first, put together with those that they can be compared with.

    In the order of the targets' names, then of the conditions.
    """
    ordered = sorted(runs, key=_conditions)
    return tuple(_history(tuple(group), settings) for _, group in groupby(ordered, key=_conditions))


def history_of(last: PastRun, earlier: Sequence[PastRun], settings: DriftSettings) -> TargetHistory:
    """A run held against those before it, oldest first, that are comparable with it."""
    alike = (run for run in earlier if _conditions(run) == _conditions(last))
    return _history((*alike, last), settings)


def python_minor(python: str) -> str:
    """`3.11` of `3.11.7`: the sizes of objects change with it, and stay within it."""
    return ".".join(python.split(".")[:2])


def value_of(run: PastRun, quantity: Quantity) -> float | None:
    """The number of a run; None where it has none that can be compared."""
    if run.is_failed or run.verdict not in _ANSWERS[quantity]:
        return None
    match quantity:
        case Quantity.GROWTH:
            return run.growth_bytes_per_call
        case Quantity.PEAK:
            return None if run.peak_bytes is None else float(run.peak_bytes)
        case Quantity.TIME:
            return run.seconds_per_call


def _conditions(run: PastRun) -> tuple[str, ...]:
    """What must be the same for the numbers of two runs to be comparable."""
    return (run.target, python_minor(run.python), run.machine.system, run.unit, run.conditions)


def _history(runs: tuple[PastRun, ...], settings: DriftSettings) -> TargetHistory:
    last = runs[-1]
    return TargetHistory(
        target=last.target,
        python=python_minor(last.python),
        system=last.machine.system,
        unit=last.unit,
        conditions=last.conditions,
        window=settings.window,
        runs=runs,
        courses=tuple(_courses(runs, settings)),
    )


def _courses(runs: Sequence[PastRun], settings: DriftSettings) -> Iterator[Course]:
    """The courses of runs that are comparable; a time is held only against those of the same processor."""
    for quantity in Quantity:
        judges: dict[str, LevelJudge] = {}
        levels = []
        for run in runs:
            value = value_of(run, quantity)
            if value is not None:
                machine = run.machine.processor if quantity is Quantity.TIME else ""
                judge = judges.setdefault(machine, LevelJudge(quantity, settings))
                levels.append(judge.level(run, value))
        if levels:
            yield Course(quantity=quantity, levels=tuple(levels))
