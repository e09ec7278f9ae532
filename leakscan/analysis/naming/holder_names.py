"""A holder in the words of its author: its name, its path and its chain, from the steps of the chain."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis.naming import step_kinds
from leakscan.analysis.naming.stdlib_names import (
    in_words,
    is_of_library,
    is_private_of_library,
    public_package,
)
from leakscan.analysis.naming.step_kinds import naming_of, times
from leakscan.model.analysis import ChainStep
from leakscan.wire import StepKind

_LRU_TYPE = "_lru_cache_wrapper"
_OF_A_CACHE = "lru_cache of "
_STEPS_OF_A_METHOD = 3
"""From a cache to itself by a method of its own: the method, `__self__`, the cache."""
_SHOWN_TYPES = {
    _LRU_TYPE: "lru_cache",
    "_tee": "tee",
    "FrameVariables": "variables of a function",
    "SignalHandlers": "signal handlers",
    "Hooks": "hooks of the interpreter",
}


def as_its_user_knows_it(steps: Sequence[wire.Step]) -> tuple[wire.Step, ...]:
    """The steps up to the object that its user knows: a `WeakSet`, not the set inside it; a tree's root."""
    return _without_turns_in_a_tree(_without_private_storage(steps))


def is_inside(steps: Sequence[wire.Step]) -> bool:
    """Whether the chain ends in what an object keeps for itself, and its user knows the object."""
    return len(_without_private_storage(steps)) < len(steps)


def _without_private_storage(steps: Sequence[wire.Step]) -> tuple[wire.Step, ...]:
    place = len(steps)
    while place > 2 and (steps[place - 1].kind in step_kinds.ENTRIES or _is_storage(steps[place - 1])):
        place -= 1
    inside = next((n for n, step in enumerate(steps) if n >= place and _is_storage(step)), len(steps))
    return tuple(steps[:inside])


def _is_storage(step: wire.Step) -> bool:
    return step.kind == StepKind.STORAGE or is_private_of_library(step)


def _without_turns_in_a_tree(steps: Sequence[wire.Step]) -> tuple[wire.Step, ...]:
    """Which turns lead to the node that was looked at is chance; where the tree hangs is not."""
    place = len(steps)
    while place > 2 and is_recursive(steps[place - 1]):
        place -= 1
    is_tree = len({(step.link, step.key) for step in steps[place:]}) > 1
    return tuple(steps[:place]) if is_tree else tuple(steps)


def in_common(chains: Sequence[Sequence[wire.Step]]) -> tuple[wire.Step, ...]:
    """The first of the chains, with `[…]` for each entry in which they differ."""
    return tuple(
        step
        if all((other.link, other.key) == (step.link, step.key) for other in others)
        else step._replace(link="[…]", key=0)
        for step, *others in zip(*chains, strict=True)
    )


def with_open_entries(steps: Sequence[wire.Step]) -> tuple[wire.Step, ...]:
    """The steps with `[…]` for each entry: a chain that stands for those of other entries, too."""
    return tuple(step._replace(link="[…]", key=0) if is_entry(step) else step for step in steps)


def holder_name(steps: Sequence[wire.Step], entries_do: str = "") -> str:
    """The short name: owner and attribute, with the path between them where the owner is one of many.

    `MemoryLock.keys`; `Tracker.requests[-1].sessions` for an attribute of an object in a dict;
    `go_map.CACHE`; `cell 'seen' of make.<locals>.put`; `lru_cache of app.price`. What its entries do is
    part of the name where it has no name in the program: `finalizers that call app.close`.
    """
    steps = _without_own_methods(steps)
    if len(steps) == 1 and steps[0].kind == StepKind.UNKNOWN:
        return f"{shown_type(steps[0].type)} without a name"
    place = _anchor(steps)
    last = steps[place_of_holder(steps)]
    tail = steps[place + 1 : place_of_holder(steps) + 1]
    words = in_words(steps[place])
    inside = "".join(naming_of(later).link(later) for later in tail)
    if words is None:
        name = _anchored(steps[place], inside)
    else:
        name = words.format(owner=holder_name(steps[:place]) if place else "") + inside
    if last.kind == StepKind.NAMESPACE:
        return f"attributes of {last.owner}"
    if last.type == _LRU_TYPE and last.kind != StepKind.CACHE:
        return name if name.startswith(_OF_A_CACHE) else f"{_OF_A_CACHE}{name}"
    return f"{name} that {entries_do}" if entries_do and is_nameless(steps) else name


def _without_own_methods(steps: Sequence[wire.Step]) -> Sequence[wire.Step]:
    """The steps to a cache without a method of its own that leads to it, such as `.cache_info.__self__`."""
    is_by_method = (
        len(steps) > _STEPS_OF_A_METHOD and steps[-1].kind == StepKind.METHOD and steps[-1].type == _LRU_TYPE
    )
    return (
        (*steps[:-_STEPS_OF_A_METHOD], steps[-_STEPS_OF_A_METHOD]._replace(type=_LRU_TYPE))
        if is_by_method
        else steps
    )


