"""Answers of every kind, for the tests that hold for all of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.comparison.gate import GateOptions, check_target
from leakscan.model.analysis import Analysis, CacheList, SiteGrowth
from leakscan.model.check import Allowance, Check, TargetCheck
from leakscan.model.history import DriftKind, Quantity
from leakscan.model.run import Kind, Unit, Verdict
from tests.builders import (
    a_cache,
    a_drift,
    a_failure,
    a_filling_finding,
    a_finding,
    a_finding_without_holder,
    a_frame,
    a_holder,
    a_site,
    an_accepted_leak,
    an_analysis,
    another_cache,
)
from tests.unit.analysis.scripted import Workload, conversation

HOSTILE = "x`|\n</pre></details><script>alert(1)</script> ::error::% \x1b[31m,\"'&\\ \udc80 @all #1 ]]>"
"""A key of the target that tries to be Markdown, HTML, XML, a workflow command and an escape sequence."""


def _workloads() -> Mapping[str, Workload]:
    leak = Workload(blocks=lambda n: 2.0 * n, entries=float, heap=lambda n: 100.0 * n)
    return {
        "leak": leak,
        "clean": Workload(),
        "filling": Workload(
            blocks=lambda n: 2.0 * min(n, 200_000),
            entries=lambda n: float(min(n, 200_000)),
            bound=200_000,
        ),
        "native": Workload(heap=lambda n: 4_096.0 * n),
        "raises": Workload(blocks=lambda n: 2.0 * n, entries=float, raises_at=3_000),
    }


def recorded() -> dict[str, tuple[wire.Record, ...]]:
    """The records of whole runs, by what the workload does."""
    runs = {name: conversation(workload).records for name, workload in _workloads().items()}
    cut = runs["leak"][: len(runs["leak"]) // 2]
    return {**runs, "cut": cut}


def _built() -> Mapping[str, Analysis]:
    many = [
        a_finding(
            fingerprint=f"{number:016x}",
            holder=a_holder(f"Jobs.queue_{number}", defined_at="app/jobs.py:12"),
            bytes_per_call=2_000.0 - 10 * number,
            sites=tuple(a_site(f"app/jobs.py:{100 * number + line}") for line in range(1, 8)),
            advice="delete each entry when the work that added it is over",
        )
        for number in range(1, 21)
    ]
    hostile = a_finding(
        fingerprint=HOSTILE,
        holder=a_holder(
            f"CACHE[{HOSTILE!s}]",
            type=HOSTILE,
            path=("app", HOSTILE),
            freed_share=None,
            not_emptied_because=HOSTILE,
            entry_type=HOSTILE,
            entries_do=HOSTILE,
        ),
        also_held_by=(a_holder(HOSTILE),),
        sites=(a_site(f"app/{HOSTILE}.py:4", HOSTILE, types={HOSTILE: 1.0}),),
        advice=HOSTILE,
    )
    inconclusive = {"verdict": Verdict.INCONCLUSIVE, "reason": "the heap neither settles nor grows"}
    return {
        "twenty findings": an_analysis(*many),
        "leaks and fills": an_analysis(
            a_filling_finding(),
            a_finding(bytes_per_call=0.25, objects_per_call=0.02),
            a_finding_without_holder(Kind.NATIVE, fingerprint="native"),
            a_finding(verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD, fingerprint="small"),
        ),
        "hostile": an_analysis(
            hostile, target=HOSTILE, reason=HOSTILE, warnings=(HOSTILE,), failure=a_failure(message=HOSTILE)
        ),
        "no file": an_analysis(a_finding(sites=(a_site("<string>:1", "<module>"), a_site("?:0", "?")))),
        "outside": an_analysis(a_finding(sites=(a_site("/usr/lib/python3/json/decoder.py:353"),))),
        "no sites": an_analysis(a_finding(sites=(), chain=(), series=())),
        "by the second": an_analysis(a_finding(), unit=Unit.SECOND),
        "failed": an_analysis(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.TARGET_FAILED,
            failure=a_failure(hint="call it with an argument"),
            detection_limit_bytes_per_call=None,
        ),
        "noise": an_analysis(kind=Kind.NOISE, **inconclusive),
        "caches": an_analysis(
            a_finding(),
            caches=CacheList(
                caches=(
                    a_cache(),
                    another_cache(entries=1_240),
                    another_cache("Connection._cache", instances=30),
                    another_cache(HOSTILE, type=HOSTILE, path=(HOSTILE,), bytes_per_entry=None),
                    a_cache(HOSTILE, function=HOSTILE, entries=0, hits=0, misses=0, defined_at=HOSTILE),
                    *(another_cache(f"app.CACHE_{number}", entries=9) for number in range(30)),
                ),
                unlisted=3,
            ),
        ),
        "no caches": an_analysis(caches=CacheList(caches=(), unlisted=0)),
        "deep": an_analysis(a_finding(sites=(_deep_site(),))),
    }


def analyses() -> dict[str, Analysis]:
    """An answer of every kind: of recordings, and built."""
    judged = {name: analyze(records, Settings()) for name, records in recorded().items()}
    return {**judged, **_built()}


def _deep_site() -> SiteGrowth:
    """A site with the deepest stack that is kept by default, one line of it twice: recursion."""
    frames = [a_frame(f"app/tree.py:{line % 9 + 1}", "Tree.walk") for line in range(15)]
    return replace(a_site(), stack=(a_site().frame, *frames), live_bytes=1_234_567, live_objects=4_321)


TODAY = date(2026, 11, 21)
YESTERDAY = date(2026, 11, 20)


def a_checked_target(name: str, analysis: Analysis, rules: GateOptions | None = None) -> TargetCheck:
    """A target as the gate sees it on one certain day."""
    return check_target(name, analysis, rules or GateOptions(), today=TODAY)


def a_check(*targets: TargetCheck) -> Check:
    return Check(targets=targets, leakscan_version="0.1.0")


def checks() -> dict[str, Check]:
    """A check of every kind."""
    known = analyses()
    every = {name: a_checked_target(name, analysis) for name, analysis in known.items()}
    noise = an_analysis(kind=Kind.NOISE, verdict=Verdict.INCONCLUSIVE, reason="the heap does not settle")
    failed = replace(every["failed"], printed="connecting\nrefused\n")
    orphan = an_accepted_leak(target="removed")
    return {
        "every analysis": a_check(*every.values()),
        "each standing": a_check(each_standing(), a_checked_target("clean", an_analysis())),
        "clean": a_check(*(a_checked_target(name, an_analysis()) for name in ("api", "jobs"))),
        "no targets": a_check(),
        "failed": a_check(failed, every["clean"]),
        "failed, and leaks": a_check(
            a_checked_target("api", an_analysis(a_finding(), failure=a_failure())), every["noise"]
        ),
        "inconclusive": a_check(a_checked_target("jobs", noise), every["clean"]),
        "inconclusive passes": a_check(
            a_checked_target("jobs", noise, GateOptions(passes_inconclusive=True))
        ),
        "drift": a_check(replace(every["clean"], drifts=DRIFTS), every["native"]),
        "orphans": replace(a_check(every["clean"]), orphans=(orphan,)),
        "twenty leaks": a_check(*(_one_leak(number) for number in range(20)), every["clean"]),
        "many of all": _many_of_all(known["failed"]),
        "one leak in two targets": a_check(
            a_checked_target("api", an_analysis(a_finding())),
            a_checked_target("jobs", an_analysis(a_finding()), GateOptions(accepted=(an_accepted_leak(),))),
        ),
        "hostile": _a_hostile_check(known["hostile"]),
    }


DRIFTS = (a_drift(), a_drift(quantity=Quantity.TIME, kind=DriftKind.SLOW, now=0.5, reference=0.4, limit=0.45))


def each_standing() -> TargetCheck:
    """A target whose findings stand in all the ways that there are."""
    names = ("new", "worse", "expired", "known", "better", "allowed")
    leaks = [a_finding(fingerprint=f"fingerprint-{name}", holder=a_holder(f"Jobs.{name}")) for name in names]
    accepted = (
        an_accepted_leak(fingerprint="fingerprint-worse", bytes_per_call=1_000.0),
        an_accepted_leak(fingerprint="fingerprint-expired", expires=YESTERDAY),
        an_accepted_leak(fingerprint="fingerprint-known", expires=TODAY),
        an_accepted_leak(fingerprint="fingerprint-better", bytes_per_call=4_000.0, reason=""),
        an_accepted_leak(fingerprint="fingerprint-gone", holder="Jobs.gone", entries_per_call=None),
    )
    allowed = Allowance(holder="Jobs.allowed", module=None, reason="a pool of connections")
    rules = GateOptions(accepted=accepted, allowances=(allowed,))
    return a_checked_target("jobs", an_analysis(*leaks, a_filling_finding()), rules)


def _one_leak(number: int) -> TargetCheck:
    name = f"target-{number}"
    leak = a_finding(fingerprint=f"{number:016x}", holder=a_holder(f"Jobs.queue_{number}"))
    return a_checked_target(name, an_analysis(leak, target=f"app.jobs:handle_{number}"))


def _many_of_all(failure: Analysis) -> Check:
    """More of everything than a reader wants to see at once."""
    leaks = [_one_leak(number) for number in range(40)]
    failed = [a_checked_target(f"failed-{n}", failure) for n in range(10)]
    late = an_analysis(warnings=("it was late",))
    drifting = [replace(a_checked_target(f"clean-{n}", late), drifts=DRIFTS) for n in range(10)]
    return a_check(*drifting, *failed, *leaks)


def _a_hostile_check(hostile: Analysis) -> Check:
    by_the_second = an_analysis(a_finding(), unit=Unit.SECOND)
    known = an_accepted_leak(target=f"known {HOSTILE}", holder=HOSTILE, reason=HOSTILE)
    gone = replace(known, fingerprint=HOSTILE)
    check = a_check(
        replace(a_checked_target(HOSTILE, hostile), printed=f"{HOSTILE}\n{HOSTILE}"),
        a_checked_target(f"known {HOSTILE}", by_the_second, GateOptions(accepted=(known, gone))),
    )
    return replace(check, orphans=(replace(known, target=HOSTILE),))
