"""The patients of the example ward 4W (medicine and surgery). All are invented."""

from __future__ import annotations

from example_drugs import SIXTY
from example_fhir import AS_OF, ROUTES, SNOMED, Export, Json, Person, ago, at, code, concept, contact, name, quantity

HART, OSEI, LIND = "Dr. Miriam Hart", "Dr. Samuel Osei", "Dr. Karin Lindqvist"
STEADY = [
    (16, 97, 128, 76, "", 74, "Alert", "36.8"),
    (18, 96, 132, 78, "", 80, "Alert", "37.0"),
    (16, 97, 126, 74, "", 72, "Alert", "36.7"),
    (17, 96, 130, 80, "", 76, "Alert", "36.9"),
    (16, 98, 124, 72, "", 70, "Alert", "36.6"),
    (18, 97, 129, 75, "", 78, "Alert", "36.8"),
]
WORSE = [
    (24, 92, 98, 58, "3", 112, "Alert", "38.6"),
    (22, 93, 102, 60, "2", 108, "Alert", "38.9"),
    (21, 94, 108, 62, "2", 102, "Alert", "38.4"),
    (20, 95, 112, 66, "", 98, "Alert", "38.1"),
    (18, 95, 118, 68, "", 92, "Alert", "37.8"),
    (18, 96, 120, 70, "", 88, "Alert", "37.5"),
]
PER_DAY = {"value": 1, "unit": "d"}


def per_day(value: str, unit: str) -> Json:
    """Return a limit for a day."""
    return {"numerator": quantity(value, unit), "denominator": PER_DAY}


def blood_count(
    who: Person, haemoglobin: str = "12.40", white: str = "8.1", platelets: str = "231", flag: str = ""
) -> None:
    """Add the usual results, digits as laboratories report them."""
    who.lab("Hemoglobin", "718-7", haemoglobin, "g/dL", ("12.0", "16.0"), flag=flag)
    who.lab("Leukocytes", "6690-2", white, "10*3/uL", ("4.5", "11.0"), flag="H" if float(white) > 11 else "")
    who.lab("Platelets", "777-3", platelets, "10*3/uL", ("150", "400"))


def chemistry(
    who: Person, sodium: str = "139", potassium: str = "4.0", creatinine: str = "0.90", hours: float = 20
) -> None:
    """Add electrolytes and creatinine."""
    who.lab("Sodium", "2951-2", sodium, "mmol/L", ("135", "145"), hours, "L" if float(sodium) < 135 else "")
    level = "H" if float(potassium) > 5.1 else ("L" if float(potassium) < 3.5 else "")
    who.lab("Potassium", "2823-3", potassium, "mmol/L", ("3.5", "5.1"), hours, level)
    who.lab(
        "Creatinine", "2160-0", creatinine, "mg/dL", ("0.60", "1.20"), hours, "H" if float(creatinine) > 1.2 else ""
    )


def usual(who: Person, doctor: str, diet: str = "Regular diet") -> None:
    """Add what every patient of the ward has."""
    who.team(
        ("Attending physician", doctor), ("Primary nurse", "Rosa Delgado RN"), ("Pharmacist", "Ines Carvalho PharmD")
    )
    who.diet(diet)
    who.consent("General consent to treatment", "Treatment")
    who.order("Basic metabolic panel", "Laboratory", hours=-4)
    who.order("Vital signs every 4 hours", "Monitoring", hours=-2)


