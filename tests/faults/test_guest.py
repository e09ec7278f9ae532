"""Targets that change Python itself under the agent, have files named as Python's, or take its pipes."""

import importlib.util
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.command import Faulty
from tests.faults.rows import Part, fault
from tests.integration.command import ROOT

SHORT = ("--calls", "40", "--rounds", "12", "--warmup", "40")
LEAK = "\nkept = []\ndef work():\n    kept.append(object())\n"
PATCHES = Path(__file__).resolve().parent.parent / "targets" / "patches_everything.py"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the root folder")


def _write_leaking_program(faulty: Faulty, name: str, code: str) -> None:
    """A script that does this, then keeps objects in a module, since its own variables end with it."""
    faulty.write("store.py", "kept = []\n")
    faulty.write(name, code + "import store\nstore.kept.extend(object() for _ in range(20))\n")


def _needs(library: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(library) is None, reason=f"{library} is not installed")


@_needs("gevent")
@fault(
    Part.TARGET,
    "The target is patched by `gevent.monkey.patch_all()`",
    sees="one leak held by app.kept",
    exits=1,
)
def test_the_holder_is_proved_though_gevent_has_patched_everything(faulty: Faulty) -> None:
    faulty.write("app.py", "from gevent import monkey; monkey.patch_all()\n" + LEAK)

    done = faulty.command("run", *SHORT, "app:work")

    assert "emptying it freed" in done.stdout


@_needs("eventlet")
@fault(
    Part.TARGET,
    "The target is patched by `eventlet.monkey_patch()`",
    sees="one leak held by app.kept",
    exits=1,
)
def test_the_holder_is_proved_though_eventlet_has_patched_everything(faulty: Faulty) -> None:
    faulty.write("app.py", "import eventlet; eventlet.monkey_patch()\n" + LEAK)

    done = faulty.command("run", *SHORT, "app:work", environment={"PYTHONWARNINGS": "ignore"})

    assert "emptying it freed" in done.stdout
    assert "greened" not in done.stderr


@_needs("freezegun")
@fault(Part.TARGET, "The target stops all clocks with freezegun", sees="one leak held by app.kept", exits=1)
def test_the_clocks_of_the_agent_go_on_while_those_of_the_target_stand_still(faulty: Faulty) -> None:
    code = "from freezegun import freeze_time\nfreeze_time('2020-01-01').start()\n"
    faulty.write("app.py", code + LEAK)

    faulty.command("run", *SHORT, "app:work")


@_needs("pyfakefs")
@fault(Part.TARGET, "The target has a file system of pyfakefs", sees="one leak held by app.kept", exits=1)
def test_the_agent_reads_real_files_while_those_of_the_target_are_faked(faulty: Faulty) -> None:
    code = "from pyfakefs.fake_filesystem_unittest import Patcher\nPatcher().setUp()\n"
    faulty.write("app.py", code + LEAK)

    done = faulty.command("run", *SHORT, "app:work")

    assert "emptying it freed" in done.stdout


@fault(
    Part.TARGET,
    "Importing the target replaces the functions of every module that an import does not need",
    sees="one leak held by patches_everything.kept",
    exits=1,
)
def test_a_leak_is_explained_though_every_function_was_replaced_at_import(faulty: Faulty) -> None:
    faulty.write("patches_everything.py", PATCHES.read_text() + "\nreplace_all_but_what_imports_need()\n")

    faulty.command("run", *SHORT, "patches_everything:leaks")


@fault(
    Part.TARGET,
    "The first call replaces every function of `builtins`, `os`, `sys`, `threading` and forty other modules",
    sees="one leak held by patches_everything.kept",
    exits=1,
)
def test_a_leak_is_explained_though_every_function_was_replaced_by_a_call(faulty: Faulty) -> None:
    faulty.write("patches_everything.py", PATCHES.read_text())

    done = faulty.command("run", *SHORT, "patches_everything:replaces_all_and_leaks")

    assert "patches_everything.py" in done.stdout
    assert "emptying it freed" in done.stdout


@fault(
    Part.TARGET,
    "The first call replaces every function, and the target is clean",
    sees="CLEAN",
    exits=0,
)
def test_a_clean_target_is_clean_though_it_replaced_every_function(faulty: Faulty) -> None:
    faulty.write("patches_everything.py", PATCHES.read_text())

    faulty.command("run", *SHORT, "patches_everything:replaces_all")


