"""What people do, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from papermode.model.answers import Answer
from papermode.review.desk import Choice, Key, TimeDoubt, Value
from tests.unit.review.conftest import Clerk
from tests.unit.review.fake import ANA, BO, FakeDesk, head, mark_field, number_field, printed, sheet_id

SPO2 = ["spo2", None, 1]


def answers(desk: FakeDesk, sheet: str) -> dict[str, Answer]:
    return {a.link_id: a for a in desk.finished[sheet][-1].answers}


def test_a_page_is_settled_field_by_field_and_confirmed_as_a_whole(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1), mark_field("dose", 2, 1))
    assert ana.step(sheet, "confirm", 0).status_code == 409
    assert ana.step(sheet, "answer", 0, key=SPO2, value="98").json() == {"seen": 1, "times": []}
    assert ana.step(sheet, "confirm", 1).json()["go"] == "/"
    page = desk.finished[sheet][-1]
    assert (page.confirmed_by, page.subject, page.patient_ref, page.encounter_ref) == (
        "Ana",
        ANA.subject,
        "Patient/pat-01",
        "Encounter/e1",
    )
    found = answers(desk, sheet)
    assert (found["spo2"].value, found["spo2"].read, found["spo2"].by, found["spo2"].outcome) == (
        "98",
        "97",
        "Ana",
        "entered",
    )
    assert (found["dose"].value, found["dose"].by, found["dose"].row_text) == (
        "given",
        "Ana",
        "metoprolol 25 mg by mouth",
    )
    event = desk.log[0]
    assert event.before == {"value": "97", "state": "unsure", "confidence": 0.62}
    assert event.after == {"key": SPO2, "value": "98", "outcome": "entered"}


def test_a_page_that_is_all_sure_takes_one_step(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), mark_field("dose", 2, 1))
    assert ana.step(sheet, "confirm", 0).status_code == 200
    assert answers(desk, sheet)["dose"].value == "given"


def test_undo_goes_back_step_by_step_even_over_the_page(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    other = desk.add(head(2), number_field("spo2", 1))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    assert ana.step(sheet, "confirm", 1).json()["go"] == f"/sheet/{other}"
    assert ana.step(other, "undo", 0).json() == {"go": f"/sheet/{sheet}"}
    assert sheet not in desk.finished
    assert ana.step(sheet, "undo", 3).status_code == 200
    assert ana.step(sheet, "undo", 4).status_code == 409
    assert [e.kind for e in desk.log] == ["answer", "confirm", "undo", "undo"]
    assert "1 left" in ana.get(f"/sheet/{sheet}").text


def test_nobody_undoes_what_another_did(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    ana.step(sheet, "go", 1)
    assert ben.step(sheet, "undo", 1).status_code == 409
    assert [e.kind for e in desk.log] == ["answer"]


def test_a_filed_page_is_corrected_not_undone(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    ana.step(sheet, "confirm", 1)
    desk._set(sheet, state="filed")
    assert "filed" in ana.step(sheet, "undo", 2).json()["error"]
    assert ana.step(sheet, "answer", 2, key=SPO2, value="89").status_code == 200
    assert ana.step(sheet, "confirm", 3).status_code == 200
    assert [p.answers[0].value for p in desk.finished[sheet]] == ["98", "89"]


def test_what_is_not_plausible_is_asked_for_twice(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    refused = ana.step(sheet, "answer", 0, key=SPO2, value="980")
    assert refused.status_code == 422
    assert "40 to 100" in refused.json()["ask"]
    assert "ask" in ana.step(sheet, "answer", 0, key=SPO2, value="").json()
    assert desk.log == []
    assert ana.step(sheet, "answer", 0, key=SPO2, value="980", sure=True).status_code == 200


def test_a_sure_reading_that_cannot_be_is_doubtful(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1, read="971", state="sure"))
    assert "1 left" in ana.get(f"/sheet/{sheet}").text
    assert ana.step(sheet, "confirm", 0).status_code == 409


@pytest.mark.parametrize("value", ["abc", "9O", "९७", ["97"], "9" * 3000])
def test_what_is_no_answer_is_refused(ana: Clerk, desk: FakeDesk, value: object) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    assert ana.step(sheet, "answer", 0, key=SPO2, value=value, sure=True).status_code == 422
    assert desk.log == []


def test_a_mark_that_is_not_printed_is_refused(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), mark_field("dose", 1, 1, state="unsure"))
    for value in ("taken", ["given", "not-given"]):
        assert ana.step(sheet, "answer", 0, key=["dose", 1, 1], value=value).status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"key": "spo2"}, {"key": [1, 2]}, {"key": SPO2, "outcome": "void"}, {"key": ["x", None, None]}]
)
def test_a_request_that_makes_no_sense_changes_nothing(ana: Clerk, desk: FakeDesk, body: dict[str, object]) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    assert ana.step(sheet, "answer", 0, **body).status_code in (400, 404, 422)
    assert desk.log == []


def test_a_page_is_with_one_person_at_a_time(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    other = desk.add(head(2), number_field("spo2", 1))
    ana.get(f"/sheet/{sheet}")
    assert "Ana works on this sheet" in ben.get(f"/sheet/{sheet}").text
    refused = ben.step(sheet, "answer", 0, key=SPO2, value="98")
    assert (refused.status_code, desk.log) == (409, [])
    assert ben.get("/next").url.path == f"/sheet/{other}"


def test_a_change_that_one_did_not_see_is_never_overwritten(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    ana.step(sheet, "go", 1)
    late = ben.step(sheet, "answer", 0, key=SPO2, value="89")
    assert late.status_code == 409
    assert late.json()["reload"] is True
    assert [e.after["value"] for e in desk.log] == ["98"]


@pytest.mark.parametrize(("outcome", "lane"), [("needs-nurse", "nurse"), ("pharmacy", "pharmacy")])
def test_a_field_waits_for_somebody_else(ana: Clerk, desk: FakeDesk, outcome: str, lane: str) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    ana.step(sheet, "answer", 0, key=SPO2, outcome=outcome)
    ana.step(sheet, "confirm", 1)
    assert answers(desk, sheet)["spo2"].outcome == outcome
    assert sheet in ana.get(f"/?lane={lane}").text
    assert sheet not in ana.get("/").text
    ana.step(sheet, "answer", 2, key=SPO2, value="95")
    ana.step(sheet, "confirm", 3)
    assert answers(desk, sheet)["spo2"].value == "95"
    assert sheet not in ana.get(f"/?lane={lane}").text


def test_a_whole_page_can_be_kept_as_a_picture(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1), mark_field("dose", 1, 1))
    assert ana.step(sheet, "outcome", 0, outcome="image-only").status_code == 200
    assert {(a.outcome, a.value) for a in desk.finished[sheet][-1].answers} == {("image-only", None)}


def test_a_whole_page_waits_for_a_nurse(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    ana.step(sheet, "outcome", 0, outcome="needs-nurse")
    assert sheet not in desk.finished
    assert sheet not in ana.get("/").text
    assert ben.get("/next?lane=nurse").url.path == f"/sheet/{sheet}"
    ben.step(sheet, "answer", 1, key=SPO2, value="95")
    ben.step(sheet, "confirm", 2)
    assert answers(desk, sheet)["spo2"].by == "Ben"
    assert sheet not in ben.get("/?lane=nurse").text


@pytest.mark.parametrize("outcome", ["rescan", "duplicate", "blank", "not-ours"])
def test_a_sheet_is_set_aside_and_taken_back(ana: Clerk, desk: FakeDesk, outcome: str) -> None:
    sheet = desk.add(head(1, written=False), number_field("spo2", 1))
    assert ana.step(sheet, "aside", 0, outcome=outcome).status_code == 200
    assert desk.sheets[sheet].head.aside == outcome
    assert ana.post("/undo").json() == {"go": f"/sheet/{sheet}"}
    assert desk.sheets[sheet].head.state == "open"


@pytest.mark.parametrize("outcome", ["duplicate", "blank", "not-ours"])
def test_writing_is_not_set_aside_by_one_key(ana: Clerk, desk: FakeDesk, outcome: str) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1))
    asked = ana.step(sheet, "aside", 0, outcome=outcome)
    assert asked.status_code == 422
    assert "There is writing on this page" in asked.json()["ask"]
    assert desk.log == []
    assert ana.step(sheet, "aside", 0, outcome=outcome, sure=True).status_code == 200


def test_the_second_image_of_a_page_is_set_aside_by_one_key(ana: Clerk, desk: FakeDesk) -> None:
    desk.add(head(1), number_field("spo2", 1))
    twin = desk.add(head(2, printed=printed(1)), number_field("spo2", 1))
    assert ana.step(twin, "aside", 0, outcome="blank").status_code == 422
    assert ana.step(twin, "aside", 0, outcome="duplicate").status_code == 200


@dataclass(frozen=True, slots=True)
class Clock:
    """Says that there is no hour above 23, and that eight o'clock is of an unknown day."""

    def doubt(self, values: Mapping[Key, Value], printed_at: datetime, received: datetime) -> TimeDoubt | None:
        assert printed_at < received
        hour = values["hour", None, 1]
        if hour == "08":
            return TimeDoubt(
                "More than one day fits this time. Without a day on paper it is filed as text, not as a time of care.",
                ask=False,
            )
        wrong = isinstance(hour, str) and values["minute", None, 1] is not None and int(hour) > 23
        return TimeDoubt("This is no time of day or no date. Enter once more keeps it.", ask=True) if wrong else None


