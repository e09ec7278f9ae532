"""The rules that decide a verdict or a finding, in the order of the passes."""

from dataclasses import dataclass

from leakscan.model.analysis import Reason
from leakscan.model.run import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    name: str
    sentence: str
    """What it concludes from what: a whole sentence."""
    settings: tuple[str, ...] = ()
    """Names of the numbers in `settings` that it uses."""
    shown_by: str | None = None
    """A scenario or a target on which it decides, or a test that runs one; None where it is only scripted."""

    def reason(self, about: str = "", **numbers: float) -> Reason:
        """That it has decided, on what, by these numbers."""
        return Reason(rule=self.name, about=about, sentence=self.sentence, numbers=numbers)


# Screen: whether the process grows.

BLOCKS_RISE = Rule(
    name="blocks rise",
    sentence="The blocks in use rise in each of the last windows, at a rate that is kept up as calls double.",
    settings=("WINDOWS_THAT_AGREE", "STILL_RISING", "MIN_BLOCK_GAIN", "RISE_OVER_FALL"),
    shown_by="scenarios.retina_packetparser:leaky",
)
BLOCKS_STEP_UP = Rule(
    name="blocks step up",
    sentence="Each doubling of all calls gains more blocks than the one before, most of them in one step: "
    "a buffer that grows by a factor.",
    settings=("DOUBLINGS_THAT_AGREE", "MIN_STEP_RATIO", "MAX_STEP_RATIO", "STEP_SHARE", "NOTABLE_BLOCKS"),
    shown_by="tests/targets/decisions.py:pool_that_doubles",
)
HEAP_RISES = Rule(
    name="native heap rises",
    sentence="The native heap in use rises in each of the last windows, at a rate that is kept up.",
    settings=("WINDOWS_THAT_AGREE", "STILL_RISING", "MIN_HEAP_GAIN_BYTES"),
    shown_by="tests/targets/native.py:a_block_without_a_free",
)
RESIDENT_RISES = Rule(
    name="resident memory rises",
    sentence="Resident memory alone rises, through so many windows that chance is ruled out.",
    settings=("WINDOWS_OF_RESIDENT_MEMORY", "MIN_RSS_GAIN_BYTES"),
    shown_by="tests/targets/native.py:pages_that_malloc_knows_nothing_of",
)
GARBAGE_PILES_UP = Rule(
    name="garbage piles up",
    sentence="Cyclic garbage grows with the calls, and nothing but leakscan's own collection frees it.",
    settings=("WINDOWS_THAT_AGREE", "MIN_BLOCK_GAIN"),
    shown_by="tests/targets/side_by_side.py:cycles_with_gc_off",
)
FADES = Rule(
    name="growth fades",
    sentence="Each window gains clearly less per unit than the one before: what filled up is full.",
    settings=("FADING", "WINDOWS_THAT_AGREE"),
    shown_by="tests/targets/decisions.py:vocabulary_that_fills_ever_slower",
)
IS_FLAT = Rule(
    name="memory is flat",
    sentence="No signal rises by more than it falls by itself.",
    settings=("RISE_OVER_FALL", "FLAT_SECONDS", "FLAT_MIN_CALLS", "SETTLED_FACTOR"),
    shown_by="tests/targets/traps.py:spike_that_leaves_capacity",
)
NOT_SETTLED = Rule(
    name="not settled",
    sentence="Some signal neither rises steadily nor is flat yet, or a container may have begun to grow.",
    settings=("BUDGET_SECONDS", "CENSUSES_THAT_AGREE", "WINDOWS_THAT_AGREE"),
    shown_by="tests/targets/process.py:raises_at_5",
)

# Censuses: which containers grow.

CONTAINER_GAINS_EVENLY = Rule(
    name="container gains evenly",
    sentence="A container gains at one rate at each of the last censuses, as one does that is never emptied.",
    settings=("EVEN_FACTOR", "CENSUSES_THAT_AGREE"),
    shown_by="scenarios.retina_packetparser:leaky",
)
CONTAINERS_GROW = Rule(
    name="containers grow",
    sentence="Containers are longer at each of the last censuses, and not by ever less.",
    settings=("STILL_RISING", "SUSPECT_SHARE"),
    shown_by="scenarios.retina_packetparser:leaky",
)
CONTAINERS_FILLED = Rule(
    name="containers filled",
    sentence="Containers grew to their own bound while they were watched, and stayed there.",
    settings=("FILLED_SHARE",),
    shown_by="tests/targets/side_by_side.py:filling_lru_cache",
)

