"""``papermode send``."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from papermode.app.read_batch import Sources
from papermode.app.send import FileTarget, send
from papermode.app.sites import open_site
from papermode.cli.common import json_option, packets_option, printed_name, say, show_json, site_option
from papermode.errors import ExitCode, UsageFaultError
from papermode.store.site import SiteStore


@click.command("send")
@click.option("--out", type=click.Path(path_type=Path), help="Write the FHIR transaction bundle to FILE.")
@click.option("--to", "url", help="A FHIR server (not there yet: send the bundle of --out with your own tool).")
@click.option("--user", default=getpass.getuser, help="On whose behalf; usual: who is logged in.")
@packets_option
@site_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    out: Path | None,
    url: str | None,
    user: str,
    packet_dirs: tuple[Path, ...],
    site_dir: Path | None,
    as_json: bool,
) -> None:
    """Make the FHIR R4 transaction bundle of all confirmed pages. Sent twice, it files once.

    What was filed and then corrected or taken back is in it as entered in error.
    """
    if url is not None or out is None:
        raise UsageFaultError(
            "E005", place="papermode send", fault="can only write a file yet.", cure="Use --out FILE and post the file."
        )
    opened = open_site(site_dir)
    sources = Sources.of(opened.site, packet_dirs)
    with SiteStore(opened.site.folder / "store") as store:
        sent = send(opened, store, FileTarget(out), user=user, sources=sources)
    found = sent.as_dict(sources.manifests)
    if as_json:
        show_json({"out": str(out), **found})
    else:
        click.echo(f"{out}: {sent.pages} pages, {_counted(sent.resources)}")
        if sent.taken_back:
            click.echo(f"entered in error, as their pages were corrected or taken back: {_counted(sent.taken_back)}")
    waiting = [x for x in found["left_out"] if x["waits"]]
    for x in waiting:
        where = f"{printed_name(x['form'], x['set'])} (page {x['page']} of packet {x['packet']})"
        what = f" {x['link_id']} row {x['row']} column {x['column']}" if x["link_id"] else ""
        say(f"not sent: {where}{what}: {x['words']}")
    ctx.exit(int(ExitCode.REVIEW if waiting else ExitCode.DONE))


def _counted(resources: dict[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in resources.items())
