"""An inline template put together with the name of the user.

bottle.template() keeps each compiled template by its text in the module dict TEMPLATES.
"""

import itertools

import bottle

_seq = itertools.count()


def work():
    return bottle.template("<b>Hello user %d, {{n}}</b>" % next(_seq), n=3)