def clock_page(desk: FakeDesk, hour: str) -> str:
    more: dict[str, Any] = {"minimum": "", "maximum": ""}
    hours = number_field("hour", 1, read=hour, clock=Clock(), **more)
    return desk.add(head(1), hours, number_field("minute", 1, read="05", **more))


def test_a_time_of_an_unknown_day_is_said_beside_its_field(ana: Clerk, desk: FakeDesk) -> None:
    sheet = clock_page(desk, "08")
    assert "More than one day fits this time." in ana.get(f"/sheet/{sheet}").text
    ana.get("/language/fr")
    assert "Plusieurs jours sont possibles." in ana.get(f"/sheet/{sheet}").text
    told = ana.step(sheet, "answer", 0, key=["hour", None, 1], value="09").json()["times"]
    assert told == []
    ((where, text),) = ana.step(sheet, "answer", 1, key=["hour", None, 1], value="08").json()["times"]
    assert where == ["hour", None, 1]
    assert text.startswith("Plusieurs jours")


def test_a_time_that_cannot_be_is_asked_about_once_all_of_it_is_there(ana: Clerk, desk: FakeDesk) -> None:
    sheet = clock_page(desk, "25")
    assert ana.step(sheet, "answer", 0, key=["hour", None, 1], value="25").status_code == 200
    asked = ana.step(sheet, "answer", 1, key=["minute", None, 1], value="05")
    assert asked.status_code == 422
    assert asked.json()["ask"].startswith("This is no time of day")
    assert ana.step(sheet, "answer", 1, key=["minute", None, 1], value="05", sure=True).status_code == 200


