#!/usr/bin/env python3
"""An OBU or RSU that knows the base layout of docs/wire.md alone, as nodes of the vigilant-parakeet project do.

It was written from the byte tables and shares no code with roadmesh, so that nodes of ours can be tried against it on real
interfaces: in a namespace of `roadmesh lab`, or at one end of a wire with a daemon at the other.

    legacy_node.py --role obu --radio radio0 --address 10.1.0.7/16 --address fd00::7/64

It makes a TAP with those addresses for its host, says `ready`, and runs until it is ended. It needs CAP_NET_ADMIN and
CAP_NET_RAW in its namespace, and Python 3.8 or later.
"""

import argparse
import fcntl
import ipaddress
import os
import select
import signal
import socket
import struct
import sys
import time

# A row of the tables is a field; the flat form is the fields one after the other, big-endian.
HEARTBEAT = struct.Struct(">6s6sH2s16sII6s")  # to, from, marker, kind, duration, id, hops, source
REPLY = struct.Struct(">6s6sH2s16sII6s6s")  # the same, sender
UPSTREAM = struct.Struct(">6s6sH2s6s")  # to, from, marker, kind, origin; then the payload
DOWNSTREAM = struct.Struct(">6s6sH2s6s6s")  # to, from, marker, kind, origin, destination; then the payload

# Packet type and subtype.
IS_HEARTBEAT, IS_REPLY, IS_UPSTREAM, IS_DOWNSTREAM = b"\0\0", b"\0\1", b"\1\0", b"\1\1"
FIXED = {IS_HEARTBEAT: HEARTBEAT, IS_REPLY: REPLY, IS_UPSTREAM: UPSTREAM, IS_DOWNSTREAM: DOWNSTREAM}

EVERYBODY = b"\xff" * 6
RELAY_WAIT = 0.003
# A copy of a heartbeat may be late by milliseconds; what is this much younger is a new life of its RSU.
RESTARTED_MS = 1000
# Heartbeat ids that are remembered of each RSU.
REMEMBERED = 256


class Node:
    """What both roles have: a radio, a host, and things to do later."""

    def __init__(self, radio, tap, marker):
        self.radio, self.tap, self.marker = radio, tap, marker
        self.me = radio.getsockname()[4]
        self.later = []  # (when, what)

    def run(self):
        poll = select.poll()
        for device in (self.radio.fileno(), self.tap):
            poll.register(device, select.POLLIN)
        while True:
            now = time.monotonic()
            due = [what for when, what in self.later if when <= now]
            self.later = [(when, what) for when, what in self.later if when > now]
            for what in due:
                what()
            wait = min((when for when, _ in self.later), default=now + 3600) - time.monotonic()
            for device, _ in poll.poll(max(0, wait * 1000)):
                if device == self.tap:
                    self.from_host(os.read(self.tap, 65536))
                else:
                    self.receive()

    def receive(self):
        frame, (_, _, direction, _, _) = self.radio.recvfrom(65536)
        kind = frame[14:16]
        if direction == socket.PACKET_OUTGOING or kind not in FIXED or len(frame) < FIXED[kind].size:
            return
        to, sender = frame[:6], frame[6:12]
        if sender == self.me or to != (EVERYBODY if kind == IS_HEARTBEAT else self.me):
            return
        # What follows a control message are extensions, which this node doesn't know.
        fields = FIXED[kind].unpack_from(frame)[4:]
        payload = frame[FIXED[kind].size :]
        if kind == IS_HEARTBEAT:
            self.heartbeat(sender, *fields)
        elif kind == IS_REPLY:
            self.reply(sender, *fields)
        elif kind == IS_UPSTREAM:
            self.upstream(sender, *fields, payload)
        else:
            self.downstream(sender, *fields, payload)

    def send(self, to, kind, *fields, payload=b""):
        frame = FIXED[kind].pack(to, self.me, self.marker, kind, *fields) + payload
        try:
            self.radio.send(frame)
        except OSError as error:
            print(f"not sent: {error}", file=sys.stderr, flush=True)

    def deliver(self, payload):
        try:
            os.write(self.tap, payload)
        except OSError as error:
            print(f"not delivered: {error}", file=sys.stderr, flush=True)

    def after(self, seconds, what):
        self.later.append((time.monotonic() + seconds, what))

    def heartbeat(self, sender, duration, number, hops, source):
        pass

    def reply(self, sender, duration, number, hops, source, obu):
        pass

    def upstream(self, sender, origin, payload):
        pass

    def downstream(self, sender, origin, destination, payload):
        pass


class Known:
    """What an OBU knows of one RSU: its newest heartbeat, and who sent that with the fewest hops."""

    def __init__(self, duration, number, hops, via):
        self.duration, self.number, self.hops, self.via = duration, number, hops, via
        self.numbers = []

    def is_new(self, number):
        new = number not in self.numbers
        if new:
            self.numbers = self.numbers[-REMEMBERED:] + [number]
        return new


