"""``papermode demo``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from papermode.app.demo import DEMO_NOW, run_demo
from papermode.cli.common import json_option, progress, show_json
from papermode.errors import ExitCode


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("papermode-demo"), show_default=True, help="A new folder."
)
@click.option("--seed", default=1, show_default=True, help="Seed of pens and scanner.")
@json_option
@click.pass_context
def command(ctx: click.Context, out: Path, seed: int, as_json: bool) -> None:
    """Print the example wards, fill and scan every page by simulation, read them back, compare."""
    with progress("demo", None) as step:
        demo = run_demo(out, datetime.fromisoformat(DEMO_NOW), seed=seed, step=step)
    score = demo.score
    if as_json:
        show_json(
            {
                "out": str(out),
                "packets": [p.as_dict() for p in demo.printed],
                "scans": [str(s) for s in demo.scans],
                "score": score.as_dict(),
                "filed": demo.filed.resources,
            }
        )
    else:
        for p in demo.printed:
            click.echo(f"{p.ward}: {p.patients} patients, {p.pages} pages: {p.folder / 'packet.pdf'}")
        click.echo(f"scans: {out / 'scans'}")
        kinds = ", ".join(f"{n} {kind}" for kind, n in demo.filed.resources.items())
        click.echo(f"filed: {out / 'answers.bundle.json'}: {demo.filed.pages} pages, {kinds}")
        click.echo(
            f"read back: {score.identified} of {score.pages} pages identified, "
            f"{score.marks_read} of {score.marks} marks read, {len(score.missed)} missed, {len(score.false)} false, "
            f"{score.unsure} unsure; {score.numbers_read} of {score.numbers} numbers read as written, "
            f"{score.numbers_sure} sure: {'GREEN' if score.green else 'NOT GREEN'}"
        )
    ctx.exit(int(ExitCode.DONE if score.green else ExitCode.REVIEW))
