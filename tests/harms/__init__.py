"""What a finalizer may try: each is a program, and a row of the page on safety."""

from tests.harms.files import FILES
from tests.harms.hooks import HOOKS
from tests.harms.memory import MEMORY
from tests.harms.processes import PROCESSES
from tests.harms.threads import THREADS

HARMS = (*FILES, *MEMORY, *PROCESSES, *HOOKS, *THREADS)