def septic_shock(export: Export) -> None:
    """Latin with diacritics; a titrated vasopressor; lines; former name."""
    who = Person(export, "pat-01", "00410001")
    who.register(
        [name("Müller-Łukasiewicz", "José", "Ángström", prefix=["Dr."]), {"use": "maiden", "family": "Müller"}],
        "male",
        "1951-03-07",
        contact=[contact("Wife", "Müller-Łukasiewicz", "Zdeňka", "+1 555 0101")],
        communication=[{"language": {"text": "German"}, "preferred": True}],
    )
    who.stay("E26-101001", "4w-401-a", ago(70), HART, "Sepsis from pneumonia", "Internal Medicine")
    who.allergy("Penicillin", "Anaphylaxis", severity="severe", criticality="high", type="allergy")
    who.allergy("Iodinated contrast", "Hives", severity="moderate", type="allergy")
    who.resuscitation("For resuscitation", "304252001")
    who.problem(
        "Septic shock, improving",
        "Community-acquired pneumonia",
        "Type 2 diabetes mellitus",
        "Chronic kidney disease stage 3",
    )
    who.measure("Body weight Measured", "3141-9", "84.30", "kg", 20)
    who.measure("Body height", "8302-2", "178", "cm", 68)
    who.vitals(WORSE)
    blood_count(who, "10.20", "17.4", "162", "L")
    chemistry(who, "133", "5.3", "1.84")
    who.lab("Lactate", "2524-7", "2.9", "mmol/L", ("0.5", "2.0"), 6, "H")
    who.infusion(
        "Noradrenaline 4 mg in 250 mL sodium chloride 0.9%",
        "5",
        "ug/min",
        "8",
        0.6,
        (
            "Target: mean arterial pressure 65 to 75 mmHg",
            "Limits: 2 to 20 mcg/min; change by 1 to 2 mcg/min every 5 minutes",
            "Hold if mean arterial pressure is above 85 mmHg",
        ),
    )
    who.infusion("Sodium chloride 0.9%", "75", "mL/h", "75", 1.2)
    who.scheduled("Meropenem", "1", "g", "intravenous", 3, "Pneumonia")
    who.scheduled("Azithromycin", "500", "mg", "intravenous", 1, "Pneumonia")
    who.scheduled("Pantoprazole", "40", "mg", "intravenous", 1, "Stress ulcer prophylaxis")
    who.scheduled("Enoxaparin", "40", "mg", "subcutaneous", 1, "Thrombosis prophylaxis")
    who.as_needed("Paracetamol", "1", "g", "oral", 6, "fever above 38.5 °C or pain", per_day("4", "g"), 9.5, 20)
    who.device("Central venous catheter, triple lumen", "right internal jugular vein", 2.6)
    who.device("Arterial line", "left radial artery", 2.5)
    who.device("Indwelling urinary catheter 16 Fr", "urethra", 2.8)
    who.flag("High fall risk", "Safety")
    usual(who, HART, "Diabetic diet 1800 kcal")
    who.order("Chest X-ray portable", "Imaging", "urgent", hours=-5)
    who.awaited("Blood culture, two sets", 50)
    who.note(
        "Progress note",
        "Day 3. Off oxygen briefly, back on 3 L/min.\nNoradrenaline down from 12 to 8 mcg/min.\n"
        "Plan: continue meropenem day 3 of 7; "
        "repeat lactate 04:00; wean noradrenaline to keep MAP 65 to 75; physiotherapy when off pressor.",
        HART,
        9,
    )


def insulin_scale(export: Export) -> None:
    """Greek; insulin with a sliding scale and a basal dose."""
    who = Person(export, "pat-02", "00410002")
    who.register(
        [name("Παπαδοπούλου", "Ελένη"), {"use": "usual", "family": "Papadopoulou", "given": ["Eleni"]}],
        "female",
        "1947-11-30",
        contact=[contact("Son", "Παπαδόπουλος", "Γιώργος", "+1 555 0102")],
        communication=[{"language": {"text": "Greek"}, "preferred": True}],
        extension=[
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": True}
        ],
    )
    who.stay("E26-101002", "4w-401-b", ago(52), OSEI, "Diabetic ketoacidosis, resolved", "Internal Medicine")
    who.no_known_allergy("resolved")
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Type 1 diabetes mellitus", "Hypertension")
    who.measure("Body weight Measured", "3141-9", "62.5", "kg", 26)
    who.vitals(STEADY)
    blood_count(who)
    chemistry(who, "138", "3.4")
    for hours, value in ((4, "212"), (8, "184"), (14, "246"), (19, "158")):
        flag = "H" if int(value) > 180 else ""
        who.lab("Glucose, capillary", "41653-7", value, "mg/dL", ("70", "180"), hours, flag)
    steps = (("150", "199", "2"), ("200", "249", "4"), ("250", "299", "6"), ("300", "349", "8"))
    dosages: list[Json] = [
        {
            "sequence": turn,
            "text": "Sliding scale before meals and at bedtime",
            "additionalInstruction": [{"text": f"glucose {low}-{high} mg/dL"}],
            "asNeededBoolean": True,
            "route": concept("subcutaneous", ROUTES["subcutaneous"]),
            "doseAndRate": [{"doseQuantity": quantity(units, "U")}],
        }
        for turn, (low, high, units) in enumerate(steps, 1)
    ]
    dosages.append(
        {
            **dosages[0],
            "sequence": 5,
            "additionalInstruction": [{"text": "glucose 350 mg/dL or more"}],
            "doseAndRate": [{"doseQuantity": quantity("10", "U")}],
            "patientInstruction": "Call the physician for glucose below 70 or above 400 mg/dL",
        }
    )
    scale = who.order_drug(
        "Insulin lispro", dosages, note=[{"text": "Hold if nil by mouth and glucose is below 150 mg/dL"}]
    )
    who.gave(scale, "Insulin lispro", 8, {"dose": quantity("2", "U"), "route": concept("subcutaneous")})
    who.gave(scale, "Insulin lispro", 14, {"dose": quantity("4", "U"), "route": concept("subcutaneous")})
    basal = {
        "text": "18 units subcutaneous at bedtime",
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "timeOfDay": ["22:00:00"]}},
        "route": concept("subcutaneous", ROUTES["subcutaneous"]),
        "doseAndRate": [{"doseQuantity": quantity("18", "U")}],
    }
    order = who.order_drug(
        "Insulin glargine", [basal], note=[{"text": "Do not give if glucose is below 100 mg/dL; call the physician"}]
    )
    who.gave(order, "Insulin glargine", 3.9, {"dose": quantity("18", "U"), "route": concept("subcutaneous")})
    who.scheduled(
        "Lisinopril",
        "10",
        "mg",
        "oral",
        1,
        "Hypertension",
        note=[{"text": "Hold if systolic pressure is below 100 mmHg"}],
    )
    who.scheduled("Potassium chloride", "20", "mEq", "oral", 2, "Hypokalemia")
    who.device("Peripheral intravenous catheter 20 G", "left forearm", 2)
    usual(who, OSEI, "Diabetic diet 1600 kcal")
    who.order("Capillary glucose before meals and at bedtime", "Monitoring", hours=-4)


