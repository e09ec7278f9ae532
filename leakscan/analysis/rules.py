"""The rules that decide a finding, in the order of the passes; those of a verdict are in `verdict_rules`."""

from leakscan.analysis.rule import Rule
from leakscan.analysis.verdict_rules import VERDICTS

_KEPT_UP = ("growth.trends.is_kept_up", "growth.trends.cpu_seconds")
_RISES = (
    *("growth.trends.trend", "growth.trends.gain", "growth.trends.Gain.is_rising"),
    *("growth.trends._is_smooth", "growth.trends._has_stopped", *_KEPT_UP),
    "plan.screening._has_outlasted_patience",
)
"""Where a signal is taken to rise."""
_STEPS = ("growth.trends._trend_with_steps", "growth.trends._agree_on_steps")
"""… and where it has steps of its own."""
_SEEN_ENOUGH = ("plan.screening._is_flat_for_long",)
"""Where memory that does not grow has been watched for long enough."""
_EXPLAINED = (
    *("attribution.tiers._is_growth_explained", "attribution.tiers.explained_share"),
    "attribution.groups.overlap",
)
"""Where candidates are taken to explain the growth."""

# Screen: whether the process grows.

BLOCKS_RISE = Rule(
    name="blocks rise",
    sentence="The blocks in use rise in each of the last windows, at a rate that is kept up.",
    decided_in=(*_RISES, "growth.screen._min_block_gain"),
    shown_by="scenarios.retina_packetparser:leaky",
)
BLOCKS_STEP_UP = Rule(
    name="blocks step up",
    sentence="Each doubling of all calls gains more blocks than the one before, most of them in one step: "
    "a buffer that grows by a factor.",
    decided_in=("growth.doubling",),
    shown_by="tests/targets/decisions.py:pool_that_doubles",
)
HEAP_RISES = Rule(
    name="native heap rises",
    sentence="The native heap in use rises in each of the last windows, at a rate that is kept up.",
    decided_in=(*_RISES, "growth.screen._trend_of_heap", *_STEPS),
    shown_by="tests/targets/native.py:a_block_without_a_free",
)
RESIDENT_RISES = Rule(
    name="resident memory rises",
    sentence="Resident memory alone rises, through so many windows that chance is ruled out.",
    decided_in=(
        *_RISES,
        "growth.screen._trend_of_resident",
        "growth.screen._is_beyond_chance",
        *_STEPS,
    ),
    shown_by="tests/targets/native.py:pages_that_malloc_knows_nothing_of",
)
GARBAGE_PILES_UP = Rule(
    name="garbage piles up",
    sentence="Cyclic garbage grows with the calls, and nothing but leakscan's own collection frees it.",
    decided_in=(*_RISES, "growth.screen._min_block_gain"),
    shown_by="tests/targets/side_by_side.py:cycles_with_gc_off",
)
FADES = Rule(
    name="growth fades",
    sentence="Each window gains clearly less per unit than the one before: growth ever slower.",
    decided_in=("growth.trends._trend_of_rising", "growth.screen._has_faded", *_SEEN_ENOUGH),
    shown_by="tests/targets/decisions.py:vocabulary_that_fills_ever_slower",
)
IS_FLAT = Rule(
    name="memory is flat",
    sentence="No signal rises by more than it falls by itself.",
    decided_in=(
        "growth.trends.Gain.is_rising",
        "growth.trends._is_quiet",
        "growth.screen._has_settled",
        *_SEEN_ENOUGH,
    ),
    shown_by="tests/targets/traps.py:spike_that_leaves_capacity",
)
NOT_SETTLED = Rule(
    name="not settled",
    sentence="Some signal neither rises steadily nor is flat yet, or a container may have begun to grow.",
    decided_in=(
        "growth.trends.trend",
        "growth.screen._rises_so_far",
        "growth.containers.may_have_begun_to_grow",
        "plan.time_budget._usual_budget",
    ),
    shown_by="tests/targets/process.py:raises_at_5",
)

# Censuses: which containers grow.

CONTAINER_GAINS_EVENLY = Rule(
    name="container gains evenly",
    sentence="A container gains at one rate at each of the last censuses, as one does that is never emptied.",
    decided_in=(
        *("growth.containers._container", "growth.containers._are_even"),
        "growth.containers._are_even_but_for_one",
    ),
    shown_by="scenarios.retina_packetparser:leaky",
)
CONTAINERS_GROW = Rule(
    name="containers grow",
    sentence="Containers are longer at each of the last censuses, and not by ever less; of two censuses "
    "alone, longer by half an entry for each block gained.",
    decided_in=("growth.screen.Screen.suspects", "growth.containers._container", *_KEPT_UP),
    shown_by="scenarios.retina_packetparser:leaky",
)
CONTAINERS_FILLED = Rule(
    name="containers filled",
    sentence="Containers grew to their own bound while they were watched, and stayed there.",
    decided_in=("growth.screen.Screen.filled",),
    shown_by="tests/targets/side_by_side.py:filling_lru_cache",
)

