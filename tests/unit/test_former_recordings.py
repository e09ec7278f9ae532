"""Recordings of an earlier format are read as if they had been made in the present one."""

import json
from pathlib import Path
from typing import Any

import pytest

from leakscan import wire
from leakscan.recording import read_recording

HEADER = {
    "t": "Header",
    "format": 1,
    "leakscan": "0.1.0",
    "python": "3.11.7",
    "platform": "linux",
    "started_at": "2026-11-01T00:00:00+00:00",
    "options": {"target": "app:handle"},
}
ENDED = {"t": "Ended", "how": "finished", "status": 0, "seconds": 1.5, "unanswered": "LookForCaches"}
STEP = {"kind": "module", "link": "app", "type": "module"}
GARBAGE = {
    "t": "Garbage",
    "objects": 2,
    "types": [["Node", 2]],
    "cycle": [STEP],
    "shares": [],
    "pictures": [{"dot": "digraph {}", "chains": []}],
}
HELD = {
    "address": 1,
    "type": "dict",
    "is_container": True,
    "entries": 4,
    "entries_before": 1,
    "added": 3,
    "calls": 3,
    "bound": None,
    "capacity_bytes": None,
    "shares": [],
    "overlaps": {},
    "grip": 7,
}
GRAPH = wire.LeakGraph("digraph {}", ())
NEW_GARBAGE = wire.Garbage(2, (("Node", 2),), (wire.Step("module", "app", "module"),), (), graphs=(GRAPH,))


def _read(folder: Path, *records: dict[str, Any]) -> tuple[wire.Record, ...]:
    path = folder / "former.leakscan"
    path.write_text("".join(json.dumps(record) + "\n" for record in (HEADER, *records, ENDED)))
    recording = read_recording(path)
    assert recording.warnings == ()
    return recording.records[1:-1]


@pytest.mark.parametrize(
    ("former", "present"),
    [
        (
            {"t": "Census", "look": 3, "calls": 9, "at": 1.0, "seconds": 0.1, "containers": 5, "grown": []},
            wire.Census(3, 9, 1.0, 0.1, 5, ()),
        ),
        (
            {"t": "RoundsDone", "stage": "turnover", "rounds": 1},
            wire.RoundsDone(wire.Stage.CHURN, 1),
        ),
        (
            {"t": "Turnover", "calls": 9, "changes": [{"address": 1, "added": 2, "removed": 0}]},
            wire.Churn(9, (wire.EntryChange(1, 2, 0),)),
        ),
        (
            {"t": "Weighed", "weights": [{"holder": 0, "entries": 4, "entry_bytes": 64.0}]},
            wire.EntriesMeasured((wire.EntrySize(0, 4, 64.0),)),
        ),
        (
            {"t": "Drawn", "pictures": [{"dot": "digraph {}", "chains": []}]},
            wire.Graphs((GRAPH,)),
        ),
        (
            {
                "t": "Spare",
                "tables": [{"type": "dict", "entries": 1, "table_bytes": 9_000, "steps": [STEP]}],
            },
            wire.SpareCapacity((wire.SpareTable("dict", 1, 9_000, (wire.Step("module", "app", "module"),)),)),
        ),
        (GARBAGE, NEW_GARBAGE),
        (
            {"t": "AgentFailed", "command": "Weigh", "message": "no", "traceback": ""},
            wire.AgentFailed("MeasureEntries", "no", ""),
        ),
    ],
    ids=lambda value: value["t"] if isinstance(value, dict) else "",
)
def test_a_record_of_the_first_format_is_read_with_its_present_names(
    tmp_path: Path, former: dict[str, Any], present: wire.Record
) -> None:
    assert _read(tmp_path, former) == (present,)


def test_the_holders_of_the_first_format_keep_their_candidates_and_its_frozen_cycles_their_graphs(
    tmp_path: Path,
) -> None:
    frozen = {name: value for name, value in GARBAGE.items() if name != "t"}

    (explained,) = _read(tmp_path, {"t": "Explained", "holders": [HELD], "frozen": [frozen]})

    assert isinstance(explained, wire.Explained)
    assert [holder.candidate for holder in explained.holders] == [7]
    assert explained.frozen == (NEW_GARBAGE,)


def test_an_explanation_without_holders_is_no_record_as_it_never_was_one(tmp_path: Path) -> None:
    path = tmp_path / "former.leakscan"
    path.write_text("".join(json.dumps(each) + "\n" for each in (HEADER, {"t": "Explained"}, ENDED)))

    recording = read_recording(path)

    assert recording.warnings == (
        "line 2 of the recording is garbled; the report is on what stands before it",
    )


def test_the_command_that_was_not_answered_has_its_present_name(tmp_path: Path) -> None:
    path = tmp_path / "former.leakscan"
    path.write_text(json.dumps(HEADER) + "\n" + json.dumps(ENDED) + "\n")

    ended = read_recording(path).records[-1]

    assert isinstance(ended, wire.Ended)
    assert ended.unanswered == "ListCaches"


def test_a_type_that_has_the_name_of_a_former_field_keeps_it(tmp_path: Path) -> None:
    share = {"site": 0, "objects": 1, "bytes": 64, "types": {"grip": 1}}

    (explained,) = _read(tmp_path, {"t": "Explained", "holders": [{**HELD, "shares": [share]}]})

    assert isinstance(explained, wire.Explained)
    assert explained.holders[0].shares[0].types == {"grip": 1}
