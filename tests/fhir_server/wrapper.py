"""Starts sekmet-fhir with the search parameters that it lacks: ``wrapper.py serve --host 127.0.0.1 --port 8090``.

Runs in the environment that ``tools/fhir_server.sh`` makes, not in that of papermode. sekmet-fhir 0.1.1 has no
search parameters for some types, so that ``ifNoneExist`` on them is an error. Its search engine holds a reference to
``PARAMS``: the table is extended in place, before the command line is imported.
"""

from __future__ import annotations

import importlib

KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "QuestionnaireResponse": {
        "token": ("identifier", "status"),
        "uri": ("questionnaire",),
        "reference": ("subject", "encounter", "author"),
        "date": ("authored",),
    },
    "Questionnaire": {"token": ("identifier", "version", "status"), "uri": ("url",), "string": ("name", "title")},
    "Provenance": {"reference": ("target",), "date": ("recorded",)},
}


def main() -> None:
    """Extend the table, then run the server's own command line."""
    search = importlib.import_module("sekmet.fhir.search_params")
    for resource, kinds in KINDS.items():
        table = search.PARAMS.setdefault(resource, {})
        for kind, names in kinds.items():
            for name in names:
                table.setdefault(name, search.SearchParam(name, kind, (name,), None))
        if "subject" in kinds.get("reference", ()):
            table.setdefault("patient", search.SearchParam("patient", "reference", ("subject",), "Patient"))
    importlib.import_module("sekmet.cli").app()


if __name__ == "__main__":
    main()
