"""Run the page on a loopback address of this computer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

import uvicorn

from papermode.errors import UsageFaultError
from papermode.review.app import create_app
from papermode.review.desk import Desk
from papermode.review.security import Doorkeeper, is_loopback


class Server:
    """The page, listening."""

    def __init__(self, desk: Desk, host: str = "127.0.0.1", port: int = 0) -> None:
        """Take the port; 0 takes any that is free.

        Raises:
            UsageFaultError: E010, the address is not one of this computer alone; E011, the port cannot be had.
        """
        if not is_loopback(host):
            raise UsageFaultError(
                "E010",
                place=f"--host {host}",
                fault="other computers could reach that address, and the page has no encryption of its own.",
                cure="Leave --host away, and run review on the computer that people sit at.",
            )
        self.door = Doorkeeper(desk.now)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen()
        except OSError as error:
            self._socket.close()
            raise UsageFaultError(
                "E011",
                place=f"--port {port}",
                fault=f"cannot be used ({error.strerror or type(error).__name__}).",
                cure="Leave --port away, or name another one.",
            ) from error
        self.port = int(self._socket.getsockname()[1])
        self._host = f"[{host}]" if ":" in host else host
        # Neither addresses nor searches are logged; what was done is in the journal.
        config = uvicorn.Config(
            create_app(desk, self.door, lambda: self.port),
            access_log=False,
            log_level="error",
            server_header=False,
            date_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=3,
            limit_concurrency=200,
        )
        self._server = uvicorn.Server(config)

    def link(self, user: str) -> str:
        """Return an address that signs a person in once."""
        return f"http://{self._host}:{self.port}/enter/{self.door.invite(user)}"

    def run(self) -> None:
        """Serve until it is interrupted, or :meth:`stop` is called."""
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End :meth:`run`."""
        self._server.should_exit = True

    @property
    def started(self) -> bool:
        """Whether it answers."""
        return bool(self._server.started)


def in_background(server: Server) -> threading.Thread:
    """Serve in a thread of its own, and return when it answers."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    return thread