def heparin(export: Export) -> None:
    """Cyrillic; a heparin infusion by nomogram."""
    who = Person(export, "pat-03", "00410003")
    who.register(
        [name("Соколова", "Анна", "Викторовна")],
        "female",
        "1962-05-19",
        contact=[contact("Daughter", "Соколова", "Мария", "+1 555 0103")],
        communication=[{"language": {"text": "Russian"}, "preferred": True}],
    )
    who.stay("E26-101003", "4w-402-a", ago(30), HART, "Acute pulmonary embolism", "Internal Medicine")
    who.allergy("Codeine", "Nausea and vomiting", severity="mild", type="intolerance", criticality="low")
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Pulmonary embolism", "Obesity")
    who.measure("Body weight Measured", "3141-9", "101.20", "kg", 28)
    who.vitals([(20, 94, 118, 70, "2", 96, "Alert", "37.1"), *STEADY[1:]])
    blood_count(who, "13.10", "9.2", "268")
    chemistry(who)
    who.lab("aPTT", "14979-9", "71", "s", ("25", "35"), 5, "H")
    who.infusion(
        "Heparin 25,000 units in 250 mL dextrose 5%",
        "18",
        "U/kg/h",
        "16",
        2.1,
        (
            "Target: aPTT 60 to 85 seconds",
            "Limits: at most 22 units/kg/h; change only by the nomogram",
            "Hold for 1 hour if aPTT is above 110 seconds",
        ),
    )
    who.as_needed("Paracetamol", "650", "mg", "oral", 6, "pain", per_day("3", "g"), 6)
    who.device("Peripheral intravenous catheter 18 G", "right forearm", 1.2)
    usual(who, HART)
    who.order("aPTT every 6 hours", "Laboratory", "stat", hours=-1)
    who.flag("Bleeding risk: heparin infusion", "Clinical")


def airborne(export: Export) -> None:
    """Arabic; airborne isolation; an interpreter."""
    who = Person(export, "pat-04", "00410004")
    who.register(
        [name("الخطيب", "محمد", "عبد الرحمن")],
        "male",
        "1988-01-24",
        contact=[contact("Brother", "الخطيب", "أحمد", "+1 555 0104")],
        communication=[{"language": {"text": "Arabic"}, "preferred": True}],
        extension=[
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": True}
        ],
    )
    who.stay("E26-101004", "4w-403", ago(40), OSEI, "Suspected pulmonary tuberculosis", "Internal Medicine")
    who.no_known_allergy()
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Suspected pulmonary tuberculosis", "Hemoptysis")
    who.measure("Body weight", "29463-7", "58.0", "kg", 36)
    who.vitals([(20, 95, 116, 70, "", 94, "Alert", "38.1"), *STEADY[1:]])
    blood_count(who, "11.60", "10.4", "355", "L")
    chemistry(who, "134")
    who.flag("Airborne precautions: N95 or PAPR, negative pressure room", "Infection control", 39)
    who.scheduled(
        "Rifampicin-isoniazid-pyrazinamide-ethambutol 150 mg/75 mg/400 mg/275 mg",
        "4",
        "tablet",
        "oral",
        1,
        "Tuberculosis",
    )
    who.scheduled("Pyridoxine", "25", "mg", "oral", 1, "Neuropathy prophylaxis")
    usual(who, OSEI, "High protein diet, no pork")
    who.awaited("Acid-fast bacilli smear, third sample", 10)
    who.awaited("Mycobacterium tuberculosis PCR", 30)