@fault(
    Part.TARGET,
    "A call replaces every function, then raises",
    sees="the target raised ValueError: my own",
    exits=3,
)
def test_what_a_call_raises_is_told_though_it_replaced_every_function(faulty: Faulty) -> None:
    faulty.write("patches_everything.py", PATCHES.read_text())

    faulty.command("run", *SHORT, "patches_everything:replaces_all_and_raises")


@fault(
    Part.TARGET,
    "The target empties `sys.modules`, `sys.path` and all import hooks",
    sees="emptying it freed 100 % of the grown memory",
    exits=1,
)
def test_the_answer_is_whole_though_nothing_can_be_imported_any_more(faulty: Faulty) -> None:
    code = """
    import sys
    kept = []
    def work():
        if sys.modules:
            for each in (sys.path, sys.meta_path, sys.path_hooks, sys.modules, sys.path_importer_cache):
                each.clear()
        kept.append(object())
    """
    faulty.write("app.py", code)

    done = faulty.command("run", *SHORT, "app:work")

    assert "could not do" not in done.stdout
    assert "B each" in done.stdout


@needs_root
@fault(Part.TARGET, "The target changes its root folder in a call", sees="one leak held by app.kept", exits=1)
def test_the_holder_is_found_though_no_file_of_python_can_be_read_any_more(faulty: Faulty) -> None:
    code = """
    import os
    kept = []
    def work():
        if not kept:
            os.chroot("empty")
        kept.append(object())
    """
    faulty.write("app.py", code)
    (faulty.folder / "empty").mkdir()

    done = faulty.command("run", *SHORT, "app:work")

    assert "could not do" not in done.stdout


READS_NOTHING = """
    import sys
    kept, opened = [], []

    def hook(event, arguments):
        if event == "open" and str(arguments[0]).endswith((".py", ".pyc", ".so")):
            opened.append(arguments[0])

    def work():
        if not kept:
            sys.addaudithook(hook)
        kept.append(object())
        if opened:
            raise ValueError(f"read late: {opened}")
    """


@fault(
    Part.TARGET,
    "An audit hook of the target watches which files of Python are opened while it is called",
    sees="one leak held by app.kept",
    exits=1,
)
def test_the_agent_imports_nothing_once_the_target_is_called(faulty: Faulty) -> None:
    faulty.write("app.py", READS_NOTHING)

    faulty.command("run", *SHORT, "app:work")


@fault(
    Part.ENVIRONMENT,
    "A `random.py` is in the current folder, and the target uses it",
    sees="one leak held by app.kept",
    exits=1,
)
def test_a_function_gets_the_random_of_its_own_folder(faulty: Faulty) -> None:
    faulty.write("random.py", "MINE = True\n")
    faulty.write("app.py", "import random\nassert random.MINE\n" + LEAK)

    faulty.command("run", *SHORT, "app:work")


@fault(
    Part.ENVIRONMENT,
    "`select.py`, `enum.py` and `signal.py` are beside the script that is run",
    sees="one leak held by store.kept",
    exits=1,
)
def test_a_script_gets_the_modules_beside_it(faulty: Faulty) -> None:
    for name in ("select", "enum", "signal"):
        faulty.write(f"{name}.py", "MINE = True\n")
    code = "import select, enum, signal\nassert select.MINE and enum.MINE and signal.MINE\n"
    _write_leaking_program(faulty, "app.py", code)

    faulty.command("run", "--calls", "4", "--rounds", "8", "--warmup", "4", "app.py")


@fault(
    Part.ENVIRONMENT,
    "`json.py` and `array.py` are in the current folder of a module that is run by `-m`",
    sees="one leak held by store.kept",
    exits=1,
)
def test_a_module_gets_the_modules_of_the_current_folder(faulty: Faulty) -> None:
    for name in ("json", "array"):
        faulty.write(f"{name}.py", "MINE = True\n")
    code = "import json, array\nassert json.MINE and array.MINE\n"
    _write_leaking_program(faulty, "app.py", code)

    faulty.command("run", "--calls", "4", "--rounds", "8", "--warmup", "4", "-m", "app")


