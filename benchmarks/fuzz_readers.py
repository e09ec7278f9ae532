"""A million files for each reader, chosen by what code they reach: each is read, or refused in a sentence.

    pip install atheris
    python benchmarks/fuzz_readers.py [READER]... [--inputs 1000000]

Half of the inputs are atheris's own mutants, half those of `tests/hostile.py`, which know what a file means.
An input that takes 10 seconds or 2 GB ends the run. Exits with 1 if a reader had a fault.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["leakscan", "tomllib", "tomlkit", "json"]):
    # What is imported late elsewhere, so that it is looked at, too.
    import leakscan.comparison.drift
    import leakscan.comparison.drift_settings
    import leakscan.structuring  # noqa: F401
    from tests.hostile import Reader, fault_of, mutant, readers

TIMES_THE_LARGEST = 2
"""Most bytes of an input, as a multiple of the largest good file: longer ones cost time and reach no more."""
LONGEST_SECONDS = 10
MAX_MEGABYTES = 2_048
MEMORY = Path("/dev/shm")


def main() -> int:
    """Fuzz the readers that are named, each in a process of its own, and show what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", choices=[[], *readers()], metavar="READER")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder is not None:
        fuzz(arguments.readers[0], arguments.inputs, arguments.folder)
    print(f"Python {sys.version.split()[0]}, {arguments.inputs:,} inputs each\n")
    print("reader          inputs  faults  seconds  edges", flush=True)
    names = arguments.readers or list(readers())
    return 1 if sum(_fuzzed(name, arguments.inputs) for name in names) else 0


def _fuzzed(name: str, inputs: int) -> int:
    """Fuzz one reader; how many different faults it had."""
    started = time.monotonic()
    # atheris ends its process itself, so what is to be left tidy is tidied here.
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        done = subprocess.run(
            [sys.executable, __file__, name, "--inputs", str(inputs), "--folder", folder],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    faults = [line for line in done.stdout.splitlines() if line.startswith("fault: ")]
    # What atheris ended for its time or memory, or a reader that brought the interpreter down.
    if done.returncode:
        faults.append(f"fault: exit {done.returncode}: {done.stderr[-2_000:]}")
    progress = [line for line in done.stderr.splitlines() if line.startswith("#") and " cov: " in line]
    edges = progress[-1].partition(" cov: ")[2].split()[0] if progress else "?"
    seconds = time.monotonic() - started
    print(f"{name:14}{inputs:>10,}{len(faults):>8}{seconds:>9.0f}  {edges}", *faults, sep="\n", flush=True)
    return len(faults)


def fuzz(name: str, inputs: int, folder: Path) -> None:
    """Try so many inputs in this process, which ends with them; each new kind of fault is printed."""
    reader = readers()[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(reader.seeds):
        (corpus / str(number)).write_bytes(seed)
    known: set[str] = set()

    def try_input(content: bytes) -> None:
        fault = fault_of(reader, content, folder)
        kind = None if fault is None else fault.split(": ")[0]
        if kind is not None and kind not in known:
            known.add(kind)
            kept = Path(tempfile.gettempdir(), f"fault-{name}-{len(known)}")
            kept.write_bytes(content)
            print(f"fault: {fault} ({kept})", flush=True)

    options = (
        f"-runs={inputs}",
        f"-max_len={TIMES_THE_LARGEST * max(map(len, reader.seeds))}",
        "-len_control=0",
        f"-timeout={LONGEST_SECONDS}",
        f"-rss_limit_mb={MAX_MEGABYTES}",
        "-seed=1",
    )
    atheris.Setup(
        [sys.argv[0], *options, str(corpus)],
        try_input,
        custom_mutator=_mutator(reader),
        internal_libfuzzer=True,
    )
    atheris.Fuzz()


def _mutator(reader: Reader):  # noqa: ANN202 - as atheris calls it
    def mutate(content: bytes, max_bytes: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.5:
            return atheris.Mutate(content, max_bytes)
        return mutant(reader, content, random)[:max_bytes]

    return mutate


if __name__ == "__main__":
    sys.exit(main())
