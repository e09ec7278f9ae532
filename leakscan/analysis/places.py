"""Files as a report names them."""

from collections.abc import Sequence

from leakscan import wire


def shown_file(file: str, records: Sequence[wire.Record]) -> str:
    """The path from the folder that the run was started in, for what lies under it."""
    header = next((record for record in records if isinstance(record, wire.Header)), None)
    folder = "" if header is None else header.working_directory
    return file.removeprefix(folder.rstrip("/") + "/") if folder else file
