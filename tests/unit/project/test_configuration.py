"""What a project says of its targets, read strictly."""

import os
from pathlib import Path

import pytest

from leakscan.errors import ConfigurationError
from leakscan.model.check import Allowance
from leakscan.model.run import Kind, RunOptions
from leakscan.project.configuration import Configuration, find_configuration, read_configuration


def configured(folder: Path, text: str, name: str = "leakscan.toml") -> Configuration:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_configuration(path)


def refused(folder: Path, text: str, name: str = "leakscan.toml") -> tuple[str, str | None]:
    with pytest.raises(ConfigurationError) as caught:
        configured(folder, text, name)
    return caught.value.message, caught.value.hint


EVERYTHING = """
[tool.leakscan]
baseline = "known.toml"
band = "30%"
inconclusive = "pass"
calls = 100
threshold = "64B"
rate = "50/min"
environment = { MODE = "test", REGION = "eu" }

[[tool.leakscan.target]]
name = "jobs"
target = "app.jobs:handle"
setup = "app.testing:database"
calls = 200
kinds = ["unbounded growth", "cyclic garbage"]
timeout = 60
interval = 0.5
environment = { MODE = "leaktest" }
tags = ["nightly", "db"]
rate = 200

[[tool.leakscan.target]]
name = "worker"
target = "-m app.worker"
arguments = ["--once"]

[[tool.leakscan.allow]]
holder = "requests.sessions.*"
reason = "a pool of connections, one a host"
"""


def test_a_target_says_what_differs_from_the_defaults_of_its_project(tmp_path: Path) -> None:
    found = configured(tmp_path, EVERYTHING, "pyproject.toml")

    jobs, worker = found.targets
    assert jobs.options == RunOptions(
        target="app.jobs:handle",
        setup="app.testing:database",
        calls=200,
        interval_seconds=0.5,
        max_time_seconds=60.0,
    )
    assert jobs.failing_kinds == {Kind.UNBOUNDED_GROWTH, Kind.CYCLIC_GARBAGE}
    assert dict(jobs.environment) == {"MODE": "leaktest", "REGION": "eu"}
    assert jobs.threshold_bytes_per_call == 64.0
    assert jobs.tags == {"nightly", "db"}
    assert worker.options == RunOptions(target="app.worker", is_module=True, arguments=("--once",), calls=100)
    assert dict(worker.environment) == {"MODE": "test", "REGION": "eu"}
    assert worker.failing_kinds == frozenset(Kind)
    assert (jobs.calls_per_second, worker.calls_per_second) == (200.0, 50 / 60)


def test_a_project_says_where_its_baseline_is_and_what_it_puts_up_with(tmp_path: Path) -> None:
    found = configured(tmp_path, EVERYTHING, "pyproject.toml")

    assert (found.folder, found.baseline) == (tmp_path, tmp_path / "known.toml")
    assert (found.band, found.passes_inconclusive) == (0.3, True)
    assert found.allowances == (
        Allowance(holder="requests.sessions.*", module=None, reason="a pool of connections, one a host"),
    )


