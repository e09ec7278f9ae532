"""The report on a terminal, whole, at a fixed width."""

import io
from dataclasses import replace
from textwrap import dedent

import pytest
from rich.console import Console

from leakscan.model.run import Kind, Verdict
from leakscan.reports.text.headline import draw_headline
from leakscan.reports.text.report import draw_report
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL, MaxRows
from leakscan.reports.views.report import ReportView, report_view
from tests.builders import (
    a_failure,
    a_filling_finding,
    a_finding,
    a_finding_without_holder,
    a_holder,
    a_site,
    an_analysis,
)
from tests.unit.reports.escapes import hyperlinks_in, on_a_terminal, without_hyperlinks, without_styles


def drawn(view: ReportView, *, width: int = 80, encoding: str = "utf-8") -> str:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding)
    draw_report(view, Console(file=stream, width=width, color_system=None))
    stream.flush()
    return buffer.getvalue().decode(encoding)


def text(expected: str) -> str:
    return dedent(expected).removeprefix("\n")


FIBER = a_finding(
    holder=a_holder("MemoryLock.keys", path=("scenarios.fiber_idempotency.app", ".lock", ".keys")),
    sites=(
        a_site(
            "scenarios/fiber_idempotency.py:41",
            "MemoryLock.acquire",
            types={"Lock": 10.0, "str": 10.0},
        ),
        a_site(
            "/home/ana/work/venv/lib/python3.11/site-packages/babel/dates.py:1241",
            "format_datetime",
            bytes_per_call=300.0,
            objects_per_call=0.02,
        ),
    ),
    also_held_by=(a_holder("Index.by_mail"),),
    advice="delete the entry when the request ends",
)


def test_a_leak_leads_with_its_sentences_and_ends_with_its_numbers() -> None:
    view = report_view(an_analysis(FIBER, target="scenarios.fiber_idempotency:leaky"))

    assert drawn(view) == text(
        """
        LEAKING (unbounded growth): the heap grows with every call

        MemoryLock.keys (dict, 12,340 entries, +10.0 per call, none removed) grows
            by 1.9 kB per call
          held by      scenarios.fiber_idempotency.app → .lock → .keys
          allocated at scenarios/fiber_idempotency.py:41 in MemoryLock.acquire
          also held by Index.by_mail (dict, 12,340 entries, +10.0 per call, none
            removed)
          emptying it freed 99.2 % of the grown memory
          at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes
          advice       delete the entry when the request ends

          bytes/call  objects/call  site
              1.6 kB          20.0  …/fiber_idempotency.py:41 in MemoryLock.acquire
                                    Lock 10.0, str 10.0
               300 B          0.02  /…/babel/dates.py:1241 in format_datetime
          entries      ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██ 2,340 to 12,340 over 1,000 calls

        blocks       ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██ 81,234 to 118,254 in use
        growth       +1.9 kB of heap, +30.0 blocks, +2.1 kB resident per call
        ran          scenarios.fiber_idempotency:leaky: 1,234 calls in 12 rounds, 3.2 s
        limit        no growth ≥ 8 B per call could hide here
        with         Python 3.11.7, leakscan 0.1.0
        """
    )


def test_in_full_detail_stacks_chain_and_fingerprint_follow_the_sites() -> None:
    view = report_view(an_analysis(a_finding()), EVERYTHING)

    assert drawn(view) == text(
        """
        LEAKING (unbounded growth): the heap grows with every call

        Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9
            kB per call
          held by      app.jobs → .done
          allocated at app/jobs.py:41 in Jobs.put
          emptying it freed 99.2 % of the grown memory
          at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes

          bytes/call  objects/call  site
              1.6 kB          20.0  app/jobs.py:41 in Jobs.put
                                    from app/main.py:7 in main
          entries      ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██ 2,340 to 12,340 over 1,000 calls
          chain        app.jobs (Jobs)
                       → .done (dict, grows)
          known as     app.jobs.Jobs.done

        blocks       ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██ 81,234 to 118,254 in use
        growth       +1.9 kB of heap, +30.0 blocks, +2.1 kB resident per call
        ran          app.jobs:handle: 1,234 calls in 12 rounds, 3.2 s
        limit        no growth ≥ 8 B per call could hide here
        with         Python 3.11.7, leakscan 0.1.0
        """
    )


def test_a_clean_target_has_a_short_report() -> None:
    view = report_view(an_analysis(late_rounds=3))

    assert drawn(view) == text(
        """
        CLEAN (flat): the heap stays flat
          no growth ≥ 8 B per call could hide here

        growth       0 B of heap, 0 blocks, 0 B resident per call
        ran          app.jobs:handle: 1,234 calls in 12 rounds, 3.2 s
        late         3 rounds began late: the interval is too short
        with         Python 3.11.7, leakscan 0.1.0
        """
    )


