"""The commit that is checked out, from git or from the CI that checked it out."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from leakscan.model.history import Commit
from leakscan.programs import program

CI_VARIABLES = (
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "BUILDKITE_COMMIT",
    "CIRCLE_SHA1",
    "BUILD_SOURCEVERSION",
)
"""GitHub, GitLab, Jenkins, Buildkite, CircleCI and Azure, in this order."""
GIT_SECONDS = 10.0


def commit_of(folder: Path, environment: Mapping[str, str]) -> Commit | None:
    """What git says of the folder; else what the CI says that it checked out; None if neither knows.

    git comes first: a job may have checked out something else since.
    """
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    if head is not None:
        # Files that git does not know are the caches and reports of other tools.
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
        return Commit(id=head, is_dirty=bool(changed))
    known = next((sha for name in CI_VARIABLES if (sha := environment.get(name, "").strip())), None)
    return None if known is None else Commit(id=known, is_dirty=False)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where there is no git, no repository or no answer."""
    git = program("git")
    if git is None:
        return None
    try:
        # Without the optional locks it is in nobody's way, not in the middle of a rebase either; and without
        # the monitor it runs no program that the repository names.
        done = subprocess.run(  # noqa: S603 - git, with arguments of our own
            [git, "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