class Obu(Node):
    def __init__(self, *args):
        super().__init__(*args)
        self.rsus = {}
        self.below = {}  # which neighbour leads to which OBU

    def heartbeat(self, sender, duration, number, hops, source):
        if source == self.me:
            return
        uptime = int.from_bytes(duration, "big")
        known = self.rsus.get(source)
        if known is None or uptime + RESTARTED_MS < known.duration:
            known = self.rsus[source] = Known(uptime, number, hops, sender)
        if number > known.number or (number == known.number and hops < known.hops):
            known.duration, known.number, known.hops, known.via = uptime, number, hops, sender
        if known.is_new(number):
            relay = (duration, number, hops + 1, source)
            self.after(RELAY_WAIT, lambda: self.send(EVERYBODY, IS_HEARTBEAT, *relay))
            self.send(known.via, IS_REPLY, duration, number, hops, source, self.me)

    def reply(self, sender, duration, number, hops, source, obu):
        known = self.rsus.get(source)
        if known and number in known.numbers:
            self.below[obu] = sender
            if known.via != sender:
                self.send(known.via, IS_REPLY, duration, number, hops, source, obu)

    def upwards(self):
        best = min(self.rsus.values(), key=lambda known: known.hops, default=None)
        return best and best.via

    def upstream(self, sender, origin, payload):
        via = self.upwards()
        if via and via != sender:
            self.send(via, IS_UPSTREAM, origin, payload=payload)

    def downstream(self, sender, origin, destination, payload):
        if destination == self.me:
            self.deliver(payload)
        elif self.below.get(destination, sender) != sender:
            self.send(self.below[destination], IS_DOWNSTREAM, origin, destination, payload=payload)

    def from_host(self, frame):
        via = self.upwards()
        if via:
            self.send(via, IS_UPSTREAM, self.me, payload=frame)


class Rsu(Node):
    INTERVAL = 0.2

    def __init__(self, *args):
        super().__init__(*args)
        self.start, self.number = time.monotonic(), 0
        self.obus = {}  # which neighbour leads to which OBU
        self.hosts = {}  # behind which OBU is which host
        self.beat()

    def beat(self):
        self.number += 1
        uptime = int((time.monotonic() - self.start) * 1000).to_bytes(16, "big")
        self.send(EVERYBODY, IS_HEARTBEAT, uptime, self.number, 1, self.me)
        self.after(self.INTERVAL, self.beat)

    def reply(self, sender, duration, number, hops, source, obu):
        if source == self.me:
            self.obus[obu] = sender

    def upstream(self, sender, origin, payload):
        self.obus[origin] = sender
        self.hosts[payload[6:12]] = origin
        self.deliver(payload)

    def from_host(self, frame):
        """To the OBU that the destination is behind; to all where nobody knows it."""
        known = self.hosts.get(frame[:6])
        for obu, via in self.obus.items():
            if known in (None, obu):
                self.send(via, IS_DOWNSTREAM, frame[6:12], obu, payload=frame)


# linux/if_tun.h and linux/sockios.h.
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_UP = 0x0002, 0x1000, 0x1
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFMTU = 0x8913, 0x8914, 0x8916, 0x891C, 0x8922


def open_tap(name, addresses, mtu):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    interface = name.encode()
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", interface, IFF_TAP | IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as v4:
        fcntl.ioctl(v4, SIOCSIFMTU, struct.pack("16si20x", interface, mtu))
        flags = struct.unpack("16sH22x", fcntl.ioctl(v4, SIOCGIFFLAGS, struct.pack("16s24x", interface)))[1]
        fcntl.ioctl(v4, SIOCSIFFLAGS, struct.pack("16sH22x", interface, flags | IFF_UP))
        for address in addresses:
            if address.version == 4:
                for request, value in ((SIOCSIFADDR, address.ip), (SIOCSIFNETMASK, address.netmask)):
                    # struct sockaddr_in: family, port, address.
                    fcntl.ioctl(v4, request, struct.pack("16sHH4s16x", interface, socket.AF_INET, 0, value.packed))
            else:
                with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as v6:
                    # struct in6_ifreq: address, length of the prefix, index of the interface.
                    index = socket.if_nametoindex(name)
                    request = struct.pack("16sIi", address.ip.packed, address.network.prefixlen, index)
                    fcntl.ioctl(v6, SIOCSIFADDR, request)
    return tap


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--role", choices=("obu", "rsu"), required=True)
    parser.add_argument("--radio", required=True, help="the interface that stands for the radio; it must be up")
    parser.add_argument("--tap", default="tap0", help="the name of the TAP to make (%(default)s)")
    parser.add_argument("--address", action="append", default=[], type=ipaddress.ip_interface)
    parser.add_argument("--mtu", default=1400, type=int, help="of the TAP (%(default)s): headers of 43 bytes must fit too")
    parser.add_argument("--ethertype", default=0x3030, type=lambda text: int(text, 0))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    tap = open_tap(options.tap, options.address, options.mtu)
    radio = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    radio.bind((options.radio, options.ethertype))
    node = {"obu": Obu, "rsu": Rsu}[options.role](radio, tap, options.ethertype)
    print("ready", flush=True)
    try:
        node.run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
