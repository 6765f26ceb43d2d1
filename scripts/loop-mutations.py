#!/usr/bin/env python3
"""Takes the routing rules N2 to N5 out of the code, one by one, and shows that the loop test then finds a cycle.

Works on a copy in a temporary folder; nothing here is changed. Exits with 1 if the test passes without a rule, fails with
all of them, or if a piece of code to be replaced is not found any more.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORIGINATOR = "node_lib/src/routing/originator.rs"
UPSTREAM = "node_lib/src/routing/upstream.rs"

# What is taken out, and in which file: pairs of code and its replacement.
MUTATIONS = [
    ("nothing", ORIGINATOR, []),
    (
        "N2: every neighbour that is alive is feasible",
        ORIGINATOR,
        [
            (
                "(self.quarantine.is_none() && better)",
                "self.quarantine.is_none()",
            )
        ],
    ),
    (
        "N3: a relay carries the advert of the copy that triggered it",
        ORIGINATOR,
        [
            (
                "        let offer = self.selected_offer()?;\n        let latest = offer.latest?;\n        let lag",
                "        let copies = self.offers.iter().filter(|offer| offer.id == self.id);\n"
                "        let offer = copies.min_by_key(|offer| offer.heard).or(self.selected_offer())?;\n"
                "        let latest = offer.latest?;\n        let lag",
            )
        ],
    ),
    (
        "N3: the lag is not told",
        ORIGINATOR,
        [
            (
                "let lag = u8::try_from(self.id.checked_sub(latest.route_id)?).ok()?;",
                "let lag = 0; let latest = Advert { route_id: self.id, ..latest };",
            )
        ],
    ),
    (
        "N3: FD is not updated when an advert leaves",
        ORIGINATOR,
        [("        if advert.beats(self.distance) {\n            self.distance = Some(advert);\n        }\n", "")],
    ),
    (
        "N4: frames follow our own RSU instead of the one they name",
        UPSTREAM,
        [
            (
                "let offer = self.path(Some(rsu))?.selected_offer()?;\n        Some(NextHop",
                "let _ = rsu;\n        let offer = self.path(self.active)?.selected_offer()?;\n        Some(NextHop",
            )
        ],
    ),
    (
        "N5: everybody is believed at once after a start",
        ORIGINATOR,
        [
            ("quarantine: Some(Quarantine { first_duration_ms: heartbeat.duration_ms }),\n            provisional", "quarantine: None,\n            provisional"),
            ("            new.end_quarantine(heartbeat.id);\n", ""),
        ],
    ),
]


def main() -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for name in ("node_lib", "obu_lib", "rsu_lib"):
            shutil.copytree(ROOT / name, copy / name)
        shutil.copy(ROOT / "Cargo.lock", copy)
        manifest = (ROOT / "Cargo.toml").read_text().splitlines()
        manifest = [line for line in manifest if not line.startswith(("members", "default-members"))]
        at = manifest.index("[workspace]")
        manifest.insert(at + 1, 'members = ["node_lib", "obu_lib", "rsu_lib"]')
        (copy / "Cargo.toml").write_text("\n".join(manifest) + "\n")
        for what, file, changes in MUTATIONS:
            failures += not run(copy, what, copy / file, changes)
    return 1 if failures else 0


def run(copy: pathlib.Path, what: str, file: pathlib.Path, changes: list) -> bool:
    """Runs the loop test with the changes, and prints whether it found what it had to."""
    original = file.read_text()
    changed = original
    for old, new in changes:
        if changed.count(old) != 1:
            print(f"without {what}: the code to take out is not there any more", flush=True)
            return False
        changed = changed.replace(old, new)
    file.write_text(changed)
    command = ["cargo", "test", "-q", "-p", "obu_lib", "--test", "loop_freedom", "--", "--nocapture"]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    file.write_text(original)
    lines = (result.stdout + result.stderr).splitlines()
    told = [line for line in lines if "a cycle towards" in line or "random histories" in line or line.startswith("error")]
    print(f"without {what}: {told[0] if told else lines[-1:]}", flush=True)
    if not changes:
        return result.returncode == 0
    return any("a cycle towards" in line for line in told)


if __name__ == "__main__":
    sys.exit(main())