# Evidence: which candidates are admitted.

ADMITTED_GROWING = Rule(
    name="admitted: growing container",
    sentence="A container that the screen saw growing, and that holds new objects, is admitted first.",
    settings=("GROWING_ADMITTED_BELOW",),
    shown_by="scenarios.fiber_idempotency:leaky",
)
ADMITTED_LONGER = Rule(
    name="admitted: longer container",
    sentence="A container that is longer than when the tracing began is admitted where growing ones "
    "explain too little.",
    settings=("LONGER_ADMITTED_BELOW", "ENOUGH_EXPLAINED", "MIN_EXPLAINED_SHARE"),
    shown_by="tests/targets/rebuilt.py:dict_replaced_by_a_longer_copy",
)
ADMITTED_SINGLE_REFERENCE = Rule(
    name="admitted: single reference",
    sentence="A single reference, as to the head of a linked list, is admitted where containers explain "
    "too little.",
    settings=("SINGLE_REFERENCE_ADMITTED_BELOW", "ENOUGH_EXPLAINED", "MIN_EXPLAINED_SHARE"),
    shown_by="tests/targets/holders_buffers.py:growing_str",
)
ADMITTED_WEAK = Rule(
    name="admitted: weak reference",
    sentence="What refers weakly to new objects is admitted where nothing else explains them.",
    settings=("WEAK_ADMITTED_BELOW", "ENOUGH_EXPLAINED", "MIN_EXPLAINED_SHARE"),
    shown_by="tests/targets/holders_references.py:weakref_callbacks",
)
ADMITTED_REPLACED = Rule(
    name="admitted: container no longer than before",
    sentence="A container with new entries and no more of them is admitted last, where next to nothing "
    "is explained.",
    settings=("REPLACED_ADMITTED_BELOW", "ENOUGH_EXPLAINED", "MIN_EXPLAINED_SHARE"),
    shown_by="tests/targets/decisions.py:pages_in_turn",
)
ADMITTED_BESIDE = Rule(
    name="admitted beside the others",
    sentence="A single reference has sites to itself that grew by what the admitted holders leave.",
    settings=("MIN_SHARE", "ENOUGH_EXPLAINED", "SHARED_OBJECTS"),
    shown_by="tests/targets/holders_hooks.py:hooks_of_the_interpreter",
)
BY_TIER = {
    "growing container": ADMITTED_GROWING,
    "longer container": ADMITTED_LONGER,
    "single reference": ADMITTED_SINGLE_REFERENCE,
    "weak reference": ADMITTED_WEAK,
    "container no longer than before": ADMITTED_REPLACED,
}

# Split: each leak's part of the growth.

TOO_SMALL = Rule(
    name="too small a part",
    sentence="A holder is left out that has next to nothing of the growth and was not seen growing.",
    settings=("MIN_SHARE",),
    shown_by="tests/targets/decisions.py:copies_of_which_one_is_small",
)

# Proofs: which holder is named.

FREED = Rule(
    name="freed when emptied",
    sentence="Emptying the holder in a copy of the process freed the growth: it is the one that is named.",
    settings=("ENOUGH_FREED", "WELL_FREED"),
    shown_by="scenarios.fiber_idempotency:leaky",
)
FREED_TOGETHER = Rule(
    name="freed when emptied together",
    sentence="Emptying the holder alone frees too little; with the others that hold the same it goes.",
    settings=("ENOUGH_FREED", "MAX_EMPTIED_TOGETHER"),
    shown_by="tests/targets/holders.py:two_holders",
)

# Name: what each finding is.

