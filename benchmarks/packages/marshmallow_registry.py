"""A schema class made with type() for each message.

marshmallow before 2.16.3 appends each such class to class_registry._registry
(marshmallow-code/marshmallow#732, fixed by #1036).
"""

import marshmallow


def work():
    schema = type("MessageSchema", (marshmallow.Schema,), {"a": marshmallow.fields.Integer()})
    return schema
