"""The picture of the HTML report that the docs show, taken again.

python -m tests.docs_screenshot
"""

import os
import shutil
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from leakscan.cli import exit_code_of
from leakscan.cli.engine import RealEngine
from tests.browser.browser import started
from tests.docs_output import EXAMPLES, ROOT

PICTURE = ROOT / "docs" / "html-report.png"
WIDTH = 1_100


def take() -> None:
    """Draw the report on the example, and keep it down to the end of its first finding."""
    with TemporaryDirectory() as folder, started(Path(folder, "profile")) as browser:
        example = shutil.copytree(EXAMPLES, Path(folder, "shop"))
        # A checkout is newer than the run, and the page would say so.
        os.utime(example / "shop.py", (0, 0))
        page = Path(folder, "report.html")
        with chdir(example):
            exit_code = exit_code_of(["report", "after.leakscan", "-q", "--html", str(page)], RealEngine())
        assert exit_code == 1
        browser.open(page, width=WIDTH)
        browser.wait_for("document.querySelector('#finding-1 canvas')")
        end = int(browser.value("document.querySelector('#finding-1').getBoundingClientRect().bottom"))
        browser.open(page, width=WIDTH, height=end + 12)
        browser.value("document.documentElement.style.overflow = 'hidden'")
        browser.wait_for("document.querySelector('#finding-1 canvas')")
        PICTURE.write_bytes(browser.driver.get_screenshot_as_png())


if __name__ == "__main__":
    take()
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")
