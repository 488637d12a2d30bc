#!/bin/sh
# Writes the lock files from pyproject.toml, with the versions that satisfy every group together.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet "pip>=25.1" pip-tools
cp pyproject.toml "$tmp/pyproject.toml"
PIP="$tmp/venv/bin/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe"
$PIP --output-file requirements.lock pyproject.toml
for group in test bench; do
    python3 - "$group" > "$tmp/$group.in" <<'PY'
import sys, tomllib
groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]
names = {"test": ("test", "lint", "fonts"), "bench": ("bench",)}[sys.argv[1]]
print("\n".join(line for name in names for line in groups[name]))
PY
    $PIP --constraint requirements.lock --output-file "requirements-$group.lock" "$tmp/$group.in"
done
rm -rf "$tmp"
