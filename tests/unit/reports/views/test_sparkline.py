"""A series drawn in one line."""

from leakscan.reports.views.sparkline import evenly_spaced, sparkline


def test_the_least_value_is_the_lowest_bar_and_the_greatest_the_highest() -> None:
    assert sparkline([10, 11, 12, 13, 14, 15, 16, 17], width=8) == "▁▂▃▄▅▆▇█"


def test_a_flat_series_is_drawn_low() -> None:
    assert sparkline([5, 5, 5], width=8) == "▁▁▁"


def test_a_series_without_values_is_drawn_as_nothing() -> None:
    assert sparkline([], width=8) == ""


def test_a_long_series_is_thinned_to_the_width_and_keeps_its_ends() -> None:
    assert sparkline(range(1_000), width=8) == "▁▂▃▄▅▆▇█"


def test_a_line_looks_like_a_line_however_its_samples_are_spaced() -> None:
    doubling = [(calls, 100 + 3 * calls) for calls in (0, 1, 2, 4, 8, 16, 32, 64)]

    values = evenly_spaced(doubling, points=5)

    assert values == (100, 148, 196, 244, 292)


def test_a_plateau_stays_where_it_began() -> None:
    values = evenly_spaced([(0, 0), (25, 50), (50, 50), (100, 50)], points=5)

    assert values == (0, 50, 50, 50, 50)


def test_a_series_in_which_no_call_returned_is_kept_as_it_is() -> None:
    assert evenly_spaced([(0, 5), (0, 6), (0, 9)], points=16) == (5, 6, 9)


def test_differences_that_are_small_beside_the_least_span_look_small() -> None:
    assert sparkline([50.0, 50.4, 50.0], width=8, min_span=10.0) == "▁▁▁"
    assert sparkline([50.0, 55.0, 60.0], width=8, min_span=10.0) == "▁▅█"
    assert sparkline([50.0, 70.0], width=8, min_span=10.0) == "▁█"
