"""A long-lived service that infers types in snippets of code."""

import itertools

import astroid

_seq = itertools.count()


def work():
    node = astroid.extract_node("len('abc%d')" % next(_seq))
    return [value.value for value in node.infer()]
