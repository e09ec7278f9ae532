"""A leak keeps its fingerprint while the program around it is edited, and shares it with no other leak."""

import textwrap
from pathlib import Path

from tests.integration.command import leakscan

PROGRAM = """
    import itertools

    numbers = itertools.count({first})

    class Store:
        def __init__(self):
            self.rows = {{}}
            self.totals = []

    STORES = {{"{name}": Store()}}

    def handle():
        number = next(numbers)
        for store in STORES.values():
            store.rows[number] = bytes({size})

    def handle_totals():
        for store in STORES.values():
            store.totals.append(bytes({size}))
"""
QUICKLY = ("--warmup", "64", "--calls", "64", "--rounds", "8", "--no-prove")


def test_a_fingerprint_survives_edits_and_other_data_and_tells_leaks_apart(tmp_path: Path) -> None:
    program = textwrap.dedent(PROGRAM)
    before, after = program.format(first=0, name="eu", size=200), program.format(first=7, name="us", size=300)

    one = _fingerprints(tmp_path, before, "handle")
    edited = _fingerprints(tmp_path, "# A new first line.\n\n\n" + after, "handle", "--calls", "100")
    other = _fingerprints(tmp_path, before, "handle_totals")

    assert one == edited
    assert len(one) == len(other) == 1
    assert one != other


def _fingerprints(folder: Path, program: str, function: str, *options: str) -> list[str]:
    (folder / "shop.py").write_text(program)
    outcome = leakscan(*QUICKLY, *options, f"{folder / 'shop.py'}:{function}", folder=folder)
    assert outcome.report["verdict"] == "LEAKING", outcome.stdout
    return [finding["fingerprint"] for finding in outcome.report["findings"]]
