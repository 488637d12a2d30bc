"""The patients of the example ward OB (mothers and newborns). All are invented."""

from __future__ import annotations

from datetime import datetime, timedelta

from example_4w import blood_count, per_day
from example_fhir import AS_OF, MRN, Export, Json, Person, ago, at, code, concept, contact, name, quantity

REYES, ABARA = "Dr. Lucía Reyes", "Dr. Chidi Abara"
MIDWIFE = "Fiona Campbell CNM"
VITALS = [
    (16, 98, 118, 72, "", 84, "Alert", "36.9"),
    (16, 98, 116, 70, "", 88, "Alert", "37.0"),
    (18, 97, 120, 74, "", 90, "Alert", "37.2"),
]
NEWBORN = [
    (44, 98, 68, 40, "", 138, "Alert", "36.8"),
    (48, 97, 66, 38, "", 142, "Alert", "36.7"),
    (46, 98, 70, 42, "", 136, "Alert", "36.9"),
]


def mother(
    export: Export, id: str, mrn: str, family: str, given: str, birth: str, bed: str, since: float, reason: str
) -> Person:
    """Add a mother with what all mothers have."""
    who = Person(export, id, mrn)
    who.register(
        [name(family, given)], "female", birth, contact=[contact("Partner", family, "Alex", f"+1 555 02{id[-2:]}")]
    )
    who.stay(f"E26-1020{id[-2:]}", bed, ago(since), REYES, reason, "Obstetrics")
    who.resuscitation("For resuscitation", "304252001")
    who.vitals(VITALS)
    who.team(("Attending physician", REYES), ("Midwife", MIDWIFE), ("Primary nurse", "Hanna Virtanen RN"))
    who.diet("Regular diet")
    return who


def newborn(
    export: Export,
    id: str,
    mrn: str,
    of: Person,
    family: str,
    label: str,
    sex: str,
    born: datetime,
    grams: str,
    bed: str,
    order: int = 0,
) -> Person:
    """Add a newborn with its birth time and its mother."""
    who = Person(export, id, mrn)
    who.register(
        [name(family, label)],
        sex,
        born.date().isoformat(),
        _birthDate={
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": at(born)}
            ]
        },
        **({"multipleBirthInteger": order} if order else {"multipleBirthBoolean": False}),
    )
    who.stay(
        f"E26-1020{id[-2:]}",
        bed,
        at(born),
        ABARA,
        "Newborn",
        "Neonatology",
        partOf={"reference": f"Encounter/enc-{of.id}"},
    )
    who.no_known_allergy()
    who.resuscitation("For resuscitation", "304252001", (AS_OF - born).total_seconds() / 3600)
    hours = (AS_OF - born).total_seconds() / 3600
    who.measure("Birth weight", "8339-4", grams, "g", hours - 0.3)
    who.measure("Body height at birth", "89269-5", "49.5", "cm", hours - 0.3)
    for minute, score in ((1, 8), (5, 9)):
        loinc = {1: "9272-6", 5: "9274-2"}[minute]
        what = concept(f"{minute} minute Apgar score", loinc, "http://loinc.org")
        who.observe("survey", what, at(born + timedelta(minutes=minute)), valueInteger=score)
    who.vitals(NEWBORN)
    who.team(("Attending physician", ABARA), ("Primary nurse", "Priya Nair RN"))
    who.diet("Breast milk on demand")
    who.order("Newborn screening blood spot", "Laboratory", hours=-10)
    return who


def related_mother(child: Person, of: Person, family: str, given: str) -> None:
    """Add the mother as a RelatedPerson too, as many EHRs do."""
    body: Json = {
        "patient": child.me,
        "relationship": [code("v3-RoleCode", "MTH")],
        "name": [name(family, given)],
        "identifier": [{"type": code("v2-0203", "MR"), "system": MRN, "value": of.mrn}],
    }
    child.export.add("RelatedPerson", body)


def caesarean(export: Export) -> None:
    """A mother after caesarean section with an oxytocin infusion, and her son."""
    who = mother(
        export, "pat-51", "00420051", "Taylor", "Abigail", "1996-04-03", "ob-501", 22, "Caesarean section, day 1"
    )
    who.allergy("Erythromycin", "Vomiting", severity="mild", type="intolerance")
    who.problem("Caesarean section for breech", "Blood loss 900 mL")
    who.measure("Body weight Measured", "3141-9", "81.60", "kg", 22)
    blood_count(who, "9.80", "13.2", "176", "L")
    who.infusion(
        "Oxytocin 30 units in 500 mL sodium chloride 0.9%",
        "125",
        "mL/h",
        "62.5",
        1.5,
        ("Target: firm fundus", "Limits: 62.5 to 125 mL/h"),
    )
    who.scheduled("Ketorolac", "15", "mg", "intravenous", 4, "Pain")
    who.scheduled("Enoxaparin", "40", "mg", "subcutaneous", 1)
    who.as_needed("Oxycodone", "5", "mg", "oral", 4, "pain above 5", per_day("30", "mg"), 3, 9)
    who.as_needed("Ondansetron", "4", "mg", "intravenous", 8, "nausea", per_day("12", "mg"), 14)
    who.device("Indwelling urinary catheter 14 Fr", "urethra", 0.9)
    who.device("Epidural catheter, capped", "L3/L4", 0.9)
    who.consent("Caesarean section, blood products accepted", "Procedure")
    who.note(
        "Operation note",
        "Caesarean section for breech. Blood loss 900 mL. Uterus firm.\nOxytocin 24 h, catheter out at 08:00.",
        REYES,
        15,
    )
    born = AS_OF - timedelta(hours=15, minutes=48)
    child = newborn(export, "pat-52", "00420052", who, "Taylor", "Baby Boy", "male", born, "3240", "ob-501-n")
    related_mother(child, who, "Taylor", "Abigail")
    child.scheduled("Vitamin D3 drops", "400", "IU", "oral", 1)
    child.order("Hearing screening", "Procedure", hours=-8)


