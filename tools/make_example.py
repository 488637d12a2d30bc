"""Write ``examples/snapshot``: the patient data of the example site, as an EHR's bulk export would give it.

Run ``python tools/make_example.py`` after a change here and commit the result; the same program gives the same bytes.
All persons are invented. Broken records are left in on purpose (see ``examples/snapshot/README.md``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import example_4w
import example_ob
from example_fhir import HL7, Export, Json

ROOT = Path(__file__).resolve().parent.parent


def place(export: Export, id: str, kind: str, name: str, part_of: str = "", identifier: str = "") -> None:
    """Add a Location."""
    body: Json = {
        "status": "active",
        "name": name,
        "physicalType": {"coding": [{"system": f"{HL7}/location-physical-type", "code": kind}]},
    }
    if part_of:
        body["partOf"] = {"reference": f"Location/{part_of}"}
    if identifier:
        body["identifier"] = [{"system": "https://hospital.example.org/ward", "value": identifier}]
    export.add("Location", body, id)


def hospital(export: Export) -> None:
    """Add the hospital with its two wards, their rooms and beds."""
    place(export, "hospital", "si", "Example General Hospital")
    wards = (
        ("4w", "4W", "Ward 4 West, medicine and surgery", example_4w.BEDS),
        ("ob", "OB", "Ward Obstetrics", example_ob.BEDS),
    )
    for id, ward, name, beds in wards:
        place(export, f"ward-{id}", "wa", name, "hospital", ward)
        rooms: set[str] = set()
        for bed in beds:
            room = bed[:3]
            if room not in rooms:
                rooms.add(room)
                place(export, f"{id}-room-{room}", "ro", f"Room {room}", f"ward-{id}")
            place(export, f"{id}-{bed}", "bd", f"Bed {bed.upper()}", f"{id}-room-{room}")


def main(folder: Path) -> None:
    """Write the example's data into ``folder``."""
    export = Export()
    hospital(export)
    for add in (*example_4w.PATIENTS, *example_ob.PATIENTS):
        add(export)
    export.write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples" / "snapshot")