def test_a_mismatch_stops_the_work(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1, match="different"), number_field("spo2", 1), person=BO)
    text = ana.get(f"/sheet/{sheet}").text
    assert "Is it the same person?" in text
    assert "Lund, Bo" in text
    assert 'id="fields"' not in text
    assert ana.step(sheet, "answer", 0, key=SPO2, value="98").status_code == 409
    assert ana.step(sheet, "confirm", 0).status_code == 409
    ana.step(sheet, "same", 0, same=True)
    assert 'id="fields"' in ana.get(f"/sheet/{sheet}").text
    ana.step(sheet, "answer", 1, key=SPO2, value="98")
    ana.step(sheet, "confirm", 2)
    assert desk.finished[sheet][-1].patient_ref == "", "the reference is that of the person in the data"


def test_not_the_same_person_waits_for_medical_records(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1, match="different"), number_field("spo2", 1), person=BO)
    ana.step(sheet, "same", 0, same=False)
    assert sheet not in ana.get("/").text
    assert sheet in ana.get("/?lane=records").text
    assert ana.step(sheet, "confirm", 1).status_code == 409


def test_an_unknown_page_is_bound_by_two_people(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1, printed=None, unbound=True, match="none", status="unreadable"), person=None, flat=False)
    desk.pages = (printed(5, BO),)
    assert ana.step(sheet, "bind", 0, mrn="nobody").status_code == 409
    assert ana.step(sheet, "bind", 0, mrn=ANA.subject.mrn, place=list(printed(5).place)).status_code == 409
    assert ana.step(sheet, "bind", 0, mrn=BO.subject.mrn, place=list(printed(5).place)).status_code == 200
    assert "another person than you" in ana.get(f"/sheet/{sheet}").text
    ana.step(sheet, "go", 1)
    assert ana.step(sheet, "witness", 1, yes=True).status_code == 409
    ana.step(sheet, "go", 1)
    assert ben.step(sheet, "witness", 1, yes=True).status_code == 200
    assert desk.identified[sheet] == printed(5).place
    ben.step(sheet, "confirm", 2)
    page = desk.finished[sheet][-1]
    assert (page.subject, page.page, page.patient_ref, page.copy) == (BO.subject, 5, "Patient/pat-02", "")


