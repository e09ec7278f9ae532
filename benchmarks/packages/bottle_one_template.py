"""One inline template with the name of the user as an argument."""

import itertools

import bottle

_seq = itertools.count()


def work():
    return bottle.template("<b>Hello user {{user}}, {{n}}</b>", user=next(_seq), n=3)