def do_not_resuscitate(export: Export) -> None:
    """Hebrew; DNR with limits of treatment; PRN opioids."""
    who = Person(export, "pat-05", "00410005")
    who.register(
        [name("לוי", "רבקה", "שרה")],
        "female",
        "1934-09-02",
        contact=[contact("Health care proxy (daughter)", "לוי-כהן", "נועה", "+1 555 0105")],
        communication=[{"language": {"text": "Hebrew"}, "preferred": True}],
    )
    who.stay("E26-101005", "4w-404", ago(120), LIND, "Metastatic colon cancer, pain control", "Palliative Medicine")
    who.allergy("Sulfonamides", "Rash", severity="moderate", type="allergy")
    who.allergy("Tramadol", "Confusion", "Seizure", severity="severe", type="intolerance", criticality="high")
    who.resuscitation("Not for resuscitation", "304253006", 100)
    who.consent(
        "Do not resuscitate; no intubation; no intensive care; antibiotics and fluids by mouth only",
        "Advance directive: DNR",
    )
    who.problem("Metastatic colon cancer", "Cancer pain", "Constipation by opioids")
    who.measure("Body weight Estimated", "8335-2", "47", "kg", 90)
    who.vitals([(14, 94, 104, 60, "", 84, "Voice", "36.4"), *STEADY[1:]])
    blood_count(who, "8.90", "6.0", "188", "L")
    chemistry(who, "136", "3.9", "1.10")
    who.as_needed(
        "Morphine",
        "2.5",
        "mg",
        "subcutaneous",
        2,
        "pain 4 to 10 or breathlessness",
        per_day("30", "mg"),
        3,
        7.5,
        13,
        21,
    )
    who.as_needed("Haloperidol", "0.5", "mg", "subcutaneous", 8, "nausea", per_day("3", "mg"), 11)
    who.as_needed("Glycopyrronium", "0.2", "mg", "subcutaneous", 4, "secretions", per_day("1.2", "mg"))
    who.scheduled(
        "Morphine sulfate modified-release",
        "15",
        "mg",
        "oral",
        2,
        "Cancer pain",
        note=[{"text": "Hold if respiratory rate is below 10 per minute"}],
    )
    who.scheduled("Senna", "17.2", "mg", "oral", 2)
    who.device("Subcutaneous infusion cannula", "left upper arm", 3)
    who.device("Colostomy", "left lower abdomen", 400)
    who.flag("High fall risk", "Safety", 110)
    who.flag("Pressure injury, sacrum, stage 2", "Skin", 60)
    usual(who, LIND, "Soft diet as wished")
    who.note(
        "Family meeting",
        "Daughter (proxy) and patient agree: comfort first, no transfer to intensive care.\nChaplain informed.",
        LIND,
        49,
    )


