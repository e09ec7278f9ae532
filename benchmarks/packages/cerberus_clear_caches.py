"""The same validators with Validator.clear_caches() after every hundredth."""

import itertools

import cerberus

_seq = itertools.count()


def work():
    n = next(_seq)
    validator = cerberus.Validator({"field_%d" % n: {"type": "string"}})
    if n % 100 == 99:
        cerberus.Validator.clear_caches()
    return validator.validate({})
