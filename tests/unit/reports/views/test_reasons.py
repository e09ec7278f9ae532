"""The rules that decided are a line each, with their numbers."""

from dataclasses import replace

from leakscan.model.analysis import Reason
from leakscan.model.run import Unit
from leakscan.reports.views.max_rows import EVERYTHING
from leakscan.reports.views.reasons import reason_lines
from leakscan.reports.views.report import report_view
from tests.builders import an_analysis

REASONS = (
    Reason(
        rule="blocks rise",
        about="",
        sentence="The blocks in use rise.",
        numbers={"blocks_per_unit": 2.0, "windows": 5},
    ),
    Reason(rule="only replaced", about="app.PAGES", sentence="It has stopped growing.", numbers={}),
)


def test_a_reason_says_its_rule_what_it_is_about_and_its_numbers() -> None:
    analysis = replace(an_analysis(), reasons=REASONS, unit=Unit.SECOND)

    assert list(reason_lines(analysis)) == [
        "blocks rise: The blocks in use rise. [blocks per second 2; windows 5]",
        "only replaced (app.PAGES): It has stopped growing.",
    ]


def test_reasons_are_shown_where_everything_is() -> None:
    analysis = replace(an_analysis(), reasons=REASONS)

    assert report_view(analysis).reasons == ()
    assert len(report_view(analysis, EVERYTHING).reasons) == 2


def test_a_share_is_shown_in_percent() -> None:
    reason = Reason(rule="freed", about="", sentence="It is.", numbers={"freed_share": 0.998})

    assert list(reason_lines(replace(an_analysis(), reasons=(reason,)))) == ["freed: It is. [freed 99.8 %]"]


def test_a_number_that_is_none_of_json_is_shown_as_it_is() -> None:
    reason = Reason(rule="flat", about="", sentence="It is.", numbers={"share": float("inf"), "part": 0.125})

    (line,) = reason_lines(replace(an_analysis(), reasons=(reason,)))

    assert line == "flat: It is. [share inf; part 0.125]"
