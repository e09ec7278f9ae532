"""Analyses and checks that make a page: a usual one, a hostile one, one that is far too long."""

from dataclasses import replace

from leakscan.comparison.gate import GateOptions
from leakscan.model.analysis import Analysis, ChainStep, Finding, Frame, ProcessSample, RunFacts
from leakscan.model.check import Check
from leakscan.model.run import Kind, RunOptions, RunStage, Verdict
from tests.builders import (
    a_failure,
    a_filling_finding,
    a_finding,
    a_holder,
    a_site,
    an_accepted_leak,
    an_analysis,
)
from tests.samples import a_check, a_checked_target, each_standing

HOSTILE = "<script>executed=1</script></script></style>\"'`{{7*7}}<img src=x onerror=executed=2>\u202e\u2066"
"""Would run, load or turn around if it were anything but text."""
LONG = "x" * 10_000


def a_usual_analysis() -> Analysis:
    """A leak, a cache that fills and what a run of some seconds records beside them."""
    stack = tuple(
        Frame(file=f"app/layer_{n}.py", line=n + 1, function="call", qualname=f"Layer{n}.call")
        for n in range(16)
    )
    sites = tuple(
        replace(a_site(f"app/jobs.py:{line}", bytes_per_call=size, types={"str": 10.0}), stack=stack)
        for line, size in ((10, 1_600.0), (20, 240.0), (30, 60.0))
    )
    leak = a_finding(sites=sites, advice="delete each entry when the work that added it is over")
    filling = a_filling_finding(
        series=((100, 100), (1_000, 1_000), (3_210, 3_210)),
        sites=(a_site("app/price.py:7", "price", bytes_per_call=240.0),),
    )
    return an_analysis(leak, filling, run=a_run(), working_directory="/srv/app")


def a_run() -> RunFacts:
    """A warm-up of ten rounds, and a hundred rounds that grow by thirty blocks a call."""
    return RunFacts(
        options=RunOptions(target="app.jobs:handle", calls=10),
        threshold_bytes_per_call=0.0,
        platform="Linux-6.1-x86_64-with-glibc2.36",
        started_at="2026-01-01T00:00:00+00:00",
        samples=tuple(
            ProcessSample(
                stage=RunStage.WARM_UP if number <= 10 else RunStage.SCREEN,
                calls=number * 10,
                seconds=number / 10,
                blocks=80_000 + number * 300,
                garbage_blocks=0,
                heap_bytes=3_000_000 + number * 19_000,
                rss_bytes=20_000_000 + number * 21_000,
                call_seconds=0.01,
            )
            for number in range(1, 111)
        ),
    )


def a_hostile_analysis() -> Analysis:
    """Every name that a target, a recording or a command line can choose."""
    chain = (
        ChainStep(link=HOSTILE, type=HOSTILE, name=HOSTILE, is_growing=False),
        ChainStep(link=LONG, type=LONG, name=LONG, is_growing=True),
    )
    named = a_finding(
        fingerprint=HOSTILE,
        holder=a_holder(HOSTILE, type=HOSTILE, path=(HOSTILE, LONG), defined_at=HOSTILE),
        also_held_by=(a_holder(LONG, type=LONG),),
        sites=(a_site(f"{HOSTILE}.py:3", HOSTILE, types={HOSTILE: 1.0, LONG: 2.0}),),
        chain=chain,
        advice=HOSTILE,
        series_unit="entries",
    )
    endless = a_finding(holder=a_holder(LONG), sites=(a_site(f"{LONG}.py:3", LONG),))
    return an_analysis(
        named, endless, target=HOSTILE, reason=HOSTILE + LONG, python=HOSTILE, warnings=(HOSTILE, LONG)
    )


def a_usual_check() -> Check:
    """A target with findings of every standing, a usual one, one that failed and one that is clean."""
    standing = each_standing()
    return a_check(
        a_checked_target("clean", an_analysis(run=a_run())),
        replace(standing, analysis=replace(standing.analysis, run=a_run(), working_directory="/srv/app")),
        a_checked_target("shop", a_usual_analysis()),
        replace(
            a_checked_target("broken", an_analysis(failure=a_failure(hint="look"))),
            printed="connecting\nrefused\n",
        ),
    )


def a_hostile_check() -> Check:
    """What a project can call its targets, and what it can write into its baseline."""
    known = an_accepted_leak(target=LONG, fingerprint="gone", holder=HOSTILE, reason=HOSTILE + LONG)
    failed = replace(a_hostile_analysis(), failure=a_failure(message=HOSTILE, hint=LONG))
    return replace(
        a_check(
            replace(a_checked_target(HOSTILE, failed), printed=f"{HOSTILE}\n{LONG}"),
            a_checked_target(LONG, an_analysis(a_finding()), GateOptions(accepted=(known,))),
        ),
        orphans=(replace(known, target=HOSTILE),),
    )


def a_check_of_a_hundred() -> Check:
    """A hundred targets of ten findings each."""
    return a_check(
        *(
            a_checked_target(f"target-{number}", an_analysis(*(_numbered(n) for n in range(10)), run=a_run()))
            for number in range(100)
        )
    )


def a_thousand_findings() -> Analysis:
    return an_analysis(*(_numbered(number) for number in range(1_000)), run=a_run())


def _numbered(number: int) -> Finding:
    is_small = number % 10 == 9
    return a_finding(
        verdict=Verdict.CLEAN if is_small else Verdict.LEAKING,
        kind=Kind.UNDER_THRESHOLD if is_small else Kind.UNBOUNDED_GROWTH,
        fingerprint=f"app.caches.Cache{number}",
        bytes_per_call=float(number + 1),
        holder=a_holder(f"Cache{number}.entries"),
        sites=(
            a_site(f"app/cache_{number}.py:{number + 1}", f"Cache{number}.put", bytes_per_call=number + 1.0),
        ),
        series=tuple((calls, calls * 3) for calls in range(0, 5_000, 100)),
    )
