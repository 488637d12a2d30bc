"""Which line of a TOML file a value stands in.

``tomllib`` gives no positions. This scanner walks a file that ``tomllib`` has already accepted, so it
need not check anything; it only follows headers, keys and brackets. A value is named by its path, as
in ``("page", 0, "section", 2, "item", 0, "label")``.
"""

from __future__ import annotations

import re
from typing import Final

Path = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"""|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<mark>[\[\]{}=,.])|(?P<bare>[A-Za-z0-9_\-+:]+)|(?P<space>.)""",
    re.DOTALL,
)


class _Scanner:
    """One pass over the tokens of a file."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.here: Path = ()
        self.tokens: list[tuple[str, str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or "space"
            if kind not in ("space", "comment"):
                self.tokens.append((kind, match[0], line))
            line += match[0].count("\n")
        self.tokens.append(("newline", "\n", line))
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def skip_newlines(self) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at][0] == "newline":
            self.at += 1

    def scan(self) -> dict[Path, int]:
        while True:
            self.skip_newlines()
            if self.at >= len(self.tokens):
                return self.lines
            if self.peek() == "[":
                self.header()
            else:
                self.pair(self.here)

    def note(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)

    def key(self) -> tuple[list[str], int]:
        """Read a dotted key up to ``=`` or ``]``; a bare number with a dot is two parts."""
        parts: list[str] = []
        line = self.tokens[self.at][2]
        while self.at < len(self.tokens) and self.peek() not in ("=", "]", "\n"):
            kind, word, _ = self.tokens[self.at]
            if kind == "string":
                parts.append(word[1:-1])
            elif kind == "bare":
                parts.append(word)
            self.at += 1
        return parts, line

    def header(self) -> None:
        self.at += 1
        many = self.peek() == "["
        self.at += many
        parts, line = self.key()
        path: Path = ()
        for index, part in enumerate(parts):
            path += (part,)
            if index < len(parts) - 1 or not many:
                if path in self.counts:
                    path += (self.counts[path] - 1,)
            else:
                number = self.counts.get(path, 0)
                self.counts[path] = number + 1
                self.note(path, line)
                path += (number,)
            self.note(path, line)
        self.here = path
        while self.at < len(self.tokens) and self.tokens[self.at][0] != "newline":
            self.at += 1

    def pair(self, base: Path) -> None:
        parts, line = self.key()
        path = base
        for part in parts:
            path += (part,)
            self.note(path, line)
        self.at += 1  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        """Walk over one value, up to the comma, bracket or line end behind it."""
        opening = self.peek()
        if opening not in ("[", "{"):
            while self.at < len(self.tokens) and self.peek() not in (",", "]", "}", "\n"):
                self.at += 1
            return
        self.at += 1
        index = 0
        while True:
            self.skip_newlines()
            if self.at >= len(self.tokens):
                return
            if self.peek() in ("]", "}"):
                self.at += 1
                return
            if self.peek() == ",":
                self.at += 1
                index += 1
            elif opening == "[":
                self.note((*path, index), self.tokens[self.at][2])
                self.value((*path, index))
            else:
                self.pair(path)


def line_of(text: str, path: Path) -> int:
    """Return the line (from 1) of the value at ``path``, or of the nearest part around it; 1 if none is found."""
    return lines_of(text, [path])[0]


def lines_of(text: str, paths: list[Path]) -> list[int]:
    """Return the lines of several values of one file."""
    try:
        lines = _Scanner(text.replace("\r\n", "\n")).scan()
    except RecursionError:
        lines = {}
    out = []
    for path in paths:
        part = path
        while part and part not in lines:
            part = part[:-1]
        out.append(lines.get(part, 1))
    return out