KEEPS_TO_ITS_BOUND = Rule(
    name="keeps to its bound",
    sentence="The holder has a bound and no more entries than that: it fills, and is no leak.",
    shown_by="tests/targets/bounds.py:filling_lru_cache",
)
OUTGROWS_ITS_BOUND = Rule(
    name="outgrows its bound",
    sentence="The holder has more entries than its own bound allows: it leaks.",
    shown_by="tests/targets/bounds.py:bound_that_nothing_keeps",
)
NEVER_FREED = Rule(
    name="never freed by this Python",
    sentence="Most of what it holds are interned strings, which this Python never frees.",
    settings=("ENOUGH_FREED", "MIN_INTERNED_SHARE"),
    shown_by="tests/targets/holders.py:interned_strings",
)
NOTHING_HOLDS_IT = Rule(
    name="nothing holds it",
    sentence="Much of the growth is traced and held by no Python object: a reference lost in C.",
    settings=("MIN_LOST_SHARE", "MIN_MISSING_SHARE"),
    shown_by="tests/targets/holders_references.py:leaked_reference",
)
GARBAGE_HOLDS_IT = Rule(
    name="garbage holds it",
    sentence="The growth is cyclic garbage that only a collection frees.",
    shown_by="tests/targets/side_by_side.py:cycles_with_gc_off",
)

# Dismiss: what is no leak beside the rest.

BY_CHANCE = Rule(
    name="by chance",
    sentence="Next to nothing of what grew untraced grew while it was traced: what then did is chance.",
    settings=("MIN_EXPECTED_BLOCKS", "MIN_ACCOUNTED_SHARE"),
    shown_by="tests/targets/decisions.py:lessons_until_they_are_traced",
)
PROCESS_GROWS = Rule(
    name="process grows unexplained",
    sentence="The process grows by more than the findings account for: that is a finding of its own, and "
    "what was longer at one census only is none.",
    settings=("MIN_REPORTED_SHARE",),
    shown_by="tests/targets/native.py:a_block_without_a_free",
)
ONLY_REPLACED = Rule(
    name="only replaced",
    sentence="What was traced took the place of other entries in a container that has stopped growing.",
    settings=("MIN_SHARE_OF_GROWTH",),
    shown_by="tests/targets/decisions.py:pages_in_turn",
)
MOSTLY_REPLACED = Rule(
    name="mostly replaced",
    sentence="A container replaces nearly all of what comes into it, and another holder explains the growth.",
    settings=("NET_OF_REPLACED", "EVEN_FACTOR"),
    shown_by="tests/targets/decisions.py:cache_beside_a_log",
)
NEWER_WHERE_FLAT = Rule(
    name="newer where memory is flat",
    sentence="Memory does not grow, so that what is newer after the traced calls has replaced something.",
    shown_by="tests/targets/decisions.py:queue_at_its_length",
)

GAINS_NOTHING = Rule(
    name="gains nothing",
    sentence="A holder that gains neither bytes nor objects nor entries is no leak, whatever is new in it.",
)

# Threshold.

UNDER_THRESHOLD = Rule(
    name="under the threshold",
    sentence="The growth is proved and under `--threshold`: it is reported and does not fail the run.",
    settings=("Settings.threshold_bytes_per_call",),
    shown_by="tests/targets/decisions.py:orders_under_the_threshold",
)

# Judge: the verdict over the whole process, by its kind.


def _verdict(kind: Kind, sentence: str, shown_by: str | None = None, *settings: str) -> tuple[Kind, Rule]:
    name = f"verdict: {kind.value}"
    return kind, Rule(name=name, sentence=sentence, settings=settings, shown_by=shown_by)


