"""A parser that opens a log file of its own for each job and closes it afterwards.

structlog keeps a lock for each file it ever wrote to in the module dict WRITE_LOCKS, and
with it the file object (hynek/structlog#807, fixed in 26.1.0).
"""

import io

import structlog


def work():
    with io.StringIO() as log_file:
        log = structlog.WriteLoggerFactory(file=log_file)()
        log.msg("job done\n")
