"""Asking an unset sub-message for its size.

The upb backend of protobuf 4.22 and 4.23 makes an arena on each ByteSize() of an
unset sub-message and never frees it (protocolbuffers/upb#1243, gone in 4.24).  A native leak: malloc in
C, no Python object stays.
"""

from google.protobuf.type_pb2 import Type

message = Type()


def work():
    return sum(message.source_context.ByteSize() for _ in range(20))
