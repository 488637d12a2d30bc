"""The print path against reportlab platypus, typst and WeasyPrint (``python -m benchmarks print_page``).

The same pages for all (:mod:`benchmarks.content`): two sheets of scheduled drugs for each of many patients, with
claim and locator. papermode starts from patient records (it fills, lays out, numbers, signs, makes the codes and
writes the PDF); the others start from the finished words with their places. What a program does once before its
first page (imports, fonts, form library, template objects) is measured apart. Every output is checked: all words
can be taken out of the PDF, both codes of the page are read from its picture and say what they should.

Bars, in user CPU: 3 times typst, 20 times platypus, 300 times WeasyPrint.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.content import Content, content_of, make_job, make_site
from benchmarks.measure import ROOT, Spread, child, ratios, user_seconds

ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to make the pages; ``bar``: how many times the CPU of papermode it must take at least."""

    name: str
    label: str
    pages: int
    bar: float = 0


OURS: Final = Contender("papermode", "papermode", 400)
CONTENDERS: Final = (
    OURS,
    Contender("typst-zxing", "typst, codes by zxing-cpp", 400, 3),
    Contender("typst-qrcode", "typst, codes by qrcode", 400, 3),
    Contender("platypus", "reportlab platypus + qrcode", 60, 20),
    Contender("weasyprint", "WeasyPrint + qrcode", 12, 300),
)


def main() -> None:
    """Measure both pages and print Markdown tables."""
    print("## One page, with code making\n")
    with tempfile.TemporaryDirectory(prefix="papermode-bench-") as name:
        folder = Path(name)
        make_site(folder / "site", ROOT / "examples")
        for label, shaped in (("ASCII page", False), ("Shaped-text page: names in Arabic, Devanagari, Thai", True)):
            _table(folder, label, shaped=shaped)


def _table(folder: Path, label: str, *, shaped: bool) -> None:
    content = content_of(make_job(folder / "site", max(c.pages for c in CONTENDERS), shaped=shaped))
    content.save(folder / "content.json")
    words = len(content.static.words) + len(content.pages[0].words)
    print(f"### {label}\n")
    print(
        f"{words} texts ({len(content.pages[0].words)} of them the patient's), {len(content.static.lines)} lines, "
        f"{len(content.static.boxes)} boxes, 2 codes a page; {ROUNDS} rounds.\n"
    )
    rounds, starts = [], []
    sizes: dict[str, float] = {}
    for _ in range(ROUNDS):
        spent, start = {}, {}
        for contender in CONTENDERS:
            found = _run(folder, contender, shaped=shaped)
            spent[contender.name] = 1000 * found["user"] / contender.pages
            start[contender.name] = 1000 * found["start"]
            sizes[contender.name] = found["bytes"] / contender.pages
        rounds.append(spent)
        starts.append(start)
    print("| | pages | user ms a page | times papermode | bar | once at the start, ms | bytes a page | checked |")
    print("|---|---|---|---|---|---|---|---|")
    for contender in CONTENDERS:
        name = contender.name
        ratio = "1" if contender is OURS else ratios(rounds, name, OURS.name).text(1)
        print(
            f"| {contender.label} | {contender.pages} | {Spread(tuple(r[name] for r in rounds)).text()} | {ratio} | "
            f"{f'≥ {contender.bar:.0f}' if contender.bar else ''} | {Spread(tuple(s[name] for s in starts)).text(0)} | "
            f"{sizes[name]:,.0f} | {_check(folder / f'{name}.pdf', content, contender.pages)} |"
        )
    print()


def _run(folder: Path, contender: Contender, *, shaped: bool) -> dict[str, float]:
    arguments = ["--contender", contender.name, "--pages", str(contender.pages), "--folder", str(folder)]
    found: dict[str, float] = child("benchmarks.print_page", [*arguments, *(["--shaped"] if shaped else [])])
    return found


# -- in the contender's process ---------------------------------------------------------------------


def contend(name: str, folder: Path, pages: int, *, shaped: bool) -> dict[str, float]:
    """Print the pages as one contender; return user CPU seconds before the first page and for the pages."""
    out = folder / f"{name}.pdf"
    render = _papermode(folder, pages, shaped=shaped) if name == OURS.name else _peer(name, folder, pages)
    start = user_seconds()
    render(out)
    return {"start": start, "user": user_seconds() - start, "bytes": out.stat().st_size}


def _papermode(folder: Path, pages: int, *, shaped: bool) -> Callable[[Path], object]:
    from papermode.plan.packets import plan_packet
    from papermode.printing.pdf import save_packet

    job = make_job(folder / "site", pages, shaped=shaped)
    return lambda out: save_packet(plan_packet(job), out)


def _peer(name: str, folder: Path, pages: int) -> Callable[[Path], object]:
    content = Content.read(folder / "content.json", pages)
    if name == "platypus":
        from benchmarks import peer_platypus

        peer_platypus.prepare()
        return lambda out: peer_platypus.render(content, out)
    if name == "weasyprint":
        from benchmarks import peer_weasyprint

        configuration = peer_weasyprint.prepare()
        return lambda out: peer_weasyprint.render(content, out, configuration)
    from benchmarks import peer_typst

    fonts = peer_typst.prepare()
    encode = peer_typst.by_zxing if name == "typst-zxing" else peer_typst.by_qrcode
    return lambda out: peer_typst.render(content, out, fonts, encode)


# -- checks -------------------------------------------------------------------------------------------


def _check(pdf: Path, content: Content, pages: int) -> str:
    """Return what of the first, middle and last page was found: words that can be taken out, codes that are read."""
    import pypdfium2
    import zxingcpp

    document = pypdfium2.PdfDocument(pdf)
    if len(document) < pages:
        return f"only {len(document)} pages"
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    words = found = codes = read = 0
    for number in (0, pages // 2, pages - 1):
        page = document[number]
        text = _plain(page.get_textpage().get_text_range())
        wanted = [_plain(w.text) for w in (*content.static.words, *content.pages[number].words)]
        words += len(wanted)
        found += sum(w in text for w in wanted)
        picture = page.render(scale=200 / 72, grayscale=True).to_numpy()
        seen = {b.text for b in zxingcpp.read_barcodes(picture, formats=formats)}
        codes += len(content.pages[number].codes)
        read += sum(text in seen for text in content.pages[number].codes)
    return f"{found}/{words} texts, {read}/{codes} codes"


def _plain(text: str) -> str:
    """Return a text without spaces, so that the breaks that a PDF's text is taken out with do not count."""
    return "".join(
        c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and unicodedata.category(c) != "Cf"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--contender")
    parser.add_argument("--pages", type=int)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--shaped", action="store_true")
    given = parser.parse_args()
    if given.contender:
        print(json.dumps(contend(given.contender, given.folder, given.pages, shaped=given.shaped)))
    else:
        main()