# Evidence: which candidates are admitted.

ADMITTED_GROWING = Rule(
    name="admitted: growing container",
    sentence="A container that the screen saw growing, and that holds new objects, is admitted first.",
    decided_in=("attribution.tiers.GROWING", *_EXPLAINED),
    shown_by="scenarios.fiber_idempotency:leaky",
)
ADMITTED_LONGER = Rule(
    name="admitted: longer container",
    sentence="A container that is longer than when the tracing began is admitted where growing ones "
    "explain too little.",
    decided_in=("attribution.tiers.LONGER", *_EXPLAINED),
    shown_by="tests/targets/rebuilt.py:dict_replaced_by_a_longer_copy",
)
ADMITTED_SINGLE_REFERENCE = Rule(
    name="admitted: single reference",
    sentence="A single reference, as to the head of a linked list, is admitted where containers explain "
    "too little.",
    decided_in=("attribution.tiers.SINGLE_REFERENCE", "attribution.tiers.is_passing_number", *_EXPLAINED),
    shown_by="tests/targets/holders_buffers.py:growing_str",
)
ADMITTED_WEAK = Rule(
    name="admitted: weak reference",
    sentence="What refers weakly to new objects is admitted where less than half is explained.",
    decided_in=("attribution.tiers.WEAK", *_EXPLAINED),
    shown_by="tests/targets/holders_references.py:weakref_callbacks",
)
ADMITTED_REPLACED = Rule(
    name="admitted: container no longer than before",
    sentence="A container with new entries and no more of them is admitted last, where next to nothing "
    "is explained.",
    decided_in=("attribution.tiers.REPLACED", *_EXPLAINED),
    shown_by="tests/targets/decisions.py:pages_in_turn",
)
ADMITTED_BESIDE = Rule(
    name="admitted beside the others",
    sentence="A single reference has sites to itself that grew by what the admitted holders leave.",
    decided_in=("attribution.tiers._beside", "attribution.tiers._gained_alone", "attribution.groups.overlap"),
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
    decided_in=("attribution.tiers.worth_reporting",),
    shown_by="tests/targets/decisions.py:copies_of_which_one_is_small",
)

# Credit: what a holder answers for.

FREES_NOTHING_OF_IT = Rule(
    name="frees nothing of it",
    sentence="Memory without an object that can be seen is not credited to a holder if emptying leaves it.",
    decided_in=("attribution.freed._is_unfreed",),
    shown_by="tests/targets/decisions.py:strings_lost_beside_a_cache",
)

# Proofs: which holder is named.

FREED = Rule(
    name="freed when emptied",
    sentence="Emptying the holder in a copy of the process freed the growth: it is the one that is named.",
    decided_in=("reasons.of_proof", "attribution.proof_plan._next_experiment"),
    shown_by="scenarios.fiber_idempotency:leaky",
)
FREED_TOGETHER = Rule(
    name="freed when emptied together",
    sentence="Emptying the holder alone frees too little; with the others that hold the same it goes.",
    decided_in=("reasons.of_proof", "attribution.proof_plan.in_it"),
    shown_by="tests/targets/holders.py:two_holders",
)
FREED_BY_COUNT = Rule(
    name="freed by a count",
    sentence="No copy could empty the holder: by a count of references the growth would go with it, or with "
    "it and the others that hold the same.",
    decided_in=("reasons.of_proof",),
    shown_by="tests/faults/test_sandbox.py::test_a_finalizer_that_exits",
)

# Name: what each finding is.

