#!/bin/sh
# Makes .venv-fhir with the FHIR server that tests/fhir_server posts to. It has an environment of its own: its
# pinned libraries are not papermode's.
set -eu
cd "$(dirname "$0")/.."
if [ -x .venv-fhir/bin/sekmet ] && cmp -s tools/fhir_server.lock .venv-fhir/installed.lock; then
    exit 0
fi
rm -rf .venv-fhir
"${PYTHON:-python3}" -m venv .venv-fhir
.venv-fhir/bin/pip install --quiet --disable-pip-version-check --requirement tools/fhir_server.lock
cp tools/fhir_server.lock .venv-fhir/installed.lock
