#!/bin/sh
# Installs the Debian packages that only tests need, where this user may; says loudly what is missing otherwise.
set -eu
PACKAGES="poppler-utils qpdf openssl unicode-data chromium"
missing=""
for p in $PACKAGES; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q "ok installed" || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo apt-get update -qq
    # shellcheck disable=SC2086
    sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "WARNING: these packages are missing and tests that need them will be skipped:$missing" >&2
    echo "WARNING: install them with: sudo apt-get install$missing" >&2
fi
