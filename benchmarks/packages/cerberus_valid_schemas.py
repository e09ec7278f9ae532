"""A validator for a schema that each tenant writes.

cerberus remembers the hash of every schema it found valid in the class-level set
Validator._valid_schemas; Validator.clear_caches() is the way to empty it.
"""

import itertools

import cerberus

_seq = itertools.count()


def work():
    validator = cerberus.Validator({"field_%d" % next(_seq): {"type": "string"}})
    return validator.validate({})
