"""An aiohttp client asks its cookie jar for the cookies of a new path each time.

CookieJar.filter_cookies looks every parent path up in a defaultdict and so leaves one
empty SimpleCookie behind for each (aio-libs/aiohttp#11052, fixed by #11054 in 3.12.3).
"""

import itertools

from aiohttp import CookieJar
from yarl import URL

_seq = itertools.count()
jar = None


async def work():
    global jar
    if jar is None:
        jar = CookieJar()
        jar.update_cookies({"session": "abc; Path=/"}, URL("http://shop.example/"))
    url = URL("http://shop.example/orders/%d/lines" % next(_seq))
    return len(jar.filter_cookies(url))
