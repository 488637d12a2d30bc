"""Builders of the FHIR R4 resources of the example site. Everything is invented; everything is deterministic."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

EST = timezone(timedelta(hours=-5))
AS_OF = datetime(2026, 11, 24, 2, 0, tzinfo=EST)
"""The time of the example's data: a Tuesday, 02:00 in New York."""
MRN = "https://hospital.example.org/mrn"
VISIT = "https://hospital.example.org/visit"
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
HL7 = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
STANDARD = {1: (8,), 2: (8, 20), 3: (8, 14, 20), 4: (6, 12, 18, 0)}
"""The hours at which the example's nurses give drugs, by doses a day."""
NURSES = ("Rosa Delgado RN", "Kwame Mensah RN", "Hanna Virtanen RN", "Priya Nair RN")
ROUTES = {
    "oral": "26643006",
    "intravenous": "47625008",
    "subcutaneous": "34206005",
    "inhaled": "447694001",
    "intramuscular": "78421000",
    "topical": "6064005",
    "rectal": "37161004",
    "eye drops": "54485002",
}

Json = dict[str, Any]


def at(moment: datetime) -> str:
    """Return FHIR dateTime text."""
    return moment.isoformat(timespec="seconds")


def ago(hours: float) -> str:
    """Return the time so many hours before the data time."""
    return at(AS_OF - timedelta(hours=hours))


def concept(text: str, code: str = "", system: str = SNOMED) -> Json:
    """Return a CodeableConcept."""
    found: Json = {"coding": [{"system": system, "code": code, "display": text}]} if code else {}
    return {**found, "text": text}


def code(system: str, value: str) -> Json:
    """Return a CodeableConcept of one HL7 code."""
    return {"coding": [{"system": f"{HL7}/{system}", "code": value}]}


def quantity(value: Any, unit: str) -> Json:
    """Return a Quantity; a text value is written as a number with exactly these digits."""
    return {"value": Number(value) if isinstance(value, str) else value, "unit": unit, "system": UCUM}


