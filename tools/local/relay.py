"""Passes connections on: `python -m tools.local.relay FROM TO`.

An address is `host:port`, or the path of a Unix socket.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tools.local.failure import LocalStackError
from tools.local.settings import ROOT

_STOP_SECONDS = 5
_CHUNK = 65_536


@contextmanager
def relayed(source: str, target: str, prefix: Sequence[str] = ()) -> Iterator[None]:
    """Pass connections on while the block runs. `prefix` is a program that starts the relay."""
    command = [*prefix, sys.executable, "-m", "tools.local.relay", source, target]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise LocalStackError(f"Connections to {source} cannot be passed on to {target}.")
        yield
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


async def serve(source: str, target: str) -> None:
    """Pass connections on until the process is ended."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host_port := _host_and_port(target):
            onward = await asyncio.open_connection(*host_port)
        else:
            onward = await asyncio.open_unix_connection(target)
        both = _pump(reader, onward[1]), _pump(onward[0], writer)
        await asyncio.gather(*both, return_exceptions=True)

    if host_port := _host_and_port(source):
        server = await asyncio.start_server(connected, *host_port)
    else:
        server = await asyncio.start_unix_server(connected, source)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()


def _host_and_port(address: str) -> tuple[str, int] | None:
    host, _, port = address.rpartition(":")
    return (host, int(port)) if host else None


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
