"""What a reader makes of files that nobody meant to write: a value, or one sentence."""

from pathlib import Path
from random import Random

import pytest

from tests.hostile import fault_of, mutant, readers

INPUTS = 10_000
"""For each reader; the benchmark `fuzz_readers.py` tries a million."""
INPUTS_SHOWN = 1_000
"""Of those whose report is made, too, which takes ten times as long."""
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", readers())
def test_a_reader_answers_whatever_is_in_the_file(name: str, part: int, tmp_path: Path) -> None:
    reader, random = readers()[name], Random(f"{name} {part}")  # noqa: S311 - the same at each run
    faults: dict[str, bytes] = {}

    content = b""
    inputs = INPUTS_SHOWN if name == "whole report" else INPUTS
    for number in range(inputs // PARTS):
        # Some are mutants of mutants, which are further from what anybody writes.
        content = mutant(reader, content if number % 4 else random.choice(reader.seeds), random)
        fault = fault_of(reader, content, tmp_path)
        if fault is not None:
            faults.setdefault(fault, content)

    assert faults == {}


@pytest.mark.parametrize("name", readers())
def test_the_files_that_mutants_are_made_of_are_good_ones(name: str, tmp_path: Path) -> None:
    reader = readers()[name]

    for seed in reader.seeds:
        path = tmp_path / reader.file_name
        path.write_bytes(seed)
        reader.read(path)
