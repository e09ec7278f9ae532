"""The memory that there is to fill."""

from pathlib import Path

from leakscan.runner.memory_limit import group_limits, memory_bytes


def _groups(folder: Path, lines: str, **limits: str) -> tuple[Path, Path]:
    own = folder / "own"
    own.write_text(lines)
    for path, limit in limits.items():
        file = folder / "cgroups" / path.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_name(file.name.replace("_max", ".max")).write_text(limit)
    return own, folder / "cgroups"


def test_a_limit_of_the_group_or_of_one_above_it_counts(tmp_path: Path) -> None:
    own, cgroups = _groups(
        tmp_path,
        "0::/app/web\n",
        app__web__memory_max="max\n",
        app__memory_max="1073741824\n",
    )

    assert list(group_limits(own, cgroups)) == [1_073_741_824]


def test_the_first_version_of_control_groups_has_a_folder_of_its_own(tmp_path: Path) -> None:
    own, cgroups = _groups(tmp_path, "5:cpu,memory:/app\n4:pids:/app\n")
    limit = cgroups / "memory" / "app" / "memory.limit_in_bytes"
    limit.parent.mkdir(parents=True)
    limit.write_text("536870912\n")

    assert list(group_limits(own, cgroups)) == [536_870_912]


def test_without_control_groups_there_is_no_limit_of_theirs(tmp_path: Path) -> None:
    assert list(group_limits(tmp_path / "none", tmp_path)) == []


def test_this_machine_has_some_memory() -> None:
    found = memory_bytes()

    assert found is None or found > 1_000_000
