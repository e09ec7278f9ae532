"""The site that is made of `docs/`: every link leads somewhere, and reports link to headings that it has."""

import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from leakscan.analysis.findings import advice
from leakscan.documentation import SITE
from leakscan.reports.formats.sarif import RULE_PATTERNS

ROOT = Path(__file__).parent.parent
NAMED = {each.pattern for each in vars(advice).values() if isinstance(each, advice.Advice)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a warning, as for a link that leads nowhere, fails the build."""
    if find_spec("sphinx") is None:
        pytest.skip("no Sphinx here: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(folder / "kept")]
    built = subprocess.run(
        [*command, "docs", str(folder / "html")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder / "html"


@pytest.mark.parametrize("pattern", sorted(NAMED | set(RULE_PATTERNS.values())))
def test_the_site_has_the_heading_that_a_report_may_link_to(pattern: str, site: Path) -> None:
    assert f'id="{pattern}"' in (site / "patterns.html").read_text(encoding="utf-8")


def test_the_documentation_of_the_project_is_the_site_that_reports_link_to_and_nothing_without_one() -> None:
    urls = _project_urls()

    assert urls.get("Documentation") == SITE
    assert SITE is not None or not urls


def test_the_urls_of_the_project_are_pages_of_the_site(site: Path) -> None:
    for url in _project_urls().values():
        address, _, heading = url.partition("#")
        page = address.removeprefix(SITE or "nowhere")
        text = (site / (page or "index.html")).read_text(encoding="utf-8")
        assert not heading or f'id="{heading}"' in text, url


def test_no_file_that_users_have_names_an_address_that_nobody_holds() -> None:
    hosts = re.compile(r"https?://(?:[\w-]+\.)*(?:readthedocs\.io|readthedocs\.org|github\.io)")
    files = [*(ROOT / "leakscan").rglob("*"), *(ROOT / "docs").glob("*"), ROOT / "README.md"]

    naming = [
        path.relative_to(ROOT).as_posix()
        for path in [*files, ROOT / "pyproject.toml"]
        if path.suffix in {".py", ".html", ".json", ".md", ".toml"}
        and any(
            SITE is None or not address.string.startswith(SITE, address.start())
            for address in hosts.finditer(path.read_text(encoding="utf-8"))
        )
    ]

    assert naming == []


def _project_urls() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    urls = project.get("urls", {})
    assert isinstance(urls, dict)
    return urls
