#!/usr/bin/env bash
# Opens reports in a browser without a network: scripts/report-check.sh REPORT... Each must draw all its plots, ask for nothing and
# leave no word on the browser's console.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for report in "$@"; do
    path=$(realpath "$report")
    unshare --net chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
        --user-data-dir="$work/profile" --enable-logging=stderr --log-net-log="$work/net.json" \
        --screenshot="$work/page.png" --window-size=1200,3000 --dump-dom "file://$path" >"$work/dom.html" 2>"$work/log"
    if grep CONSOLE "$work/log"; then
        echo "$report: the browser complains" >&2
        exit 1
    fi
    drawn=$(grep -o '<svg' "$work/dom.html" | wc -l)
    if [ "$drawn" -eq 0 ] || [ "$drawn" -ne "$(grep -o '<svg' "$path" | wc -l)" ]; then
        echo "$report: $drawn plots were drawn" >&2
        exit 1
    fi
    # What the browser asks for on its own behalf is its maker's.
    if grep -oE '"url":"(https?|wss?)://[^/"]*' "$work/net.json" | grep -vE '[/.](google|googleapis|gvt1)\.com$'; then
        echo "$report: the page wants something from a network" >&2
        exit 1
    fi
    # A page without content is one colour, which packs to next to nothing.
    if [ "$(stat -c %s "$work/page.png")" -lt 50000 ]; then
        echo "$report: the page is empty" >&2
        exit 1
    fi
    echo "$report: $drawn plots"
done