def test_a_filling_cache_says_when_it_will_be_full() -> None:
    view = report_view(
        an_analysis(
            a_filling_finding(),
            verdict=Verdict.FILLING,
            kind=Kind.BOUNDED,
            reason="it grows towards a bound that it keeps",
        )
    )

    assert drawn(view) == text(
        """
        FILLING (bounded): it grows towards a bound that it keeps
          no growth ≥ 8 B per call could hide here

        lru_cache of app.price (3,210 of at most 5,000 entries, +1.0 per call, none
            removed) fills by 240 B per call and plateaus at 5,000 entries, about 1.2 MB
          held by      app.price
          allocated at app/jobs.py:41 in Jobs.put
          full after about 1,790 more calls

          bytes/call  objects/call  site
              1.6 kB          20.0  app/jobs.py:41 in Jobs.put

        growth       0 B of heap, 0 blocks, 0 B resident per call
        ran          app.jobs:handle: 1,234 calls in 12 rounds, 3.2 s
        with         Python 3.11.7, leakscan 0.1.0
        """
    )


def test_a_failed_target_shows_its_own_traceback_and_what_was_seen() -> None:
    view = report_view(
        an_analysis(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.TARGET_FAILED,
            reason="the target failed before the heap could settle",
            failure=a_failure(hint="handle takes no arguments"),
            detection_limit_bytes_per_call=None,
            warnings=("the recording ends in the middle of a record",),
        )
    )

    assert drawn(view) == text(
        """
        INCONCLUSIVE (target failed): the target failed before the heap could settle

        the target raised ValueError: bad input (call 41)
          Traceback (most recent call last):
            File "app/jobs.py", line 41, in put
              raise ValueError('bad input')
          ValueError: bad input
        hint: handle takes no arguments

        warning: the recording ends in the middle of a record

        growth       0 B of heap, 0 blocks, 0 B resident per call
        ran          app.jobs:handle: 1,234 calls in 12 rounds, 3.2 s
        with         Python 3.11.7, leakscan 0.1.0
        """
    )


def test_several_leaks_of_which_some_are_cut_say_how_to_see_them_all() -> None:
    few = replace(NORMAL, findings=1, sites=1, types=1, also_held_by=1, links=4)
    native = a_finding_without_holder(Kind.NATIVE, sites=(a_site(), a_site("app/jobs.py:97")))
    view = report_view(an_analysis(native, a_finding(), series=()), few)

    assert drawn(view) == text(
        """
        LEAKING (unbounded growth): the heap grows with every call

        native memory grows by 1.9 kB per call, and no Python object holds it
          allocated at app/jobs.py:41 in Jobs.put
          at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes

        and 1 more finding (--verbose shows all)

        native
          bytes/call  objects/call  site
              1.6 kB          20.0  app/jobs.py:41 in Jobs.put
                                    and 1 more site

        growth       +1.9 kB of heap, +30.0 blocks, +2.1 kB resident per call
        ran          app.jobs:handle: 1,234 calls in 12 rounds, 3.2 s
        limit        no growth ≥ 8 B per call could hide here
        with         Python 3.11.7, leakscan 0.1.0
        """
    )


def test_a_site_is_on_one_line_however_long_its_path_and_its_function() -> None:
    function = "StateManager.add_api_session_removed_listener.<locals>.remove"
    sites = (
        a_site("scenarios/ziti_session_sync.py:82", function),
        a_site("/home/ana/work/venv/lib/python3.11/site-packages/babel/dates.py:1241", function),
        a_site("scenarios/a_module_with_a_name_of_some_length.py:7", "work"),
        a_site("app/jobs.py:41", "Jobs.put"),
    )

    lines = drawn(report_view(an_analysis(a_finding(sites=sites)))).splitlines()

    first = lines.index("  bytes/call  objects/call  site") + 1
    assert [line.removeprefix("      1.6 kB          20.0  ") for line in lines[first : first + 4]] == [
        "…/ziti_session_sync.py:82 in StateMana…ocals>.remove",
        "/…/babel/dates.py:1241 in StateManage…locals>.remove",
        "…/a_module_with_a_name_of_some_length.py:7 in work",
        "app/jobs.py:41 in Jobs.put",
    ]


def test_a_finding_with_all_that_is_usually_shown_fits_on_one_screen() -> None:
    sites = tuple(
        a_site(
            f"/home/ana/work/service/app/handlers/requests_{number}.py:{number}41",
            "RequestHandlers.handle_with_retries.<locals>.attempt",
            types={"RequestContext": 10.0, "dict": 10.0, "str": 30.0},
        )
        for number in range(9)
    )
    finding = a_finding(
        holder=a_holder(
            "RequestRegistry.contexts_by_session",
            path=("app.handlers.registry", ".inner", ".contexts_by_session"),
            capacity_bytes=1_300_000,
            bytes_per_entry=190.0,
        ),
        sites=sites,
        also_held_by=(a_holder("RequestRegistry.sessions_by_user"),),
        advice="delete each entry when its last user is done, counting users: "
        "a plain delete drops a lock that others still wait on",
        pattern="a-lock-per-key",
    )
    reason = "memory grew by the same amount with every call over 18,192 calls: one leak held by "

    report = drawn(report_view(an_analysis(finding, reason=reason + "RequestRegistry.contexts_by_session")))

    assert "and 4 more sites" in report
    assert len(report.splitlines()) <= 40


