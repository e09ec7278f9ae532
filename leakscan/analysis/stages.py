"""What is done with numbers that belong to no rule: how a run is planned, and what is made of a finding."""

from leakscan.analysis.rule import Stage

STAGES = (
    Stage(
        name="Control and failures",
        sentence="leakscan measures itself first, and gives up an agent that fails again and again.",
        done_in=("plan.planner",),
    ),
    Stage(
        name="Warm-up",
        sentence="The target is called until what is loaded and filled once is there.",
        done_in=("plan.warm_up",),
    ),
    Stage(
        name="Time",
        sentence="The screen, a window and a call have so much time.",
        done_in=("plan.time_budget", "plan.run_so_far"),
    ),
    Stage(
        name="Windows",
        sentence="So many rounds make a window, and so many calls a round.",
        done_in=("plan.windows",),
    ),
    Stage(
        name="Screening",
        sentence="Windows and censuses go on until growth is proved or excluded.",
        done_in=("plan.screening", "growth.screen.may_have_gained"),
    ),
    Stage(
        name="Tracing",
        sentence="Calls are traced: as many as the growth needs to show.",
        done_in=("plan.tracing", "growth.screen.Screen.events_per_unit", "growth.screen.Screen.span"),
    ),
    Stage(
        name="Explaining",
        sentence="Holders are looked for, emptied in copies of the process, and weighed.",
        done_in=("plan.explaining", "attribution.proof_plan"),
    ),
    Stage(
        name="Lines that take native memory",
        sentence="Calls are watched line by line, and a line is reported that took what the process lost.",
        done_in=("plan.native_lines", "findings.process._leaking_lines", "findings.process._is_about"),
    ),
    Stage(
        name="Lines that put and take entries",
        sentence="A holder's length is read between lines, and those lines are reported at which it changed.",
        done_in=("plan.stores", "findings.stores", "findings.holder_facts._with_stores"),
    ),
    Stage(
        name="Confirming and drawing",
        sentence="More windows tell whether growth has stopped; holders are drawn.",
        done_in=("plan.confirming", "plan.extras"),
    ),
    Stage(
        name="Splitting the growth",
        sentence="Memory without an object of its own, such as a table, goes to the holder that it fits.",
        done_in=("attribution.split",),
    ),
    Stage(
        name="Advice",
        sentence="It goes by what grows: first by the kind of the container, then by what its entries are, "
        "by its name, by others that hold the same; by where it is kept only if that leads straight to it.",
        done_in=("findings.advice",),
    ),
    Stage(
        name="Order of the holders",
        sentence="A leak is named after the holder that frees it; others are listed beside it.",
        done_in=(
            *("attribution.leaks._preference", "attribution.leaks._without_incidental"),
            "attribution.leaks._leak",
        ),
    ),
    Stage(
        name="Rates and sites of a finding",
        sentence="A finding says how many entries come and go, and where they were allocated.",
        done_in=(
            *("attribution.leak_growth.entries_per_unit", "findings.holder_facts._added_up"),
            *("findings.process._of_container", "findings.sites"),
        ),
    ),
    Stage(
        name="Words of the verdict",
        sentence="A verdict says how evenly memory grew, by the last windows.",
        done_in=("verdict._pace",),
    ),
    Stage(
        name="Detection limit",
        sentence="A report says how small a growth would have been seen.",
        done_in=("detection_limit",),
    ),
    Stage(
        name="How the run ended",
        sentence="A report names processes that the target had left running.",
        done_in=("endings",),
    ),
    Stage(
        name="Names that were meant",
        sentence="Where the target is not found, a name like it is offered.",
        done_in=("failure._hint_at_name",),
    ),
)
"""In the order of a run."""
