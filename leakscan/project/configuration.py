"""The configuration of a project's targets: `[tool.leakscan]` of pyproject.toml, or leakscan.toml.

    [tool.leakscan]
    threshold = "64B"                # for every target that says nothing else

    [[tool.leakscan.target]]
    name = "jobs"
    target = "app.jobs:handle"
    tags = ["nightly"]

    [[tool.leakscan.allow]]
    holder = "requests.sessions.*"
    reason = "a pool of connections, one a host"

`leakscan.toml` has the same tables without `tool.leakscan` before them.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from leakscan import units
from leakscan.errors import ConfigurationError
from leakscan.model.check import BAND, Allowance
from leakscan.model.run import Kind, RunOptions
from leakscan.project.toml_tables import (
    Readers,
    Table,
    required,
    shortened,
    shown,
    tables,
    text,
    texts,
    toml_of,
    values_of,
    whole_number_from,
)
from leakscan.reading import MAX_NUMBER

OWN_FILE = "leakscan.toml"
SHARED_FILE = "pyproject.toml"
BASELINE = "leakscan-baseline.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredTarget:
    """A target that a project checks, and what makes its check fail."""

    name: str
    options: RunOptions
    threshold_bytes_per_call: float = 0.0
    failing_kinds: frozenset[Kind] = frozenset(Kind)
    """A leak of another kind is reported and fails nothing."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables beside ours."""
    tags: frozenset[str] = frozenset()
    calls_per_second: float | None = None
    """How often it is called in production; None where the project does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The configuration of a project: its targets, and what makes their check fail."""

    path: Path
    targets: tuple[ConfiguredTarget, ...]
    allowances: tuple[Allowance, ...]
    baseline: Path
    band: float
    passes_inconclusive: bool
    shows_source: bool = True
    """Whether a report may quote the project's files."""

    @property
    def folder(self) -> Path:
        """Where the targets run: the folder of the file."""
        return self.path.parent


def find_configuration(folder: Path) -> Path | None:
    """The file of this folder, or of the nearest one above it, that configures leakscan.

    Raises ConfigurationError where a folder has two, and where the file may be somebody else's: what it names
    is run.
    """
    for place in (folder, *folder.parents):
        own, shared = place / OWN_FILE, place / SHARED_FILE
        strange = [file for file in (own, shared) if file.is_file() and not _is_trusted(file)]
        if strange and (own in strange or _configures(shared)):
            raise _not_obeyed(strange[0])
        is_shared = shared.is_file() and not strange and _own_table(toml_of(shared), shared) is not None
        if own.is_file() and is_shared:
            raise ConfigurationError(
                f"`{own}` and `{shared}` both configure leakscan",
                hint="keep one of the two",
            )
        if own.is_file() or is_shared:
            return own if own.is_file() else shared
    return None


def _is_trusted(file: Path) -> bool:
    """Whether the file and its folder belong to the user or to root, as git asks it of a repository."""
    ours = {0, os.geteuid()}
    # Whoever became root by sudo still works in a folder of their own.
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        ours.add(int(os.environ["SUDO_UID"]))
    return {file.stat().st_uid, file.lstat().st_uid, file.parent.stat().st_uid} <= ours


def _configures(shared: Path) -> bool:
    try:
        return _own_table(toml_of(shared), shared) is not None
    except ConfigurationError:
        return False


def _not_obeyed(file: Path) -> ConfigurationError:
    return ConfigurationError(
        f"`{file}` is not obeyed: it, or its folder, belongs to somebody else",
        hint=f"give it with `--config {file}` if you trust it",
    )


def read_configuration(path: Path) -> Configuration:
    """The configuration in the file.

    Raises ConfigurationError, with the file and the table, for a key that is unknown (naming the nearest one
    that is known), a value of another type than the key's, and two targets of one name.
    """
    table = _own_table(toml_of(path), path)
    if table is None:
        raise ConfigurationError(
            f"`{path}` has no table `[tool.leakscan]`", hint="`leakscan init` writes a first one"
        )
    return _configuration(table, path)


def _own_table(content: Table, path: Path) -> Table | None:
    if path.name != SHARED_FILE:
        return content
    tool = content.get("tool", {})
    table = tool.get("leakscan") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _configuration(table: Table, path: Path) -> Configuration:
    where = f"`{path.name}` [tool.leakscan]" if path.name == SHARED_FILE else f"`{path.name}`"
    project = values_of(table, {**_OF_PROJECT, **_OF_EVERY_TARGET}, where)
    defaults = {key: table[key] for key in _OF_EVERY_TARGET if key in table}
    targets = tuple(
        _target(target, defaults, f"{where} target {number}")
        for number, target in enumerate(project.get("target", ()), start=1)
    )
    _refuse_twins([target.name for target in targets], where)
    return Configuration(
        path=path,
        targets=targets,
        allowances=tuple(
            _allowance(allowed, f"{where} allow {number}")
            for number, allowed in enumerate(project.get("allow", ()), start=1)
        ),
        baseline=path.parent / project.get("baseline", BASELINE),
        band=project.get("band", BAND),
        passes_inconclusive=project.get("inconclusive", "fail") == "pass",
        shows_source=project.get("source", True),
    )


