"""The programs on the page of the API are run as they stand there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.integration.command import ROOT

PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_programs_on_the_page_do_what_they_say(tmp_path: Path) -> None:
    programs = PROGRAM.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    for number, program in enumerate(programs):
        (tmp_path / f"test_{number}.py").write_text(program, encoding="utf-8")
    (tmp_path / "shop.py").write_bytes((ROOT / "docs" / "examples" / "shop.py").read_bytes())
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    outcomes = re.findall(r"^(PASSED|FAILED) test_\d\.py::(\w+)", done.stdout, re.MULTILINE)
    assert sorted(outcomes) == [
        ("FAILED", "test_handling_keeps_nothing"),
        ("PASSED", "test_a_session_keeps_nothing"),
        ("PASSED", "test_pricing_keeps_nothing"),
    ]
    assert "LEAKING (unbounded growth)" in done.stdout
    assert "Audit.events" in done.stdout
