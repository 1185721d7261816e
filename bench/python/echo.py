"""CPython's asyncio as a server of the row `echo`. Usage: echo.py (asyncio|uvloop) (protocol|streams).

It prints the port it listens on, answers each line of its input with what it has used so far, and ends with its input.
"""

import asyncio
import sys

import partner

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


async def main(api):
    server = await start(api)
    await partner.serve(server.sockets[0].getsockname()[1])


if __name__ == "__main__":
    flavour, api = sys.argv[1:]
    partner.run(flavour, lambda: main(api))