def weekly(export: Export) -> None:
    """Devanagari; weekly methotrexate; contact isolation."""
    who = Person(export, "pat-06", "00410006")
    who.register(
        [name("शर्मा", "प्रिया"), {"use": "usual", "family": "Sharma", "given": ["Priya"]}],
        "female",
        "1979-12-12",
        contact=[contact("Husband", "शर्मा", "राज", "+1 555 0106")],
    )
    who.stay("E26-101006", "4w-405", ago(60), HART, "Cellulitis of the left leg", "Internal Medicine")
    who.allergy("Latex", "Contact dermatitis", severity="mild", type="allergy")
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Cellulitis of the left leg", "Rheumatoid arthritis", "MRSA carrier")
    who.measure("Body weight Measured", "3141-9", "71.0", "kg", 50)
    who.vitals(STEADY)
    blood_count(who, "11.90", "12.8", "301", "L")
    chemistry(who)
    who.flag("Contact precautions: MRSA", "Infection control", 55)
    dosage: Json = {
        "text": "15 mg by mouth ONCE A WEEK on Wednesday",
        "route": concept("oral", ROUTES["oral"]),
        "timing": {
            "repeat": {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["wed"], "timeOfDay": ["09:00:00"]}
        },
        "doseAndRate": [{"doseQuantity": quantity("15", "mg")}],
    }
    order = who.order_drug(
        "Methotrexate",
        [dosage],
        20,
        reasonCode=[{"text": "Rheumatoid arthritis"}],
        note=[{"text": "Hold if white cells are below 3.0 or creatinine is above 2.0 mg/dL"}],
    )
    who.gave(
        order,
        "Methotrexate",
        (AS_OF - AS_OF.replace(day=18, hour=9, minute=10)).total_seconds() / 3600,
        {"dose": quantity("15", "mg")},
    )
    who.scheduled("Folic acid", "1", "mg", "oral", 1)
    who.scheduled("Vancomycin", "1250", "mg", "intravenous", 2, "Cellulitis")
    who.as_needed("Ibuprofen", "400", "mg", "oral", 8, "joint pain", per_day("1200", "mg"), 10)
    usual(who, HART, "Vegetarian diet")
    who.awaited("Vancomycin trough level", 3)


def nil_by_mouth(export: Export) -> None:
    """Thai; nil by mouth before surgery; a drug on hold."""
    who = Person(export, "pat-07", "00410007")
    who.register(
        [name("สุวรรณรัตน์", "กมลชนก")],
        "female",
        "1995-07-08",
        contact=[contact("Partner", "วงศ์สวัสดิ์", "ธนากร", "+1 555 0107")],
    )
    who.stay("E26-101007", "4w-406-a", ago(14), LIND, "Acute cholecystitis", "General Surgery")
    who.no_known_allergy()
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Acute cholecystitis")
    who.measure("Body weight Stated", "3142-7", "54", "kg", 14)
    who.vitals(STEADY[:3])
    blood_count(who, "12.80", "14.9", "240")
    chemistry(who)
    who.team(("Attending surgeon", LIND), ("Primary nurse", "Kwame Mensah RN"))
    who.diet("Nil by mouth (NPO)", "from midnight for surgery at 08:30; sips of water with drugs until 06:00")
    who.order("Laparoscopic cholecystectomy, 08:30", "Surgery", "urgent", hours=-6.5)
    who.consent("Laparoscopic cholecystectomy, possible open", "Procedure")
    who.scheduled("Ceftriaxone", "2", "g", "intravenous", 1, "Cholecystitis")
    who.scheduled("Metformin", "500", "mg", "oral", 2, status="on-hold", statusReason={"text": "surgery"})
    who.infusion("Lactated Ringer's", "100", "mL/h", "100", 3)
    who.as_needed("Hydromorphone", "0.5", "mg", "intravenous", 3, "pain above 6", per_day("4", "mg"), 4)
    who.device("Peripheral intravenous catheter 20 G", "right hand", 0.5)


def stroke(export: Export) -> None:
    """Latin first, Han as an extra name; a dysphagia diet; a feeding tube; home medicines."""
    who = Person(export, "pat-08", "00410008")
    who.register(
        [name("Wang", "Xiaoming"), {"use": "usual", "text": "王小明", "family": "王", "given": ["小明"]}],
        "male",
        "1956-02-29",
        contact=[contact("Wife", "Chen", "Lihua", "+1 555 0108")],
        communication=[{"language": {"text": "Mandarin"}, "preferred": True}],
    )
    who.stay("E26-101008", "4w-406-b", ago(90), OSEI, "Ischemic stroke, left middle cerebral artery", "Neurology")
    who.allergy("Shellfish", "Hives", severity="moderate", type="allergy", category=["food"])
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Ischemic stroke", "Dysphagia", "Atrial fibrillation")
    who.measure("Body weight Measured", "3141-9", "68.70", "kg", 70)
    who.vitals([(16, 96, 168, 92, "", 88, "Alert", "36.9"), *STEADY[1:]])
    blood_count(who)
    chemistry(who)
    who.scheduled(
        "Apixaban", "5", "mg", "oral", 2, "Atrial fibrillation", note=[{"text": "Hold if platelets are below 50"}]
    )
    who.scheduled("Atorvastatin", "80", "mg", "oral", 1)
    who.scheduled(
        "Labetalol",
        "100",
        "mg",
        "oral",
        2,
        "Hypertension",
        note=[{"text": "Target: systolic pressure 140 to 180 mmHg"}],
    )
    who.order_drug(
        "Herbal tea with ginkgo",
        [{"text": "one cup each morning", "doseAndRate": []}],
        400,
        category=[code("medicationrequest-category", "community")],
    )
    who.device("Nasogastric feeding tube 12 Fr", "right nostril, 58 cm", 3)
    who.flag("Aspiration risk: upright for 30 minutes after each feed", "Safety", 88)
    usual(who, OSEI, "Pureed diet, thickened fluids (IDDSI 4 and 2)")


