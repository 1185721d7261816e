"""What a server says to the bench that runs it: see partner.ts."""

import asyncio
import json
import resource
import sys
import time


async def serve(port):
    """Tells the port, answers each line of the input with what was used so far, and returns at its end."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, answer, over)
    print(port, flush=True)
    await over.wait()


def answer(over):
    if not sys.stdin.buffer.raw.read(64):
        over.set()
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
    print(json.dumps({"cpuMs": cpu_ms, "wallMs": time.monotonic() * 1000}), flush=True)


def run(flavour, main):
    """Runs a coroutine function on a loop of asyncio or uvloop."""
    if flavour == "uvloop":
        import uvloop

        loop_factory = uvloop.new_event_loop
    else:
        loop_factory = None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main())