def twins(export: Export) -> None:
    """A mother with twins: A and B, named by their mother's stay only."""
    who = mother(
        export, "pat-53", "00420053", "Haile", "Selamawit", "1991-09-27", "ob-502", 38, "Vaginal birth of twins, day 1"
    )
    who.no_known_allergy()
    who.problem("Dichorionic twins", "Anemia")
    who.measure("Body weight Measured", "3141-9", "73.4", "kg", 38)
    blood_count(who, "9.10", "11.8", "204", "L")
    who.scheduled("Ferrous sulfate", "325", "mg", "oral", 2, "Anemia")
    who.as_needed("Ibuprofen", "600", "mg", "oral", 6, "cramps", per_day("2400", "mg"), 5, 12)
    who.flag("Interpreter: Amharic by telephone", "Communication")
    born = AS_OF - timedelta(hours=26, minutes=13)
    for label, id, mrn, minutes, grams, order in (
        ("A", "pat-54", "00420054", 0, "2410", 1),
        ("B", "pat-55", "00420055", 11, "2185", 2),
    ):
        child = newborn(
            export,
            id,
            mrn,
            who,
            "Haile",
            f"Baby Girl {label}",
            "female",
            born + timedelta(minutes=minutes),
            grams,
            f"ob-502-{label.lower()}",
            order,
        )
        child.lab("Glucose, capillary", "41653-7", "58", "mg/dL", ("45", "120"), 6)
        child.lab("Bilirubin, transcutaneous", "58941-6", f"{6 + order}.{order}", "mg/dL", ("", "12.0"), 8)
        child.measure("Body weight Measured", "3141-9", str(int(grams) - 60), "g", 5)


def preeclampsia(export: Export) -> None:
    """Before birth: magnesium infusion with limits and rules to hold."""
    who = mother(
        export,
        "pat-56",
        "00420056",
        "Kowalczyk-Żółć",
        "Zofia",
        "1989-02-14",
        "ob-503",
        19,
        "Severe pre-eclampsia at 34 weeks",
    )
    who.allergy("Nifedipine", "Severe headache", "Hypotension", severity="severe", type="intolerance")
    who.problem("Severe pre-eclampsia", "Pregnancy, 34 weeks")
    who.measure("Body weight Measured", "3141-9", "88.20", "kg", 18)
    blood_count(who, "12.10", "10.9", "104")
    who.lab("Aspartate aminotransferase", "1920-8", "88", "U/L", ("", "35"), 6, "H")
    who.infusion(
        "Magnesium sulfate 20 g in 500 mL",
        "2",
        "g/h",
        "2",
        0.8,
        (
            "Target: magnesium 4.8 to 8.4 mg/dL",
            "Limits: 1 to 2 g/h",
            "Hold if reflexes are absent, respiratory rate is below 12, or urine is below 30 mL/h",
        ),
    )
    who.scheduled(
        "Labetalol", "200", "mg", "oral", 3, "Hypertension", note=[{"text": "Hold if pulse is below 60 per minute"}]
    )
    who.as_needed(
        "Hydralazine", "5", "mg", "intravenous", 1, "systolic pressure of 160 mmHg or more", per_day("20", "mg"), 6
    )
    dosage: Json = {
        "text": "12 mg intramuscular, second dose",
        "route": concept("intramuscular"),
        "timing": {"event": [ago(-9)]},
        "doseAndRate": [{"doseQuantity": quantity("12", "mg")}],
    }
    who.order_drug("Betamethasone", [dosage], 0.6)
    who.device("Indwelling urinary catheter 14 Fr with hourly meter", "urethra", 0.7)
    who.flag("Seizure precautions", "Safety", 18)
    who.awaited("Urine protein, 24 hours", 16)
    who.order("Fetal heart rate monitoring, continuous", "Monitoring", "urgent", hours=-1)


def phototherapy(export: Export) -> None:
    """A mother and a newborn under phototherapy; the mother has no record of asking for allergies."""
    who = mother(export, "pat-57", "00420057", "Dubois", "Anaïs", "2001-12-31", "ob-504", 60, "Vaginal birth, day 2")
    who.problem("Vaginal birth", "Rubella not immune")
    who.measure("Body weight Stated", "3142-7", "64", "kg", 60)
    blood_count(who, "11.40", "12.1", "255", "L")
    who.as_needed("Paracetamol", "1", "g", "oral", 6, "pain", per_day("4", "g"), 7)
    who.order("Rubella vaccine before discharge", "Immunization", hours=-12)
    child = newborn(
        export,
        "pat-58",
        "00420058",
        who,
        "Dubois",
        "Baby Girl",
        "female",
        AS_OF - timedelta(hours=51, minutes=5),
        "2980",
        "ob-504-n",
    )
    related_mother(child, who, "Dubois", "Anaïs")
    child.lab("Bilirubin, total", "1975-2", "14.20", "mg/dL", ("", "12.0"), 5, "H")
    child.problem("Neonatal jaundice")
    child.order("Phototherapy, eyes covered", "Treatment", hours=-1)
    child.measure("Body weight Measured", "3141-9", "2835", "g", 6)


PATIENTS = (caesarean, twins, preeclampsia, phototherapy)
BEDS = ("501", "501-n", "502", "502-a", "502-b", "503", "504", "504-n")