class Number(float):
    """A JSON number that keeps its digits."""

    text: str

    def __new__(cls, text: str) -> Number:
        """Keep the text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text


def to_line(resource: Json) -> str:
    """Return one NDJSON line; floats that are :class:`Number` keep their digits."""
    parts: dict[str, str] = {}

    def mark(value: Any) -> Any:
        if isinstance(value, Number):
            key = f"\0{len(parts)}\0"
            parts[json.dumps(key)] = value.text
            return key
        if isinstance(value, dict):
            return {name: mark(item) for name, item in value.items()}
        return [mark(item) for item in value] if isinstance(value, list) else value

    text = json.dumps(mark(resource), ensure_ascii=False, separators=(",", ":"))
    for key, number in parts.items():
        text = text.replace(key, number)
    return text


class Export:
    """Collects resources and writes one NDJSON file a type, and the manifest of a bulk export."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = defaultdict(list)
        self._numbers: dict[str, int] = defaultdict(int)

    def id(self, kind: str) -> str:
        """Return the next id of a kind."""
        self._numbers[kind] += 1
        return f"{kind}-{self._numbers[kind]:04d}"

    def add(self, kind: str, body: Json, id: str = "") -> str:
        """Add a resource; return its id."""
        key = id or self.id(kind.lower())
        self.lines[kind].append(to_line({"resourceType": kind, "id": key, "meta": {"lastUpdated": at(AS_OF)}, **body}))
        return key

    def add_raw(self, kind: str, line: str) -> None:
        """Add a line as it is, broken or not."""
        self.lines[kind].append(line)

    def write(self, folder: Path) -> None:
        """Write all files."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in [*folder.glob("*.ndjson"), *folder.glob("*.json")]:
            old.unlink()
        output = []
        for kind, lines in sorted(self.lines.items()):
            (folder / f"{kind}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
            output.append({"type": kind, "url": f"{kind}.ndjson", "count": len(lines)})
        manifest = {
            "transactionTime": at(AS_OF),
            "request": "https://ehr.example.org/fhir/Group/inpatients/$export",
            "requiresAccessToken": True,
            "output": output,
            "error": [],
        }
        (folder / "export.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8", newline="\n")


class Person:
    """One patient with a stay; its methods add records to the export."""

    def __init__(self, export: Export, id: str, mrn: str) -> None:
        self.export, self.id, self.mrn = export, id, mrn
        self.me = {"reference": f"Patient/{id}"}

    def register(self, names: list[Json], sex: str, birth: str = "", **more: Any) -> None:
        """Add the Patient."""
        number = {"use": "usual", "type": code("v2-0203", "MR"), "system": MRN, "value": self.mrn}
        body: Json = {"identifier": [number, *more.pop("identifiers", [])], "name": names, "gender": sex}
        if birth:
            body["birthDate"] = birth
        self.export.add("Patient", {**body, **more}, self.id)

    def stay(self, number: str, bed: str, since: str, doctor: str, reason: str, service: str, **more: Any) -> str:
        """Add the Encounter in progress."""
        places = (
            [{"location": {"reference": f"Location/{bed}"}, "status": "active", "period": {"start": since}}]
            if bed
            else []
        )
        body = {
            "identifier": [{"type": code("v2-0203", "VN"), "system": VISIT, "value": number}],
            "status": "in-progress",
            "class": {"system": f"{HL7}/v3-ActCode", "code": "IMP", "display": "inpatient encounter"},
            "serviceType": {"text": service},
            "subject": self.me,
            "participant": [{"type": [code("v3-ParticipationType", "ATND")], "individual": {"display": doctor}}],
            "period": {"start": since},
            "reasonCode": [{"text": reason}],
            "location": places,
        }
        return self.export.add("Encounter", {**body, **more}, f"enc-{self.id}")

    def allergy(self, substance: str, *reactions: str, severity: str = "moderate", **more: Any) -> None:
        """Add an allergy with its reactions."""
        body: Json = {
            "clinicalStatus": code("allergyintolerance-clinical", "active"),
            "verificationStatus": code("allergyintolerance-verification", "confirmed"),
            "code": {"text": substance},
            "patient": self.me,
        }
        if reactions:
            body["reaction"] = [{"manifestation": [{"text": text} for text in reactions], "severity": severity}]
        self.export.add("AllergyIntolerance", {**body, **more})

    def no_known_allergy(self, status: str = "active") -> None:
        """Add the statement that there is none; some EHRs carry it as resolved."""
        self.allergy(
            "No known allergy",
            code=concept("No known allergy", "716186003"),
            clinicalStatus=code("allergyintolerance-clinical", status),
        )

    def problem(self, *texts: str) -> None:
        """Add problems."""
        for text in texts:
            status = {
                "clinicalStatus": code("condition-clinical", "active"),
                "verificationStatus": code("condition-ver-status", "confirmed"),
            }
            self.export.add("Condition", {**status, "code": {"text": text}, "subject": self.me})

    def flag(self, text: str, category: str, hours: float = 48) -> None:
        """Add an active flag."""
        body = {"status": "active", "category": [{"text": category}], "code": {"text": text}, "subject": self.me}
        self.export.add("Flag", {**body, "period": {"start": ago(hours)}})

    def resuscitation(self, text: str, snomed: str, hours: float = 40) -> None:
        """Add the code status."""
        self.observe(
            "survey",
            concept("Resuscitation status", "304251008"),
            ago(hours),
            valueCodeableConcept=concept(text, snomed),
        )

    def observe(self, category: str, what: Json, when: str, **value: Any) -> None:
        """Add an Observation."""
        kind = {"coding": [{"system": f"{HL7}/observation-category", "code": category}]}
        body = {"status": "final", "category": [kind], "code": what, "subject": self.me, "effectiveDateTime": when}
        self.export.add("Observation", {**body, **value})

    def measure(self, what: str, loinc: str, value: str, unit: str, hours: float) -> None:
        """Add a weight or height."""
        self.observe("vital-signs", concept(what, loinc, LOINC), ago(hours), valueQuantity=quantity(value, unit))

    def vitals(self, rows: list[tuple[int, int, int, int, str, int, str, str]]) -> None:
        """Add sets four hours apart, newest first: RR, SpO2, blood pressure, O2 (L/min), pulse, AVPU, temperature."""
        for turn, (breaths, oxygen, systolic, diastolic, flow, pulse, level, heat) in enumerate(rows):
            when = ago(4 + 4 * turn - 0.1 * (turn % 3))
            for name, loinc, value, unit in (
                ("Respiratory rate", "9279-1", str(breaths), "/min"),
                ("Oxygen saturation", "59408-5", str(oxygen), "%"),
                ("Heart rate", "8867-4", str(pulse), "/min"),
                ("Body temperature", "8310-5", heat, "Cel"),
            ):
                self.observe("vital-signs", concept(name, loinc, LOINC), when, valueQuantity=quantity(value, unit))
            if flow:
                what = concept("Inhaled oxygen flow rate", "3151-8", LOINC)
                self.observe("vital-signs", what, when, valueQuantity=quantity(flow, "L/min"))
            pressure = [
                {
                    "code": concept("Systolic blood pressure", "8480-6", LOINC),
                    "valueQuantity": quantity(str(systolic), "mm[Hg]"),
                },
                {
                    "code": concept("Diastolic blood pressure", "8462-4", LOINC),
                    "valueQuantity": quantity(str(diastolic), "mm[Hg]"),
                },
            ]
            self.observe("vital-signs", concept("Blood pressure panel", "85354-9", LOINC), when, component=pressure)
            self.observe(
                "vital-signs",
                concept("Level of consciousness (AVPU)", "80288-4", LOINC),
                when,
                valueCodeableConcept={"text": level},
            )

    def lab(
        self,
        what: str,
        loinc: str,
        value: str,
        unit: str,
        reference: tuple[str, str],
        hours: float = 20,
        flag: str = "",
    ) -> None:
        """Add a laboratory result."""
        low, high = reference
        more: Json = {"interpretation": [code("v3-ObservationInterpretation", flag)]} if flag else {}
        limits = {**({"low": quantity(low, unit)} if low else {}), **({"high": quantity(high, unit)} if high else {})}
        self.observe(
            "laboratory",
            concept(what, loinc, LOINC),
            ago(hours),
            valueQuantity=quantity(value, unit),
            referenceRange=[limits],
            **more,
        )

    def order_drug(self, name: str, dosages: list[Json], days: float = 3, **more: Any) -> str:
        """Add a MedicationRequest."""
        body = {
            "status": "active",
            "intent": "order",
            "category": [code("medicationrequest-category", "inpatient")],
            "medicationCodeableConcept": {"text": name},
            "subject": self.me,
            "authoredOn": ago(24 * days),
            "dosageInstruction": dosages,
        }
        return self.export.add("MedicationRequest", {**body, **more})

    def gave(
        self, order: str, name: str, hours: float, dose: Json | None = None, status: str = "completed", **more: Any
    ) -> None:
        """Add a MedicationAdministration."""
        nurse = NURSES[(len(self.export.lines["MedicationAdministration"]) // 3) % len(NURSES)]
        body: Json = {
            "status": status,
            "medicationCodeableConcept": {"text": name},
            "subject": self.me,
            "effectiveDateTime": ago(hours),
            "performer": [{"actor": {"display": nurse}}],
            "request": {"reference": f"MedicationRequest/{order}"},
        }
        if dose:
            body["dosage"] = dose
        self.export.add("MedicationAdministration", {**body, **more})

    def scheduled(
        self, name: str, dose: str, unit: str, route: str, times: int, indication: str = "", **more: Any
    ) -> str:
        """Add a drug given so many times a day, and the doses of the last 24 hours."""
        amount = quantity(dose, unit)
        words = {1: "daily", 2: "twice a day", 3: "3 times a day", 4: "4 times a day"}[times]
        dosage = {
            "text": f"{dose} {unit} {route} {words}",
            "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
            "route": concept(route, ROUTES.get(route, "")),
            "doseAndRate": [{"doseQuantity": amount}],
            **more.pop("dosage", {}),
        }
        if indication:
            more["reasonCode"] = [{"text": indication}]
        order = self.order_drug(name, [dosage], **more)
        if more.get("status", "active") == "active":
            for hour in STANDARD[times]:
                last = AS_OF.replace(hour=hour, minute=(len(name) * 7) % 25)
                last -= timedelta(days=1 if last > AS_OF else 0)
                self.gave(order, name, (AS_OF - last).total_seconds() / 3600, {"dose": amount, "route": concept(route)})
        return order

    def as_needed(
        self,
        name: str,
        dose: str,
        unit: str,
        route: str,
        hours: int,
        reason: str,
        most: Json | None = None,
        *given: float,
    ) -> str:
        """Add a PRN drug, and when it was given (hours ago)."""
        dosage: Json = {
            "text": f"{dose} {unit} {route} every {hours} hours as needed for {reason}",
            "timing": {"repeat": {"frequency": 1, "period": hours, "periodUnit": "h"}},
            "asNeededCodeableConcept": {"text": reason},
            "route": concept(route, ROUTES.get(route, "")),
            "doseAndRate": [{"doseQuantity": quantity(dose, unit)}],
        }
        if most:
            dosage["maxDosePerPeriod"] = most
        order = self.order_drug(name, [dosage])
        for turn in given:
            self.gave(order, name, turn, {"dose": quantity(dose, unit), "route": concept(route)})
        return order

    def infusion(
        self, name: str, rate: str, unit: str, now: str, hours: float, sayings: tuple[str, ...] = (), **more: Any
    ) -> str:
        """Add a running infusion: the ordered rate, the rate charted last, and what the order says about it."""
        dosage = {
            "text": f"{name} continuous infusion",
            "additionalInstruction": [{"text": text} for text in sayings],
            "route": concept("intravenous", ROUTES["intravenous"]),
            "doseAndRate": [{"rateQuantity": quantity(rate, unit)}],
            **more.pop("dosage", {}),
        }
        order = self.order_drug(name, [dosage], **more)
        charted = {"rateQuantity": quantity(now, unit), "route": concept("intravenous")}
        self.gave(order, name, hours, charted, "in-progress")
        return order

    def device(self, text: str, site: str, days: float) -> None:
        """Add a line, drain or tube in use."""
        kept = self.export.add("Device", {"status": "active", "type": {"text": text}, "patient": self.me})
        body = {
            "status": "active",
            "subject": self.me,
            "timingPeriod": {"start": ago(24 * days)},
            "bodySite": {"text": site},
        }
        self.export.add("DeviceUseStatement", {**body, "device": {"reference": f"Device/{kept}", "display": text}})

    def diet(self, text: str, instruction: str = "", without: str = "") -> None:
        """Add a diet order."""
        oral: Json = {"type": [{"text": text}], **({"instruction": instruction} if instruction else {})}
        more = {"excludeFoodModifier": [{"text": without}]} if without else {}
        body = {"status": "active", "intent": "order", "patient": self.me, "dateTime": ago(18), "oralDiet": oral}
        self.export.add("NutritionOrder", {**body, **more})

    def order(self, text: str, category: str, priority: str = "routine", hours: float = -6) -> None:
        """Add a pending order; a negative time is one to come."""
        body = {
            "status": "active",
            "intent": "order",
            "category": [{"text": category}],
            "priority": priority,
            "subject": self.me,
        }
        self.export.add(
            "ServiceRequest", {**body, "code": {"text": text}, "occurrenceDateTime": ago(hours), "authoredOn": ago(10)}
        )

    def awaited(self, text: str, hours: float = 8) -> None:
        """Add a result that is still preliminary."""
        body = {
            "status": "preliminary",
            "category": [{"text": "Laboratory"}],
            "code": {"text": text},
            "subject": self.me,
        }
        self.export.add("DiagnosticReport", {**body, "effectiveDateTime": ago(hours)})

    def team(self, *members: tuple[str, str]) -> None:
        """Add the care team: role and name."""
        people = [{"role": [{"text": role}], "member": {"display": name}} for role, name in members]
        self.export.add("CareTeam", {"status": "active", "subject": self.me, "participant": people})

    def consent(self, text: str, category: str) -> None:
        """Add a consent."""
        body = {
            "status": "active",
            "scope": concept("Treatment", "treatment"),
            "category": [{"text": category}],
            "patient": self.me,
        }
        self.export.add(
            "Consent", {**body, "dateTime": ago(30), "provision": {"type": "permit", "code": [{"text": text}]}}
        )

    def note(self, title: str, text: str, author: str, hours: float) -> None:
        """Add a note with its whole text."""
        data = base64.b64encode(text.encode()).decode("ascii")
        content = {"attachment": {"contentType": "text/plain; charset=utf-8", "data": data, "title": title}}
        body = {
            "status": "current",
            "docStatus": "final",
            "type": {"text": title},
            "subject": self.me,
            "date": ago(hours),
        }
        self.export.add("DocumentReference", {**body, "author": [{"display": author}], "content": [content]})


def name(family: str, *given: str, **more: Any) -> Json:
    """Return an official HumanName."""
    return {"use": "official", "family": family, "given": list(given), **more}


def contact(relation: str, family: str, given: str, phone: str) -> Json:
    """Return a Patient.contact."""
    return {
        "relationship": [{"text": relation}],
        "name": {"family": family, "given": [given]},
        "telecom": [{"system": "phone", "value": phone, "use": "mobile"}],
    }
