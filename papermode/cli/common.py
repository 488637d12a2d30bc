"""What the commands share: options, the clock, JSON, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from papermode.errors import UsageFaultError

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
site_option = click.option("--site", "site_dir", type=click.Path(path_type=Path), help="The site folder.")
packets_option = click.option(
    "--packets",
    "packet_dirs",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that holds packet folders; searched recursively.",
)
now_option = click.option(
    "--now", "now_text", metavar="TIME", help="The time to print as 'printed' (ISO 8601 with offset); usual: the clock."
)


def moment(text: str | None, option: str) -> datetime | None:
    """Return a time given on the command line.

    Raises:
        UsageFaultError: E001, it is no ISO 8601 time with an offset.
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UsageFaultError(
            "E001",
            place=option,
            fault=f"{text!r} is no time with an offset.",
            cure="Write it like 2026-11-24T02:00:00-05:00.",
        )
    return at


def clock(text: str | None) -> datetime:
    """Return the time of this run: ``--now``, or the computer's clock to the second."""
    return moment(text, "--now") or datetime.now().astimezone().replace(microsecond=0)


def printed_name(form: str, place: Sequence[int] | None) -> str:
    """Return what a sheet says of itself, e.g. ``MAR-S page 4 of 18``; without the place the form alone."""
    return f"{form} page {place[0]} of {place[1]}" if place else form


def show_json(value: object) -> None:
    """Print a result on stdout as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show_long_json(name: str, items: Iterable[object], rest: Mapping[str, object]) -> None:
    """Print on stdout what :func:`show_json` would of an object that begins with a long list, item by item."""
    between = "\n"
    click.echo(f"{{\n  {json.dumps(name)}: [", nl=False)
    for item in items:
        click.echo(f"{between}    {_indented(item, 4)}", nl=False)
        between = ",\n"
    click.echo("]" if between == "\n" else "\n  ]", nl=False)
    for key, value in rest.items():
        click.echo(f",\n  {json.dumps(key)}: {_indented(value, 2)}", nl=False)
    click.echo("\n}")


def _indented(value: object, depth: int) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + " " * depth)


def say(text: str) -> None:
    """Tell the person something on stderr."""
    click.echo(text, err=True)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[str], None]]:
    """Show a bar on a terminal, plain lines elsewhere; the block gets a function to be called after each step."""
    if not sys.stderr.isatty():
        yield lambda step: say(f"{title}: {step}")
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda step: bar.update(task, advance=1, description=f"{title}: {step}")