def test_a_second_person_can_refuse(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1, printed=None, unbound=True, match="none"), person=None)
    ana.step(sheet, "bind", 0, mrn=BO.subject.mrn)
    ben.step(sheet, "witness", 1, yes=False)
    assert "Whose page is this?" in ben.get(f"/sheet/{sheet}").text


def test_the_second_person_is_not_the_first_in_other_letters(
    ana: Clerk, sign_in: Callable[[str], Clerk], desk: FakeDesk
) -> None:
    sheet = desk.add(head(1, printed=None, unbound=True, match="none"), person=None)
    ana.step(sheet, "bind", 0, mrn=BO.subject.mrn)
    assert sign_in("ANA").step(sheet, "witness", 1, yes=True).status_code == 409


def test_copies_of_a_master_do_not_clash(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    master = printed(9, None)
    sheets = [desk.add(head(n, printed=master, unbound=True, match="none"), person=None) for n in (1, 2)]
    for sheet in sheets:
        ana.step(sheet, "bind", 0, mrn=BO.subject.mrn)
        ben.step(sheet, "witness", 1, yes=True)
        ben.step(sheet, "confirm", 2)
    assert len({desk.finished[s][-1].copy for s in sheets}) == 2


def test_a_reserved_number_is_linked_once_for_all_its_pages(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    number = "N261124-4W-01-C"
    sheets = [
        desk.add(
            head(n, printed=printed(n, None, encounter=number), reserved=number, match="none"),
            number_field("spo2", 1),
            person=None,
        )
        for n in (1, 2, 3)
    ]
    assert f"Who is reserved number {number}?" in ana.get(f"/sheet/{sheets[0]}").text
    ana.step(sheets[0], "link", 0, mrn=BO.subject.mrn)
    assert ana.step(sheets[1], "witness", 0, yes=True).status_code == 409
    ana.step(sheets[1], "go", 0)
    assert ben.step(sheets[1], "witness", 0, yes=True).status_code == 200
    for sheet, seen in zip(sheets, (1, 1, 0), strict=True):
        ben.step(sheet, "answer", seen, key=SPO2, value="98")
        ben.step(sheet, "confirm", seen + 1)
        assert desk.finished[sheet][-1].subject == BO.subject


def test_a_number_on_two_sheets_is_not_linked_as_a_whole(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(
        head(1, printed=printed(1, None), reserved="N261124-4W-01-C", alarm=True, match="none"), person=None
    )
    assert "Whose page is this?" in ana.get(f"/sheet/{sheet}").text
    assert ana.step(sheet, "link", 0, mrn=BO.subject.mrn).status_code == 409


def test_a_second_person_checks_what_the_policy_names(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1, second=True), mark_field("dose", 1, 1))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    ana.step(sheet, "confirm", 1)
    assert sheet not in desk.finished
    assert ana.step(sheet, "second", 2, yes=True).status_code == 409
    ana.step(sheet, "go", 2)
    assert ben.get("/next").url.path == f"/sheet/{sheet}"
    assert ben.step(sheet, "second", 2, yes=True).status_code == 200
    found = answers(desk, sheet)
    assert (found["spo2"].by, found["spo2"].second, found["dose"].second) == ("Ana", "Ben", "")
    assert desk.finished[sheet][-1].confirmed_by == "Ana"


def test_the_second_person_sends_it_back(ana: Clerk, ben: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1, second=True))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    ana.step(sheet, "confirm", 1)
    assert ben.step(sheet, "second", 2, yes=False).status_code == 422
    assert ben.step(sheet, "second", 2, yes=False, note="it says 89").status_code == 200
    assert "it says 89" in ana.get(f"/sheet/{sheet}").text
    assert sheet not in desk.finished


def test_a_correction_of_a_finished_page_is_checked_by_a_second_person_too(
    ana: Clerk, ben: Clerk, desk: FakeDesk
) -> None:
    sheet = desk.add(head(1), number_field("spo2", 1, second=True))
    ana.step(sheet, "answer", 0, key=SPO2, value="98")
    ana.step(sheet, "confirm", 1)
    ben.step(sheet, "second", 2, yes=True)
    ana.step(sheet, "answer", 3, key=SPO2, value="89")
    ana.step(sheet, "confirm", 4)
    assert [a.value for a in desk.finished[sheet][-1].answers] == ["98"]
    ana.step(sheet, "go", 5)
    assert ben.get("/next").url.path == f"/sheet/{sheet}"
    assert ben.step(sheet, "second", 5, yes=True).status_code == 200
    assert [(a.value, a.second) for a in desk.finished[sheet][-1].answers] == [("89", "Ben")]


def test_v_strikes_out_its_entry(ana: Clerk, desk: FakeDesk) -> None:
    void = mark_field("mar.void", 1, 1, choices=(Choice("void", "V"),), read="void", state="sure")
    fields = [mark_field("mar.status", 1, 1, state="unsure"), void, mark_field("mar.status", 1, 2)]
    sheet = desk.add(head(1), *fields)
    ana.step(sheet, "answer", 0, key=["mar.status", 1, 1], value="given")
    ana.step(sheet, "confirm", 1)
    found = [(a.link_id, a.column, a.outcome) for a in desk.finished[sheet][-1].answers]
    assert found == [("mar.status", 1, "void"), ("mar.void", 1, "entered"), ("mar.status", 2, "entered")]


def test_the_queue_says_what_needs_a_person_first_and_why(ana: Clerk, desk: FakeDesk) -> None:
    desk.add(head(1, written=False))
    desk.add(head(2), number_field("spo2", 1))
    desk.add(head(3, risk=0), mark_field("dose", 1, 1, state="unsure"))
    desk.add(head(4, printed=None, unbound=True, match="none"), person=None)
    desk.add(head(5, match="different"), person=BO)
    text = ana.get("/").text
    places = [text.index(sheet_id(n)) for n in (5, 4, 3, 2, 1)]
    assert places == sorted(places)
    assert "Page and data may mean two different people" in text
    assert "Nobody knows yet whose page this is" in text


def test_progress_counts_pages_and_patients(ana: Clerk, desk: FakeDesk) -> None:
    sheet = desk.add(head(1))
    desk.add(head(2, printed=printed(2, BO)))
    ana.step(sheet, "confirm", 0)
    text = ana.get("/").text.replace("\n", "")
    for words in (
        "Pages done</dt><dd>1<",
        "Pages waiting</dt><dd>1<",
        "Patients done</dt><dd>1<",
        "Patients waiting</dt><dd>1<",
        "2026-11-24 13:00<",
    ):
        assert words in text


def test_what_is_not_there_is_said(ana: Clerk) -> None:
    assert ana.get(f"/sheet/{sheet_id(9)}").status_code == 404
    assert ana.step(sheet_id(9), "confirm", 0).status_code == 404
    assert ana.get("/picture/" + "b" * 64).status_code == 404


def test_a_scanned_code_names_page_and_patient(ana: Clerk, desk: FakeDesk) -> None:
    desk.pages = (printed(3, BO),)
    desk.codes = {"PM1 X": printed(3, BO)}
    found = ana.post("/recognise", {"typed": ["?", "PM1 X"]}).json()
    assert (found["person"]["mrn"], found["place"]) == (BO.subject.mrn, list(printed(3).place))
    assert ana.post("/recognise", {"typed": ["PM1 Y"]}).status_code == 409
