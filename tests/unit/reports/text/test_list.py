"""The source of a function with what each line gains."""

import io
from dataclasses import replace

import pytest

from leakscan.model.analysis import Analysis, Frame, SiteGrowth
from leakscan.reports.text.consoles import plain_console
from leakscan.reports.text.top import draw_list
from leakscan.reports.views.functions import FunctionSource
from leakscan.reports.views.listing import MAX_LISTED_LINES, known_names, list_view
from tests.builders import a_finding, a_frame, a_holder, a_site, an_analysis
from tests.samples import HOSTILE, analyses
from tests.unit.reports.escapes import hyperlinks_in, on_a_terminal, without_hyperlinks, without_styles

ANALYSES = analyses()
PUT = FunctionSource(
    first_line=40, lines=("def put(self, key):", "    self.done[key] = Job(key)", "    return key")
)


def source(frame: Frame) -> FunctionSource | str:
    return PUT if frame.function == "put" else f"{frame.file} is not here"


def shown(analysis: Analysis, name: str) -> str:
    file = io.StringIO()
    draw_list(list_view(analysis, name, source), plain_console(file, width=100))
    return file.getvalue()


def test_a_function_reads_as_its_source_beside_what_each_line_gains() -> None:
    assert (
        shown(an_analysis(a_finding()), "put")
        == """\
Jobs.put in app/jobs.py, held by Jobs.done
bytes/call  objects/call  in use  objects  with calls  line
                                                         40  def put(self, key):
    1.6 kB          20.0     0 B        0      1.6 kB    41      self.done[key] = Job(key)
                                                         42      return key

in use: what was allocated while it was traced and is still there
"""
    )


def test_the_number_of_each_line_is_a_link_to_it() -> None:
    view = list_view(an_analysis(a_finding()), "put", source)

    report = on_a_terminal(lambda console, link: draw_list(view, console, link), width=100)

    assert hyperlinks_in(report) == {str(line): f"file://host/app/jobs.py#{line}" for line in (40, 41, 42)}
    assert without_hyperlinks(without_styles(report)) == shown(an_analysis(a_finding()), "put")


def test_a_caller_has_what_its_line_gains_through_what_it_calls() -> None:
    assert (
        shown(an_analysis(a_finding()), "main")
        == """\
main in app/main.py, held by Jobs.done
  no source: app/main.py is not here
bytes/call  objects/call  in use  objects  with calls  line
                                               1.6 kB     7

in use: what was allocated while it was traced and is still there
"""
    )


@pytest.mark.parametrize("name", ["Jobs.put", "put", "Jobs.done", "done"])
def test_a_function_is_called_by_its_name_or_by_what_it_fills(name: str) -> None:
    [function] = list_view(an_analysis(a_finding()), name, source).functions

    assert function.title == "Jobs.put in app/jobs.py, held by Jobs.done"


@pytest.mark.parametrize("name", ["", "pu", "Jobs", "one"])
def test_a_part_of_a_name_is_no_name(name: str) -> None:
    assert list_view(an_analysis(a_finding()), name, source).functions == ()


def test_a_line_that_recursion_passes_twice_counts_once() -> None:
    frame = a_frame("app/tree.py:5", "walk")
    site = replace(a_site("app/tree.py:5", "walk", bytes_per_call=100.0), stack=(frame, frame, frame))

    [function] = list_view(an_analysis(a_finding(sites=(site,))), "walk", source).functions

    assert [line.through for line in function.lines if line is not None] == ["100 B"]


def test_two_sites_of_a_function_are_two_lines_and_the_heavier_function_comes_first() -> None:
    def at(place: str, name: str, size: float) -> SiteGrowth:
        site = a_site(place, name, bytes_per_call=size)
        return replace(site, stack=(site.frame,))

    finding = a_finding(sites=(at("app/jobs.py:41", "Jobs.put", 10.0), at("app/x.py:1", "x", 20.0)))

    functions = list_view(an_analysis(finding), "Jobs.done", source).functions

    assert [function.title.split()[0] for function in functions] == ["x", "Jobs.put"]


def test_the_name_of_a_holder_lists_only_what_that_holder_keeps() -> None:
    analysis = an_analysis(a_finding(), a_finding(holder=a_holder("Jobs.index")))

    [by_holder] = list_view(analysis, "Jobs.index", source).functions
    [by_name] = list_view(analysis, "put", source).functions

    assert by_holder.title.endswith("held by Jobs.index")
    assert [line.through for line in by_holder.lines if line is not None] == ["", "1.6 kB", ""]
    assert [line.through for line in by_name.lines if line is not None] == ["", "3.2 kB", ""]


def test_a_long_function_is_shown_around_the_lines_that_gain() -> None:
    long = FunctionSource(first_line=1, lines=tuple(f"line {n}" for n in range(1, MAX_LISTED_LINES + 50)))

    [function] = list_view(an_analysis(a_finding()), "put", lambda _frame: long).functions

    assert [None if line is None else line.number for line in function.lines] == [
        1,
        None,
        *range(36, 47),
        None,
    ]


def test_what_can_be_listed_is_known_by_name() -> None:
    assert known_names(an_analysis(a_finding(), a_finding(holder=a_holder("Jobs.index")))) == [
        "Jobs.done",
        "Jobs.index",
        "Jobs.put",
    ]


def test_hostile_source_and_names_are_shown_on_lines_that_print() -> None:
    hostile = FunctionSource(first_line=4, lines=tuple(HOSTILE.split("\n")))

    file = io.StringIO()
    view = list_view(ANALYSES["hostile"], HOSTILE, lambda _frame: hostile)
    draw_list(view, plain_console(file, width=100))

    assert len(view.functions) == 1
    assert all(char.isprintable() or char == "\n" for char in file.getvalue())