KEEPS_TO_ITS_BOUND = Rule(
    name="keeps to its bound",
    sentence="The holder has no more entries than its bound, and entries are what grows: it fills, and is "
    "no leak.",
    decided_in=("attribution.bounds",),
    shown_by="tests/targets/bounds.py:filling_lru_cache",
)
GROWS_WITHIN_ITS_BOUND = Rule(
    name="grows within its bound",
    sentence="The holder has no more entries than its bound, and those that come weigh too little to be "
    "what grows: its values grow, and no bound ends that.",
    decided_in=("attribution.bounds",),
    shown_by="tests/targets/bounds.py:values_of_a_full_dict",
)
BOUND_BEYOND_MEMORY = Rule(
    name="bound beyond the memory",
    sentence="So many entries as the bound allows take more than all the memory of the machine, or than its "
    "control group allows: the bound ends nothing.",
    shown_by="tests/unit/analysis/attribution/test_bounds.py::test_a_bound_beyond_the_memory_ends_nothing",
)
OUTGROWS_ITS_BOUND = Rule(
    name="outgrows its bound",
    sentence="The holder has more entries than its own bound allows: it leaks.",
    shown_by="tests/targets/bounds.py:bound_that_nothing_keeps",
)
NEVER_FREED = Rule(
    name="never freed by this Python",
    sentence="Most of what it holds are interned strings, which this Python never frees.",
    decided_in=("findings.build._advice", "findings.holder_facts._immortal_share", "findings.lost.lost"),
    shown_by="tests/targets/holders.py:interned_strings",
)
NOTHING_HOLDS_IT = Rule(
    name="nothing holds it",
    sentence="Much of the growth is traced and held by no Python object: a reference lost in C.",
    decided_in=(
        *("attribution.unheld._is_enough", "attribution.unheld._is_heavy"),
        *("attribution.groups.is_large", "attribution.tiers.is_passing_number"),
    ),
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
    decided_in=("attribution.leak_growth.is_chance",),
    shown_by="tests/targets/decisions.py:lessons_until_they_are_traced",
)
PROCESS_GROWS = Rule(
    name="process grows unexplained",
    sentence="The process grows by more than the findings account for: that is a finding of its own, and "
    "what was longer at one census only is none.",
    decided_in=("findings.dismissal.explain_too_little", "attribution.attributed._accounts_for"),
    shown_by="tests/targets/native.py:a_block_without_a_free",
)
NATIVE_IS_LEFT = Rule(
    name="native memory is left over",
    sentence="Native heap grows by more than was traced of the findings and than goes when their holders are "
    "emptied: that is a finding of its own.",
    decided_in=(
        "attribution.ledger.Account.is_open",
        "attribution.ledger._account",
        "attribution.leak_growth._owned_bytes_per_unit",
        "attribution.freed.freed_heap_per_unit",
    ),
    shown_by="tests/targets/native.py:a_block_lost_beside_a_cache",
)
ONLY_REPLACED = Rule(
    name="only replaced",
    sentence="What was traced took the place of other entries in a container that has stopped growing.",
    decided_in=("attribution.replaced._has_stopped_growing",),
    shown_by="tests/targets/decisions.py:pages_in_turn",
)
MOSTLY_REPLACED = Rule(
    name="mostly replaced",
    sentence="A container replaces nearly all of what comes into it, and another holder explains the growth.",
    decided_in=("attribution.replaced._gains_next_to_nothing", "growth.containers._are_even"),
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
    shown_by="tests/targets/decisions.py:edits_until_the_disk_is_full",
)

# Threshold.

UNDER_THRESHOLD = Rule(
    name="under the threshold",
    sentence="The growth is proved and under `--threshold`: it is reported and does not fail the run.",
    decided_in=("analyze",),
    shown_by="tests/targets/decisions.py:orders_under_the_threshold",
)

IN_ORDER: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    (
        "screen_process",
        (
            *(BLOCKS_RISE, BLOCKS_STEP_UP, HEAP_RISES, RESIDENT_RISES, GARBAGE_PILES_UP),
            *(FADES, IS_FLAT, NOT_SETTLED),
        ),
    ),
    ("screen_containers", (CONTAINERS_GROW, CONTAINER_GAINS_EVENLY, CONTAINERS_FILLED)),
    ("admit_evidence", (*BY_TIER.values(), ADMITTED_BESIDE)),
    ("split_growth_among_groups", (TOO_SMALL,)),
    ("withdraw_credit", (FREES_NOTHING_OF_IT,)),
    ("apply_proofs", (FREED, FREED_TOGETHER, FREED_BY_COUNT)),
    (
        "name_findings",
        (
            *(KEEPS_TO_ITS_BOUND, GROWS_WITHIN_ITS_BOUND, BOUND_BEYOND_MEMORY, OUTGROWS_ITS_BOUND),
            *(NEVER_FREED, NOTHING_HOLDS_IT, GARBAGE_HOLDS_IT),
        ),
    ),
    ("dismiss_chance", (BY_CHANCE,)),
    ("add_growth_of_process", (PROCESS_GROWS, NATIVE_IS_LEFT)),
    ("dismiss_replaced", (NEWER_WHERE_FLAT, ONLY_REPLACED, GAINS_NOTHING, MOSTLY_REPLACED)),
    ("apply_threshold", (UNDER_THRESHOLD,)),
    ("judge_process", tuple(VERDICTS.values())),
)
"""The rules of each pass that decides anything."""
