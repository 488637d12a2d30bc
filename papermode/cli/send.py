"""``papermode send``."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from papermode.app.send import FileTarget, send
from papermode.app.sites import open_site
from papermode.cli.common import json_option, say, show_json, site_option
from papermode.errors import ExitCode, UsageFaultError
from papermode.store.site import SiteStore


@click.command("send")
@click.option("--out", type=click.Path(path_type=Path), help="Write the FHIR transaction bundle to FILE.")
@click.option("--to", "url", help="A FHIR server (not there yet: send the bundle of --out with your own tool).")
@click.option("--user", default=getpass.getuser, help="On whose behalf; usual: who is logged in.")
@site_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, out: Path | None, url: str | None, user: str, site_dir: Path | None, as_json: bool
) -> None:
    """Make the FHIR R4 transaction bundle of all confirmed pages. Sent twice, it files once."""
    if url is not None or out is None:
        raise UsageFaultError(
            "E005", place="papermode send", fault="can only write a file yet.", cure="Use --out FILE and post the file."
        )
    opened = open_site(site_dir)
    with SiteStore(opened.site.folder / "store") as store:
        sent = send(opened, store, FileTarget(out), user=user)
    if as_json:
        show_json({"out": str(out), **sent.as_dict()})
    else:
        click.echo(f"{out}: {sent.pages} pages, " + ", ".join(f"{n} {kind}" for kind, n in sent.resources.items()))
    waiting = [x for x in sent.left_out if x.waits]
    for x in waiting:
        say(f"not sent: page {x.page} of {x.packet} {x.link_id} row {x.row} column {x.column}: {x.words}")
    ctx.exit(int(ExitCode.REVIEW if waiting else ExitCode.DONE))