def named_step(steps: Sequence[wire.Step]) -> wire.Step:
    """The step that the name begins with: its owner is whose state the holder is.

    What a pool or a queue of the standard library keeps is the state of whoever has the pool.
    """
    place = _anchor(steps)
    while place > 0 and in_words(steps[place]) is not None:
        place = _anchor(steps[:place])
    return steps[place]


def is_nameless(steps: Sequence[wire.Step]) -> bool:
    """Whether the holder is a registry of the library or the interpreter, which the program never names."""
    place = _anchor(steps)
    is_last = place == len(steps) - 1
    return is_last and (steps[place].kind == StepKind.REGISTRY or in_words(steps[place]) is not None)


def function_name(qualname: str, module: str) -> str:
    """`jobs.price` for a function of `app.jobs`, `Parser.rule` for a method."""
    is_method = "." in qualname and "<locals>" not in qualname
    prefix = public_package(module) if is_method else module.rpartition(".")[2]
    return f"{prefix}.{qualname}" if prefix else qualname


def place_of_holder(steps: Sequence[wire.Step]) -> int:
    """The step that reaches what `holder_name` names: of a linked list, the first of its nodes."""
    place = len(steps) - 1
    while place > _anchor(steps) and (steps[place].link == "→" or is_recursive(steps[place])):
        place -= 1
    return place


def _anchor(steps: Sequence[wire.Step]) -> int:
    """The last step with a name of its own that does not hang on an entry of a container."""
    place = len(steps) - 1
    while place > 1 and is_recursive(steps[place]):
        place -= 1
    while place > 0:
        step = steps[place]
        before = steps[place - 1]
        if in_words(step) is not None:
            return place
        is_of_one = step.kind == StepKind.ATTRIBUTE and (is_entry(before) or is_of_library(step))
        is_nameless_cell = step.kind == StepKind.CELL and not step.owner
        if naming_of(step).is_named and not is_of_one and not is_nameless_cell:
            return place
        if is_of_one and not is_of_library(step) and not _has_named(steps[:place]):
            return place
        place -= 1
    return 0


def is_recursive(step: wire.Step) -> bool:
    """Whether the step leads from a node of a linked structure to another: `Node.next` to a `Node`."""
    return step.repeats > 1 or (
        step.kind in (StepKind.ATTRIBUTE, StepKind.EXCEPTION) and step.owner == step.type
    )


def is_entry(step: wire.Step) -> bool:
    """Whether the step leads from a container to one of its entries."""
    return step.kind in step_kinds.ENTRIES


def _has_named(steps: Sequence[wire.Step]) -> bool:
    return any(naming_of(step).is_named for step in steps[1:])


def shown_type(name: str) -> str:
    """The type's name as its user knows it."""
    return _SHOWN_TYPES.get(name, name)


def _anchored(step: wire.Step, inside: str) -> str:
    """The name of what the step reaches, or of what is inside it: `local 'state'[0] in work()`."""
    whole = naming_of(step).name(step)
    if step.kind == StepKind.CACHE and inside.startswith("."):
        # Of one of the results that the cache has.
        return f"{whole}[…]{inside}"
    place = _place_of_variable(step) if inside.startswith(("[", ".")) and " " not in inside else ""
    return f"{whole.removesuffix(place)}{inside}{place}"


def _place_of_variable(step: wire.Step) -> str:
    """What the name of a variable ends with, where it is one: the function that it belongs to."""
    if step.kind in (StepKind.CELL, StepKind.DEFAULT):
        return f" of {step.owner}"
    is_local = step.kind == StepKind.LOCAL
    return "".join(naming_of(step).name(step).partition(" in ")[1:]) if is_local else ""


def holder_path(steps: Sequence[wire.Step]) -> tuple[str, ...]:
    """The whole chain from the root, the root and its first name as one; empty where there is none."""
    if len(steps) == 1 and steps[0].kind == StepKind.UNKNOWN:
        return ()
    shown = [_rooted(steps[0])]
    for step in steps[1:]:
        text = f"{step.type}" if step.link == "→" else step.link
        if len(shown) == 1 and steps[0].kind == StepKind.MODULE and step.kind == StepKind.GLOBAL:
            shown[0] += text
        else:
            shown.append(text + times(step))
    return tuple(shown)


def _rooted(root: wire.Step) -> str:
    return root.link or root.type


def chain(steps: Sequence[wire.Step], growing: int) -> tuple[ChainStep, ...]:
    """The steps for a report; `growing` is the place of the link that grows."""
    shown: list[ChainStep] = []
    name = ""
    for place, step in enumerate(steps):
        name = _rooted(step) if place == 0 else name + naming_of(step).link(step)
        shown.append(
            ChainStep(
                link=_rooted(step) if place == 0 else f"{step.link}{times(step)}",
                type=shown_type(step.type),
                name=name,
                is_growing=place == growing,
            )
        )
    return tuple(shown)


def is_under(steps: Sequence[wire.Step], parent: Sequence[wire.Step]) -> bool:
    """Whether the chain runs through the object that the parent's chain ends at."""
    if len(parent) >= len(steps) or len(parent) < 2:
        return False
    return all(
        (one.kind, one.link, one.key, one.owner, one.repeats)
        == (other.kind, other.link, other.key, other.owner, other.repeats)
        for one, other in zip(steps, parent, strict=False)
    )
