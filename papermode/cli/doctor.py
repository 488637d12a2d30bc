"""``papermode doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.doctor import examine
from papermode.app.sites import open_site
from papermode.cli.common import clock, json_option, now_option, show_json, site_option
from papermode.errors import ExitCode


@click.command("doctor")
@site_option
@now_option
@json_option
@click.pass_context
def command(ctx: click.Context, site_dir: Path | None, now_text: str | None, as_json: bool) -> None:
    """Check whether the site can print tonight, and say what to do where it cannot."""
    checks = examine(open_site(site_dir), clock(now_text))
    if as_json:
        show_json({"checks": [{"what": c.what, "state": c.state, "words": c.words} for c in checks]})
    else:
        for c in checks:
            click.echo(f"{c.state:8} {c.what}: {c.words}")
    ctx.exit(int(ExitCode.CONFIG if any(c.state == "bad" for c in checks) else ExitCode.DONE))
