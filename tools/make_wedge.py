"""Write ``papermode/trust/wedge.json``: what keyboard layouts make of a scanner that types as a US keyboard.

Needs Debian's libxkbcommon0 and xkb-data. For each of the characters of a page code its key and shift on a US
keyboard are looked up, and what each layout gives for that key: plainly, with Caps Lock as X11 has it, and with the
shift lock of Windows, which turns round the shift of every key (AZERTY: also of the digits).
"""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).parents[1] / "papermode" / "trust" / "wedge.json"
LAYOUTS: Final = """
us us(intl) us(altgr-intl) us(dvorak) us(colemak) us(mac) gb gb(intl) ie ca ca(fr-legacy) ca(multi) ca(eng) fr
fr(azerty) fr(latin9) fr(oss) fr(mac) fr(bepo) fr(afnor) be be(iso-alternate) be(nodeadkeys) ch ch(fr)
ch(legacy) ch(de_mac) ch(fr_mac) de de(nodeadkeys) de(mac) de(T3) de(neo) at at(mac) es es(nodeadkeys) es(cat)
es(dvorak) es(ast) latam latam(nodeadkeys) it it(us) it(ibm) it(mac) pt pt(mac) pt(nodeadkeys) br br(nodeadkeys)
br(thinkpad) nl nl(mac) nl(us) dk dk(nodeadkeys) dk(mac) no no(nodeadkeys) no(mac) no(winkeys) se se(nodeadkeys)
se(mac) se(us) fi fi(nodeadkeys) fi(classic) fi(winkeys) fi(mac) is fo ee ee(us) lv lv(apostrophe) lt lt(std)
lt(us) pl pl(qwertz) pl(legacy) cz cz(qwerty) sk sk(qwerty) hu hu(qwerty) ro ro(std) ro(winkeys) si hr rs(latin)
ba al me tr tr(f) tr(intl) az mt mt(us) epo vn ph gh ng za ke tz cm bw ml(us-intl) sn
"""
SHIFTED: Final = "%"
KEYS: Final[dict[str, int]] = (
    {c: 2 + i for i, c in enumerate("1234567890")}
    | {c: 16 + i for i, c in enumerate("QWERTYUIOP")}
    | {c: 30 + i for i, c in enumerate("ASDFGHJKL")}
    | {c: 44 + i for i, c in enumerate("ZXCVBNM")}
    | {"-": 12, ".": 52, " ": 57, "%": 6}
)
"""The characters of a page code -> key (Linux input event codes) on a US keyboard."""


class RuleNames(ctypes.Structure):
    """``struct xkb_rule_names``."""

    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


def library() -> ctypes.CDLL:
    """Return libxkbcommon."""
    lib = ctypes.CDLL("libxkbcommon.so.0")
    for name in ("xkb_context_new", "xkb_keymap_new_from_names", "xkb_state_new"):
        getattr(lib, name).restype = ctypes.c_void_p
    return lib


class Layout:
    """One layout, compiled."""

    def __init__(self, lib: ctypes.CDLL, context: int, name: str) -> None:
        layout, _, variant = name.rstrip(")").partition("(")
        rules = RuleNames(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
        keymap = lib.xkb_keymap_new_from_names(ctypes.c_void_p(context), ctypes.byref(rules), 0)
        if not keymap:
            raise ValueError(name)
        self._lib = lib
        self._state = ctypes.c_void_p(lib.xkb_state_new(ctypes.c_void_p(keymap)))
        index = lib.xkb_keymap_mod_get_index
        self._shift = 1 << index(ctypes.c_void_p(keymap), b"Shift")
        self._lock = 1 << index(ctypes.c_void_p(keymap), b"Lock")

    def types(self, key: int, *, shift: bool, lock: bool) -> str:
        """Return what a key gives; '' for a dead key or nothing."""
        down, locked = self._shift if shift else 0, self._lock if lock else 0
        self._lib.xkb_state_update_mask(self._state, down, 0, locked, 0, 0, 0)
        buffer = ctypes.create_string_buffer(32)
        self._lib.xkb_state_key_get_utf8(self._state, key + 8, buffer, 32)
        return buffer.value.decode()


def tables_of(layout: Layout, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (name, typed character -> what was meant) for each state of the layout's locks."""
    for suffix, lock, turned in (("", False, False), ("+caps lock", True, False), ("+shift lock", False, True)):
        table: dict[str, str] = {}
        double: set[str] = set()
        for meant, key in KEYS.items():
            shift = (meant.isalpha() or meant in SHIFTED) != turned
            typed = layout.types(key, shift=shift, lock=lock)
            if len(typed) == 1:
                double |= {typed} if typed in table else set()
                table[typed] = meant
        yield name + suffix, {t: m for t, m in table.items() if t not in double}


def main() -> None:
    """Write the file."""
    lib = library()
    context = lib.xkb_context_new(0)
    merged: dict[tuple[str, str], list[str]] = {}
    for name in LAYOUTS.split():
        try:
            layout = Layout(lib, context, name)
        except ValueError:
            print(f"no such layout here: {name}")
            continue
        for full, table in tables_of(layout, name):
            typed = "".join(sorted(table))
            meant = "".join(table[c] for c in typed)
            merged.setdefault((typed, meant), []).append(full)
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "xkb-data"], capture_output=True, text=True, check=True
    )
    tables = [{"names": names, "typed": typed, "meant": meant} for (typed, meant), names in merged.items()]
    source = f"Debian xkb-data {re.split('[-+]', version.stdout)[0]}, by tools/make_wedge.py"
    TARGET.write_text(json.dumps({"source": source, "tables": tables}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{len(tables)} tables of {len(LAYOUTS.split())} layouts: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
