#!/usr/bin/env bash
# Installs what tests, labs and measurements on real interfaces use beside the Rust toolchain, on Debian, as root.
set -euo pipefail

apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    babeld bsdutils chromium curl iperf3 iproute2 iputils-ping nftables procps python3-minimal python3-venv util-linux >/dev/null

# As udev has it on a machine that runs it. Ordinary users need it for labs.
if [ ! -c /dev/net/tun ]; then
    mkdir -p /dev/net
    mknod /dev/net/tun c 10 200
fi
chmod 0666 /dev/net/tun
