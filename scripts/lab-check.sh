#!/usr/bin/env bash
# Runs the examples as labs, as the caller and, where that is root, as an ordinary user too, and checks from "another
# terminal" what each of them promises. Needs a release build, and what scripts/install-tools.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."

# A folder that everybody can read; the checkout may be root's alone.
folder=$(mktemp -d)
lab=
trap '[ -z "$lab" ] || kill -KILL "$lab" 2>/dev/null; rm -rf "$folder"' EXIT
cp -r "${CARGO_TARGET_DIR:-target}/release/roadmesh" examples scripts "$folder"
chmod -R a+rX "$folder"
cd "$folder"

main() {
    check "as $(id -un)" ""
    if [ "$(id -u)" = 0 ]; then
        check "as an ordinary user" "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
    fi
}

# $1: what to call it; $2: the command that becomes somebody else.
check() {
    as=$2
    results=$(mktemp -d -p "$folder")
    [ -z "$as" ] || chown 65534:65534 "$results"

    echo "-- $1: three hops, 100 pings"
    start chain
    converge car3 rsu1
    at car3 ping -q -c 100 -i 0.01 rsu1 | tee ping.txt
    grep -q '100 packets transmitted, 100 received' ping.txt
    stop

    echo "-- $1: old nodes beside ours"
    start legacy
    for target in 10.109.200.1 10.109.200.2 car2; do
        converge rsu1 "$target"
        at rsu1 ping -q -c 10 -i 0.05 "$target" | tee ping.txt
        grep -q '10 packets transmitted, 10 received' ping.txt
    done
    stop

    echo "-- $1: babel in our place"
    start babel
    converge car3 rsu1
    at car3 ip -6 route | grep babel
    stop
}

start() {
    # shellcheck disable=SC2086  # several words
    $as ./roadmesh lab "examples/$1.yaml" --keep --quiet --lab "$1" --out "$results/$1" &
    lab=$!
    name=$1
}

stop() {
    kill -INT "$lab"
    wait "$lab" || [ $? = 130 ]
    lab=
}

at() {
    $as ./roadmesh lab exec --lab "$name" "$@"
}

# Waits until one host reaches another; the lab's end ends the wait.
converge() {
    until at "$1" ping -q -c 1 -W 1 "$2" >/dev/null 2>&1; do
        kill -0 "$lab"
        sleep 0.1
    done
}

main
