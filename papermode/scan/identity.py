"""Decide which printed page a sheet is, from what its codes say.

A page is what its verified claim says and nothing else. The locator is not signed: it finds a page in a
manifest, and a person confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from papermode.errors import TrustError
from papermode.model.claim import Claim, Locator
from papermode.model.layout import layout_tag
from papermode.scan.codes import Codes
from papermode.scan.lookup import Check, ClaimCheck, Lookup, PageInfo
from papermode.trust import claims

OTHER_CODE: Final = "the page's second code belongs to another page"
UNSIGNED_CODE: Final = "a code on the page is not signed by a key known here: have a person compare page and patient"
NEWER_CODE: Final = "a code on the page was printed by a newer papermode than this one"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a sheet says it is, and what is doubtful about that."""

    info: PageInfo | None = None
    """``None``: the sheet must not be read."""
    claim: Claim | None = None
    claim_text: str = ""
    trust: str = ""
    why: tuple[str, ...] = ()
    """Reasons for a person to look at it; empty if there are none."""
    by_locator: bool = False
    """Only the locator was read, and it agrees with the manifest: the claim itself is still to be confirmed."""


def locator_of(text: str) -> Locator | None:
    """Return what a locator says, or ``None`` for a text that is none."""
    try:
        return claims.parse_locator(text)
    except TrustError:
        return None


def is_newer(text: str) -> bool:
    """Tell whether a text is a claim or locator in a format that this version does not know."""
    try:
        claims.parse(text)
    except TrustError as error:
        return error.code == "E613"
    return False


def false_codes(codes: Codes, claim_text: str, check: Check) -> tuple[str, ...]:
    """Return why a person must look at a sheet for codes that look like ours and say nothing that can be believed.

    Of 14,880 damaged codes 2 were decoded wrongly: where it happens, somebody has most likely made the code.

    Args:
        codes: what was found on the sheet.
        claim_text: the claim by which the sheet is known, which is judged for itself.
        check: checks a claim.
    """
    unsigned = any(c.text != claim_text and not check(c.text).trust for c in codes.claims)
    unsigned |= any(locator_of(c.text) is None for c in codes.locators)
    newer = any(is_newer(c.text) for c in codes.others)
    return ((UNSIGNED_CODE,) if unsigned else ()) + ((NEWER_CODE,) if newer else ())


def identify(texts: Sequence[str], locators: Sequence[Locator], lookup: Lookup, check: Check) -> Identity:
    """Identify a sheet.

    Args:
        texts: the verified claims on it; if there are none, the claims that failed.
        locators: its locators.
        lookup: finds what was printed.
        check: checks a claim.
    """
    outcomes = [(text, check(text)) for text in texts]
    verified = [(text, outcome, outcome.claim) for text, outcome in outcomes if outcome.trust and outcome.claim]
    if len(verified) > 1:
        return Identity(why=("the sheet carries the claims of two different pages",))
    if verified:
        return _by_claim(*verified[0], locators, lookup)
    located = _by_locator(locators, lookup, check) if locators else None
    if located is not None and (located.info is not None or not outcomes):
        return located
    text, outcome = outcomes[0]
    return Identity(None, outcome.claim, text, "", (outcome.why or "the claim is not signed by a key known here",))


def _by_claim(text: str, outcome: ClaimCheck, claim: Claim, locators: Sequence[Locator], lookup: Lookup) -> Identity:
    """Resolve a verified claim to what was printed."""
    why = list(outcome.doubts)
    tag = claims.claim_tag(text)
    if any((x.packet, x.page, x.claim_tag) != (claim.packet, claim.page, tag) for x in locators):
        why.append(OTHER_CODE)
    info = lookup.by_packet(claim.packet, claim.page) or lookup.by_claim(claim, text)
    if info is None:
        why.append("its packet folder is not here, and no form of that version gives the layout it was printed with")
    elif info.claim_text != text:
        why.append("the packet's manifest has another claim for this page")
        info = None
    elif layout_tag(info.layout.id) != claim.layout_tag:
        why.append("the stored layout is not the one that the page was printed with")
        info = None
    return Identity(info, claim, text, outcome.trust, tuple(why))


def _by_locator(locators: Sequence[Locator], lookup: Lookup, check: Check) -> Identity:
    """Resolve a sheet whose claim cannot be read; a person has to confirm it."""
    if len(set(locators)) > 1:
        return Identity(why=("the sheet carries the locators of two different pages",))
    locator = locators[0]
    only = "only the page's small code can be read"
    info = lookup.by_packet(locator.packet, locator.page)
    if info is None:
        return Identity(why=(f"{only}, and its packet is not known here",))
    outcome = check(info.claim_text)
    claim = outcome.claim
    same_layout = claim is not None and layout_tag(info.layout.id) == claim.layout_tag
    if not outcome.trust or not same_layout or claims.claim_tag(info.claim_text) != locator.claim_tag:
        return Identity(why=(f"{only}, and it does not match the packet's manifest",))
    return Identity(info, claim, info.claim_text, outcome.trust, outcome.doubts, by_locator=True)
