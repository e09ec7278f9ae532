"""Which files are leakscan's own: in a stack, their frames are not the target's."""

import os

from leakscan import wire

PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
"""The folder that leakscan is in, as the file names of its code begin."""
AGENT_FOLDER = os.path.join(PACKAGE_FOLDER, "agent") + os.sep
CALLERS = tuple(PACKAGE_FOLDER + file.replace("/", os.sep) for file in wire.CALLERS)
"""What the frames above these have allocated is the target's: a call, a turn of its loop, a script."""
