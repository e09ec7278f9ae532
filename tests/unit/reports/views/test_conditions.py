"""What it takes to see the same again."""

import pytest

from leakscan.model.run import RunOptions
from leakscan.reports.views.conditions import command_text, conditions
from tests.builders import an_analysis
from tests.unit.reports.views.test_charts import a_run


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (RunOptions(target="app.jobs:handle"), "leakscan run app.jobs:handle"),
        (RunOptions(target="app:f", lists_caches=True), "leakscan run --caches app:f"),
        (
            RunOptions(target="app.jobs:handle", calls=200, warmup=0, rounds=12, proves=False),
            "leakscan run --calls 200 --warmup 0 --rounds 12 --no-prove app.jobs:handle",
        ),
        (
            RunOptions(target="app.worker", is_module=True, interval_seconds=0.5, max_time_seconds=60.0),
            "leakscan run --interval 0.5 --max-time 60 -m app.worker",
        ),
        (
            RunOptions(target="import.py", arguments=("--name", "it's $HOME")),
            """leakscan run import.py -- --name 'it'"'"'s $HOME'""",
        ),
        (
            RunOptions(target="app:f", setup="app:db", traces_from_start=True, frames=3),
            "leakscan run --setup app:db --mode trace --frames 3 app:f",
        ),
        (
            RunOptions(
                target="test_a.py::test_b[x y]", calls=7, command=("pytest", "test_a.py::test_b[x y]")
            ),
            "pytest 'test_a.py::test_b[x y]'",
        ),
    ],
)
def test_the_command_line_can_be_given_again(options: RunOptions, expected: str) -> None:
    assert command_text(a_run(options=options)) == expected


def test_a_threshold_is_a_part_of_the_command_line() -> None:
    run = a_run(threshold_bytes_per_call=12_345_678.0)

    assert command_text(run) == "leakscan run --threshold 12345678B app.jobs:handle"


def test_platform_folder_and_time_are_told() -> None:
    told = dict(conditions(an_analysis(run=a_run(), working_directory="/srv/app")))

    assert told == {
        "platform": "Linux",
        "folder": "/srv/app",
        "started": "2026-01-01T00:00:00+00:00",
    }
