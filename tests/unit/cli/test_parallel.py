"""Several targets at a time: what each is given, in which order they come, and what ends the others."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier, Event

import pytest

from leakscan.cli.parallel import MAX_PRINTED_BYTES, Finished, file_name, finished_runs, processors
from leakscan.model.analysis import Analysis
from leakscan.model.run import Progress, RunOptions, RunStage, Surroundings
from leakscan.project.configuration import ConfiguredTarget
from tests.builders import an_analysis
from tests.unit.cli.fakes import FakeEngine

PATIENCE_SECONDS = 60
"""More than any machine takes: a test in which nobody answers fails."""
SOME_PROGRESS = Progress(
    stage=RunStage.WARM_UP, round=1, calls=1, heap_bytes=1, blocks=(), seconds=1.0, seconds_left=None
)

Listener = Callable[[Progress], None]
Run = Callable[[Surroundings, Listener], Analysis]


@dataclass
class ScriptedEngine(FakeEngine):
    """Does for each target what the test says, instead of running it."""

    runs: dict[str, Run] = field(default_factory=dict)
    began: list[str] = field(default_factory=list)

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        surroundings: Surroundings,
    ) -> Analysis:
        self.began.append(options.target)
        super().analysis_of_run(
            options,
            threshold_bytes_per_call=threshold_bytes_per_call,
            on_progress=on_progress,
            recording_path=recording_path,
            surroundings=surroundings,
        )
        return self.runs[options.target](surroundings, on_progress)


def a_target(name: str) -> ConfiguredTarget:
    return ConfiguredTarget(name=name, options=RunOptions(target=name))


def runs_of(
    engine: ScriptedEngine,
    *targets: ConfiguredTarget,
    recordings: Path | None = None,
    jobs: int | None = 1,
    on_progress: Callable[[str, Progress], None] = lambda _name, _progress: None,
) -> Iterator[Finished]:
    return finished_runs(engine, targets, Path("/shop"), recordings, jobs=jobs, on_progress=on_progress)


def ends(_surroundings: Surroundings, _on_progress: Listener) -> Analysis:
    return an_analysis()


def goes_on(_surroundings: Surroundings, on_progress: Listener) -> Analysis:
    while True:
        on_progress(SOME_PROGRESS)


def test_a_target_runs_in_the_folder_with_its_environment_and_its_threshold(tmp_path: Path) -> None:
    engine = ScriptedEngine(runs={"shop:sell": ends})
    target = replace(a_target("shop:sell"), environment=(("STAGE", "test"),), threshold_bytes_per_call=64.0)

    [finished] = runs_of(engine, target, recordings=tmp_path)

    assert engine.surroundings is not None
    assert (engine.surroundings.folder, engine.surroundings.environment) == ("/shop", {"STAGE": "test"})
    assert not engine.surroundings.reads_stdin
    assert engine.threshold == 64.0
    assert engine.recording_path == tmp_path / "shop_sell.leakscan"
    assert finished.target is target


def test_without_a_folder_for_them_no_recording_is_kept() -> None:
    engine = ScriptedEngine(runs={"sell": ends})

    list(runs_of(engine, a_target("sell")))

    assert engine.recording_path is None


def test_a_forecast_is_made_for_the_rate_that_the_project_gives() -> None:
    engine = ScriptedEngine(runs={"sell": ends})

    [finished] = runs_of(engine, replace(a_target("sell"), calls_per_second=200.0))

    assert (finished.analysis.pace.calls_per_second, finished.analysis.pace.is_given) == (200.0, True)


def test_the_end_of_what_a_target_prints_is_kept_without_its_secrets() -> None:
    def prints(surroundings: Surroundings, on_progress: Listener) -> Analysis:
        del on_progress
        assert surroundings.stdout is not None
        assert surroundings.stderr is not None
        os.write(surroundings.stdout, b"first\n" + b"x" * MAX_PRINTED_BYTES)
        os.write(surroundings.stderr, b"\npassword=hunter2hunter2\nlast\xff\n")
        return an_analysis()

    [finished] = runs_of(ScriptedEngine(runs={"sell": prints}), a_target("sell"))

    assert finished.printed.endswith("\nlast\N{REPLACEMENT CHARACTER}\n")
    assert "first" not in finished.printed
    assert "hunter2" not in finished.printed


def test_the_first_to_end_comes_first() -> None:
    may_end = Event()

    def ends_late(surroundings: Surroundings, on_progress: Listener) -> Analysis:
        assert may_end.wait(PATIENCE_SECONDS)
        return ends(surroundings, on_progress)

    engine = ScriptedEngine(runs={"slow": ends_late, "quick": ends})

    names = []
    for finished in runs_of(engine, a_target("slow"), a_target("quick"), jobs=2):
        names.append(finished.target.name)
        may_end.set()

    assert names == ["quick", "slow"]


def test_as_many_run_at_a_time_as_there_are_jobs() -> None:
    meeting = Barrier(3)

    def meets(surroundings: Surroundings, on_progress: Listener) -> Analysis:
        meeting.wait(PATIENCE_SECONDS)
        return ends(surroundings, on_progress)

    names = ["a", "b", "c"]
    engine = ScriptedEngine(runs=dict.fromkeys(names, meets))

    finished = list(runs_of(engine, *map(a_target, names), jobs=3))

    assert sorted(each.target.name for each in finished) == names


def test_progress_is_passed_on_with_the_name_of_the_target() -> None:
    def reports(surroundings: Surroundings, on_progress: Listener) -> Analysis:
        on_progress(SOME_PROGRESS)
        return ends(surroundings, on_progress)

    heard: list[tuple[str, Progress]] = []

    list(
        runs_of(
            ScriptedEngine(runs={"sell": reports}),
            a_target("sell"),
            on_progress=lambda name, progress: heard.append((name, progress)),
        )
    )

    assert heard == [("sell", SOME_PROGRESS)]


@pytest.mark.parametrize(
    "error", [OSError("no room"), KeyboardInterrupt()], ids=lambda error: type(error).__name__
)
def test_an_error_ends_what_runs_as_a_ctrl_c_does_and_starts_no_other(error: BaseException) -> None:
    has_begun, how_it_ended = Event(), []

    def fails(_surroundings: Surroundings, _on_progress: Listener) -> Analysis:
        assert has_begun.wait(PATIENCE_SECONDS)
        raise error

    def is_ended(surroundings: Surroundings, on_progress: Listener) -> Analysis:
        has_begun.set()
        try:
            return goes_on(surroundings, on_progress)
        except BaseException as ending:
            how_it_ended.append(type(ending))
            raise

    engine = ScriptedEngine(runs={"fails": fails, "goes on": is_ended, "next": goes_on, "last": ends})

    with pytest.raises(type(error)):
        list(runs_of(engine, *map(a_target, engine.runs), jobs=2))

    assert how_it_ended == [KeyboardInterrupt]
    assert "last" not in engine.began


@pytest.mark.parametrize(
    ("name", "expected"),
    [("shop:sell", "shop_sell"), ("a/../b c", "a_.._b_c"), ("Größe-1_x.py", "Größe-1_x.py"), ("\n\0", "__")],
)
def test_a_name_becomes_a_file_name_without_a_folder_in_it(name: str, expected: str) -> None:
    assert file_name(name) == expected


def test_by_default_one_runs_on_each_processor_that_we_may_use() -> None:
    assert 1 <= processors() <= (os.cpu_count() or 1)
