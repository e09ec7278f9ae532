"""Records as an agent would send them: a test names only what it is about."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from leakscan import wire
from leakscan.model.run import RunOptions

SECONDS_PER_CALL = 1e-4


def a_header(*, memory_bytes: int | None = None, **options: Any) -> wire.Header:
    return wire.Header(
        format=wire.FORMAT_VERSION,
        leakscan="0.1.0",
        python="3.11.7",
        platform="Linux",
        started_at="2026-01-01T00:00:00+00:00",
        options=asdict(RunOptions(target="app:handle", **options)),
        library_paths=("/usr/lib/python3",),
        working_directory="/srv/app",
        memory_bytes=memory_bytes,
    )


def a_sound_control() -> wire.Controlled:
    return wire.Controlled(
        empty_blocks=(5_000,) * 4, empty_heap=(90_000,) * 4, canary_blocks=(10, 11, 12, 13)
    )


def a_sample(calls: int, blocks: float = 1_000, **changes: Any) -> wire.Sample:
    """Blocks in use after so many calls; `garbage` is what the collection before it freed."""
    garbage = changes.pop("garbage", 0)
    sample = wire.Sample(
        stage=wire.Stage.SCREEN,
        calls=calls,
        at=calls * SECONDS_PER_CALL,
        call_seconds=100 * SECONDS_PER_CALL,
        collect_seconds=0.001,
        cpu_seconds=calls * SECONDS_PER_CALL,
        blocks_before=int(blocks) + garbage,
        blocks=int(blocks),
        heap=1_000_000,
        rss=20_000_000,
        is_collecting=True,
    )
    return sample._replace(**changes)


def a_window(
    blocks: Sequence[float], *, after: int = 0, calls: int = 100, **changes: Any
) -> list[wire.Record]:
    """A finished window of the screen: one sample for each number, `calls` calls between them."""
    samples = [a_sample(after + place * calls, number, **changes) for place, number in enumerate(blocks)]
    stage = changes.get("stage", wire.Stage.SCREEN)
    return [*samples, wire.RoundsDone(stage, len(samples) - 1)]


def a_look(number: int, calls: int, *grown: wire.GrownContainer) -> wire.Census:
    return wire.Census(number, calls, calls * SECONDS_PER_CALL, 0.01, 500, grown)


def grown(address: int, before: int, after: int, **changes: Any) -> wire.GrownContainer:
    """A dict that was longer than at the look before."""
    return wire.GrownContainer(address, "dict", before, after)._replace(**changes)


def a_traced_site(line: int = 7, *, blocks: int = 100, size: int = 10_000) -> wire.TracedSite:
    return wire.TracedSite(
        frames=(("/srv/app/app.py", line), ("/srv/app/main.py", 3)),
        blocks=blocks,
        bytes=size,
        live_blocks=blocks,
        live_bytes=size,
        largest=size // max(1, blocks),
    )


def a_held_by(address: int, *shares: wire.SiteShare, **changes: Any) -> wire.HeldBy:
    """A dict that gained a hundred entries while it was traced."""
    holder = wire.HeldBy(
        address=address,
        type="dict",
        is_container=True,
        entries=1_100,
        entries_before=1_000,
        added=100,
        calls=100,
        bound=None,
        capacity_bytes=36_960,
        shares=shares,
        overlaps={},
    )
    return holder._replace(**changes)


def a_share(site: int, objects: int = 100) -> wire.SiteShare:
    return wire.SiteShare(site, objects, objects * 100, {"bytes": objects})


def module_step(name: str = "app") -> wire.Step:
    return wire.Step("module", name, "module", name, name)


def global_step(name: str, kind: str = "dict", *, module: str = "app") -> wire.Step:
    return wire.Step("global", f".{name}", kind, module, module)


def attribute_step(owner: str, name: str, kind: str = "dict") -> wire.Step:
    return wire.Step("attribute", f".{name}", kind, owner, "app")


def garbage(objects: int, *shares: wire.SiteShare) -> wire.Garbage:
    """So many objects of cyclic garbage, nodes all of them."""
    types = (("Node", objects),) if objects else ()
    return wire.Garbage(objects, types, (wire.Step("garbage", "Node", "Node"),), shares)
