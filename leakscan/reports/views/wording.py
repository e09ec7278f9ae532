"""The words of one finding: its summary, and the sentences below it."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from leakscan import units
from leakscan.model.analysis import Cache, Finding, Frame, Holder, Pace
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.text_fit import ELLIPSIS, printable, shortened
from leakscan.reports.views.facts import place_of
from leakscan.reports.views.forecast import forecast, forecast_text, pace_text

_YARDSTICK = Pace()
_MAX_SHOWN_TYPES = 3
LINK_WIDTH = 48
"""A dict key longer than this is cut in the middle."""
PLACE_WIDTH = 160
"""A link that names a variable or a task contains its function, its file and its line."""


def finding_summary(finding: Finding, unit: Unit) -> str:
    """The sentence that says what grows and by how much: the first line of a finding."""
    if finding.holder is None:
        return _sentence_without_holder(finding, unit)
    grown = _rate(finding.bytes_per_call, unit)
    exceeds = exceeds_text(finding.holder) if finding.kind is Kind.BOUND_EXCEEDED else None
    if exceeds is not None:
        rates = _joined(finding.holder, _rates(finding.holder, unit))
        return f"{printable(finding.holder.name)} ({rates}) {exceeds}, and grows by {grown}"
    subject = holder_text(finding.holder, unit)
    if finding.verdict is Verdict.FILLING:
        return f"{subject} fills by {grown}{_plateau(finding)}"
    return f"{subject} grows by {grown}"


def finding_title(finding: Finding) -> str:
    """A few words that tell this finding from the others of its report."""
    if finding.holder is not None:
        return printable(finding.holder.name)
    if finding.kind is Kind.CYCLIC_GARBAGE:
        return _garbage(finding)
    return finding.kind.value


def holders_text(findings: Iterable[Finding]) -> str:
    """Whose lines they are: `held by Jobs.done, Jobs.ids`; `native` where no object holds them."""
    every = list(findings)
    held = dict.fromkeys(finding_title(finding) for finding in every if finding.holder is not None)
    unheld = dict.fromkeys(finding_title(finding) for finding in every if finding.holder is None)
    return ", ".join([*([f"held by {', '.join(held)}"] if held else []), *unheld])


def exceeds_text(holder: Holder | Cache) -> str | None:
    """`holds 1,240 entries, maxsize says 1,000`; None where it keeps its bound, or has none."""
    if holder.bound is None or holder.entries is None or holder.entries <= holder.bound:
        return None
    source = "its bound is" if holder.bound_name is None else f"{printable(holder.bound_name)} says"
    return f"holds {_entries(holder.entries)}, {source} {units.count_text(holder.bound)}"


def path_text(path: Sequence[str], *, max_links: int) -> str:
    """The way from the root to the holder: `app → .lock → .keys`.

    The same link many times over is written once (`.next ×1,240`); of more links
    than `max_links` the middle ones are only counted.
    """
    links = [_repeated(link, len(list(run))) for link, run in groupby(path)]
    if len(links) > max_links:
        hidden = len(links) - max_links + 1
        head = (max_links - 1) // 2
        links[head : head + hidden] = [f"{ELLIPSIS} {units.count_text(hidden)} more"]
    return " → ".join(links)


def cycle_text(finding: Finding, *, max_links: int) -> str | None:
    """The way round a cycle of garbage: `Node → .next → Node → .prev → (back)`; None where there is none."""
    chain = finding.chain
    if finding.kind is not Kind.CYCLIC_GARBAGE or len(chain) < 2:
        return None
    words: list[str] = []
    for place, step in enumerate(chain):
        is_back = place == len(chain) - 1
        if place and step.link != "→":
            words.append(step.link)
        words.append("(back)" if is_back else step.link if place == 0 else step.type)
    # Each link comes with what it leads to.
    return path_text(words, max_links=2 * max_links)


def place_text(frame: Frame) -> str:
    """Where a frame is, in full: `app/jobs.py:41 in Jobs.put`."""
    return str(place_of(frame))


def holder_text(holder: Holder, unit: Unit) -> str:
    """A holder in brief, as it stands in `also held by …`."""
    return f"{printable(holder.name)} ({described(holder, unit)})"


def remarks(finding: Finding, unit: Unit, *, max_also_held_by: int, pace: Pace = _YARDSTICK) -> Iterator[str]:
    """The sentences below a finding, after where it is held and allocated."""
    library = None if finding.holder is None else finding.holder.library
    if library is not None:
        yield f"what keeps it is an object of {printable(library)}, a library"
    yield from _other_holders(finding, unit, max_also_held_by)
    yield from _proof(finding)
    yield from _bound_beyond_memory(finding, pace)
    yield from _time_to_plateau(finding, unit, pace)
    at_pace = forecast(finding, unit, pace)
    if at_pace is not None:
        yield forecast_text(at_pace, pace)
    if finding.kind is Kind.UNDER_THRESHOLD:
        yield "under the threshold, so it fails nothing"


def _sentence_without_holder(finding: Finding, unit: Unit) -> str:
    grown = _rate(finding.bytes_per_call, unit)
    objects = units.signed(units.rate_text(finding.objects_per_call))
    counted = f" ({objects} objects)" if finding.objects_per_call else ""
    match finding.kind:
        case Kind.NATIVE:
            return f"native memory grows by {grown}, and no Python object holds it"
        case Kind.FRAGMENTATION:
            return f"resident memory grows by {grown}, and the heap in use does not"
        case Kind.CYCLIC_GARBAGE:
            return f"{_garbage(finding)} grows by {grown}{counted}; only a collection frees it"
        case Kind.LOST_REFERENCE:
            return (
                f"memory that no Python object refers to grows by {grown}{counted}: "
                "a reference is lost, or held in C"
            )
        case Kind.UNDER_THRESHOLD:
            return f"memory{_allocated_in(finding)} grows by {grown}{counted}"
    return f"memory{_allocated_in(finding)} grows by {grown}{counted}, and its holder was not found"


def _allocated_in(finding: Finding) -> str:
    if not finding.sites:
        return ""
    place = place_of(finding.sites[0].frame)
    return f" allocated in {place.function}" if place.function else f" allocated at {place}"


def _garbage(finding: Finding) -> str:
    """`cyclic garbage of Order and Line`: the types of the cycle, or else those that grew most."""
    in_cycle = [step.type for step in finding.chain]
    grown = sorted((-rate, name) for site in finding.sites for name, rate in site.types.items())
    types = list(dict.fromkeys(in_cycle or [name for _rate, name in grown]))
    if not types:
        return finding.kind.value
    named = [printable(name) for name in types[:_MAX_SHOWN_TYPES]]
    if len(types) > _MAX_SHOWN_TYPES:
        named.append(f"{units.count_text(len(types) - _MAX_SHOWN_TYPES)} more")
    *others, last = named
    return (
        f"{finding.kind.value} of {', '.join(others)} and {last}"
        if others
        else f"{finding.kind.value} of {last}"
    )


def described(holder: Holder, unit: Unit) -> str:
    """What a holder is and how it changes: `dict, 12,340 entries, +10.0 per call, none removed`."""
    level = [] if holder.entries is None else [_fill_level(holder)]
    return _joined(holder, [*level, *_rates(holder, unit)])


def _rates(holder: Holder, unit: Unit) -> Iterator[str]:
    """What it gains and loses."""
    if holder.entries_per_call is not None:
        rate = units.bytes_text if holder.in_bytes else units.rate_text
        yield f"{units.signed(rate(holder.entries_per_call))} per {unit}"
    if holder.removed_per_call is not None:
        yield _removed(holder.added_per_call, holder.removed_per_call, unit)


def _joined(holder: Holder, facts: Iterable[str]) -> str:
    """The facts behind the type, which need not be said twice."""
    kind = printable(holder.type)
    words = [*facts] if holder.name.startswith(f"{holder.type} ") else [kind, *facts]
    return ", ".join(words) or kind


def _fill_level(holder: Holder) -> str:
    entries, bound = holder.entries or 0, holder.bound
    if holder.in_bytes:
        return units.bytes_text(entries)
    if bound is None or entries > bound:
        return _entries(entries)
    return f"{units.count_text(entries)} of at most {_entries(bound)}"


def _removed(added: float | None, removed: float, unit: Unit) -> str:
    if removed == 0:
        return "none removed"
    gone = f"{units.rate_text(removed)} removed per {unit}"
    return gone if added is None else f"{units.rate_text(added)} added and {gone}"


def _plateau(finding: Finding) -> str:
    """` and plateaus at 5,000 entries, about 1.2 MB`, as far as that is known."""
    holder = finding.holder
    if holder is None or holder.bound is None:
        return ", towards a bound"
    plateau = f" and plateaus at {_entries(holder.bound)}"
    grown = finding.bytes_per_call / holder.entries_per_call if holder.entries_per_call else 0.0
    # What an entry was seen to add may be more than what hangs on it: its places in the indexes of the cache.
    entry_bytes = max(holder.bytes_per_entry or 0.0, grown)
    return f"{plateau}, about {units.bytes_text(entry_bytes * holder.bound)}" if entry_bytes else plateau


def _other_holders(finding: Finding, unit: Unit, max_shown: int) -> Iterator[str]:
    others = finding.also_held_by
    for holder in others[:max_shown]:
        tried = ""
        if finding.freed_together is not None and holder.freed_share is not None:
            tried = f"; emptying that alone freed {units.share_text(holder.freed_share)}"
        yield f"also held by {holder_text(holder, unit)}{tried}"
    if len(others) > max_shown:
        yield f"also held by {units.count_text(len(others) - max_shown)} more"


def _proof(finding: Finding) -> Iterator[str]:
    holder = finding.holder
    if holder is None:
        return
    if holder.freed_share is None:
        if holder.not_emptied_because is not None:
            yield f"it was not emptied: {printable(holder.not_emptied_because)}"
        return
    freed = units.share_text(holder.freed_share)
    if holder.counted_because is not None:
        yield (
            f"emptying it would free {freed} of the grown memory, by a count of references; "
            f"it was not emptied: {printable(holder.counted_because)}"
        )
        return
    if finding.freed_together is not None:
        both = "both" if len(finding.also_held_by) == 1 else "all of them"
        together = units.share_text(finding.freed_together)
        yield f"emptying it alone freed {freed} of the grown memory, emptying {both} {together}"
        return
    only = "" if holder.freed_share >= 0.5 else "only "
    yield f"emptying it freed {only}{freed} of the grown memory{_immortal(holder)}"


def _immortal(holder: Holder) -> str:
    if holder.immortal_share is None:
        return ""
    immortal = units.share_text(holder.immortal_share)
    return f": {immortal} of it are interned strings, which this Python never frees"


def _bound_beyond_memory(finding: Finding, pace: Pace) -> Iterator[str]:
    holder = finding.holder
    if holder is None or holder.unreachable_bound is None:
        return
    grown = finding.bytes_per_call / holder.entries_per_call if holder.entries_per_call else 0.0
    size = units.bytes_text(max(holder.bytes_per_entry or 0.0, grown) * holder.unreachable_bound)
    memory = "" if pace.memory_bytes is None else f", which is {units.binary_text(pace.memory_bytes)}"
    yield (
        f"its bound of {_entries(holder.unreachable_bound)}, about {size}, ends nothing: "
        f"it is more than all memory{memory}"
    )


def _time_to_plateau(finding: Finding, unit: Unit, pace: Pace) -> Iterator[str]:
    holder = finding.holder
    if finding.verdict is not Verdict.FILLING or holder is None:
        return
    if holder.bound is None or holder.entries is None or not holder.entries_per_call:
        return
    left = math.ceil((holder.bound - holder.entries) / holder.entries_per_call)
    if left <= 0:
        return
    full = f"full after about {units.counted(left, f'more {unit}')}"
    if pace.is_given and unit is Unit.CALL:
        time = units.duration_text(left / pace.calls_per_second)
        full += f": at {pace_text(pace.calls_per_second)} in {time}"
    yield full


def _repeated(link: str, times: int) -> str:
    text = shortened(printable(link), LINK_WIDTH if link.startswith(("[", ".")) else PLACE_WIDTH)
    return text if times == 1 else f"{text} ×{units.count_text(times)}"


def _entries(number: int) -> str:
    return units.counted(number, "entry", "entries")


def _rate(number: float, unit: Unit) -> str:
    return f"{units.bytes_text(number)} per {unit}"
