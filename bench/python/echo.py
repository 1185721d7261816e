"""CPython's asyncio as a server of the row `echo`. Usage: echo.py (asyncio|uvloop) (protocol|streams).

It prints the port it listens on, answers each line of its input with what it has used so far, and ends with its input.
"""

import asyncio
import json
import resource
import sys
import time

HOST = "127.0.0.1"
READ_BYTES = 64 * 1024


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def echo(reader, writer):
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()


def start(api):
    if api == "streams":
        return asyncio.start_server(echo, HOST, 0)
    return asyncio.get_running_loop().create_server(Echo, HOST, 0)


def answer(over):
    if not sys.stdin.buffer.raw.read(64):
        over.set()
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
    print(json.dumps({"cpuMs": cpu_ms, "wallMs": time.monotonic() * 1000}), flush=True)


async def main(api):
    over = asyncio.Event()
    server = await start(api)
    asyncio.get_running_loop().add_reader(0, answer, over)
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()


if __name__ == "__main__":
    flavour, api = sys.argv[1:]
    if flavour == "uvloop":
        import uvloop

        loop_factory = uvloop.new_event_loop
    else:
        loop_factory = None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main(api))
