"""A check as the terminal shows it."""

from datetime import date

from leakscan.comparison.gate import GateOptions, check_target
from leakscan.model.check import Check, OtherHolder
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import draw_check, plain_check
from leakscan.reports.views.check import check_view
from tests.builders import a_finding, a_holder, an_accepted_leak, an_analysis
from tests.samples import a_check, a_checked_target, checks
from tests.unit.reports.escapes import hyperlinks_in, on_a_terminal

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def test_a_check_reads_as_what_fails_then_what_is_known_then_every_target() -> None:
    check = a_check(
        a_checked_target("api", an_analysis(a_finding())),
        a_checked_target("clean", an_analysis()),
        CHECKS["one leak in two targets"].targets[1],
    )

    assert (
        plain_check(check_view(check))
        == """\
WORSE: 1 leak is new, in 1 of 3 targets (1 known)

new  api
  the baseline knows no such leak

Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call
  held by      app.jobs → .done
  allocated at app/jobs.py:41 in Jobs.put
  emptying it freed 99.2 % of the grown memory
  at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes

known  jobs: Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per
  call; accepted on 2026-01-05: to be bounded with the new queue

target  verdict  findings       growth  calls   time
api     LEAKING  1 new     1.9 kB/call  1,234  3.2 s
clean   CLEAN                 0 B/call  1,234  3.2 s
jobs    LEAKING  1 known   1.9 kB/call  1,234  3.2 s

ran          3 targets, 9.6 s in all
with         Python 3.11.7, leakscan 0.1.0
"""
    )


def test_the_lines_of_a_check_are_hyperlinks_on_a_terminal() -> None:
    view = check_view(CHECKS["one leak in two targets"])

    report = on_a_terminal(lambda console, link: draw_check(view, console, link))

    assert hyperlinks_in(report) == {"app/jobs.py:41": "file://host/app/jobs.py#41"}


def test_a_check_says_which_holder_is_new_and_names_those_of_a_known_leak() -> None:
    seen = a_holder("app.SEEN", fingerprint="seen")
    leak = an_analysis(a_finding(also_held_by=(seen,)))
    older, known = an_accepted_leak(), an_accepted_leak(also_held_by=())
    noted = an_accepted_leak(also_held_by=(OtherHolder(holder="app.SEEN", fingerprint="seen"),))

    def told(accepted: object) -> str:
        options = GateOptions(accepted=(accepted,))  # type: ignore[arg-type]
        target = check_target("jobs", leak, options, today=date(2026, 11, 21))
        return " ".join(plain_check(check_view(Check(targets=(target,)))).split())

    assert "app.SEEN holds it, which the baseline does not know; it was accepted as held by Jobs.done" in (
        told(known)
    )
    assert "to be bounded with the new queue; also held by app.SEEN" in told(noted)
    assert "so app.SEEN may be new; --update-baseline notes it" in told(older)
