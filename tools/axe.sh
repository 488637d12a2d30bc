#!/bin/sh
# Gets axe-core from npm for the accessibility tests: out/axe/axe.min.js. Nothing of it is shipped.
set -eu
cd "$(dirname "$0")/.."
[ -f out/axe/axe.min.js ] && exit 0
mkdir -p out/axe
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && npm pack --silent axe-core@4 >/dev/null && tar -xzf axe-core-4*.tgz)
cp "$tmp/package/axe.min.js" out/axe/axe.min.js