def test_an_encoding_without_arrows_gets_the_same_words_in_ascii() -> None:
    view = report_view(an_analysis(FIBER))

    lines = drawn(view, encoding="ascii").splitlines()

    assert "  held by      scenarios.fiber_idempotency.app -> .lock -> .keys" in lines
    assert "limit        no growth >= 8 B per call could hide here" in lines
    assert "blocks       __..,,--==++**## 81,234 to 118,254 in use" in lines


@pytest.mark.parametrize("width", [80, 60, 132])
@pytest.mark.parametrize("max_rows", [NORMAL, EVERYTHING])
def test_no_line_is_wider_than_the_terminal(width: int, max_rows: MaxRows) -> None:
    long = a_holder(f"Registry.{'x' * 200}", path=("app", *[f"['key-{n}']" for n in range(40)]))
    finding = a_finding(holder=long, sites=(a_site(f"/{'folder/' * 30}file.py:1", "f" * 90),))
    view = report_view(an_analysis(finding, warnings=("w" * 200,)), max_rows)

    lines = drawn(view, width=width).splitlines()

    assert max(len(line) for line in lines) <= width


def test_markup_and_emoji_codes_in_names_are_shown_as_they_are() -> None:
    holder = a_holder("[bold]Registry[/] :boom:", path=("app", "['[red]x[/red]']"))

    report = drawn(report_view(an_analysis(a_finding(holder=holder))))

    assert "[bold]Registry[/] :boom: (dict" in report
    assert "app → ['[red]x[/red]']" in report


def test_a_hostile_name_can_neither_move_the_cursor_nor_forge_a_line() -> None:
    evil = "\x1b[2Jx\nCLEAN (flat): nothing to see\r"
    finding = a_finding(
        holder=a_holder(evil, type=evil, path=(evil,), defined_at=evil),
        sites=(a_site("app/\x1b\n.py:1", evil, types={evil: 1.0}),),
        advice=evil,
        fingerprint=evil,
    )
    analysis = an_analysis(
        finding, reason=evil, target=evil, warnings=(evil,), failure=a_failure(message=evil)
    )

    report = drawn(report_view(analysis, EVERYTHING), width=1_000)

    assert "\x1b" not in report
    assert "\r" not in report
    assert not any(line.startswith("CLEAN") for line in report.splitlines())


def test_colour_adds_nothing_to_the_words() -> None:
    view = report_view(an_analysis(FIBER))
    coloured = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="truecolor")
    plain = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None, no_color=True)

    with coloured.capture() as with_colour:
        draw_report(view, coloured)
    with plain.capture() as without:
        draw_report(view, plain)

    assert "\x1b[1;31mLEAKING\x1b[0m" in with_colour.get()
    assert without_styles(with_colour.get()) == without_styles(without.get())


def test_quiet_is_one_line_however_long() -> None:
    view = report_view(an_analysis(a_finding(), reason="the heap grows " * 20))
    console = Console(file=io.StringIO(), width=80)

    with console.capture() as capture:
        draw_headline(view, console)

    assert capture.get().count("\n") == 1
    assert capture.get().startswith("LEAKING (unbounded growth): the heap grows")


DATES = "/home/ana/work/venv/lib/python3.11/site-packages/babel/dates.py"


def test_each_place_of_a_report_is_a_link_however_its_path_is_shortened() -> None:
    view = report_view(an_analysis(FIBER), EVERYTHING)

    links = hyperlinks_in(on_a_terminal(lambda console, link: draw_report(view, console, link)))

    assert links == {
        "scenarios/fiber_idempotency.py:41": "file://host/scenarios/fiber_idempotency.py#41",
        "…/fiber_idempotency.py:41": "file://host/scenarios/fiber_idempotency.py#41",
        "/…/babel/dates.py:1241": f"file://host/{DATES}#1241",
        "app/main.py:7": "file://host/app/main.py#7",
    }


def test_where_a_holder_is_defined_is_a_link() -> None:
    view = report_view(an_analysis(a_finding(sites=(), holder=a_holder(defined_at="app/jobs.py:12"))))

    links = hyperlinks_in(on_a_terminal(lambda console, link: draw_report(view, console, link)))

    assert links == {"app/jobs.py:12": "file://host/app/jobs.py#12"}


def test_links_add_nothing_to_the_words() -> None:
    view = report_view(an_analysis(FIBER), EVERYTHING)

    report = on_a_terminal(lambda console, link: draw_report(view, console, link))

    assert without_hyperlinks(without_styles(report)) == drawn(view)
