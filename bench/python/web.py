"""aiohttp's server in the row `http-server`. Usage: web.py (asyncio|uvloop)."""

import sys

import partner
from aiohttp import web


async def hello(_request):
    return web.Response(text="Hello, world!")


async def main():
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await partner.serve(runner.addresses[0][1])
    await runner.cleanup()


if __name__ == "__main__":
    partner.run(sys.argv[1], main)