def surname_pair(export: Export) -> None:
    """Two patients of one ward with the same family name."""
    who = Person(export, "pat-09", "00410009")
    who.register(
        [name("Smith", "John", "Edward")],
        "male",
        "1944-06-06",
        contact=[contact("Wife", "Smith", "Mary", "+1 555 0109")],
    )
    who.stay("E26-101009", "4w-407-a", ago(44), HART, "Heart failure", "Cardiology")
    who.no_known_allergy()
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Heart failure with reduced ejection fraction")
    who.measure("Body weight Measured", "3141-9", "92.4", "kg", 20)
    who.measure("Body weight Measured", "3141-9", "94.1", "kg", 43)
    who.vitals(STEADY)
    blood_count(who)
    chemistry(who, "132", "3.3", "1.40")
    who.scheduled(
        "Furosemide",
        "40",
        "mg",
        "intravenous",
        2,
        "Heart failure",
        note=[{"text": "Hold if systolic pressure is below 95 mmHg"}],
    )
    who.scheduled("Carvedilol", "6.25", "mg", "oral", 2)
    who.scheduled("Digoxin", "0.125", "mg", "oral", 1, note=[{"text": "Hold if pulse is below 60 per minute"}])
    usual(who, HART, "Sodium 2 g, fluid 1,500 mL a day")
    who = Person(export, "pat-10", "00410010")
    who.register(
        [name("Smith", "Joan", "Edwina")],
        "female",
        "1944-06-16",
        contact=[contact("Niece", "Baker", "Tess", "+1 555 0110")],
    )
    who.stay("E26-101010", "4w-407-b", ago(80), HART, "Clostridioides difficile colitis", "Internal Medicine")
    who.allergy("Metronidazole", "Peripheral neuropathy", severity="moderate", type="intolerance")
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Clostridioides difficile colitis", "Dehydration")
    who.measure("Body weight Measured", "3141-9", "59.60", "kg", 20)
    who.vitals(STEADY)
    blood_count(who, "12.20", "18.3", "402")
    chemistry(who, "137", "3.2")
    who.flag("Contact precautions (enteric): soap and water, bleach", "Infection control", 78)
    who.scheduled("Vancomycin oral solution", "125", "mg", "oral", 4, "Clostridioides difficile")
    usual(who, HART, "Low residue diet")


def sixty_drugs(export: Export) -> None:
    """A very long name, eight allergies, sixty drugs, a long note."""
    who = Person(export, "pat-11", "00410011")
    who.register(
        [name("Okonkwo-Featherstonehaugh van der Westhuizen", "Wilhelmina", "Chukwuemeka", "Alexandrina")],
        "female",
        "1949-08-21",
        contact=[contact("Son", "Okonkwo-Featherstonehaugh", "Bartholomew", "+1 555 0111")],
    )
    who.stay("E26-101011", "4w-408", ago(400), OSEI, "Fever after kidney transplant", "Transplant Medicine")
    for substance, reactions, severity in (
        ("Penicillin G", ("Anaphylaxis", "Angioedema"), "severe"),
        ("Cephalexin", ("Urticaria",), "moderate"),
        ("Ciprofloxacin", ("Tendon pain",), "moderate"),
        ("Lisinopril", ("Cough",), "mild"),
        ("Iodinated contrast media", ("Bronchospasm",), "severe"),
        ("Peanut", ("Anaphylaxis",), "severe"),
        ("Adhesive tape", ("Skin blisters",), "mild"),
        ("Oxycodone", ("Itching", "Hallucinations"), "moderate"),
    ):
        who.allergy(substance, *reactions, severity=severity)
    who.resuscitation("For resuscitation", "304252001")
    who.problem(
        "Kidney transplant 2019",
        "Fever of unknown origin",
        "Heart failure",
        "Parkinson disease",
        "COPD",
        "Hepatic encephalopathy",
        "Gout",
    )
    who.measure("Body weight Measured", "3141-9", "66.80", "kg", 20)
    who.vitals(WORSE)
    blood_count(who, "9.40", "13.7", "98", "L")
    chemistry(who, "134", "5.4", "2.31")
    who.lab("Tacrolimus trough", "11253-2", "7.20", "ng/mL", ("5.0", "10.0"), 20)
    for drug, dose, unit, route, times in SIXTY:
        who.scheduled(drug, dose, unit, route, times, days=12)
    usual(who, OSEI, "Renal diet, low potassium")
    who.awaited("Cytomegalovirus DNA, quantitative", 26)
    who.awaited("Blood culture, two sets", 40)
    text = "\n".join(
        f"Day {day}: fever {38 + day % 3 * 0.3:.1f} °C, cultures negative so far, antibiotics continued, "
        "graft not tender."
        for day in range(1, 17)
    )
    who.note("Progress notes, whole stay", text, OSEI, 12)