@fault(
    Part.ENVIRONMENT,
    "`random.py` is in the current folder, and the script that is run is in another",
    sees="one leak held by store.kept",
    exits=1,
)
def test_a_script_gets_no_module_of_the_current_folder_in_place_of_one_of_python(faulty: Faulty) -> None:
    faulty.write("random.py", "raise SystemExit(9)\n")
    _write_leaking_program(faulty, "scripts/app.py", "import random\nassert random.random\n")

    faulty.command("run", "--calls", "4", "--rounds", "8", "--warmup", "4", "scripts/app.py")


@fault(
    Part.ENVIRONMENT,
    "`PYTHONPATH` leads to a folder with `typing.py`, `struct.py` and `warnings.py`",
    sees="one leak held by app.kept",
    exits=1,
)
def test_what_pythonpath_leads_to_is_for_the_target_alone(faulty: Faulty) -> None:
    for name in ("typing", "struct", "warnings"):
        faulty.write(f"lib/{name}.py", "MINE = True\n")
    faulty.write("app.py", "import typing, struct\nassert typing.MINE and struct.MINE\n" + LEAK)

    faulty.command("run", *SHORT, "app:work", environment={"PYTHONPATH": f"lib:{ROOT}"})


@fault(
    Part.ENVIRONMENT,
    "`PYTHONSAFEPATH` keeps the current folder off the path of a script, as Python itself does",
    sees="ModuleNotFoundError: No module named 'beside'",
    exits=3,
)
def test_a_script_finds_nothing_beside_it_where_python_would_not(faulty: Faulty) -> None:
    faulty.write("beside.py", "")
    faulty.write("app.py", "import beside\n")

    faulty.command("run", "app.py", environment={"PYTHONSAFEPATH": "1"})


DAEMON = """
    import os
    kept, files = [], []

    def work():
        if not files:
            os.closerange(3, 65_536)
            files.extend(open(f"out{number}.log", "w") for number in range(8))
            for number in range(1_000, 1_024):
                os.dup2(files[0].fileno(), number)
        kept.append(object())
    """


@fault(
    Part.TARGET,
    "The target closes all descriptors, as daemons do, and opens files of its own",
    sees="emptying it freed 100 % of the grown memory",
    exits=1,
)
def test_nothing_is_written_into_the_files_of_a_target_that_closed_our_pipes(faulty: Faulty) -> None:
    faulty.write("app.py", DAEMON)

    faulty.command("run", *SHORT, "app:work")

    written = {path.name: path.read_text() for path in faulty.folder.glob("*.log")}
    assert written == {f"out{number}.log": "" for number in range(8)}


@needs_root
@fault(
    Part.TARGET,
    "The target closes all descriptors where `/proc` is out of reach",
    sees="closed the pipes by which leakscan hears of it, and they could not be opened again",
    exits=3,
)
def test_pipes_that_are_closed_for_good_end_the_run_with_a_sentence(faulty: Faulty) -> None:
    faulty.write("app.py", DAEMON.replace("os.closerange", "os.chroot('empty'); os.closerange"))
    (faulty.folder / "empty").mkdir()

    faulty.command("run", *SHORT, "app:work")

    written = [path.read_text() for path in (faulty.folder / "empty").glob("*.log")]
    assert set(written) <= {""}


@fault(
    Part.TARGET,
    "The target writes into every descriptor that it finds",
    sees="the target wrote into the pipe by which leakscan hears of it",
    exits=3,
)
def test_foreign_bytes_in_our_pipe_end_the_run_with_a_sentence(faulty: Faulty) -> None:
    code = """
    import contextlib, os
    def work():
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2:
                with contextlib.suppress(OSError):
                    os.write(int(name), b"hello\\n\\x00 world\\n")
    """
    faulty.write("app.py", code)

    faulty.command("run", "app:work")


@fault(
    Part.PARENT,
    "leakscan is started with 1,100 open descriptors",
    sees="one leak held by app.kept",
    exits=1,
)
def test_the_pipes_may_have_numbers_above_1023(faulty: Faulty) -> None:
    faulty.write("app.py", LEAK)

    with _many_open_descriptors() as descriptors:
        faulty.command("run", *SHORT, "app:work", pass_fds=descriptors)


@contextmanager
def _many_open_descriptors() -> Iterator[list[int]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_048:
        pytest.skip("no process may have so many descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        yield opened
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
