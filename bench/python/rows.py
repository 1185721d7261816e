"""CPython's asyncio in the rows of this bench. Usage: rows.py (asyncio|uvloop) ROW N LIVE; prints one line of JSON.

Without arguments it only tells what is here: {"python": ..., "uvloop": ... or null, "modules": {"aiohttp": ...}}.
"""

import asyncio
import importlib
import json
import os
import platform
import resource
import sys
import time

try:
    import uvloop
except ImportError:
    uvloop = None

HOUR = 3600


async def spawn(n, live):
    ops = 0

    async def child():
        nonlocal ops
        ops += 1

    for start in range(0, n, live):
        async with asyncio.TaskGroup() as group:
            for _ in range(min(live, n - start)):
                group.create_task(child())
    return ops, {}


async def switch(n, live):
    ops = 0

    async def child():
        nonlocal ops
        for _ in range(n // live):
            await asyncio.sleep(0)
            ops += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(live):
            group.create_task(child())
    return ops, {}


async def queue(n, live):
    ops = 0
    items = asyncio.Queue(live)

    async def producer():
        for i in range(n):
            await items.put(i)

    async def consumer():
        nonlocal ops
        for _ in range(n):
            await items.get()
            ops += 1

    async with asyncio.TaskGroup() as group:
        group.create_task(producer())
        group.create_task(consumer())
    return ops, {}


async def lock(n, live):
    ops = 0
    mutex = asyncio.Lock()

    async def child():
        nonlocal ops
        for _ in range(n // live):
            async with mutex:
                await asyncio.sleep(0)
                ops += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(live):
            group.create_task(child())
    return ops, {}


async def cancel(n, live):
    ops = 0
    cancel_ms = 0

    async def child():
        await asyncio.sleep(HOUR)

    for start in range(0, n, live):
        tasks = [asyncio.create_task(child()) for _ in range(min(live, n - start))]
        await asyncio.sleep(0)
        began = time.perf_counter()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        cancel_ms += (time.perf_counter() - began) * 1000
        ops += sum(task.cancelled() for task in tasks)
    return ops, {"cancel+join": cancel_ms}


async def timeout(n, live):
    ops = 0

    async def child():
        nonlocal ops
        for _ in range(n // live):
            async with asyncio.timeout(10):
                await asyncio.sleep(0)
                ops += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(live):
            group.create_task(child())
    return ops, {}


async def sleepers(n, live):
    ops = 0

    async def child(ms):
        nonlocal ops
        await asyncio.sleep(ms / 1000)
        ops += 1

    for start in range(0, n, live):
        async with asyncio.TaskGroup() as group:
            for i in range(min(live, n - start)):
                group.create_task(child(i * 7919 % 1000))
    return ops, {}


async def share_out(n, live, operation):
    """n operations by live workers."""
    ops = 0

    async def worker(number):
        nonlocal ops
        for i in range(n // live):
            await operation(number + i * live)
            ops += 1

    async with asyncio.TaskGroup() as group:
        for number in range(live):
            group.create_task(worker(number))
    return ops, {}


async def http_client(n, live):
    import aiohttp

    url = os.environ["BENCH_ADDRESS"]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=live)) as session:

        async def get(number):
            async with session.get(url) as response:
                text = await response.text()
                if text != "Hello, world!":
                    raise SystemExit(f"got {text!r}")

        return await share_out(n, live, get)


async def db_postgres(n, live):
    import asyncpg

    async with asyncpg.create_pool(os.environ["BENCH_ADDRESS"], min_size=10, max_size=10) as pool:

        async def select(number):
            id = number % 10_000
            row = await pool.fetchrow("SELECT id, name FROM bench_items WHERE id = $1", id)
            if row["name"] != f"item {id}":
                raise SystemExit(f"got {row!r}")

        return await share_out(n, live, select)


ROWS = {
    fn.__name__.replace("_", "-"): fn
    for fn in (spawn, switch, queue, lock, cancel, timeout, sleepers, http_client, db_postgres)
}

MODULES = ("aiohttp", "asyncpg")


def versions_found():
    found = {}
    for name in MODULES:
        try:
            found[name] = importlib.import_module(name).__version__
        except ImportError:
            pass
    return found


def rss_now():
    """Linux only; elsewhere 0, so that the peak counts whole."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def peak_rss():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(flavour, row, n, live):
    loop_factory = uvloop.new_event_loop if flavour == "uvloop" else None
    before = rss_now()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        cpu = time.process_time()
        wall = time.perf_counter()
        ops, parts = runner.run(ROWS[row](n, live))
        wall_ms = (time.perf_counter() - wall) * 1000
        cpu_ms = (time.process_time() - cpu) * 1000
    if ops != n:
        raise SystemExit(f"{flavour} did {ops} operations of {n}")
    return {
        "row": row,
        "contestant": flavour,
        "n": n,
        "live": live,
        "wallMs": wall_ms,
        "cpuMs": cpu_ms,
        "processCpuMs": time.process_time() * 1000,
        "peakRssBytes": peak_rss(),
        "rssBeforeBytes": before,
        "parts": parts,
    }


def main(args):
    if not args:
        # TaskGroup and timeout came with 3.11: an older Python cannot run the rows.
        able = sys.version_info >= (3, 11)
        found = {"python": platform.python_version() if able else None, "uvloop": uvloop and uvloop.__version__}
        found["modules"] = versions_found()
    else:
        flavour, row, n, live = args
        found = measure(flavour, row, int(n), int(live))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