def restricted(export: Export) -> None:
    """A restricted record: a sealed, separate set."""
    who = Person(export, "pat-12", "00410012")
    who.register(
        [name("Whitfield", "Casey")],
        "other",
        "1990-10-10",
        meta={
            "lastUpdated": at(AS_OF),
            "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
        },
    )
    who.stay("E26-101012", "4w-409", ago(26), LIND, "Wound infection", "General Surgery")
    who.no_known_allergy()
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Wound infection")
    who.measure("Body weight Measured", "3141-9", "77.0", "kg", 24)
    who.vitals(STEADY)
    chemistry(who)
    who.scheduled("Cefazolin", "2", "g", "intravenous", 3, "Wound infection")
    who.device("Closed suction drain", "right flank", 1)
    usual(who, LIND)


def deceased(export: Export) -> None:
    """Died this night; still in the census."""
    who = Person(export, "pat-13", "00410013")
    who.register(
        [name("Brennan", "Thomas", "Patrick")],
        "male",
        "1938-04-17",
        deceasedDateTime=at(AS_OF.replace(hour=0, minute=40)),
        contact=[contact("Daughter", "Brennan", "Aoife", "+1 555 0113")],
    )
    who.stay("E26-101013", "4w-410", ago(200), HART, "Acute on chronic kidney failure", "Internal Medicine")
    who.allergy("Heparin", "Heparin-induced thrombocytopenia", severity="severe", criticality="high")
    who.resuscitation("Not for resuscitation", "304253006", 180)
    who.problem("Kidney failure")
    who.vitals(WORSE)
    who.scheduled("Bumetanide", "1", "mg", "intravenous", 2)
    who.team(("Attending physician", HART))


def unknown_man(export: Export) -> None:
    """Nobody knows his name or birth date; allergies were never asked."""
    who = Person(export, "pat-14", "00410014")
    who.register([{"use": "temp", "family": "Unknown", "given": ["Male Seven"]}], "male")
    who.stay("E26-101014", "4w-411", ago(7), OSEI, "Found unconscious; opioid overdose", "Internal Medicine")
    who.allergy(
        "Allergy information not on file",
        code={"text": "Allergy information not on file", "coding": [{"system": SNOMED, "code": "1631000175102"}]},
    )
    who.problem("Opioid overdose", "Aspiration")
    who.measure("Body weight Estimated", "8335-2", "80", "kg", 6)
    who.vitals([(10, 93, 110, 64, "4", 62, "Pain", "35.8"), (8, 90, 104, 60, "6", 58, "Pain", "35.4")])
    chemistry(who, hours=5)
    who.infusion(
        "Naloxone 2 mg in 500 mL sodium chloride 0.9%",
        "0.4",
        "mg/h",
        "0.4",
        0.5,
        ("Target: respiratory rate above 12 per minute",),
    )
    who.team(("Attending physician", OSEI))
    who.flag("Suicide risk not yet assessed: constant observation", "Safety", 6)


