"""Which traced memory is the target's, and which is the agent's own."""

import pytest

from leakscan.agent import own_code, session
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing import allocations

TARGET = ("/srv/app/jobs.py", 41)
LIBRARY = ("/usr/lib/python3/site-packages/orm/session.py", 7)
CALLER = (own_code.CALLERS[0], 90)
AGENT = (session.__file__, 100)
STARTER = ("<string>", 1)


@pytest.mark.parametrize(
    ("traceback", "is_own"),
    [
        ((TARGET, CALLER, AGENT, STARTER), False),
        ((LIBRARY, TARGET, CALLER, AGENT, STARTER), False),
        ((TARGET,), False),  # cut off before the agent's frames, or of a thread of the target's
        ((CALLER, AGENT, STARTER), True),  # the loop's own, with no call in between
        ((AGENT, STARTER), True),
        ((("/usr/lib/python3/json/encoder.py", 200), AGENT, STARTER), True),
    ],
)
def test_memory_is_the_agents_if_no_call_of_the_target_allocated_it(
    traceback: Traceback, *, is_own: bool
) -> None:
    assert allocations.is_own(traceback) is is_own


def test_what_a_finalizer_runs_inside_the_agent_is_the_targets_where_a_call_made_it() -> None:
    assert not allocations.is_own((TARGET, CALLER, AGENT))
    assert allocations.is_own((("/usr/lib/python3/encodings/utf_8.py", 15), AGENT, CALLER, AGENT))
