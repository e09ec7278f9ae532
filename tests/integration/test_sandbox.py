"""Whatever a finalizer of the target tries while its holder is emptied, nothing of it is seen outside.

Each program keeps one object a call in a list; its finalizer tries something. The effects are counted while
the process of the target is still there.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harms import HARMS
from tests.harms.program import Harm
from tests.integration.command import leakscan
from tests.promises import About, promise

ONE_OF_THEM = next(harm for harm in HARMS if harm.name == "unlink")
QUICK = ("--calls", "8", "--rounds", "8", "--warmup", "8")


@promise(About.NEVER, "No code of your program has any effect outside the copy in which a holder is emptied.")
@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.name)
def test_a_finalizer_has_no_effect_outside_the_copy(harm: Harm, tmp_path: Path) -> None:
    program = tmp_path / "app.py"
    program.write_text(harm.program())

    outcome = leakscan(f"{program}:work", *QUICK, folder=tmp_path, environment={"PLACE": str(tmp_path)})

    assert outcome.exit_code == 1, outcome.stdout + outcome.stderr
    freed = outcome.report["findings"][0]["holder"]["freed_share"]
    assert not harm.is_freed or freed >= 0.9
    assert (tmp_path / "effects").read_text() == "0"


@promise(About.NEVER, "No code of your program has any effect outside the copy in which a holder is emptied.")
def test_a_finalizer_has_no_effect_on_the_test_runner_that_it_runs_in(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ONE_OF_THEM.program())
    (tmp_path / "test_app.py").write_text("import app\n\ndef test_work():\n    app.work()\n")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--leakscan", "test_app.py"],
        cwd=tmp_path,
        env={**os.environ, "PLACE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "emptying it freed" in done.stdout, done.stdout
    assert (tmp_path / "effects").read_text() == "0"
