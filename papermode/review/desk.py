"""What the review page asks of the rest of the program, and the values that go to and fro.

The page keeps nothing by itself. What a person decides is an :class:`Event`, which the desk appends to the journal;
where a sheet stands follows from its events alone (:mod:`papermode.review.events`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from papermode.geometry import Rect
from papermode.model.answers import ReviewedPage
from papermode.model.packet import Subject
from papermode.model.reading import AnswerState, PageStatus

Key = tuple[str, int | None, int | None]
"""(link_id, row, column) of a field."""
Value = str | tuple[str, ...] | None
Place = tuple[str, int]
"""(packet, serial of the page in it)."""

SheetState = Literal["open", "duplicate", "confirmed", "sending", "filed", "aside"]
Aside = Literal["duplicate", "replaced", "not-ours", "blank", "rescan"]
Match = Literal["same", "different", "label", "absent", "none"]
"""Whether page and snapshot mean the same person. ``label``: something is stuck or written where a patient's page must
be empty, so that it may be somebody else's page by now; ``absent``: the snapshot does not have that number; ``none``:
there is nothing to compare."""


class DeskError(Exception):
    """What was asked cannot be done; ``text`` says why, in English, for :mod:`papermode.review.words`."""

    def __init__(self, text: str, **names: str) -> None:
        super().__init__(text)
        self.text = text
        self.names = names


class MovedError(DeskError):
    """Somebody else has changed the sheet since it was shown."""


class TakenError(DeskError):
    """The sheet is with another person."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient, with what the EHR calls patient and stay ('' where it is not known)."""

    subject: Subject
    ward: str = ""
    reference: str = ""
    encounter: str = ""
    encounter_reference: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """What is known of a printed page."""

    packet: str
    page: int
    form: str
    version: int
    title: str
    ward: str
    site: str
    printed_at: datetime
    subject: Subject | None = None
    encounter: str = ""
    set_x: int = 1
    set_y: int = 1
    back: bool = False
    """An image of it has come back."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.packet, self.page


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a question with marks."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class TimeDoubt:
    """Why a written time is no known instant; ``text`` says it in English, for :mod:`papermode.review.words`."""

    text: str
    ask: bool
    """A digit is likely to be wrong: the person is asked to look again."""


class CareClock(Protocol):
    """The boxes of a page that say together when something was done."""

    def doubt(self, values: Mapping[Key, Value], printed_at: datetime, received: datetime) -> TimeDoubt | None:
        """Return why they say no instant; ``None`` if they do, or are not filled in.

        Args:
            values: What stands in the fields of the page.
            printed_at: When the page was printed.
            received: When it was scanned; it was written on in between.
        """
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a page, with what was read."""

    link_id: str
    kind: Literal["mark", "comb", "crop"]
    label: str
    rect: Rect
    """The box or boxes on the page, 0.01 mm."""
    row: int | None = None
    column: int | None = None
    choices: tuple[Choice, ...] = ()
    multiple: bool = False
    format: str = ""
    """Of a comb: as :class:`papermode.model.layout.Box` has it."""
    cells: int = 0
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    read: Value = None
    state: AnswerState = "empty"
    confidence: float = 0.0
    enter: bool = True
    """The site's policy makes it data; otherwise its picture is filed and nobody needs to look at it."""
    second: bool = False
    """The site's policy asks for a second person."""
    code: str = ""
    ref: str = ""
    row_text: str = ""
    column_text: str = ""
    """What the column means in words, e.g. ``Mon 08:00``."""
    clock: CareClock | None = None
    """The time that begins in this field."""

    @property
    def key(self) -> Key:
        """Where it stands on the page."""
        return self.link_id, self.row, self.column


