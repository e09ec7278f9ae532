"""What every test is run with."""

import os
import signal

from hypothesis import HealthCheck, settings

# An example may take as long as a busy machine makes it, and so may making one: what it says does not
# depend on the clock.
settings.register_profile("leakscan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leakscan")


def pytest_configure() -> None:
    """Let the commands that the tests start keep their bytecode and hear signals, wherever the tests run.

    Many container images set PYTHONDONTWRITEBYTECODE: each of a thousand commands, and the process of its
    target, would compile the checkout again. Under `nohup`, and in the background of a script, signals are
    ignored, and what is ignored stays so in all that is started.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for number, handler in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGQUIT, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