def test_a_file_of_our_own_has_the_same_tables_at_its_top(tmp_path: Path) -> None:
    found = configured(tmp_path, '[[target]]\nname = "a"\ntarget = "app:a"\n')

    assert [target.name for target in found.targets] == ["a"]
    assert (found.baseline, found.band) == (tmp_path / "leakscan-baseline.toml", 0.2)
    assert not found.passes_inconclusive


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("bnad = 0.2", "`leakscan.toml`: there is no key `bnad`", "did you mean `band`?"),
        (
            '[[target]]\nname = "a"\ntarget = "app:a"\nthreshhold = "64B"',
            "`leakscan.toml` target 1 (`a`): there is no key `threshhold`",
            "did you mean `threshold`?",
        ),
        (
            "[[allow]]\nwhy = 1",
            "`leakscan.toml` allow 1: there is no key `why`",
            "the keys are holder, module, reason",
        ),
    ],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest_one(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    assert refused(tmp_path, text) == (message, hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("calls = 0", "`leakscan.toml`: `calls`: `0` is not a whole number ≥ 1"),
        ("calls = true", "`leakscan.toml`: `calls`: `True` is not a whole number ≥ 1"),
        ("band = 'wide'", "`leakscan.toml`: `band`: `wide` is not a share; write it like 20% or 0.2"),
        ("threshold = '64X'", "`leakscan.toml`: `threshold`: `64X` is not a size; "),
        ("rate = 'often'", "`leakscan.toml`: `rate`: `often` is not a rate; write it like 1000/s"),
        ("timeout = 0", "`leakscan.toml`: `timeout`: a time of 0 seconds leaves nothing to do"),
        ("interval = -1", "`leakscan.toml`: `interval`: `-1` is not a number of seconds ≥ 0"),
        ("source = 1", "`leakscan.toml`: `source`: `1` is neither true nor false"),
        ("inconclusive = 'skip'", '`leakscan.toml`: `inconclusive`: `skip` is neither "pass" nor "fail"'),
        ("kinds = ['unbound growth']", "there is no kind `unbound growth`; did you mean `unbounded growth`?"),
        ("kinds = 'native'", "`leakscan.toml`: `kinds`: `native` is no list of texts"),
        ("environment = { A = 1 }", "`environment`: `A` is `1`, and a variable is a text"),
        ("target = 'app:a'", "`target`: it is a list of tables, each written with [[ ]]"),
        ("[[target]]\ntarget = 'app:a'", "`leakscan.toml` target 1 has no `name`"),
        ("[[target]]\nname = 'a'", "`leakscan.toml` target 1 (`a`) has no `target`"),
        ("[[target]]\nname = 'a'\ntarget = 'a:a'\nsetup = 'a'", "`setup`: `a` names no function"),
        ("[[allow]]\nreason = 'so'", "`leakscan.toml` allow 1 names neither a `holder` nor a `module`"),
        ("[[allow]]\nmodule = 'm'", "`leakscan.toml` allow 1 has no `reason`"),
        ("a = = 1", "is no TOML"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    assert message in refused(tmp_path, text)[0]


def test_two_targets_of_one_name_are_refused(tmp_path: Path) -> None:
    twins = '[[target]]\nname = "a"\ntarget = "app:a"\n' * 2

    assert refused(tmp_path, twins)[0] == "`leakscan.toml`: two targets are called `a`"


def test_a_project_without_the_table_is_told_how_to_get_one(tmp_path: Path) -> None:
    message, hint = refused(tmp_path, "[tool.other]\n", "pyproject.toml")

    assert message.endswith("has no table `[tool.leakscan]`")
    assert hint == "`leakscan init` writes a first one"


def test_the_nearest_folder_with_a_configuration_is_the_project(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'no table of ours'\n")
    (tmp_path / "pyproject.toml").write_text("[tool.leakscan]\n")

    assert find_configuration(inner) == tmp_path / "pyproject.toml"


def test_a_folder_that_configures_leakscan_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.leakscan]\n")
    (tmp_path / "leakscan.toml").write_text("")

    with pytest.raises(ConfigurationError, match="both configure leakscan"):
        find_configuration(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("given_away", ["leakscan.toml", "."])
def test_a_file_of_somebody_else_is_not_obeyed_unless_it_is_given(given_away: str, tmp_path: Path) -> None:
    path = tmp_path / "leakscan.toml"
    path.write_text('[[target]]\nname = "a"\ntarget = "a:b"\n')
    os.chown(tmp_path / given_away, 65_534, 65_534)
    (tmp_path / "inner").mkdir()

    with pytest.raises(
        ConfigurationError, match="is not obeyed: it, or its folder, belongs to somebody else"
    ):
        find_configuration(tmp_path / "inner")

    assert read_configuration(path).targets[0].name == "a"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_project_of_somebody_else_that_does_not_configure_leakscan_is_in_nobodys_way(
    tmp_path: Path,
) -> None:
    for content in ("[project]\n", "no TOML ["):
        (tmp_path / "pyproject.toml").write_text(content)
        os.chown(tmp_path / "pyproject.toml", 65_534, 65_534)

        assert find_configuration(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a = " + "[" * 100 + "]" * 100, "is nested more than 64 levels deep"),
        ("a = " + "[" * 5_000 + "]" * 5_000, "is no TOML"),
        ("a = " + "1" * 5_000, "is no TOML"),
        ("a." * 2_000 + "b = 1", "has a line with more than 1,000 dots"),
        ("calls = 0x" + "f" * 5_000, "`calls`: it is a number that nothing measures"),
        (
            "interval = 0x" + "f" * 5_000,
            "`interval`: a number that nothing measures is not a number of seconds",
        ),
        ('[environment]\n"A=B" = "c"', "can't be the name of a variable"),
        ('baseline = "a\\u0000b"', "has a NUL in it"),
    ],
    ids=range(8),
)
def test_what_nobody_writes_is_refused_in_one_sentence(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "leakscan.toml"
    path.write_text(content)

    with pytest.raises(ConfigurationError) as raised:
        read_configuration(path)

    assert reason in raised.value.message
    assert len(raised.value.message) < 600
