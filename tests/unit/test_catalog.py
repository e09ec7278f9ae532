"""The catalogue of targets and that of scenarios: no answer is lost, misspelt or without its program."""

import ast
from pathlib import Path

import pytest

from tests.catalog import TARGETS, AnswerFile, catalogue, targets_of
from tests.scenario_catalog import ScenarioFile
from tests.strict_toml import declared

WITHOUT_ANSWERS = {"caches.py", "patches_everything.py"}
"""What other tests run."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
A_SCENARIO = {
    "variant": "leaky",
    "verdict": "LEAKING",
    "holders": ["Cache.pages"],
    "never": [],
    "bytes_per_call": [1, 2],
    "calls": 30,
    "story": "",
}


def _written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(('family = "plain"', "[[target]]", 'function = "leak"', *lines)))
    return path


def test_the_catalogue_writes_out_at_least_a_hundred_holders() -> None:
    answers = [target.answer for target in catalogue()]
    written_out = [answer for answer in answers if answer.exact_name is not None]
    alone = [answer for answer in written_out if not answer.exact_others]

    assert len(written_out) >= 100
    assert len([answer for answer in alone if (answer.freed_at_least or 0) >= 0.9]) >= 90


def test_no_two_targets_have_the_same_name() -> None:
    names = [target.name for target in catalogue()]

    assert len(set(names)) == len(names)


def test_every_program_has_its_answers_beside_it() -> None:
    programs = {path.name for path in TARGETS.iterdir() if path.suffix == ".py" or path.is_dir()}

    answered = {target.program.name for target in catalogue()}

    assert answered == programs - WITHOUT_ANSWERS - {"__pycache__"}


@pytest.mark.parametrize("path", sorted(TARGETS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_program_has_the_functions_that_are_answered(path: Path) -> None:
    targets = targets_of(path)

    program = targets[0].program
    tree = ast.parse("" if program.is_dir() else program.read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, FUNCTIONS)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    answered = {target.answer.function for target in targets} | {target.answer.setup for target in targets}

    assert {part for name in answered - {None} for part in str(name).split(".")} <= names


def test_what_is_asked_of_every_python_is_written_out_whole() -> None:
    chosen = [target for target in catalogue() if target.answer.every_python]

    assert len(chosen) >= 40
    assert all(target.answer.is_written_out for target in chosen)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('verdct = "CLEAN"', "Answer has no `verdct`"),
        ('verdict = "CLEAR"', "CLEAR"),
        ('verdict = "CLEAN"\nfreed_at_least = "0.9"', "instead of a number"),
        ('verdict = "CLEAN"\nline_any_of = "jobs.py:leak"', "instead of a list"),
        ('verdict = "LEAKING"\nexact_name = "jobs.KEPT"', "`leak` has exact_name without the rest"),
        ('verdict = "LEAKING"\nholder = "jobs.KEPT"', "`leak` has only one of holder and holder_any_of"),
        ("", "`leak` has neither a verdict nor an exit code"),
    ],
)
def test_an_answer_that_is_misspelt_or_says_half_is_refused(line: str, reason: str, tmp_path: Path) -> None:
    path = _written(tmp_path / "jobs.toml", line)

    with pytest.raises(Exception, match=reason):
        targets_of(path)


def test_a_file_of_answers_has_no_further_key() -> None:
    with pytest.raises(ValueError, match="AnswerFile has no `famly`"):
        declared({"famly": "plain", "family": "plain", "target": []}, AnswerFile)


def test_a_scenario_has_no_further_key() -> None:
    assert declared({"scenario": [A_SCENARIO]}, ScenarioFile).scenario[0].variant == "leaky"

    with pytest.raises(ValueError, match="Scenario has no `hodlers`"):
        declared({"scenario": [{**A_SCENARIO, "hodlers": []}]}, ScenarioFile)


def test_a_target_is_given_to_the_command_from_the_root_of_the_repository() -> None:
    [in_a_package] = [target for target in catalogue() if target.program.name == "package"]
    with_setup = next(target for target in catalogue() if target.name == "process.py:needs_setup-connection")

    assert in_a_package.arguments[-4:] == ("-m", "tests.targets.package", "--", "100000")
    assert with_setup.arguments == (
        "--setup",
        "tests/targets/process.py:connection",
        "tests/targets/process.py:needs_setup",
    )
