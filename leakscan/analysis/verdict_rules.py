"""The rules of the last pass: the verdict over the whole process, one for each kind."""

from leakscan.analysis.rule import Rule
from leakscan.model.run import Kind


def _verdict(kind: Kind, sentence: str, shown_by: str, *decided_in: str) -> tuple[Kind, Rule]:
    name = f"verdict: {kind.value}"
    return kind, Rule(name=name, sentence=sentence, decided_in=decided_in, shown_by=shown_by)


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
            "growth.process_growth.is_fragmentation",
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
            "verdict._has_warmed_up",
        ),
        _verdict(
            Kind.SAW_TOOTH,
            "CLEAN: memory rises and falls, and its floor is flat.",
            "tests/targets/traps.py:two_generation_cache",
            "verdict._rises_and_falls",
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
            "verdict._undecided",
            "verdict._too_few_rounds",
        ),
        _verdict(
            Kind.NOISE,
            "INCONCLUSIVE: memory grew or did not settle, and nothing traced accounts for it.",
            "tests/targets/decisions.py:lessons_until_they_are_traced",
            "verdict._filling",
            "verdict._beside_filling",
            "verdict._watched_too_short",
        ),
        _verdict(
            Kind.INTERRUPTED,
            "INCONCLUSIVE: the run ended before there was an answer; growth that was traced by then is one.",
            "tests/integration/test_process.py::test_a_ctrl_c_ends_with_a_report_over_what_was_seen",
            "endings.is_cut_in_explanation",
        ),
        _verdict(
            Kind.TARGET_FAILED,
            "INCONCLUSIVE: the target failed before growth was proved.",
            "tests/targets/process.py:raises_at_5",
            "failure._is_idle",
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
            "busy_children",
        ),
    )
)