VERDICTS = dict(
    (
        _verdict(
            Kind.UNBOUNDED_GROWTH,
            "LEAKING: a finding grows, and no bound ends it.",
            "scenarios.retina_packetparser:leaky",
        ),
        _verdict(
            Kind.BOUND_EXCEEDED,
            "LEAKING: the worst finding is past its own bound.",
            "tests/targets/bounds.py:bound_that_nothing_keeps",
        ),
        _verdict(
            Kind.CYCLIC_GARBAGE,
            "LEAKING: the worst finding is garbage that nobody collects.",
            "tests/targets/side_by_side.py:cycles_with_gc_off",
        ),
        _verdict(
            Kind.LOST_REFERENCE,
            "LEAKING: the worst finding is held by no Python object.",
            "tests/targets/holders_references.py:leaked_reference",
        ),
        _verdict(
            Kind.NATIVE,
            "LEAKING: the worst finding is native memory.",
            "tests/targets/native.py:a_block_without_a_free",
        ),
        _verdict(
            Kind.BOUNDED,
            "FILLING: nothing grows but what keeps to a bound, or filled up to it.",
            "tests/targets/bounds.py:filling_lru_cache",
        ),
        _verdict(
            Kind.UNDER_THRESHOLD,
            "CLEAN: all proved growth is under the threshold.",
            "tests/targets/decisions.py:orders_under_the_threshold",
        ),
        _verdict(
            Kind.FRAGMENTATION,
            "CLEAN: resident memory alone grows, and the C library can give much of it back.",
            "tests/targets/decisions.py:free_blocks_below_one_in_use",
            "GIVEN_BACK_SHARE",
        ),
        _verdict(
            Kind.SPARE_CAPACITY,
            "CLEAN: memory is flat, and a nearly empty table stayed large.",
            "tests/targets/traps.py:spike_that_leaves_capacity",
        ),
        _verdict(
            Kind.WARM_UP,
            "CLEAN: memory grew at first and then stopped.",
            "tests/targets/traps.py:plateau_without_a_known_bound",
            "MIN_WARM_UP_BLOCKS",
        ),
        _verdict(
            Kind.SAW_TOOTH,
            "CLEAN: memory rises and falls, and its floor is flat.",
            "tests/targets/traps.py:two_generation_cache",
            "MIN_SAW_TOOTH_BLOCKS",
        ),
        _verdict(
            Kind.FLAT,
            "CLEAN: memory is flat.",
            "tests/targets/process.py:empty",
        ),
        _verdict(
            Kind.TOO_FEW_CALLS,
            "INCONCLUSIVE: too few calls or rounds fit in to tell growth from noise.",
            "tests/targets/decisions.py:batch_of_a_few_calls",
            "MIN_CALLS_TO_TELL",
        ),
        _verdict(
            Kind.NOISE,
            "INCONCLUSIVE: memory grew or did not settle, and nothing traced accounts for it.",
            "tests/targets/decisions.py:lessons_until_they_are_traced",
        ),
        _verdict(
            Kind.INTERRUPTED,
            "INCONCLUSIVE: the run ended before there was an answer.",
            "tests/integration/test_process.py::test_a_ctrl_c_ends_with_a_report_over_what_was_seen",
        ),
        _verdict(
            Kind.TARGET_FAILED,
            "INCONCLUSIVE: the target failed before growth was proved.",
            "tests/targets/process.py:raises_at_5",
        ),
        _verdict(
            Kind.LEAKSCAN_FAILED,
            "INCONCLUSIVE: leakscan failed at what an answer needs.",
            "tests/targets/decisions.py:heap_without_room_for_a_list_of_it",
        ),
        _verdict(
            Kind.CHILD_PROCESSES,
            "INCONCLUSIVE: child processes work or grow, and are not followed.",
            "tests/targets/decisions.py:children_that_nobody_waits_for",
            "BUSY_CHILDREN_SHARE",
            "MIN_CHILDREN_GAIN_BYTES",
            "LASTING_SHARE",
            "MANY_MORE_CHILDREN",
        ),
    )
)

IN_ORDER: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    (
        "screen_process",
        (
            *(BLOCKS_RISE, BLOCKS_STEP_UP, HEAP_RISES, RESIDENT_RISES, GARBAGE_PILES_UP),
            *(FADES, IS_FLAT, NOT_SETTLED),
        ),
    ),
    ("watch_containers", (CONTAINERS_GROW, CONTAINER_GAINS_EVENLY, CONTAINERS_FILLED)),
    ("admit_evidence", (*BY_TIER.values(), ADMITTED_BESIDE)),
    ("split_growth_among_groups", (TOO_SMALL,)),
    ("apply_proofs", (FREED, FREED_TOGETHER)),
    (
        "name_findings",
        (KEEPS_TO_ITS_BOUND, OUTGROWS_ITS_BOUND, NEVER_FREED, NOTHING_HOLDS_IT, GARBAGE_HOLDS_IT),
    ),
    ("dismiss_chance", (BY_CHANCE,)),
    ("add_growth_of_process", (PROCESS_GROWS,)),
    ("dismiss_replaced", (NEWER_WHERE_FLAT, ONLY_REPLACED, GAINS_NOTHING, MOSTLY_REPLACED)),
    ("apply_threshold", (UNDER_THRESHOLD,)),
    ("judge_process", tuple(VERDICTS.values())),
)
"""The rules of each pass that decides anything."""
