"""`leakscan report`: judge a recording again."""

from pathlib import Path

import click

from leakscan.cli.emit import emit_analysis
from leakscan.cli.engine import Engine
from leakscan.cli.options import ReportOptions, check_files, report_options


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@report_options
@click.pass_obj
def report(engine: Engine, /, *, recording: Path, threshold: float, options: ReportOptions) -> int:
    """Judge a recording again, and report.

    RECORDING is a file that `leakscan run -o` wrote, whole or cut short. The target
    is not run: the recording holds everything that was seen. Exits as the run did,
    or as another --threshold would have made it.

    \b
    Examples:
      leakscan report run.leakscan
      leakscan report run.leakscan --threshold 1KiB
      leakscan report run.leakscan --verbose --json report.json
    """
    check_files(options, inputs=[recording])
    analysis = engine.analysis_of_recording(recording, threshold_bytes_per_call=threshold)
    return emit_analysis(analysis, options)
