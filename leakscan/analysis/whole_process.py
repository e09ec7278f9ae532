"""Growth that only the whole process shows: it is proved, and neither a traced site nor a holder has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis import holders
from leakscan.analysis.advice import advice
from leakscan.analysis.containers import ContainerGrowth
from leakscan.analysis.places import shown_file
from leakscan.analysis.screen import Screen
from leakscan.analysis.trends import Trend
from leakscan.model import Finding, Frame, Holder, Kind, SiteGrowth, Verdict

REFERENCE_BYTES = 8
"""What an entry of a container takes at the least."""
GIVEN_BACK = 0.5
"""Share of what the process grew by that malloc must be able to give back for it to be fragmentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """The number of the process that grows."""

    kind: Kind
    bytes_per_call: float
    objects_per_call: float = 0.0
    holder: Holder | None = None
    series: tuple[tuple[int, int], ...] = ()
    series_unit: str = "bytes"


def whole_process_finding(
    records: Sequence[wire.Record], found: Screen, *, has_failed: bool
) -> Finding | None:
    """The leak of a process in which something grows that nothing else explains; None if there is none.

    Blocks that grow while untraced and at no site while traced are noise, unless the target failed
    before it could be traced.
    """
    signal = _signal(records, found, has_failed=has_failed)
    if signal is None:
        return None
    advised = advice(signal.kind, None, ())
    return Finding(
        fingerprint=holders.fingerprint("whole process", [signal.kind.value, _identity(records)]),
        verdict=Verdict.LEAKING,
        kind=signal.kind,
        bytes_per_call=signal.bytes_per_call,
        objects_per_call=signal.objects_per_call,
        holder=signal.holder,
        also_held_by=(),
        sites=_sites(records, signal),
        chain=(),
        advice=None if advised is None else advised.text,
        advice_page=None if advised is None else advised.page,
        series=signal.series,
        series_unit=signal.series_unit,
    )


def is_fragmentation(records: Sequence[wire.Record], found: Screen) -> bool:
    """Whether resident memory grows alone, and malloc could give much of it back."""
    trimmed = next((r for r in reversed(records) if isinstance(r, wire.Trimmed)), None)
    grown_alone = found.rss is Trend.RISING and Trend.RISING not in (found.blocks, found.heap)
    if trimmed is None or not grown_alone:
        return False
    gained = found.windows[-1].samples[-1].rss - found.windows[0].samples[0].rss
    return trimmed.before - trimmed.after >= GIVEN_BACK * gained


def _signal(records: Sequence[wire.Record], found: Screen, *, has_failed: bool) -> _Signal | None:
    if found.trend is not Trend.RISING:
        return None
    if found.blocks is Trend.RISING:
        return _of_blocks(found) if has_failed else None
    if found.heap is Trend.RISING:
        series = _series(found, [sample.heap for sample in _samples(found)])
        return _Signal(kind=Kind.NATIVE, bytes_per_call=found.heap_per_call, series=series)
    if found.rss is Trend.RISING:
        if is_fragmentation(records, found):
            return None
        series = _series(found, [sample.rss for sample in _samples(found)])
        return _Signal(kind=Kind.NATIVE, bytes_per_call=found.rss_per_call, series=series)
    return _of_container(found.suspects[0], found) if found.suspects else None


def _of_blocks(found: Screen) -> _Signal:
    """Small blocks lie outside of the native heap, so that resident memory is all that tells their size."""
    grown = found.heap_per_call if found.heap is Trend.RISING else found.rss_per_call
    return _Signal(
        kind=Kind.UNBOUNDED_GROWTH, bytes_per_call=max(0.0, grown), objects_per_call=found.blocks_per_call
    )


def _of_container(growth: ContainerGrowth, found: Screen) -> _Signal:
    """A container that grows, and that no way from a root leads to."""
    per_call = growth.per_call * (1_000 if found.by_time else 1)
    holder = Holder(
        name=f"{growth.type} without a name",
        type=growth.type,
        path=(),
        entries=growth.entries,
        in_bytes=growth.in_bytes,
        entries_per_call=per_call,
        added_per_call=None,
        removed_per_call=None,
        bound=None,
        bound_name=None,
        capacity_bytes=None,
        bytes_per_entry=None,
        freed_share=None,
        defined_at=None,
    )
    return _Signal(
        kind=Kind.UNBOUNDED_GROWTH,
        bytes_per_call=per_call if growth.in_bytes else per_call * REFERENCE_BYTES,
        holder=holder,
        series=growth.looks,
        series_unit="bytes" if growth.in_bytes else "entries",
    )


def _samples(found: Screen) -> list[wire.Sample]:
    return [sample for window in found.windows for sample in window.samples]


def _series(found: Screen, values: Sequence[int]) -> tuple[tuple[int, int], ...]:
    when = [round(s.at * 1_000) if found.by_time else s.calls for s in _samples(found)]
    # A window begins where the one before it ends.
    return tuple(dict(zip(when, values, strict=True)).items())


def _sites(records: Sequence[wire.Record], signal: _Signal) -> tuple[SiteGrowth, ...]:
    """The target itself: all that is known of the stack is that it begins there."""
    loaded = _loaded(records)
    if loaded is None or loaded.definition is None:
        return ()
    file, line, function, qualname = loaded.definition
    frame = Frame(file=shown_file(file, records), line=line, function=function, qualname=qualname)
    return (
        SiteGrowth(
            frame=frame,
            stack=(),
            bytes_per_call=signal.bytes_per_call,
            objects_per_call=signal.objects_per_call,
            types={},
        ),
    )


def _identity(records: Sequence[wire.Record]) -> str:
    """The target by its name, wherever its file lies and however it was spelt."""
    loaded = _loaded(records)
    if loaded is None:
        return ""
    if loaded.definition is None:
        return loaded.name
    file, _line, _function, qualname = loaded.definition
    return f"{file.rpartition('/')[2]}:{qualname}"


def _loaded(records: Sequence[wire.Record]) -> wire.Loaded | None:
    return next((record for record in records if isinstance(record, wire.Loaded)), None)
