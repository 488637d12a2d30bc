"""The affine symbols are the symbols that the ``qrcode`` package draws, and readers read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode import util

from papermode.symbols import affine, cache, qr

Image = npt.NDArray[np.uint8]
SYMBOLS: dict[qr.Kind, tuple[Callable[[str], qr.Symbol], affine.Spec]] = {
    "claim": (qr.claim_symbol, affine.CLAIM),
    "locator": (qr.locator_symbol, affine.LOCATOR),
}
KINDS: list[qr.Kind] = ["claim", "locator"]
# qrcode 8 stops with "glog(0)" when all data codewords of a block are zero, as they are in a long row of "0".
CHARACTERS = qr.ALPHANUMERIC[1:]


def reference(spec: affine.Spec, text: str) -> list[list[bool]]:
    """Draw the text with the ``qrcode`` package's own encoder."""
    code = qrcode.QRCode(version=spec.version, error_correction=qrcode.ERROR_CORRECT_Q, border=0, mask_pattern=2)
    code.add_data(util.QRData(text.encode(), mode=util.MODE_ALPHA_NUM))
    code.make(fit=False)
    return [[bool(module) for module in row] for row in code.modules]


def picture(symbol: qr.Symbol, scale: int = 4) -> Image:
    """Return the symbol as a gray image with its quiet zone."""
    light = np.array([[not dark for dark in row] for row in qr.matrix(symbol)], dtype=np.uint8) * 255
    return np.pad(np.kron(light, np.ones((scale, scale), dtype=np.uint8)), 4 * scale, constant_values=255)


def decoded(image: Image) -> list[str]:
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [found.text for found in zxingcpp.read_barcodes(image, formats=formats)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_length_equals_qrcode(kind: qr.Kind) -> None:
    make, spec = SYMBOLS[kind]
    alphabet = CHARACTERS * 7
    for length in range(1, spec.capacity + 1):
        text = alphabet[length % 41 :][:length]
        assert [list(row) for row in qr.matrix(make(text))] == reference(spec, text), length


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_text_equals_qrcode_and_is_read(kind: qr.Kind, data: st.DataObject) -> None:
    make, spec = SYMBOLS[kind]
    text = data.draw(st.text(CHARACTERS, min_size=1, max_size=spec.capacity))
    symbol = make(text)
    assert [list(row) for row in qr.matrix(symbol)] == reference(spec, text)
    assert decoded(picture(symbol)) == [text]


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_are_read(kind: qr.Kind) -> None:
    make, spec = SYMBOLS[kind]
    for length in (1, 2, 3, spec.capacity - 1, spec.capacity):
        assert decoded(picture(make("0" * length))) == ["0" * length]


@pytest.mark.parametrize("kind", KINDS)
def test_capacity_is_that_of_the_standard(kind: qr.Kind) -> None:
    make, spec = SYMBOLS[kind]
    assert spec.capacity == {"claim": 259, "locator": 47}[kind]  # ISO/IEC 18004, table 7
    for text in ("", "A" * (spec.capacity + 1)):
        with pytest.raises(ValueError, match="characters"):
            make(text)


@pytest.mark.parametrize("text", ["a", "PM1 ä", "A_", "A\n", "#A", "AA=", "٣"])
def test_other_characters_are_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a claim code holds only characters of QR alphanumeric mode$"):
        qr.claim_symbol(text)


@pytest.mark.parametrize("kind", KINDS)
def test_mask_hex_paints_the_dark_modules(kind: qr.Kind) -> None:
    make, spec = SYMBOLS[kind]
    symbol = make("PM1 TEST")
    data = bytes.fromhex(qr.mask_hex(symbol))
    assert len(data) == len(symbol.rows) == spec.size
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8)).reshape(spec.modules, -1)
    assert (bits[:, spec.modules :] == 1).all(), "padding must not paint"
    assert [[bit == 0 for bit in row[: spec.modules]] for row in bits] == [list(row) for row in qr.matrix(symbol)]


@pytest.mark.parametrize("prefix", ["", "PM1 ", "PM1 K"])
@pytest.mark.parametrize("kind", KINDS)
def test_known_modules_never_change(kind: qr.Kind, prefix: str) -> None:
    make, spec = SYMBOLS[kind]
    rng = np.random.default_rng(11)
    known = qr.known_modules(kind, prefix)
    for length in [*rng.integers(len(prefix) + 1, spec.capacity, size=80), spec.capacity]:
        drawn = qr.matrix(make(prefix + "".join(rng.choice(list(CHARACTERS), length - len(prefix)))))
        for known_row, row in zip(known, drawn, strict=True):
            assert all(known is None or known == dark for known, dark in zip(known_row, row, strict=True))


@pytest.mark.parametrize(("kind", "codewords"), [("claim", 404), ("locator", 70)])
def test_known_modules_are_all_but_the_free_data_bits(kind: qr.Kind, codewords: int) -> None:
    side = SYMBOLS[kind][1].modules
    known = qr.known_modules(kind)
    # ISO/IEC 18004, table 1: what is left are patterns and remainder bits; the 4 bits of the mode come on top.
    assert sum(module is not None for row in known for module in row) == side * side - 8 * codewords + 4
    longer = qr.known_modules(kind, "PM1 K")
    assert sum(module is not None for row in longer for module in row) == side * side - 8 * codewords + 4 + 22
    assert all(known[0][x] is True for x in range(7))
    assert all(known[7][x] is False for x in range(8))
    assert [known[6][x] for x in range(8, side - 8)] == [x % 2 == 0 for x in range(8, side - 8)]


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point the cache at an empty folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_cache_is_written_and_used(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = cache.basis(affine.LOCATOR)
    monkeypatch.setattr(cache, "build", lambda spec: pytest.fail("built again"))
    assert cache.basis(affine.LOCATOR) == made
    assert [path.name for path in (cold / "papermode").iterdir()] == ["qr-3-1.bin"]


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_broken_cache_is_rebuilt(cold: Path, damage: bytes | None) -> None:
    made = cache.basis(affine.LOCATOR)
    path = cache.cache_path(affine.LOCATOR)
    assert path is not None
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    assert cache.basis(affine.LOCATOR) == made
    assert path.read_bytes() == whole


def test_another_symbols_file_is_not_taken(cold: Path) -> None:
    cache.basis(affine.CLAIM)
    claim, locator = cache.cache_path(affine.CLAIM), cache.cache_path(affine.LOCATOR)
    assert claim is not None
    assert locator is not None
    claim.rename(locator)
    assert len(cache.basis(affine.LOCATOR).vectors) == 8 * affine.LOCATOR.codewords


def test_unwritable_cache_is_no_error(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cold / "papermode").write_text("a file where the folder should be")
    assert cache.basis(affine.LOCATOR).base
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(Path, "home", classmethod(_homeless))
    assert cache.cache_path(affine.LOCATOR) is None
    assert cache.basis(affine.LOCATOR).base


def _homeless(cls: type[Path]) -> Path:
    raise RuntimeError("no home")


def test_full_disk_leaves_no_half_file(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert cache.basis(affine.LOCATOR).base
    assert list((cold / "papermode").iterdir()) == []
