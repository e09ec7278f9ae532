"""`--graph` as its user runs it: what is drawn of a real process, and by which programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.graphs import arrows_of, graph_of, labels_of
from tests.integration.command import QUIET_CI, ROOT, Outcome, leakscan

QUICK = ("--calls", "50", "--rounds", "6")
SESSIONS = """
import itertools

class Registry:
    def __init__(self):
        self.sessions = {}
        self.by_mail = {}

class Session:
    def __init__(self, number):
        self.mail = f"ada.{number}@example.org"
        self.rows = [bytes(100)]

registry = Registry()
audit = {"open sessions": registry.sessions, "of": registry}
numbers = itertools.count(1_000_000)

def handle():
    session = Session(next(numbers))
    registry.sessions[session.mail] = registry.by_mail[session.mail] = session
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graph")


@pytest.fixture(scope="module")
def run(folder: Path) -> Outcome:
    """A run that draws `out.dot` in the folder, and keeps `run.leakscan`."""
    (folder / "shop.py").write_text(SESSIONS)
    files = ("--graph", str(folder / "out.dot"), "-o", str(folder / "run.leakscan"))
    return leakscan(*QUICK, *files, f"{folder}/shop.py:handle", folder=folder)


def _report(
    folder: Path, *arguments: str, path: str = os.environ["PATH"]
) -> subprocess.CompletedProcess[bytes]:
    """`leakscan report` on the recording of the run, with this PATH."""
    return subprocess.run(
        [sys.executable, "-m", "leakscan", "report", str(folder / "run.leakscan"), *arguments],
        capture_output=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, **QUIET_CI, "PATH": path},
    )


def test_the_graph_leads_from_the_root_to_both_holders_and_the_newest_entries(
    run: Outcome, folder: Path
) -> None:
    graph = graph_of((folder / "out.dot").read_text(encoding="utf-8"))

    arrows = arrows_of(graph)
    labels = {label.partition("\\n")[0] for label in labels_of(graph).values()}
    [finding] = run.report["findings"]
    holders = {holder["name"] for holder in (finding["holder"], *finding["also_held_by"])}
    assert run.exit_code == 1
    assert holders == {"Registry.sessions", "Registry.by_mail"}
    assert {"module shop", "Registry", "Session", "list"} | holders <= labels
    assert [words for start, words, end in arrows if start.startswith("Registry") and end == "Session"] == [
        "['…' (23 characters)]"
    ] * 4
    [(_start, words, _end)] = [each for each in arrows if each[1].endswith("grows")]
    assert words == f"{finding['chain'][-1]['link']}\\n grows"


def test_another_way_to_a_holder_is_drawn(run: Outcome, folder: Path) -> None:
    arrows = arrows_of(graph_of((folder / "out.dot").read_text(encoding="utf-8")))

    assert run.exit_code == 1
    [(start, _words, _end)] = [each for each in arrows if each[1] == "['…' (13 characters)]"]
    assert ("module shop", ".audit", start) in arrows


@pytest.mark.usefixtures("run")
def test_neither_secrets_nor_anything_of_leakscan_is_in_the_graph(folder: Path) -> None:
    graph = graph_of((folder / "out.dot").read_text(encoding="utf-8"))

    drawn = " ".join([*labels_of(graph).values(), *(words for _start, words, _end in arrows_of(graph))])
    assert "ada" not in drawn
    assert not {"leakscan", "HolderCandidate", "GraphNodes", "Agent", "Caller", "frame"} & set(
        drawn.replace(".", " ").split()
    )


@pytest.mark.usefixtures("run")
def test_the_recording_holds_the_graph(folder: Path) -> None:
    again = _report(folder, "-q", "--graph", "-")

    assert again.returncode == 1
    assert again.stdout == (folder / "out.dot").read_bytes()


@pytest.mark.usefixtures("run")
def test_without_graphviz_the_report_stands_and_the_text_still_works(folder: Path, tmp_path: Path) -> None:
    picture = _report(folder, "-q", "--graph", str(tmp_path / "out.svg"), path=str(tmp_path))
    text = _report(folder, "-q", "--graph", str(tmp_path / "out.dot"), path=str(tmp_path))

    assert (picture.returncode, text.returncode) == (1, 1)
    assert picture.stdout.startswith(b"LEAKING (unbounded growth)")
    assert b"apt install graphviz" in picture.stderr
    assert text.stderr == b""
    assert [path.name for path in tmp_path.iterdir()] == ["out.dot"]


@pytest.mark.usefixtures("run")
@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_every_node_of_it(folder: Path, tmp_path: Path) -> None:
    done = _report(folder, "-q", "--graph", str(tmp_path / "out.svg"))

    titles = {each.text for each in ET.parse(tmp_path / "out.svg").iter("{http://www.w3.org/2000/svg}title")}  # noqa: S314
    nodes = labels_of(graph_of((folder / "out.dot").read_text(encoding="utf-8")))
    assert (done.returncode, done.stderr) == (1, b"")
    assert nodes.keys() <= titles


@pytest.mark.parametrize(
    "target", ["hostile_class", "hostile_getattribute", "hostile_keys", "owner_that_may_not_be_touched"]
)
def test_objects_that_may_not_be_touched_are_drawn(target: str, tmp_path: Path) -> None:
    path = tmp_path / "out.dot"

    outcome = leakscan(*QUICK, "--graph", str(path), f"tests/targets/hostile.py:{target}", folder=tmp_path)

    assert (outcome.exit_code, outcome.report["warnings"]) == (1, [])
    assert "touched" not in outcome.stderr
    labels = labels_of(graph_of(path.read_text(encoding="utf-8")))
    assert len([label for label in labels.values() if label.startswith(outcome.holder_names[0])]) == 1
    assert len(labels) > 4


def test_the_cycle_of_cyclic_garbage_is_told_and_drawn(tmp_path: Path) -> None:
    path = tmp_path / "out.dot"
    target = "tests/targets/side_by_side.py:cycles_with_gc_off"

    outcome = leakscan(*QUICK, "--graph", str(path), target, folder=tmp_path)

    assert "cycle        Node → .itself → (back)" in outcome.stdout
    arrows = arrows_of(graph_of(path.read_text(encoding="utf-8")))
    assert ("Node", ".itself", "Node") in arrows


def test_a_clean_target_gives_a_graph_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "out.dot"

    options = ("--calls", "20", "--rounds", "6", "--warmup", "20", "--graph", str(path))

    outcome = leakscan(*options, "tests/targets/process.py:empty", folder=tmp_path)

    assert outcome.exit_code == 0
    assert labels_of(graph_of(path.read_text(encoding="utf-8"))) == {"nothing": "there is no leak to draw"}
