"""Growth that only the whole process shows: it is proved, and neither a traced site nor a holder has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.findings.advice import NATIVE_LINE, Advice, advice
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.growth.process_growth import is_container_alone, native_bytes_per_unit
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, position
from leakscan.analysis.naming import fingerprint as fingerprints
from leakscan.analysis.naming.stack_frames import Places
from leakscan.model.analysis import Finding, Frame, Holder, SiteGrowth
from leakscan.model.run import Kind, Position, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """The number of the process that grows."""

    kind: Kind
    bytes_per_call: float
    objects_per_call: float = 0.0
    holder: Holder | None = None
    series: tuple[Position, ...] = ()
    series_unit: str = "bytes"


def whole_process_finding(
    records: Sequence[wire.Record],
    screen: Screen,
    *,
    has_failed: bool,
    beside_findings: float | None = None,
) -> Finding | None:
    """The leak of a process in which something grows that nothing else explains; None if there is none.

    Blocks that grow while untraced and at no site while traced are noise, unless the target failed
    before it could be traced. `beside_findings` is what native heap grows by beyond all findings.
    """
    signal = _signal(records, screen, has_failed=has_failed)
    if signal is None and beside_findings is not None:
        values = [sample.heap for sample in _samples(screen)]
        signal = _Signal(kind=Kind.NATIVE, bytes_per_call=beside_findings, series=_series(screen, values))
    if signal is None:
        return None
    sites = _sites(records, signal)
    advised = _advice(signal, sites)
    return Finding(
        fingerprint=fingerprints.fingerprint("whole process", [signal.kind.value, _identity(records)]),
        verdict=Verdict.LEAKING,
        kind=signal.kind,
        bytes_per_call=signal.bytes_per_call,
        objects_per_call=signal.objects_per_call,
        holder=signal.holder,
        also_held_by=(),
        sites=sites,
        chain=(),
        advice=None if advised is None else advised.text,
        pattern=None if advised is None else advised.pattern,
        series=signal.series,
        series_unit=signal.series_unit,
    )


def _signal(records: Sequence[wire.Record], screen: Screen, *, has_failed: bool) -> _Signal | None:
    if screen.trend is not Trend.RISING:
        return None
    if screen.blocks is Trend.RISING:
        return _of_blocks(screen) if has_failed else None
    native = native_bytes_per_unit(records, screen)
    if native is not None:
        is_of_heap = screen.heap is Trend.RISING
        values = [sample.heap if is_of_heap else sample.rss for sample in _samples(screen)]
        return _Signal(kind=Kind.NATIVE, bytes_per_call=native, series=_series(screen, values))
    return _of_container(screen.suspects[0]) if is_container_alone(screen) else None


def _of_blocks(screen: Screen) -> _Signal:
    """Small blocks lie outside of the native heap, so that resident memory is all that tells their size."""
    grown = screen.heap_per_unit if screen.heap is Trend.RISING else screen.rss_per_unit
    return _Signal(
        kind=Kind.UNBOUNDED_GROWTH, bytes_per_call=max(0.0, grown), objects_per_call=screen.blocks_per_unit
    )


def _of_container(growth: ContainerGrowth) -> _Signal:
    """A container that grows, and that no chain from a root leads to."""
    holder = Holder(
        name=f"{growth.type} without a name",
        type=growth.type,
        path=(),
        entries=growth.entries,
        in_bytes=growth.in_bytes,
        entries_per_call=growth.per_unit,
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
        bytes_per_call=growth.per_unit * (1 if growth.in_bytes else settings.REFERENCE_BYTES),
        holder=holder,
        series=growth.lengths,
        series_unit="bytes" if growth.in_bytes else "entries",
    )


def _samples(screen: Screen) -> list[wire.Sample]:
    return [sample for window in screen.windows for sample in window.samples]


def _series(screen: Screen, values: Sequence[int]) -> tuple[Position, ...]:
    when = [position(s, screen.unit) for s in _samples(screen)]
    # A window begins where the one before it ends.
    return tuple(dict(zip(when, values, strict=True)).items())


def _sites(records: Sequence[wire.Record], signal: _Signal) -> tuple[SiteGrowth, ...]:
    """The lines that take the memory, if they are known; else the target: there the stack begins."""
    watched = next((record for record in records if isinstance(record, wire.LineGains)), None)
    lines = () if watched is None else _leaking_lines(watched, signal.bytes_per_call)
    if watched is not None and lines:
        places = Places(records, watched.functions)
        return tuple(
            SiteGrowth(
                frame=places.shown(line.frames),
                stack=places.stack(line.frames),
                bytes_per_call=line.bytes / watched.calls,
                objects_per_call=0.0,
                types={},
            )
            for line in lines
        )
    loaded = _loaded(records)
    if loaded is None or loaded.definition is None:
        return ()
    file, line_number, function, qualname = loaded.definition
    frame = Frame(file=Places(records, ()).file(file), line=line_number, function=function, qualname=qualname)
    return (
        SiteGrowth(
            frame=frame,
            stack=(),
            bytes_per_call=signal.bytes_per_call,
            objects_per_call=signal.objects_per_call,
            types={},
        ),
    )


def _advice(signal: _Signal, sites: Sequence[SiteGrowth]) -> Advice | None:
    if signal.kind is Kind.NATIVE and sites and sites[0].stack:
        return NATIVE_LINE
    return advice(signal.kind, None, ())


def _leaking_lines(watched: wire.LineGains, bytes_per_call: float) -> tuple[wire.LineGain, ...]:
    """The lines that took what the process lost; empty where that is not known.

    A line may take what another one gives back. So either the lines that took most took about what was lost,
    or one of them did, or there is only one, and the others gave back the rest.
    """
    lost = bytes_per_call * watched.calls
    together = sum(line.bytes for line in watched.lines)
    if _is_about(together, lost):
        return tuple(line for line in watched.lines if line.bytes >= settings.MIN_LINE_SHARE * together)
    if len(watched.lines) == 1 and _is_about(watched.bytes, lost):
        return watched.lines
    alone = [line for line in watched.lines if _is_about(line.bytes, lost)]
    return tuple(alone) if len(alone) == 1 else ()


def _is_about(taken: float, lost: float) -> bool:
    return 0 < settings.MIN_SHARE_OF_LOSS * lost <= taken <= settings.MAX_SHARE_OF_LOSS * lost


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
