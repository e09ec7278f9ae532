"""The agent takes no part in what it measures, and leaves everything as it found it."""

import json
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from leakscan import wire
from leakscan.recording import read_recording
from tests.integration.command import ROOT, leakscan
from tests.promises import About, promise

EMPTY = "tests/targets/process.py:empty"

LOOK_AROUND = """
    import atexit, gc, io, json, os, signal, sys, threading, time, tracemalloc, warnings

    def surroundings():
        return {
            "argv": sys.argv[1:],
            "cwd": os.getcwd(),
            "is collecting": gc.isenabled(),
            "thresholds": gc.get_threshold(),
            "gc debug": gc.get_debug(),
            "gc callbacks": len(gc.callbacks),
            "frozen": gc.get_freeze_count(),
            "in sight": any(each is seen for each in gc.get_objects()),
            "is tracing": tracemalloc.is_tracing(),
            "signals": {
                name.name: str(signal.getsignal(name))
                for name in (signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM, signal.SIGPIPE)
            },
            "recursion limit": sys.getrecursionlimit(),
            "switch interval": sys.getswitchinterval(),
            "tracer": str(sys.gettrace()),
            "profiler": str(sys.getprofile()),
            "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
            "streams": [sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
            "environment": sorted(k for k in os.environ if "LEAK" in k.upper()),
            "real time": type(time.time).__name__,
            "real open": open is io.open,
            "is main": threading.current_thread() is threading.main_thread(),
            "warnings": len(warnings.filters),
        }

    seen = []

    def handle():
        if len(seen) < 3 or surroundings() != seen[-1]:
            seen.append(surroundings())
            with open(sys.argv[1], "w") as file:
                json.dump(seen, file)

    if __name__ == "__main__" and not os.path.exists(sys.argv[1]):
        handle()
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[wire.Record, ...]:
    """The recording of an empty target."""
    folder = tmp_path_factory.mktemp("empty")
    path = folder / "run.leakscan"
    leakscan("-o", str(path), EMPTY, folder=folder)
    return read_recording(path).records


def _control(records: tuple[wire.Record, ...]) -> wire.Controlled:
    (control,) = (record for record in records if isinstance(record, wire.Controlled))
    return control


def test_the_control_of_an_empty_target_is_exactly_flat(records: tuple[wire.Record, ...]) -> None:
    control = _control(records)

    assert len(control.empty_blocks) >= 4
    assert len(set(control.empty_blocks)) == 1
    assert len(set(control.empty_heap)) == 1


def test_an_object_a_round_shows_as_exactly_one_block_a_round(
    records: tuple[wire.Record, ...],
) -> None:
    blocks = _control(records).canary_blocks

    assert [later - earlier for earlier, later in pairwise(blocks)] == [1] * (len(blocks) - 1)


def _windows(records: tuple[wire.Record, ...]) -> list[list[wire.Sample]]:
    windows: list[list[wire.Sample]] = [[]]
    for record in records:
        if isinstance(record, wire.Sample) and record.stage == wire.Stage.SCREEN:
            windows[-1].append(record)
        elif isinstance(record, wire.RoundsDone) and record.stage == wire.Stage.SCREEN:
            windows.append([])
    return windows[:-1]


@promise(
    About.RUNS,
    "Between two calls of a function nothing runs but a bare loop: rounds of an empty one are exactly flat.",
)
def test_every_round_of_an_empty_target_is_exactly_flat(records: tuple[wire.Record, ...]) -> None:
    windows = _windows(records)

    assert len(windows) >= 2
    for samples in windows:
        assert len({sample.blocks for sample in samples}) == 1
        assert len({sample.heap for sample in samples}) == 1


@promise(About.RUNS, "What does not grow is never traced: it runs at its own speed.")
def test_an_empty_target_is_never_traced(records: tuple[wire.Record, ...]) -> None:
    assert not any(isinstance(record, wire.Tracing) for record in records)


def test_a_clean_target_reports_its_detection_limit(tmp_path: Path) -> None:
    outcome = leakscan(EMPTY, folder=tmp_path)

    assert (outcome.report["verdict"], outcome.exit_code) == ("CLEAN", 0)
    assert 0 < outcome.report["detection_limit_bytes_per_call"] < 1


def test_a_few_rounds_are_enough_to_call_an_empty_target_clean(tmp_path: Path) -> None:
    outcome = leakscan("--calls", "20", "--rounds", "6", "--warmup", "20", EMPTY, folder=tmp_path)

    assert (outcome.report["verdict"], outcome.exit_code) == ("CLEAN", 0), outcome.stdout
    assert outcome.report["growth"]["blocks_per_call"] == 0


@promise(
    About.RUNS, "A collection of garbage walks through your program's objects alone, not through leakscan's."
)
def test_a_collection_walks_through_the_objects_of_the_target_alone(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        textwrap.dedent(
            """
            import gc, os, sys, types

            def handle():
                if os.path.exists(sys.argv[1]):
                    return
                objects = gc.get_objects()
                functions = [each for each in objects if type(each) is types.FunctionType]
                own = [each for each in functions if str(each.__module__).startswith("leakscan.")]
                open(sys.argv[1], "x").write(f"{len(own)} {len(objects)}")
            """
        )
    )

    leakscan(
        "--calls", "1", "--rounds", "3", f"{tmp_path}/app.py:handle", str(tmp_path / "seen"), folder=tmp_path
    )

    own, in_sight = map(int, (tmp_path / "seen").read_text().split())
    # Those with which it begins to load itself, and a few that were made since.
    assert own < in_sight / 100


def test_what_a_target_puts_into_any_module_that_it_finds_is_in_sight(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        textwrap.dedent(
            """
            import gc, os, sys, types

            HELD = []

            def places():
                for module in list(sys.modules.values()):
                    yield module
                    yield from [each for each in vars(module).values() if isinstance(each, type)]

            def handle():
                if os.path.exists(sys.argv[1]):
                    return
                lost = []
                for place in {id(each): each for each in places()}.values():
                    try:
                        place.put_there_by_a_test = HELD
                    except (TypeError, AttributeError):
                        continue
                    referrers = gc.get_referrers(HELD)
                    if not any("put_there_by_a_test" in each for each in referrers if type(each) is dict):
                        lost.append(place)
                    del place.put_there_by_a_test
                open(sys.argv[1], "x").write(repr(lost))
            """
        )
    )

    leakscan(
        "--calls", "1", "--rounds", "3", f"{tmp_path}/app.py:handle", str(tmp_path / "seen"), folder=tmp_path
    )

    assert (tmp_path / "seen").read_text() == "[]"


@promise(About.NEVER, "Nothing is printed in your program's process.")
def test_the_agent_prints_nothing(tmp_path: Path) -> None:
    outcome = leakscan("--quiet", EMPTY, folder=tmp_path)

    assert outcome.stderr == ""
    assert len(outcome.stdout.strip().splitlines()) == 1


def _seen(target: str, folder: Path, *options: str) -> list[dict[str, Any]]:
    program = folder / "look.py"
    program.write_text(textwrap.dedent(LOOK_AROUND))
    notes = folder / "notes.json"
    leakscan(*(*options, f"{program}{target}", "--", str(notes), "--limit", "7"), folder=folder)
    seen: list[dict[str, Any]] = json.loads(notes.read_text())
    return seen


def _plain(folder: Path) -> dict[str, Any]:
    """The surroundings of the same program, started without leakscan."""
    program = folder / "plain.py"
    program.write_text(textwrap.dedent(LOOK_AROUND))
    notes = folder / "plain.json"
    subprocess.run([sys.executable, str(program), str(notes), "--limit", "7"], check=True, cwd=ROOT)
    (seen,) = json.loads(notes.read_text())
    return {**seen, "argv": seen["argv"][1:]}


@promise(
    About.NEVER,
    "Your program finds its arguments, folder, streams, signal handlers, hooks, collector and environment as "
    "without leakscan.",
)
@pytest.mark.parametrize(
    ("target", "options"),
    [
        (":handle", ("--calls", "20", "--rounds", "6", "--warmup", "20")),
        ("", ("--calls", "2", "--rounds", "4", "--warmup", "1")),
    ],
    ids=["function", "script"],
)
def test_the_target_finds_its_surroundings_as_without_leakscan(
    target: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    seen = _seen(target, tmp_path, *options)

    expected = _plain(tmp_path)
    for surroundings in seen[:3]:
        assert {**surroundings, "argv": surroundings["argv"][1:]} == expected


TOUCHY = """
    import os

    log = os.open(os.path.join(os.path.dirname(__file__), "touched"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    kept = []

    def touched(name):
        # Where this is seen, it was called in this very process: what a copy does leads nowhere.
        def method(self, *arguments):
            os.write(log, name.encode() + b" ")
            raise AssertionError(name)
        return method

    ASKED = (
        "__getattribute__ __getattr__ __setattr__ __delattr__ __dir__ __repr__ __str__ __bytes__ __format__ "
        "__hash__ __eq__ __ne__ __lt__ __bool__ __len__ __length_hint__ __iter__ __next__ __reversed__ "
        "__contains__ __getitem__ __call__ __sizeof__ __reduce__ __reduce_ex__ __index__ __int__ __enter__ "
        "__instancecheck__ __subclasscheck__ __get__"
    ).split()
    Meta = type("Meta", (type,), {name: touched("Meta." + name) for name in ASKED if name != "__call__"})
    space = {name: touched(name) for name in ASKED} | {"__class__": property(touched("__class__"))}
    Touchy = type.__new__(Meta, "Touchy", (), space)
    Keys = type.__new__(Meta, "Keys", (dict,), {name: touched("dict." + name) for name in ASKED})
    new, new_dict = object.__new__, dict.__new__

    def work():
        keys = new_dict(Keys)
        dict.__setitem__(keys, "touchy", new(Touchy))
        kept.append((keys, bytearray(500)))
"""


@promise(
    About.READS,
    "Looking at your objects runs none of their code: lengths, names and references are read past it.",
)
def test_looking_runs_no_code_of_the_target(tmp_path: Path) -> None:
    program = tmp_path / "app.py"
    program.write_text(textwrap.dedent(TOUCHY))

    outcome = leakscan(f"{program}:work", folder=tmp_path)

    assert outcome.holder_names == ["app.kept"], outcome.stdout + outcome.stderr
    assert (tmp_path / "touched").read_text() == ""
