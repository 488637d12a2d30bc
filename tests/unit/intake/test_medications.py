"""Orders, doses, the last dose and the next."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from papermode.model.snapshot import Medication, ScaleStep, When

DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}


def said(moment: When | None) -> str:
    assert moment is not None
    return moment.text


def only(record: Any) -> Medication:
    assert [item.why for item in record.unreadable] == []
    assert len(record.medications.items) == 1
    order: Medication = record.medications.items[0]
    return order


@pytest.mark.parametrize(
    ("repeat", "words", "hours"),
    [
        (DAILY, "daily", "24"),
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, "twice a day", "12"),
        ({"frequency": 1, "period": 6, "periodUnit": "h"}, "every 6 hours", "6"),
        ({"frequency": 1, "period": 2, "periodUnit": "d"}, "every 2 days", "48"),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, "weekly", "168"),
        ({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}, "every 4 to 6 hours", ""),
        ({"frequency": 3, "period": 1, "periodUnit": "wk"}, "3 times every week", "56"),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"]}, "daily, at bedtime", "24"),
    ],
)
def test_frequencies_are_said_in_words(make: Any, load_ward: Any, repeat: Any, words: str, hours: str) -> None:
    order = only(load_ward(make.request("m", "X", make.dosage(repeat=repeat))))
    assert (order.frequency, order.every_hours) == (words, hours)


@pytest.mark.parametrize(
    ("code", "words"),
    [("BID", "twice a day"), ("Q6H", "every 6 hours"), ("QD", "daily"), ("with dialysis", "with dialysis")],
)
def test_codes_of_frequencies_are_written_out(make: Any, load_ward: Any, code: str, words: str) -> None:
    dosage = make.dosage(timing={"code": {"text": code}})
    assert only(load_ward(make.request("m", "X", dosage))).frequency == words


def test_a_dose_drops_the_zero_and_the_instructions_keep_the_words(make: Any, load_ward: Any) -> None:
    order = only(load_ward(make.request("m", "X", make.dosage(5.0, "mg", DAILY, text="5.0mg PO QD"))))
    assert (order.dose, order.instructions) == ("5 mg", "5.0mg PO QD")


def test_the_next_dose_comes_from_the_orders_own_times(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(repeat={"frequency": 2, "period": 1, "periodUnit": "d", "timeOfDay": ["09:00:00", "21:00:00"]})
    order = only(load_ward(make.request("m", "X", dosage), make.given("a", "m", 4.9)))
    assert (order.times, order.times_how) == (("09:00", "21:00"), "order")
    assert (said(order.next_due), order.next_due_how) == ("2026-11-24T09:00-05:00", "order")
    assert (said(order.last_given), order.given_24h) == (make.ago(4.9), 1)


def test_the_next_dose_is_calculated_from_the_last(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(repeat={"frequency": 1, "period": 6, "periodUnit": "h"})
    order = only(load_ward(make.request("m", "X", dosage), make.given("a", "m", 4)))
    assert (said(order.next_due), order.next_due_how) == ("2026-11-24T04:00-05:00", "calculated")
    assert order.times == ("04:00", "10:00", "16:00", "22:00")


def test_without_any_dose_an_interval_gives_no_time(make: Any, load_ward: Any) -> None:
    order = only(
        load_ward(make.request("m", "X", make.dosage(repeat={"frequency": 1, "period": 6, "periodUnit": "h"})))
    )
    assert (order.next_due, order.next_due_how) == (None, "")
    assert order.last_given_how == "not in the export"


def test_site_standard_times_are_said_to_be_that(make: Any, load_ward: Any) -> None:
    order = only(load_ward(make.request("m", "X", make.dosage(repeat=DAILY)), standard_times={1: ("07:30",)}))
    assert (order.times, order.times_how, said(order.next_due)) == (
        ("07:30",),
        "site standard time",
        "2026-11-24T07:30-05:00",
    )
    assert order.next_due_how == "site standard time"


def test_a_missed_dose_is_due_not_forgotten(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(repeat={"frequency": 2, "period": 1, "periodUnit": "d", "timeOfDay": ["08:00", "20:00"]})
    order = only(load_ward(make.request("m", "X", dosage), make.given("a", "m", 18)))
    assert said(order.next_due) == "2026-11-23T20:00-05:00"


def test_a_dose_not_given_counts_as_dealt_with_but_not_as_given(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(repeat={"frequency": 2, "period": 1, "periodUnit": "d", "timeOfDay": ["08:00", "20:00"]})
    record = load_ward(make.request("m", "X", dosage), make.given("a", "m", 18), make.given("b", "m", 6, "not-done"))
    order = only(record)
    assert (said(order.next_due), said(order.last_given)) == ("2026-11-24T08:00-05:00", make.ago(18))
    assert [item.status for item in record.administrations.items] == ["not-done", "completed"]


def test_a_weekly_drug_is_due_on_its_day_only(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(15, repeat={"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["wed"]})
    order = only(load_ward(make.request("m", "Methotrexate", dosage), make.given("a", "m", 137)))
    assert (order.days, order.frequency, order.high_alert) == (("wed",), "weekly on Wed", True)
    assert said(order.next_due) == "2026-11-25T08:00-05:00"


@pytest.mark.parametrize("text", ["10 mg IM once", "STAT dose", "one-time"])
def test_once_in_words_outranks_daily_in_structure(make: Any, load_ward: Any, text: str) -> None:
    order = only(load_ward(make.request("m", "X", make.dosage(repeat=DAILY, text=text))))
    assert (order.frequency, order.next_due, order.every_hours) == ("once", None, "")


def test_once_a_day_is_not_once(make: Any, load_ward: Any) -> None:
    order = only(load_ward(make.request("m", "X", make.dosage(repeat=DAILY, text="take once a day"))))
    assert order.frequency == "daily"


def test_a_single_time_is_due_until_it_was_given(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(timing={"event": [make.ago(-9)]})
    order = only(load_ward(make.request("m", "X", dosage)))
    assert (said(order.next_due), order.next_due_how) == ("2026-11-24T11:00-05:00", "order")
    past = make.dosage(timing={"event": [make.ago(9)]})
    assert said(only(load_ward(make.request("m", "X", past))).next_due) == "2026-11-23T17:00-05:00"
    assert only(load_ward(make.request("m", "X", past), make.given("a", "m", 8.9))).next_due is None


def test_nothing_is_due_after_the_end(make: Any, load_ward: Any) -> None:
    order = only(
        load_ward(make.request("m", "X", make.dosage(repeat={**DAILY, "boundsPeriod": {"end": make.ago(-2)}})))
    )
    assert order.next_due is None
    assert said(order.stop) == make.ago(-2)


def test_prn_limits(make: Any, load_ward: Any) -> None:
    dosage = make.dosage(
        1,
        "g",
        {"frequency": 1, "period": 6, "periodUnit": "h"},
        asNeededCodeableConcept={"text": "pain"},
        maxDosePerPeriod={"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "d"}},
    )
    order = only(load_ward(make.request("m", "Paracetamol", dosage)))
    assert (order.kind, order.prn_reason, order.min_interval, order.max_in_24h) == (
        "prn",
        "pain",
        "6 hours",
        "4 g in 24 h",
    )
    assert order.next_due is None


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"value": 1, "unit": "day"}, "10 mg in 24 h"),
        ({"value": 7, "unit": "d"}, "10 mg in 7 d"),
        ({"unit": "d"}, "10 mg in a time NOT IN DATA"),
    ],
)
def test_a_maximum_keeps_its_period(make: Any, load_ward: Any, period: dict[str, Any], words: str) -> None:
    limit = {"numerator": {"value": 10, "unit": "mg"}, "denominator": period}
    dosage = make.dosage(1, "mg", asNeededBoolean=True, maxDosePerPeriod=limit)
    assert only(load_ward(make.request("m", "Methotrexate", dosage))).max_in_24h == words


def test_a_titrated_infusion(make: Any, load_ward: Any) -> None:
    dosage = {
        "doseAndRate": [{"rateQuantity": {"value": 5, "unit": "ug/min"}}],
        "additionalInstruction": [
            {"text": "Target: MAP 65"},
            {"text": "Limits: 2 to 20 mcg/min"},
            {"text": "Hold if MAP > 90"},
            {"text": "Use a central line"},
        ],
    }
    charted = make.given(
        "a", "m", 0.5, "in-progress", dosage={"doseAndRate": [{"rateQuantity": {"value": 8.0, "unit": "ug/min"}}]}
    )
    order = only(load_ward(make.request("m", "Noradrenaline", dosage), charted))
    assert (order.kind, order.rate, said(order.rate_at)) == ("infusion", "8 mcg/min", make.ago(0.5))
    assert (order.target, order.rate_limits, order.hold_rule) == (
        "Target: MAP 65",
        "Limits: 2 to 20 mcg/min",
        "Hold if MAP > 90",
    )
    assert (order.instructions, order.high_alert) == ("Use a central line", True)


def test_a_short_infusion_with_a_dose_and_times_is_scheduled(make: Any, load_ward: Any) -> None:
    dosage = {
        "doseAndRate": [
            {
                "doseQuantity": {"value": 1, "unit": "g"},
                "rateRatio": {"numerator": {"value": 1, "unit": "g"}, "denominator": {"value": 60, "unit": "min"}},
            }
        ],
        "timing": {"repeat": DAILY},
    }
    order = only(load_ward(make.request("m", "Vancomycin", dosage)))
    assert (order.kind, order.dose, order.rate) == ("scheduled", "1 g", "1 g in 60 min")


def test_a_scale_in_several_dosages(make: Any, load_ward: Any) -> None:
    steps = [
        make.dosage(units, "U", additionalInstruction=[{"text": text}])
        for text, units in (
            ("glucose 150-199 mg/dL", 2),
            ("glucose 200 to 249 mg/dL", 4),
            ("glucose 250 mg/dL or more", 6),
        )
    ]
    order = only(load_ward(make.request("m", "Insulin lispro", *steps)))
    assert order.kind == "insulin"
    assert order.scale == (
        ScaleStep("150", "199 mg/dL", "2 units"),
        ScaleStep("200", "249 mg/dL", "4 units"),
        ScaleStep("250 mg/dL", "", "6 units"),
    )


def test_a_scale_in_words(make: Any, load_ward: Any) -> None:
    text = "Sliding scale: < 150: 0 units; 150-199: 2 units; 200-249: 4 units; 250 or more: 6 units"
    order = only(load_ward(make.request("m", "Insulin aspart", {"text": text})))
    assert [(step.low, step.high, step.dose) for step in order.scale] == [
        ("", "150", "0 units"),
        ("150", "199", "2 units"),
        ("200", "249", "4 units"),
        ("250", "", "6 units"),
    ]
    assert order.instructions == text


def test_a_scale_that_is_not_understood_whole_is_none(make: Any, load_ward: Any) -> None:
    order = only(
        load_ward(
            make.request(
                "m", "Insulin aspart", {"text": "150-199: 2 units; 200-249: as discussed; 250 or more: 6 units"}
            )
        )
    )
    assert order.scale == ()
    assert "as discussed" in order.instructions


def test_home_medicines_are_no_ward_orders_unless_given_here(make: Any, load_ward: Any) -> None:
    community = {"category": [{"coding": [{"code": "community"}]}]}
    assert only(load_ward(make.request("m", "X", make.dosage(repeat=DAILY), **community))).status == "home"
    record = load_ward(make.request("m", "X", make.dosage(repeat=DAILY), **community), make.given("a", "m", 5))
    assert only(record).status == "active"


@pytest.mark.parametrize(
    "change", [{"status": "completed"}, {"status": "draft"}, {"intent": "plan"}, {"status": "entered-in-error"}]
)
def test_what_is_no_active_order(make: Any, load_ward: Any, change: Any) -> None:
    assert load_ward(make.request("m", "X", make.dosage(), **change)).medications.items == ()


def test_an_order_not_to_give_is_said_and_no_order(make: Any, load_ward: Any) -> None:
    record = load_ward(make.request("m", "Ibuprofen", doNotPerform=True))
    assert record.medications.items == ()
    assert [order.text for order in record.orders.items] == ["DO NOT GIVE: Ibuprofen"]


def test_a_drug_on_hold_shows_it_and_is_not_due(make: Any, load_ward: Any) -> None:
    order = only(
        load_ward(make.request("m", "X", make.dosage(repeat=DAILY), status="on-hold", statusReason={"text": "surgery"}))
    )
    assert (order.status, order.hold_rule, order.next_due) == ("on-hold", "on hold: surgery", None)


def test_dosages_that_differ_are_all_said(make: Any, load_ward: Any) -> None:
    morning = make.dosage(10, repeat={**DAILY, "timeOfDay": ["08:00"]})
    evening = make.dosage(5, repeat={**DAILY, "timeOfDay": ["20:00"]})
    order = only(load_ward(make.request("m", "Hydrocortisone", morning, evening)))
    assert order.dose == "10 mg 08:00; 5 mg 20:00"
    assert order.times == ("08:00", "20:00")


def test_a_drug_by_reference(make: Any, load_ward: Any) -> None:
    drug = {"resourceType": "Medication", "id": "d", "code": {"text": "Very long name"}}
    order = make.request("m", "", make.dosage(), medicationReference={"reference": "Medication/d"})
    del order["medicationCodeableConcept"]
    assert only(load_ward(drug, order)).name == "Very long name"
    order["medicationReference"] = {"reference": "#c"}
    order["contained"] = [{"resourceType": "Medication", "id": "c", "code": {"text": "Inside"}}]
    assert only(load_ward(order)).name == "Inside"


def test_an_order_without_a_drug_is_named(make: Any, load_ward: Any) -> None:
    order = make.request("m")
    del order["medicationCodeableConcept"]
    record = load_ward(order)
    assert record.medications.state == "partial"
    assert record.unreadable[0].why == "it does not say which medication"


def test_administrations_are_those_of_24_hours_newest_first(make: Any, load_ward: Any) -> None:
    record = load_ward(*(make.given(f"a{hours}", "m", hours) for hours in (30, 2, 23)))
    assert [item.id for item in record.administrations.items] == ["a2", "a23"]


def test_a_dose_without_order_counts_for_the_only_order_of_that_drug(make: Any, load_ward: Any) -> None:
    loose = make.given("a", "m", 3)
    del loose["request"]
    order = only(load_ward(make.request("m", "Ramipril", make.dosage(repeat=DAILY)), loose))
    assert (said(order.last_given), order.last_given_how) == (make.ago(3), "by the name of the drug")


def test_a_clock_change_moves_the_offset_and_not_the_hour(make: Any, load_text: Any) -> None:
    text = json.dumps(
        make.bundle([*make.ward(), make.request("m", "X", make.dosage(repeat={**DAILY, "timeOfDay": ["08:00"]}))])
    )
    text = text.replace("2026-11-22T", "2026-10-30T")
    order = load_text(text, as_of=datetime.fromisoformat("2026-10-31T22:00:00-04:00")).records[0].medications.items[0]
    assert said(order.next_due) == "2026-11-01T08:00-05:00"
