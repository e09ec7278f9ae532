"""Requests with a method the resource does not allow, in an application with a middleware.

Each such request gets a handler of its own, which becomes a new key of the cache of
wrapped handlers (CVE-2024-52303; 3.10.6 to 3.10.10 leak, fixed in 3.10.11).
"""

from aiohttp import web
from aiohttp.test_utils import make_mocked_request


@web.middleware
async def timing(request, handler):
    return await handler(request)


async def index(request):
    return web.Response(text="ok")


app = web.Application(middlewares=[timing])
app.router.add_get("/", index)
app.freeze()


class Quiet:
    """Stands for the parts of a connection; has every method and they do nothing."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


CONNECTION = {name: Quiet() for name in ("writer", "protocol", "transport", "payload", "loop")}


async def work():
    request = make_mocked_request("DELETE", "/", app=app, **CONNECTION)
    try:
        await app._handle(request)
    except web.HTTPMethodNotAllowed as refused:
        return refused.status
