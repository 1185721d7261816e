"""aiohttp's server in the row `http-server`. Usage: web.py (asyncio|uvloop).

It prints its port, answers each line of its input with what it has used so far, and ends with its input.
"""

import asyncio
import json
import resource
import sys
import time

from aiohttp import web

HOST = "127.0.0.1"


async def hello(_request):
    return web.Response(text="Hello, world!")


def answer(over):
    if not sys.stdin.buffer.raw.read(64):
        over.set()
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
    print(json.dumps({"cpuMs": cpu_ms, "wallMs": time.monotonic() * 1000}), flush=True)


async def main():
    over = asyncio.Event()
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    asyncio.get_running_loop().add_reader(0, answer, over)
    print(runner.addresses[0][1], flush=True)
    await over.wait()
    await runner.cleanup()


if __name__ == "__main__":
    if sys.argv[1] == "uvloop":
        import uvloop

        loop_factory = uvloop.new_event_loop
    else:
        loop_factory = None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main())