@dataclass(frozen=True, slots=True)
class Head:
    """One sheet as the queue shows it."""

    id: str
    status: PageStatus
    state: SheetState
    file: str
    index: int
    received: datetime
    why: tuple[str, ...] = ()
    """Why the reader sent it here, in English."""
    printed: Printed | None = None
    reserved: str = ""
    """The reserved number that stands for a patient who is not known yet."""
    unbound: bool = False
    """Nobody can say from the sheet alone whose it is: a person has to."""
    alarm: bool = False
    """A page of its reserved number came back on two sheets: two people may have the number."""
    rival: str = ""
    """The image of the same printed page that is finished already."""
    later: bool = False
    """Another image of the same printed page, which is not set aside, was scanned before it."""
    differs: bool = False
    """Another image of the same printed page has other writing."""
    again: bool = False
    """Another copy of the same master has the same writing: it may be this sheet."""
    filed_for: str = ""
    """The MRN that it was confirmed for."""
    match: Match = "none"
    doubts: int = 0
    """Fields that a person has to settle."""
    risk: int = 9
    """How much hangs on it: 0 medicines, 1 admission, 2 vital signs, 9 the rest."""
    written: bool = False
    aside: str = ""
    to_rescan: bool = False
    """It is set aside to be scanned again, and no image that can be it has come since."""
    locked_by: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet with all that is shown of it."""

    head: Head
    size: tuple[int, int]
    """Width and height of the picture in 0.01 mm, or in pixels where it is not ``flat``."""
    flat: bool
    """The picture is the page itself, upright: places in it are places on the page."""
    picture: str
    """SHA-256 of the picture."""
    fields: tuple[Field, ...] = ()
    name: Rect | None = None
    """Where the name is printed."""
    person: Person | None = None
    """Whom the snapshot has under the page's MRN."""
    as_of: datetime | None = None
    """The data time of the snapshot."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person did with a sheet. ``before`` and ``after`` are JSON."""

    sheet: str
    kind: str
    user: str
    time: datetime
    before: Any = None
    after: Any = None
    number: int = -1
    """Its place among the sheet's events, given by the desk."""


class Desk(Protocol):
    """The rest of the program. Every method may be called from several threads at once."""

    @property
    def language(self) -> str:
        """The site's language."""
        ...

    @property
    def zone(self) -> str:
        """The site's time zone (IANA)."""
        ...

    def now(self) -> datetime:
        """Return the time, with its offset."""
        ...

    def heads(self) -> Sequence[Head]:
        """Return every sheet."""
        ...

    def head(self, sheet: str) -> Head:
        """Return one sheet as the queue shows it; :class:`KeyError` if there is none."""
        ...

    def sheet(self, sheet: str, language: str, place: Place | None = None) -> Sheet:
        """Return a sheet with its fields; ``place``: the printed page that a person said it is.

        Raises:
            KeyError: There is no such sheet.
        """
        ...

    def picture(self, sha256: str) -> bytes:
        """Return a page's picture (JPEG); :class:`KeyError` if it is none of a sheet."""
        ...

    def events(self, sheet: str | None = None) -> Sequence[Event]:
        """Return the events of one sheet or of all, oldest first."""
        ...

    def record(self, event: Event, seen: int) -> Event:
        """Append an event; when this returns it is durable.

        Args:
            event: What happened.
            seen: How many events of the sheet the person knew of.

        Raises:
            MovedError: There are more events by now.
            TakenError: Another person has the sheet.
        """
        ...

    def finish(self, sheet: str, user: str, page: ReviewedPage, replaces: str = "") -> None:
        """Hand over a finished page on behalf of who finished it; to do it again corrects it.

        Args:
            sheet: The sheet.
            user: Who finished it.
            page: What stands on it.
            replaces: The finished image of the same printed page whose place it takes.

        Raises:
            DeskError: It cannot be taken.
        """
        ...

    def identify(self, sheet: str, user: str, place: Place) -> None:
        """Take note which printed page a sheet is, after a second person has confirmed it."""
        ...

    def set_aside(self, sheet: str, user: str, outcome: Aside) -> None:
        """Take a sheet out of the queue; it stays in the store.

        Raises:
            DeskError: It is filed.
        """
        ...

    def reopen(self, sheet: str, user: str) -> None:
        """Take back :meth:`finish` or :meth:`set_aside`.

        Raises:
            DeskError: The page is filed or being filed.
        """
        ...

    def lock(self, sheet: str, user: str) -> str:
        """Give a sheet to a person, or prolong that; return '' or the name of who has it."""
        ...

    def unlock(self, sheet: str, user: str) -> None:
        """Give a sheet back."""
        ...

    def people(self, text: str) -> Sequence[Person]:
        """Return the patients whose number or name has all the words of ``text``, at most 20."""
        ...

    def person(self, mrn: str) -> Person | None:
        """Return the patient with a number, or ``None``."""
        ...

    def printed_of(self, mrn: str) -> Sequence[Printed]:
        """Return the pages printed for a patient."""
        ...

    def recognise(self, typed: Sequence[str], language: str) -> Printed | None:
        """Return the printed page whose code was scanned into a field, typed through any keyboard; else ``None``."""
        ...