def _target(table: Table, defaults: Table, where: str) -> ConfiguredTarget:
    if isinstance(table.get("name"), str):
        where = f"{where} (`{shortened(table['name'])}`)"
    own = values_of(table, {**_OF_TARGET, **_OF_EVERY_TARGET}, where)
    common = values_of(defaults, _OF_EVERY_TARGET, where)
    target, is_module = required(own, "target", where)
    values = common | own
    return ConfiguredTarget(
        name=required(own, "name", where),
        options=RunOptions(
            target=target,
            is_module=is_module,
            arguments=own.get("arguments", ()),
            setup=own.get("setup"),
            interval_seconds=values.get("interval", 0.0),
            calls=values.get("calls"),
            warmup=values.get("warmup"),
            rounds=values.get("rounds"),
            max_time_seconds=values.get("timeout"),
            shows_keys=values.get("show-keys", False),
        ),
        threshold_bytes_per_call=values.get("threshold", 0.0),
        failing_kinds=values.get("kinds", frozenset(Kind)),
        environment=tuple({**common.get("environment", {}), **own.get("environment", {})}.items()),
        tags=frozenset(own.get("tags", ())),
        calls_per_second=values.get("rate"),
    )


def _allowance(table: Table, where: str) -> Allowance:
    allowed = values_of(table, _OF_ALLOWANCE, where)
    if "holder" not in allowed and "module" not in allowed:
        raise ConfigurationError(f"{where} names neither a `holder` nor a `module`")
    return Allowance(
        holder=allowed.get("holder"),
        module=allowed.get("module"),
        reason=required(allowed, "reason", where),
    )


def _refuse_twins(names: Sequence[str], where: str) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ConfigurationError(f"{where}: two targets are called `{name}`")


def _seconds(value: Any) -> float:
    # 0 for an interval means "back to back"; a timeout of 0 would leave nothing to do.
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"{shown(value)} is not a number of seconds ≥ 0")
    return float(value)


def _some_seconds(value: Any) -> float:
    if _seconds(value) == 0:
        raise ValueError("a time of 0 seconds leaves nothing to do")
    return float(value)


def _size(value: Any) -> float:
    size = units.bytes_of(str(value) if isinstance(value, int) else text(value))
    if size > MAX_NUMBER:
        raise ValueError(f"{shown(value)} is more than any memory holds")
    return size


def _rate(value: Any) -> float:
    return units.calls_per_second_of(_number_or_text(value))


def _share(value: Any) -> float:
    return units.share_of(_number_or_text(value))


def _number_or_text(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else text(value)


def _kinds(value: Any) -> frozenset[Kind]:
    known = [kind.value for kind in Kind]
    for name in texts(value):
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.4)
            raise ValueError(f"there is no kind `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
    return frozenset(Kind(name) for name in value)


def _environment(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError(f"{shown(value)} is no table of variables")
    for name, content in value.items():
        if not isinstance(content, str):
            raise TypeError(f"`{name}` is {shown(content)}, and a variable is a text")
        if not name or "=" in name or "\0" in name + content:
            raise ValueError(f"{shown(name)} can't be the name of a variable, or its value has a NUL in it")
    return value


def _target_text(value: Any) -> tuple[str, bool]:
    """The target, and whether it is a module that is run as a program (`-m app.worker`)."""
    target = text(value)
    module = target.removeprefix("-m ").strip()
    return (module, True) if module != target else (target, False)


def _setup(value: Any) -> str:
    if ":" not in text(value):
        raise ValueError(f"`{value}` names no function; write it as module:func")
    return str(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{shown(value)} is neither true nor false")
    return value


def _pass_or_fail(value: Any) -> str:
    if value not in ("pass", "fail"):
        raise ValueError(f'{shown(value)} is neither "pass" nor "fail"')
    return str(value)


_OF_EVERY_TARGET: Readers = {
    "calls": whole_number_from(1),
    "warmup": whole_number_from(0),
    "rounds": whole_number_from(1),
    "interval": _seconds,
    "timeout": _some_seconds,
    "threshold": _size,
    "kinds": _kinds,
    "environment": _environment,
    "rate": _rate,
    "show-keys": _truth,
}
"""What a target says, or the project for all of them."""
_OF_TARGET: Readers = {
    "name": text,
    "target": _target_text,
    "arguments": texts,
    "setup": _setup,
    "tags": texts,
}
_OF_PROJECT: Readers = {
    "target": tables,
    "allow": tables,
    "baseline": text,
    "band": _share,
    "inconclusive": _pass_or_fail,
    "source": _truth,
}
_OF_ALLOWANCE: Readers = {"holder": text, "module": text, "reason": text}
