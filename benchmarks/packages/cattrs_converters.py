"""A converter made for each request, as some client libraries do.

cattrs puts the source of every hook it generates into linecache under a unique name
(python-attrs/cattrs#290, python-attrs/cattrs#445; python-attrs/cattrs#464).
"""

import attrs
import cattrs


@attrs.define
class Order:
    number: int
    city: str


def work():
    converter = cattrs.Converter()
    return converter.structure({"number": 1, "city": "Oslo"}, Order).number
