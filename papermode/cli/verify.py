"""``papermode verify``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.verify import verify_packets
from papermode.cli.common import json_option, show_json, site_option
from papermode.config import find_site, load_site
from papermode.errors import ConfigError, ExitCode


@click.command("verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--card", type=click.Path(path_type=Path), help="Believe this root card only.")
@site_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], card: Path | None, site_dir: Path | None, as_json: bool
) -> None:
    """Check packet folders: manifest signature, PDF digest, layouts, every claim. Usual: the site's packets."""
    keys = None
    try:
        site = load_site(find_site(site_dir, Path.cwd()))
        keys, paths = site.keys, paths or (site.packets,)
    except ConfigError:
        if not paths or site_dir is not None:
            raise
    found = verify_packets(paths, site_keys=keys, card=card)
    if as_json:
        show_json({"packets": [p.as_dict() for p in found]})
    else:
        for p in found:
            click.echo(
                f"{p.folder}: {'good' if not p.faults else 'NOT GOOD'} ({p.pages} pages, trust: {p.trust or 'none'})"
            )
            for fault in p.faults:
                click.echo(f"    {fault}")
    ctx.exit(int(ExitCode.STORE if any(p.faults for p in found) or not found else ExitCode.DONE))
