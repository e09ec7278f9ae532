"""An XML stream that is read for ever, event by event.

Each element is cleared after use, but the root keeps the empty elements.
"""

import itertools
import xml.etree.ElementTree as ElementTree

_seq = itertools.count()
parser = ElementTree.XMLPullParser(["end"])
parser.feed("<stream>")


def work():
    parser.feed("<message id='%d'>hello</message>" % next(_seq))
    texts = []
    for _, element in parser.read_events():
        texts.append(element.text)
        element.clear()
    return texts
