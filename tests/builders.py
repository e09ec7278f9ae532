"""Model values for tests: a builder makes a plain one, and a test names only what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from leakscan.model.analysis import (
    Analysis,
    Cache,
    ChainStep,
    Finding,
    Frame,
    Growth,
    Holder,
    SiteGrowth,
    TargetFailure,
)
from leakscan.model.check import Accepted
from leakscan.model.history import Commit, Drift, DriftKind, Machine, PastRun, Quantity, Window
from leakscan.model.run import Kind, Unit, Verdict


def a_frame(place: str = "app/jobs.py:41", qualname: str = "Jobs.put") -> Frame:
    file, _, line = place.rpartition(":")
    function = qualname.rpartition(".")[2]
    return Frame(file=file, line=int(line), function=function, qualname=qualname)


def a_site(
    place: str = "app/jobs.py:41",
    qualname: str = "Jobs.put",
    *,
    bytes_per_call: float = 1_600.0,
    objects_per_call: float = 20.0,
    types: Mapping[str, float] | None = None,
) -> SiteGrowth:
    frame = a_frame(place, qualname)
    return SiteGrowth(
        frame=frame,
        stack=(frame, a_frame("app/main.py:7", "main")),
        bytes_per_call=bytes_per_call,
        objects_per_call=objects_per_call,
        types=types or {},
    )


def a_holder(name: str = "Jobs.done", **changes: Any) -> Holder:
    """A dict that gained ten entries a call and lost none; `changes` are fields of `Holder`."""
    holder = Holder(
        name=name,
        type="dict",
        path=("app.jobs", ".done"),
        entries=12_340,
        entries_per_call=10.0,
        added_per_call=10.0,
        removed_per_call=0.0,
        bound=None,
        bound_name=None,
        capacity_bytes=None,
        bytes_per_entry=None,
        in_bytes=False,
        freed_share=0.992,
        defined_at=None,
    )
    return replace(holder, **changes)


def a_finding(**changes: Any) -> Finding:
    """A leak of 1,900 bytes a call into `Jobs.done`; `changes` are fields of `Finding`."""
    finding = Finding(
        fingerprint="app.jobs.Jobs.done",
        verdict=Verdict.LEAKING,
        kind=Kind.UNBOUNDED_GROWTH,
        bytes_per_call=1_900.0,
        objects_per_call=30.0,
        holder=a_holder(),
        also_held_by=(),
        sites=(a_site(),),
        chain=(
            ChainStep(link="app.jobs", type="Jobs", name="app.jobs", is_growing=False),
            ChainStep(link=".done", type="dict", name="app.jobs.done", is_growing=True),
        ),
        advice=None,
        pattern=None,
        series=((0, 2_340), (500, 7_340), (1_000, 12_340)),
        series_unit="entries",
    )
    return replace(finding, **changes)


def a_filling_finding(**changes: Any) -> Finding:
    """An `lru_cache` with 3,210 of its 5,000 entries, one more each call."""
    holder = a_holder(
        "lru_cache of app.price",
        type="lru_cache",
        path=("app.price",),
        entries=3_210,
        entries_per_call=1.0,
        added_per_call=1.0,
        bound=5_000,
        bound_name="maxsize",
        freed_share=None,
    )
    finding = a_finding(
        fingerprint="app.price lru_cache",
        verdict=Verdict.FILLING,
        kind=Kind.BOUNDED,
        bytes_per_call=240.0,
        objects_per_call=2.0,
        holder=holder,
        chain=(),
        series=(),
    )
    return replace(finding, **changes)


def a_finding_without_holder(kind: Kind, **changes: Any) -> Finding:
    return a_finding(kind=kind, holder=None, chain=(), series=(), **changes)


def a_cache(name: str = "lru_cache of app.price", **changes: Any) -> Cache:
    """An `lru_cache` without a bound, hit three times out of four; `changes` are fields of `Cache`."""
    cache = Cache(
        name=name,
        type="lru_cache",
        path=("app.price",),
        function="app.price",
        entries=12_340,
        bound=None,
        bound_name="maxsize",
        is_unbounded=True,
        hits=37_020,
        misses=12_340,
        table_bytes=589_928,
        bytes_per_entry=240.0,
        instances=1,
        defined_at="app/prices.py:7",
    )
    return replace(cache, **changes)


def another_cache(name: str = "PageCache.pages", **changes: Any) -> Cache:
    """A dict that its owner has a bound for, and that counts no hits."""
    known: dict[str, Any] = {
        "type": "dict",
        "path": ("app.PAGES", ".pages"),
        "function": None,
        "entries": 100,
        "bound": 1_000,
        "is_unbounded": False,
        "hits": None,
        "misses": None,
        "table_bytes": 4_688,
        "bytes_per_entry": 1_000.0,
        "defined_at": None,
    }
    return a_cache(name, **{**known, **changes})


def an_analysis(*findings: Finding, **changes: Any) -> Analysis:
    """The analysis of a leaking run, or of a clean one if it has no findings."""
    is_leaking = any(finding.verdict is Verdict.LEAKING for finding in findings)
    analysis = Analysis(
        leakscan_version="0.1.0",
        python="3.11.7",
        target="app.jobs:handle",
        unit=Unit.CALL,
        verdict=Verdict.LEAKING if is_leaking else Verdict.CLEAN,
        kind=Kind.UNBOUNDED_GROWTH if is_leaking else Kind.FLAT,
        reason="the heap grows with every call" if is_leaking else "the heap stays flat",
        calls=1_234,
        rounds=12,
        seconds=3.21,
        late_rounds=0,
        detection_limit_bytes_per_call=8.0,
        growth=Growth(bytes_per_call=1_900.0, blocks_per_call=30.0, rss_bytes_per_call=2_100.0)
        if is_leaking
        else Growth(bytes_per_call=0.0, blocks_per_call=0.0, rss_bytes_per_call=0.0),
        findings=findings,
        series=((0, 81_234), (400, 93_234), (1_234, 118_254)) if is_leaking else (),
        heap_series=(),
        failure=None,
        warnings=(),
    )
    return replace(analysis, **changes)


def a_failure(**changes: Any) -> TargetFailure:
    failure = TargetFailure(
        message="the target raised ValueError: bad input (call 41)",
        traceback=(
            "Traceback (most recent call last):\n"
            '  File "app/jobs.py", line 41, in put\n'
            "    raise ValueError('bad input')\n"
            "ValueError: bad input"
        ),
        hint=None,
    )
    return replace(failure, **changes)


def a_past_run(**changes: Any) -> PastRun:
    """A clean run, as a history keeps it; `changes` are fields of `PastRun`."""
    run = PastRun(
        id=None,
        target="app.jobs:handle",
        started_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        commit=Commit(id="1f3a5c7e9b1d3f5a7c9e1b3d5f7a9c1e3b5d7f9a", is_dirty=False),
        verdict=Verdict.CLEAN,
        is_failed=False,
        unit=Unit.CALL,
        growth_bytes_per_call=0.0,
        peak_bytes=50_000_000,
        seconds_per_call=0.004,
        calls=12_000,
        threshold_bytes_per_call=0.0,
        python="3.11.7",
        leakscan="0.1.0",
        machine=Machine(system="Linux x86_64 glibc", processor="Intel(R) Xeon(R) Processor"),
        conditions="0011223344556677",
        accepted={},
    )
    return replace(run, **changes)


def an_accepted_leak(**changes: Any) -> Accepted:
    """What a baseline says of the leak that `a_finding` makes; `changes` are fields of `Accepted`."""
    known = Accepted(
        target="jobs",
        fingerprint="app.jobs.Jobs.done",
        holder="Jobs.done",
        bytes_per_call=1_900.0,
        entries_per_call=10.0,
        python="3.11",
        since=date(2026, 1, 5),
        reason="to be bounded with the new queue",
        expires=None,
    )
    return replace(known, **changes)


def a_drift(**changes: Any) -> Drift:
    """The peak of a target that rose in one step; `changes` are fields of `Drift`."""
    drift = Drift(
        target="jobs",
        quantity=Quantity.PEAK,
        unit=Unit.CALL,
        kind=DriftKind.STEP,
        now=70_000_000.0,
        reference=50_000_000.0,
        limit=60_000_000.0,
        samples=6,
        window=Window(days=7.0),
        reference_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )
    return replace(drift, **changes)
