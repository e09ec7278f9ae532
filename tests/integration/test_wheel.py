"""The wheel: pure Python, with everything that the reports are drawn from."""

import re
import subprocess
import sys
import zipfile
from email import message_from_bytes

import pytest

from leakscan import documentation
from tests.integration.command import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGE = "leakscan/reports/formats/html"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # What `pip wheel .` does, without asking an index for the build tool that is here already.
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    (path,) = folder.glob("leakscan-*-py3-none-any.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    """Names of the files in the wheel."""
    return set(wheel.namelist())


def test_the_wheel_holds_every_file_of_the_package(names: set[str]) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "leakscan").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files <= names
    assert {f"{PAGE}/templates/page.html", f"{PAGE}/style.css", f"{PAGE}/charts.js"} <= names
    assert f"{PAGE}/vendor/uplot/LICENSE" in names


def test_the_page_on_patterns_is_a_file_of_the_package_and_the_docs_have_the_same() -> None:
    page = ROOT / "leakscan" / "reports" / "patterns.md"

    # An archive of the repository has no links, and an image may have no docs.
    assert not page.is_symlink()
    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")


def test_a_link_of_the_readme_is_lost_to_nobody_where_a_package_index_shows_it(
    wheel: zipfile.ZipFile,
) -> None:
    linked = LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    message = message_from_bytes(wheel.read(metadata))
    shown = message.get_payload()
    assert isinstance(shown, str)
    assert linked

    if documentation.SITE is None:
        # There is nothing to follow, so it names the file.
        assert LINK.findall(shown) == []
        assert [link for link in linked if f"`{link.partition('#')[0]}`" not in shown] == []
        assert message.get_all("Project-URL") is None
    else:
        site = documentation.SITE
        assert len(LINK.findall(shown)) == len(linked)
        assert [link for link in LINK.findall(shown) if not link.startswith(site)] == []
        assert [url for url in message.get_all("Project-URL", []) if f", {site}" not in url] == []


def test_the_wheel_holds_nothing_but_the_package(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"leakscan"}
    assert not any("tests" in name or "scenarios" in name for name in names)
