"""``papermode review``."""

from __future__ import annotations

import getpass
import sys
import threading
from pathlib import Path

import click

from papermode.app.desk import open_desk
from papermode.app.intake_scans import store_of
from papermode.app.read_batch import Sources
from papermode.app.sites import open_site
from papermode.app.verify import unread_scans
from papermode.cli.common import json_option, packets_option, say, show_json, site_option
from papermode.errors import UsageFaultError
from papermode.review.security import usable_name
from papermode.review.serve import Server


@click.command("review")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; usual: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address; no other is taken.")
@click.option("--user", "users", multiple=True, metavar="NAME", help="Who works here; more than once for several.")
@packets_option
@site_option
@json_option
def command(
    port: int, host: str, users: tuple[str, ...], packet_dirs: tuple[Path, ...], site_dir: Path | None, as_json: bool
) -> None:
    """Settle what the reader is unsure of, on a local web page.

    Each person gets a link of their own, which works once. Type a name into this window for another one.
    """
    names = [_named(name) for name in users or (getpass.getuser(),)]
    opened = open_site(site_dir)
    with store_of(opened.site) as store:
        for words in unread_scans(store):
            say(words)
        server = Server(open_desk(opened, store, Sources.of(opened.site, packet_dirs)), host, port)
        links = [{"user": name, "url": server.link(name)} for name in names]
        if as_json:
            show_json({"port": server.port, "links": links})
        else:
            for link in links:
                click.echo(f"{link['user']}: {link['url']}")
            say("Each link works once, within ten minutes. A name and Enter gives another one; Ctrl+C ends.")
            if sys.stdin.isatty():
                threading.Thread(target=_more, args=(server,), daemon=True).start()
        sys.stdout.flush()
        server.run()


def _named(name: str) -> str:
    usable = usable_name(name)
    if usable is None:
        raise UsageFaultError(
            "E012",
            place=f"--user {name!r}",
            fault="cannot stand in the journal.",
            cure="Use the name of a person: 1 to 60 letters.",
        )
    return usable


def _more(server: Server) -> None:
    """Give a link for each name that is typed."""
    for line in sys.stdin:
        name = usable_name(line)
        click.echo(f"{name}: {server.link(name)}" if name is not None else "Type the name of a person.")