def broken_records(export: Export) -> None:
    """A malformed allergy of one patient and a malformed observation of another: both must be named on paper."""
    who = Person(export, "pat-15", "00410015")
    who.register(
        [name("O’Connor", "Siobhán", "Caoimhe")],
        "female",
        "1983-03-17",
        contact=[contact("Wife", "Ní Bhriain", "Gráinne", "+1 555 0115")],
    )
    who.stay("E26-101015", "4w-412-a", ago(33), LIND, "Small bowel obstruction", "General Surgery")
    export.add_raw(
        "AllergyIntolerance",
        '{"resourceType":"AllergyIntolerance","id":"allergy-broken","patient":{"reference":"Patient/pat-15"},"code":{"text":"Va',
    )
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Small bowel obstruction")
    who.measure("Body weight Measured", "3141-9", "63.10", "kg", 30)
    who.vitals(STEADY)
    blood_count(who)
    chemistry(who)
    who.infusion("Dextrose 5% and sodium chloride 0.45% with potassium chloride 20 mEq/L", "125", "mL/h", "125", 1)
    who.scheduled("Famotidine", "20", "mg", "intravenous", 2)
    who.device("Nasogastric tube to low suction", "left nostril", 1.3)
    usual(who, LIND, "Nil by mouth (NPO)")
    who = Person(export, "pat-16", "00410016")
    who.register(
        [name("Nguyễn", "Thị Hồng", "Ánh")],
        "female",
        "1971-01-05",
        contact=[contact("Husband", "Trần", "Văn Đức", "+1 555 0116")],
    )
    who.stay("E26-101016", "4w-412-b", ago(21), OSEI, "Asthma exacerbation", "Internal Medicine")
    who.allergy("Aspirin", "Bronchospasm", severity="severe", criticality="high")
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Asthma")
    who.measure("Body weight Measured", "3141-9", "49.90", "kg", 20)
    who.vitals([(22, 94, 122, 74, "2", 104, "Alert", "37.0"), *STEADY[1:5]])
    who.observe(
        "vital-signs", concept("Body temperature", "8310-5", "http://loinc.org"), ago(1), valueQuantity="38.2 C"
    )
    chemistry(who)
    who.scheduled("Prednisone", "40", "mg", "oral", 1, "Asthma")
    who.scheduled("Ipratropium-albuterol 0.5 mg-2.5 mg/3 mL nebulizer solution", "3", "mL", "inhaled", 4, "Asthma")
    who.as_needed("Albuterol nebulizer solution", "2.5", "mg", "inhaled", 2, "wheezing", None, 2.2, 8, 15)
    usual(who, OSEI)


def merged(export: Export) -> None:
    """Two records merged into one; a note of the old record belongs to the one in use."""
    who = Person(export, "pat-17", "00410017")
    who.register(
        [name("García-Ruiz", "María del Carmen")],
        "female",
        "1966-11-11",
        link=[{"other": {"reference": "Patient/pat-17-old"}, "type": "replaces"}],
        contact=[contact("Sister", "García-Ruiz", "Pilar", "+1 555 0117")],
        communication=[{"language": {"text": "Spanish"}, "preferred": True}],
    )
    old = Person(export, "pat-17-old", "00399217")
    old.register(
        [name("Ruiz", "Carmen")],
        "female",
        "1966-11-11",
        active=False,
        link=[{"other": {"reference": "Patient/pat-17"}, "type": "replaced-by"}],
    )
    old.allergy("Clindamycin", "Rash", severity="mild")
    who.stay("E26-101017", "4w-413", ago(55), HART, "Pyelonephritis", "Internal Medicine")
    who.resuscitation("For resuscitation", "304252001")
    who.problem("Pyelonephritis")
    who.measure("Body weight Measured", "3141-9", "74.5", "kg", 50)
    who.vitals(STEADY)
    blood_count(who, "12.00", "15.2", "219")
    chemistry(who)
    who.scheduled("Ertapenem", "1", "g", "intravenous", 1, "Pyelonephritis")
    dosage: Json = {
        "text": "1 g intravenous every 6 hours",
        "timing": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}},
        "route": concept("intravenous", ROUTES["intravenous"]),
        "doseAndRate": [{"doseQuantity": quantity("1", "g")}],
    }
    order = who.order_drug("Acetaminophen injection", [dosage])
    for hours in (4, 10, 16, 22):
        who.gave(order, "Acetaminophen injection", hours, {"dose": quantity("1", "g"), "route": concept("intravenous")})
    who.gave(order, "Acetaminophen injection", 28, None, "not-done", statusReason=[{"text": "patient asleep"}])
    usual(who, HART)


PATIENTS = (
    septic_shock,
    insulin_scale,
    heparin,
    airborne,
    do_not_resuscitate,
    weekly,
    nil_by_mouth,
    stroke,
    surname_pair,
    sixty_drugs,
    restricted,
    deceased,
    unknown_man,
    broken_records,
    merged,
)
BEDS = (
    "401-a",
    "401-b",
    "402-a",
    "402-b",
    "403",
    "404",
    "405",
    "406-a",
    "406-b",
    "407-a",
    "407-b",
    "408",
    "409",
    "410",
    "411",
    "412-a",
    "412-b",
    "413",
)
