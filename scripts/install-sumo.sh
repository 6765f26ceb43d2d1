#!/usr/bin/env bash
# Installs SUMO for the tests that run it, in the folder where Cargo builds: nothing else on the machine changes. Needs python3-venv.
set -euo pipefail
cd "$(dirname "$0")/.."

# Results depend on it: another version is another traffic.
version=1.28.0
folder=${CARGO_TARGET_DIR:-target}/sumo

if [ "$("$folder/bin/pip" list --format=freeze 2>/dev/null | grep '^eclipse-sumo==' || true)" != "eclipse-sumo==$version" ]; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "eclipse-sumo==$version"
fi
# Not `head`, which would end it in the middle of a line.
"$folder/bin/sumo" --version | sed -n 1p
