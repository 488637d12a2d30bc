"""``papermode init``."""

from __future__ import annotations

from pathlib import Path

import click

from papermode.app.sites import init_site
from papermode.cli.common import clock, json_option, now_option, say, show_json


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--code", default="SITE", show_default=True, help="Site code, printed in every page code: 1 to 8 of A-Z 0-9 - ."
)
@now_option
@json_option
def command(folder: Path, code: str, now_text: str | None, as_json: bool) -> None:
    """Make a new site in FOLDER. Asks nothing: A4, English, this computer's time zone; keys with mode 0600."""
    warnings = init_site(folder, clock(now_text), code=code)
    if as_json:
        show_json({"site": str(folder), "warnings": list(warnings)})
    else:
        click.echo(
            f"Site made in {folder}: edit papermode.toml and wards/W1.toml, then `papermode snapshot load PATH`."
        )
    for warning in warnings:
        say(f"WARNING: {warning}")
