//! Every kind of mistake in a scenario gives one error, at the right place, with a way to mend it.
//!
//! In the cases below `§` stands before the place that the error must name; it is taken out before the file is written.

use config_lib::{ConfigError, Override};
use sim_lib::scenario::Scenario;
use std::fmt::Write;
use std::fs;

#[test]
fn text_that_is_no_yaml() {
    let cases: &[(&str, &str)] = &[
        ("a tab", "name: t\nnodes:\n\t§a: { role: obu }\n"),
        ("an open bracket", "name: t\nnodes: §[1, 2\n"),
        ("an open quote", "name: §\"t\nduration: 60s\n"),
        ("a key twice", "name: t\nduration: 60s\n§name: u\n"),
        ("a key twice, deep down", "name: t\nnodes:\n  a: { role: obu, §role: rsu }\n"),
        ("a node twice", "name: t\nnodes:\n  a: { role: obu }\n  §a: { role: rsu }\n"),
        ("a second document", "name: t\n---\n§name: u\n"),
        ("a wrong indentation", "name: t\n duration§: 60s\n"),
        ("an alias of nothing", "name: §*t\n"),
        ("not a number", "name: t\nduration: §.nan\n"),
        ("a list", "§- name: t\n"),
        ("a word", "§town\n"),
        ("a list as a key", "? §[a]\n: b\n"),
        ("a NUL", "name: t§\0\n"),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn keys_that_do_not_exist_or_are_missing() {
    let cases: &[(&str, &str)] = &[
        ("a wrong key", "name: t\nduration: 60s\n§warm_up: 5s\n"),
        ("a key like no other", "name: t\n§zebra: 1\n"),
        (
            "a wrong key of a node",
            "name: t\nduration: 60s\nnodes:\n  a:\n    role: obu\n    §positon: [0, 0]\n",
        ),
        (
            "a wrong key of a radio section",
            "name: t\nduration: 60s\nradio:\n  profile: geometric\n  geometric:\n    §tx_pwr_dbm: 20\n",
        ),
        ("a wrong key of the protocol", "name: t\nduration: 60s\nprotocol:\n  §heartbeat: 1s\n"),
        (
            "a wrong key of a link",
            &in_base("radio:\n  profile: ideal\n  ideal:\n    links:\n      - §betwen: [a, b]\n"),
        ),
        (
            "a wrong key of a flow",
            &in_base("radio: { profile: ideal }\ntraffic:\n  - name: f\n    §sise: 100\n"),
        ),
        (
            "a wrong kind of fault",
            &in_base("radio: { profile: ideal }\nfaults:\n  - at: 5s\n    §node_dwon: a\n"),
        ),
        (
            "a wrong key of a fault",
            &in_base(
                "radio: { profile: ideal }\nfaults:\n  - at: 5s\n    link_loss: { between: [a, b], §los: 1 }\n",
            ),
        ),
        ("a missing section", "§name: t\nduration: 60s\nnodes:\n  a: { role: obu }\n"),
        ("a missing key of a section", &in_base("§radio: { attempts: 3 }\n")),
        (
            "a missing key of an entry",
            &in_base("radio: { profile: ideal }\ntraffic:\n  - §name: f\n    kind: constant\n"),
        ),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn values_of_the_wrong_kind() {
    let cases: &[(&str, &str)] = &[
        ("a number as a name", "name: §12\n"),
        ("no value", "name: t\n§duration:\n"),
        ("no time", "name: t\nduration: §soon\n"),
        ("a negative time", "name: t\nduration: §-5s\n"),
        ("a time finer than the clock", "name: t\nduration: 60s\nwarmup: §0.5us\n"),
        ("an endless time", "name: t\nduration: §1e12\n"),
        ("a list as a time", "name: t\n§duration: [1, 2]\n"),
        ("a negative seed", "name: t\nduration: 60s\nseed: §-1\n"),
        ("a fractional seed", "name: t\nduration: 60s\nseed: §1.5\n"),
        ("a huge seed", "name: t\nduration: 60s\nseed: §18446744073709551616\n"),
        ("a role that isn't one", "name: t\nduration: 60s\nnodes:\n  a: { role: §obi }\n"),
        ("a number as a role", "name: t\nduration: 60s\nnodes:\n  a: { role: §1 }\n"),
        ("a list for a section", "name: t\nduration: 60s\n§nodes: [a, b]\n"),
        ("a section for a list", &in_base("radio: { profile: ideal }\n§traffic: { name: f }\n")),
        ("an empty list", &in_base("radio: { profile: ideal }\n§traffic:\n")),
        ("one coordinate", "name: t\nduration: 60s\nnodes:\n  a: { role: obu, §position: [1] }\n"),
        ("three coordinates", "name: t\nduration: 60s\nnodes:\n  a: { role: obu, §position: [1, 2, 3] }\n"),
        (
            "a text as a coordinate",
            "name: t\nduration: 60s\nnodes:\n  a: { role: obu, position: [1, §here] }\n",
        ),
        ("a position as a text", "name: t\nduration: 60s\nnodes:\n  a: { role: obu, position: §here }\n"),
        ("a profile that isn't one", &in_base("radio: { profile: §geometry }\n")),
        ("a text as a switch", &in_base("radio: { profile: ideal }\nprotocol: { tx_status: §maybe }\n")),
        ("too large a count", &in_base("radio: { profile: ideal, attempts: §300 }\n")),
        ("a rate that isn't one", &in_base("radio: { profile: ideal }\ntraffic:\n  - rate: §often\n")),
        ("a rate of zero", &in_base("radio: { profile: ideal }\ntraffic:\n  - rate: §0\n")),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn beacons_that_do_not_fit() {
    let with = |beacons: &str| {
        in_base(&format!(
            "groups: {{ cars: {{ count: 3 }} }}\nwired: {{ hosts: [h] }}\nradio: {{ profile: ideal }}\nbeacons: {{ {beacons} }}\n"
        ))
    };
    let cases: &[(&str, &str)] = &[
        ("nobody sends", &with("senders: §[]")),
        ("a wrong key", &with("senders: [{ from: a }], §step: 25")),
        ("a wrong key of a sender", &with("senders: [{ from: a, §interval: 100ms }]")),
        ("a sender that isn't there", &with("senders: [{ from: §car }]")),
        ("a host on the wire", &with("senders: [{ from: §h }]")),
        ("twice the same", &with("senders: [{ from: a }, { from: §a }]")),
        ("a member and its group", &with("senders: [{ from: cars2 }, { from: §cars }]")),
        ("an OBU and all of them", &with("senders: [{ from: vehicles }, { from: §a }]")),
        ("somebody and everybody", &with("senders: [{ from: b }, { from: §all }]")),
        ("no rate", &with("senders: [{ from: a, rate: §0 }]")),
        ("too often", &with("senders: [{ from: a, rate: §5000/s }]")),
        ("too small", &with("senders: [{ from: a, size: §39 }]")),
        ("too much jitter", &with("senders: [{ from: a, jitter: §1.5 }]")),
        ("no such category", &with("senders: [{ from: a, category: §urgent }]")),
        ("too late", &with("senders: [{ from: a, start: §60s }]")),
        ("over before it starts", &with("senders: [{ from: a, start: 5s, stop: §5s }]")),
        ("no such control", &with("senders: [{ from: a }], congestion_control: §tdma")),
        ("a radio that senses nothing", &with("senders: [{ from: a }], congestion_control: §limeric")),
        ("no steps", &with("senders: [{ from: a }], delivery_step: §0")),
        ("none of them", &with("senders: [{ from: a }], measure_one_in: §0")),
        (
            "a radio of its host",
            "name: t\nduration: 60s\nnodes: { a: { role: obu, radio: tap } }\nradio: { profile: ideal }\n\
             beacons: { senders: [{ from: §a }] }\n",
        ),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn values_out_of_range() {
    let ideal = "radio: { profile: ideal }\n";
    let cases: &[(&str, &str)] = &[
        (
            "a name with a slash",
            "name: §a/b\nduration: 60s\nnodes: { a: { role: obu } }\nradio: { profile: ideal }\n",
        ),
        ("no attempts", &in_base("radio: { profile: ideal, attempts: §0 }\n")),
        ("no queue", &in_base("radio: { profile: ideal, queue: §0 }\n")),
        ("a loss above one", &in_base("radio:\n  profile: ideal\n  ideal: { default: { loss: §1.5 } }\n")),
        (
            "a negative loss",
            &in_base("radio:\n  profile: ideal\n  ideal: { links: [{ between: [a, b], loss: §-0.1 }] }\n"),
        ),
        ("a long delay", &in_base("radio:\n  profile: ideal\n  ideal: { default: { latency: §2h } }\n")),
        ("a rate below one bit", &in_base("radio:\n  profile: ideal\n  ideal: { default: { rate: §0 } }\n")),
        ("too much power", &in_base("radio: { profile: ideal, geometric: { tx_power_dbm: §1000 } }\n")),
        (
            "a data rate that isn't one",
            &in_base("radio: { profile: ideal, geometric: { rate_mbps: §54 } }\n"),
        ),
        (
            "no time between heartbeats",
            &in_base(&format!("{ideal}protocol: {{ heartbeat_interval: §0s }}\n")),
        ),
        ("no candidates", &in_base(&format!("{ideal}protocol: {{ candidates: §0 }}\n"))),
        ("too many hops", &in_base(&format!("{ideal}protocol: {{ hop_limit: §32 }}\n"))),
        ("a length as an EtherType", &in_base(&format!("{ideal}protocol: {{ ethertype: §100 }}\n"))),
        ("somebody else's EtherType", &in_base(&format!("{ideal}protocol: {{ ethertype: §0x0800 }}\n"))),
        ("a payload too small to measure", &flow("size: §10")),
        ("a payload too large for a frame", &flow("size: §9000")),
        ("a far place", &in_base(&format!("  c: {{ role: obu, position: [0, §1e9] }}\n{ideal}"))),
        (
            "a loss above one, later",
            &in_base(&format!(
                "{ideal}faults:\n  - at: 5s\n    link_loss: {{ between: [a, b], loss: §2 }}\n"
            )),
        ),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn names_that_do_not_fit() {
    let ideal = "radio: { profile: ideal }\n";
    let cases: &[(&str, &str)] = &[
        ("a flow from nobody", &flow("size: 100\n    from: §aa")),
        ("a flow to nobody", &flow("size: 100\n    to: §server")),
        ("a flow to itself", &flow("size: 100\n    to: §a")),
        ("all to all", &flow("size: 100\n    from: vehicles\n    to: §vehicles")),
        ("a flow past all vehicles", &flow("size: 100\n    from: b\n    to: §h")),
        (
            "two flows of one name",
            &format!(
                "{}  - {{ name: §f, kind: constant, from: a, to: b, rate: 1, size: 100 }}\n",
                flow("size: 100")
            ),
        ),
        ("a response to nothing", &flow("size: 100\n    §response_size: 100")),
        ("a reserved node", &in_base(&format!("  §vehicles: {{ role: obu }}\n{ideal}"))),
        ("a node with a dot", &in_base(&format!("  §a.b: {{ role: obu }}\n{ideal}"))),
        ("a reserved host", &in_base(&format!("{ideal}wired: {{ hosts: [§vehicles] }}\n"))),
        ("a host twice", &in_base(&format!("{ideal}wired: {{ hosts: [h, §h] }}\n"))),
        ("a host like a node", &in_base(&format!("{ideal}wired: {{ hosts: [§a] }}\n"))),
        ("a link to nobody", &links("[a, §c]")),
        ("a link to itself", &links("§[a, a]")),
        ("a link twice", &links("[a, b]\n      - between: §[b, a]")),
        ("a fault of nobody", &in_base(&format!("{ideal}faults: [{{ at: 5s, node_down: §c }}]\n"))),
        (
            "a fault of a host",
            &in_base(&format!("{ideal}wired: {{ hosts: [h] }}\nfaults: [{{ at: 5s, node_down: §h }}]\n")),
        ),
        ("a fault of all", &in_base(&format!("{ideal}faults: [{{ at: 5s, node_up: §vehicles }}]\n"))),
        (
            "a fault of no link",
            &format!(
                "{}faults: [{{ at: 5s, link_down: §[b, c] }}]\n",
                links("[a, b]").replace("nodes:\n", "nodes:\n  c: { role: obu }\n")
            ),
        ),
        (
            "vehicles where there are none",
            "name: t\nduration: 60s\nnodes:\n  b: { role: rsu }\nradio: { profile: ideal }\ntraffic:\n  \
             - { name: f, kind: constant, from: §vehicles, to: b, rate: 1, size: 100 }\n",
        ),
        ("nobody at all", "§name: t\nduration: 60s\nradio: { profile: ideal }\n"),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn vehicles_that_come_from_nowhere() {
    let trace = |trace: &str| in_base(&format!("radio: {{ profile: ideal }}\ntrace: {trace}\n"));
    let sumo = |sumo: &str| trace(&format!("{{ sumo: {{ {sumo} }} }}"));
    let cases: &[(&str, &str)] = &[
        ("nothing", &in_base("radio: { profile: ideal }\n§trace: {}\n")),
        ("a file and SUMO", &trace("{ file: t.xml, §sumo: { config: t.sumocfg } }")),
        ("a format of no file", &trace("{ format: §fcd, sumo: { config: t.sumocfg } }")),
        ("no SUMO", &trace("{ §sumo: {} }")),
        ("two SUMOs", &sumo("config: t.sumocfg, §connect: 'localhost:8813'")),
        ("no port", &sumo("connect: §localhost")),
        ("a port that none is", &sumo("connect: §'localhost:88130'")),
        ("a seed for somebody else's", &sumo("connect: 'localhost:8813', §seed: 5")),
        ("options for somebody else's", &sumo("connect: 'localhost:8813', §options: [--scale, '2']")),
        ("a seed too large", &sumo("config: t.sumocfg, seed: §2147483648")),
        ("no patience", &sumo("config: t.sumocfg, timeout: §10ms")),
        ("no configuration there", &sumo("config: §t.sumocfg")),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn places_that_no_network_has() {
    let network = |node: &str, content: &str| {
        let text = in_base(&format!("  c: {{ role: rsu, {node} }}\nradio: {{ profile: ideal }}\n"));
        (text + "network: { file: n.net.xml }\n", content.to_owned())
    };
    let real = include_str!("../../mobility_lib/tests/data/crossing.net.xml");
    let flat =
        "<net><location netOffset=\"0,0\" projParameter=\"!\"/><junction id=\"a\" x=\"1\" y=\"2e7\"/></net>";
    let strange = flat.replace('!', "+proj=cube");
    let cases = [
        (
            "no network",
            (in_base("  c: { role: rsu, §junction: a }\nradio: { profile: ideal }\n"), String::new()),
        ),
        (
            "no network for a place on earth",
            (
                in_base("  c: { role: rsu, §geo: { lon: 1, lat: 2 } }\nradio: { profile: ideal }\n"),
                String::new(),
            ),
        ),
        ("two places", network("junction: '102', position: [0, 0], geo: §{ lon: 1, lat: 2 }", real)),
        ("another junction", network("junction: §'1O2'", real)),
        ("a junction far from any", network("junction: §cluster_1_2", real)),
        ("a number for a junction", network("junction: §102", real)),
        ("a junction too far away", network("junction: §a", flat)),
        ("no projection", network("§geo: { lon: 13.5, lat: 52.4 }", flat)),
        ("a strange projection", (network("junction: a", "").0.replace("n.net.xml", "§n.net.xml"), strange)),
        ("a longitude around the world", network("geo: { lon: §200, lat: 0 }", real)),
        ("half a place", network("§geo: { lon: 20 }", real)),
        ("no file", (network("junction: a", "").0.replace("n.net.xml", "§none.xml"), String::new())),
        (
            "an empty network",
            (network("junction: a", "").0.replace("n.net.xml", "§n.net.xml"), String::new()),
        ),
        (
            "a torn network",
            (network("junction: a", "").0.replace("n.net.xml", "§n.net.xml"), real[..3000].to_owned()),
        ),
    ];
    let mut shown = String::new();
    for (name, (marked, content)) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("n.net.xml"), content).unwrap();
        let file = folder.path().join("scenario.yaml");
        fs::write(&file, marked.replacen('§', "", 1)).unwrap();
        let error = Scenario::load(&file, &[]).expect_err(name);
        let place = error.place.as_ref().unwrap();
        let before = &marked[..marked.find('§').unwrap()];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        assert_eq!((place.line, place.column), (line, column), "{name}: {error}");
        let message = error.message.replace(&format!("{}/", folder.path().display()), "");
        let error = ConfigError { file: Some("scenario.yaml".into()), message, ..error };
        write!(shown, "# {name}\n{}\n\n", show(&error)).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn groups_that_do_not_fit() {
    let with = |groups: &str, more: &str| {
        let geometric = "radio: { profile: geometric }\n";
        format!("name: t\nduration: 60s\ngroups:\n{groups}{geometric}{more}")
    };
    let at = |place: &str| with(&format!("  cars: {{ count: 3, place: {place} }}\n"), "");
    let ideal = |groups: &str| in_base(&format!("radio: {{ profile: ideal }}\ngroups:\n{groups}"));
    let line = "place: { line: { from: [0, 0], to: [9, 0] } }";
    let flow = |flow: &str| {
        let more = format!("traffic:\n  - {{ name: f, kind: constant, rate: 1, size: 100, {flow} }}\n");
        with(&format!("  cars: {{ count: 3, {line} }}\n  rsus: {{ count: 2, role: rsu, {line} }}\n"), &more)
    };
    let cases: &[(&str, &str)] = &[
        ("a list of groups", &ideal("  §- cars\n").replace("groups:\n  §-", "§groups:\n  -")),
        ("a wrong key", &ideal("  cars: { §number: 3 }\n")),
        ("no count", &ideal("  §cars: { role: obu }\n")),
        ("nobody", &ideal("  cars: { count: §0 }\n")),
        ("too many", &ideal("  cars: { count: §100001 }\n")),
        ("too many by far", &ideal("  cars: { count: §1e12 }\n")),
        ("too many together", &ideal("  cars: { count: 60000 }\n  vans: { count: §60000 }\n")),
        ("half of one", &ideal("  cars: { count: §1.5 }\n")),
        ("a reserved name", &ideal("  §vehicles: { count: 3 }\n")),
        ("a name with a dot", &ideal("  §c.d: { count: 3 }\n")),
        ("too long a name", &ideal(&format!("  §{}: {{ count: 1000 }}\n", "a".repeat(61)))),
        ("a name like a node", &ideal("  §a: { count: 3 }\n")),
        ("a member like a node", &ideal("  §cars: { count: 3 }\n").replace("  a:", "  cars2:")),
        ("a member like a host", &ideal("  §cars: { count: 3 }\nwired: { hosts: [cars3] }\n")),
        ("members like members", &ideal("  §car: { count: 11 }\n  car1: { count: 1 }\n")),
        ("nowhere", &with("  §cars: { count: 3 }\n", "")),
        ("nowhere in particular", &at("{}").replace("place", "§place")),
        (
            "in two places",
            &at("{ line: { from: [0, 0], to: [9, 0] }, circle: { centre: [0, 0], radius: 9 } }")
                .replace("place", "§place"),
        ),
        ("on a wrong key", &at("{ §square: { from: [0, 0], to: [9, 0] } }")),
        ("half a rectangle", &at("{ §rectangle: { from: [0, 0] } }")),
        ("a far corner", &at("{ rectangle: { from: [0, 0], to: [0, §1e9] } }")),
        ("a radius below zero", &at("{ circle: { centre: [0, 0], radius: §-1 } }")),
        ("a radius that is no number", &at("{ circle: { centre: [0, 0], radius: §.nan } }")),
        ("a grid without space", &at("{ grid: { from: [0, 0], spacing: §0 } }")),
        ("a grid without columns", &at("{ grid: { from: [0, 0], spacing: 5, columns: §0 } }")),
        ("a grid beyond the world", &at("{ grid: { from: [9999999, 0], spacing: §1000 } }")),
        ("a road of one point", &at("{ road: { waypoints: [§[0, 0]], speed: 9 } }")),
        ("a road of no point", &at("{ road: { waypoints: §[], speed: 9 } }")),
        ("a road that stops", &at("{ road: { waypoints: [[0, 0], [9, 0], §[9, 0]], speed: 9 } }")),
        ("a far place of a road", &at("{ road: { waypoints: [[0, 0], [9, §1e8]], speed: 9 } }")),
        ("a road of steps", &at("{ road: { waypoints: [[0, 0], §[9]], speed: 9 } }")),
        ("cars that stand", &at("{ road: { waypoints: [[0, 0], [9, 0]], speed: §0 } }")),
        ("cars that fly", &at("{ road: { waypoints: [[0, 0], [9, 0]], speed: §300 } }")),
        ("too short a road", &at("{ road: { waypoints: [[0, 0], [9, 0]], speed: 9, spacing: §7 } }")),
        (
            "too short a road to leave",
            &at("{ road: { waypoints: [[0, 0], [9, 0]], speed: 9, at_end: leave, spacing: §5 } }"),
        ),
        ("an end that isn't one", &at("{ road: { waypoints: [[0, 0], [9, 0]], speed: 9, at_end: §stop } }")),
        ("all to all", &flow("from: cars, to: §cars")),
        ("all to all vehicles", &flow("from: vehicles, to: §cars")),
        ("all to another group", &flow("from: cars, to: §rsus")),
        ("past all vehicles", &flow("from: rsus1, to: §rsus2")),
        ("to a member too many", &flow("from: rsus1, to: §cars4")),
        (
            "a fault of all",
            &with(&format!("  cars: {{ count: 3, {line} }}\n"), "faults: [{ at: 5s, node_down: §cars }]\n"),
        ),
        (
            "a program at each",
            &with(
                &format!("  cars: {{ count: 3, {line} }}\n"),
                "lab: { apps: [{ name: p, node: §cars, command: ls }] }\n",
            ),
        ),
        (
            "plain radios that nobody uses",
            &with(
                &format!("  cars: {{ count: 3, radio: §tap, {line} }}\n"),
                "lab: { live: [cars1, cars2] }\n",
            ),
        ),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn live_parts_that_do_not_fit() {
    let lab = |lab: &str| in_base(&format!("radio: {{ profile: ideal }}\nlab:\n{lab}"));
    let app = |app: &str| lab(&format!("  apps:\n    - {{ name: ping, {app} }}\n"));
    let cases: &[(&str, &str)] = &[
        ("a wrong key", &lab("  §alive: [a]\n")),
        ("nobody who is live", &lab("  live: [§aa]\n")),
        ("all who are live", &lab("  live: [§vehicles]\n")),
        ("somebody who is live twice", &lab("  live: [a, §a]\n")),
        ("no tolerance", &lab("  tolerance: §fast\n")),
        ("a program without a node", &lab("  apps:\n    - §name: p\n      command: ls\n")),
        ("a program nowhere", &app("node: §c, command: ls")),
        ("a program everywhere", &app("node: §vehicles, command: ls")),
        (
            "a program at a simulated node",
            &lab("  live: [b]\n  apps: [{ name: p, node: §a, command: ls }]\n"),
        ),
        ("nothing to run", &app("node: a, command: §''")),
        ("a program after the end", &app("node: a, command: ls, start: §60s")),
        ("a large exit code", &app("node: a, command: ls, exit: §256")),
        (
            "two programs of one name",
            &app("node: a, command: ls }\n    - { name: §ping, node: b, command: ls"),
        ),
        (
            "a plain radio that nobody uses",
            &lab("  live: [b]\n").replace("a: { role: obu }", "a: { role: obu, radio: §tap }"),
        ),
        (
            "a flow past our routing",
            &flow("size: 100\n    from: §a").replace("a: { role: obu }", "a: { role: obu, radio: tap }"),
        ),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn faults_that_do_not_fit() {
    let with =
        |fault: &str| in_base(&format!("radio: {{ profile: ideal }}\nfaults:\n  - at: 5s\n    {fault}\n"));
    let wired = |fault: &str| format!("{}wired: {{ hosts: [h] }}\n", with(fault));
    let placed = |fault: &str| {
        with(fault)
            .replace("role: obu", "role: obu, position: [0, 0]")
            .replace("role: rsu", "role: rsu, position: [9, 0]")
    };
    let twice = "clock_step: { node: a, back: 3s }\n  - { at: 6s, clock_step: { node: a, back: §4s } }";
    let cases: &[(&str, &str)] = &[
        ("a wire that isn't there", &with("backhaul_down: §b")),
        ("a wire of a vehicle", &wired("backhaul_down: §a")),
        ("a wire of a host", &wired("backhaul_up: §h")),
        ("a wire of nobody", &wired("backhaul_up: §c")),
        (
            "a wire of a plain radio",
            &format!(
                "{}lab: {{ live: [b] }}\n",
                wired("backhaul_down: §b").replace("role: rsu", "role: rsu, radio: tap")
            ),
        ),
        ("a clock of nobody", &with("clock_step: { node: §c, back: 1s }")),
        ("a clock of a host", &wired("clock_step: { node: §h, back: 1s }")),
        (
            "a clock of a plain radio",
            &format!(
                "{}lab: {{ live: [a] }}\n",
                with("clock_step: { node: §a, back: 1s }").replace("role: obu", "role: obu, radio: tap")
            ),
        ),
        ("a clock that isn't set", &with("§clock_step: { node: a }")),
        ("a clock set both ways", &with("clock_step: { node: a, forward: 1s, back: §1s }")),
        ("a clock set by nothing", &with("clock_step: { node: a, forward: §0s }")),
        ("a clock set by days", &with("clock_step: { node: a, forward: §30h }")),
        ("a clock set to before the start", &with("clock_step: { node: a, back: §6s }")),
        ("a clock set to before the start in two steps", &with(twice)),
        ("a burst at two places", &with("burst: { between: [a, b], node: §a }")),
        ("a burst at nobody", &with("burst: { node: §c }")),
        ("a burst between one", &with("burst: { between: §[a, a] }")),
        (
            "a burst on no link",
            &format!(
                "{}faults:\n  - {{ at: 5s, burst: {{ between: §[a, c] }} }}\n",
                links("[a, b]").replace("nodes:\n", "nodes:\n  c: { role: obu }\n")
            ),
        ),
        ("a burst that is over before it begins", &with("burst: { until: §5s }")),
        ("a burst beyond the end", &with("burst: { until: §61s }")),
        ("a burst that loses too much", &with("burst: { loss: §1.5 }")),
        ("bursts without gaps", &with("burst: { §mean_burst: 1s }")),
        ("gaps without bursts", &with("burst: { §mean_gap: 1s }")),
        ("bursts too short", &with("burst: { mean_gap: 1s, mean_burst: §1us }")),
        ("a wrong key of a burst", &with("burst: { §from: a }")),
        ("no part of the map", &placed("§dark: { until: 9s }")),
        ("two parts of the map", &placed("dark: { circle: [0, 0, 5], rectangle: §[0, 0, 5, 5] }")),
        ("a circle without a radius", &placed("dark: { circle: [0, 0, §0] }")),
        ("a rectangle inside out", &placed("dark: { rectangle: §[5, 0, 0, 5] }")),
        ("a part of another map", &placed("dark: { circle: [§1e9, 0, 5] }")),
        ("darkness that is over before it begins", &placed("dark: { circle: [0, 0, 5], until: §1s }")),
        ("darkness where nothing has a place", &with("§dark: { circle: [0, 0, 5] }")),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn random_faults_that_do_not_fit() {
    let with = |radio: &str, keys: &str| {
        in_base(&format!("radio: {{ profile: {radio} }}\nrandom_faults:\n  count: 5\n{keys}"))
    };
    let ideal = |keys: &str| with("ideal", keys);
    let vehicles = "name: t\nduration: 60s\ntrace: { file: t.xml }\nradio: { profile: geometric }\n";
    let placed = with("geometric", "  kinds: [dark, §link]\n")
        .replace("role: obu", "role: obu, position: [0, 0]")
        .replace("role: rsu", "role: rsu, position: [9, 0]");
    let set = format!(
        "{}faults:\n  - {{ at: 5s, clock_step: {{ node: a, back: 1s }} }}\n  - {{ at: 5s, clock_step: {{ node: b, back: 1s }} }}\n",
        ideal("  kinds: [§clock]\n")
    );
    let cases: &[(&str, &str)] = &[
        ("none at all", &ideal("").replace("count: 5", "count: §0")),
        ("no count", &ideal("").replace("  count: 5\n", "  kinds: [node]\n").replace("random_", "§random_")),
        ("a wrong key", &ideal("  §kind: node\n")),
        ("a wrong kind", &ideal("  kinds: [§nodes]\n")),
        ("a wire that isn't there", &ideal("  kinds: [node, §backhaul]\n")),
        ("a map that isn't there", &ideal("  kinds: [§dark]\n")),
        ("links that aren't there", &placed),
        ("clocks that are all set", &set),
        ("nobody by name", &format!("{vehicles}§random_faults: {{ count: 1 }}\n")),
        ("over before it begins", &ideal("  from: §20s\n  until: 10s\n")),
        ("over before the warm-up is", &ideal("  until: §10s\nwarmup: 20s\n")),
        ("beyond the end", &ideal("  until: §61s\n")),
        ("from the end on", &ideal("  from: §60s\n")),
        ("shortest longer than longest", &ideal("  shortest: 5s\n  longest: §4s\n")),
        ("shortest longer than usual", &ideal("  shortest: §20s\n")),
        ("no time at all", &ideal("  shortest: §0s\n")),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn times_and_places_that_do_not_fit() {
    let ideal = "radio: { profile: ideal }\n";
    let geometric = "radio: { profile: geometric }\n";
    let nodes = |nodes: &str, radio: &str| format!("name: t\nduration: 60s\nnodes:\n{nodes}{radio}");
    let cases: &[(&str, &str)] = &[
        ("no duration", "name: t\nduration: §0\nnodes: { a: { role: obu } }\nradio: { profile: ideal }\n"),
        ("nothing but warm-up", &in_base(&format!("{ideal}warmup: §60s\n"))),
        ("a flow after the end", &flow("size: 100\n    start: §60s")),
        ("a flow that ends before it begins", &flow("size: 100\n    start: 20s\n    stop: §10s")),
        ("a flow that ends after the end", &flow("size: 100\n    stop: §61s")),
        ("a fault after the end", &in_base(&format!("{ideal}faults: [{{ at: §60s, node_down: a }}]\n"))),
        ("a fault that does nothing", &in_base(&format!("{ideal}faults:\n  - §at: 5s\n"))),
        (
            "a fault that does two things",
            &in_base(&format!("{ideal}faults:\n  - §at: 5s\n    node_down: a\n    node_up: a\n")),
        ),
        ("a node nowhere", &nodes("  a: { role: obu, position: [0, 0] }\n  §b: { role: rsu }\n", geometric)),
        (
            "a node in two places",
            &nodes("  a:\n    role: obu\n    position: [0, 0]\n    waypoints: §[[0, 1, 1]]\n", geometric),
        ),
        (
            "back in time",
            &nodes("  a: { role: obu, waypoints: [[0, 0, 0], [5, 1, 1], [§5, 2, 2]] }\n", geometric),
        ),
        ("before the start", &nodes("  a: { role: obu, waypoints: [[§-1, 0, 0]] }\n", geometric)),
        ("a far waypoint", &nodes("  a: { role: obu, waypoints: [[0, 0, §1e9]] }\n", geometric)),
        (
            "a missing trace",
            &nodes("  b: { role: rsu }\n", &format!("{ideal}trace: {{ file: §none.xml }}\n")),
        ),
        ("a folder as a trace", &nodes("  b: { role: rsu }\n", &format!("{ideal}trace: {{ file: §. }}\n"))),
    ];
    insta::assert_snapshot!(rendered(cases));
}

#[test]
fn overrides_that_do_not_fit() {
    let cases = [
        "seed=-1",
        "sede=1",
        "radio.geometrc.tx_power_dbm=23",
        "radio.geometric.tx_power=23",
        "radio.ideal.default.loss=2",
        "traffic.0.rate=often",
        "traffic.0.to=serv",
        "traffic.1.rate=20",
        "traffic.first.rate=20",
        "faults.0.at=1s",
        "duration.seconds=20",
        "radio..profile=ideal",
        "name=[",
        "warmup=2m",
    ];
    let text = flow("size: 100").replace("wired", "faults: []\nwired");
    let mut shown = String::new();
    for change in cases {
        let change = Override::set(change, "").unwrap();
        let error = load(&text, std::slice::from_ref(&change)).expect_err(&change.option);
        assert_eq!((error.place.is_none(), error.option.as_ref()), (true, Some(&change.option)), "{error}");
        write!(shown, "{}\n\n", show(&error)).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_first_of_several_mistakes_is_shown_and_the_others_are_counted() {
    let text = in_base("radio: { profile: ideal, attempts: §0, queue: 0 }\nwarmup: 2m\n");
    let error = mistake(&text);
    insta::assert_snapshot!(show(&error));
}

#[test]
fn files_that_can_not_be_scenarios() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Scenario::load(folder.path(), &[]).unwrap_err();
    assert_eq!(directory.help.as_deref(), Some("name the scenario's file, not its folder"));

    let empty = load("# nothing\n", &[]).unwrap_err();
    assert_eq!(empty.message, "the file is empty");
    let needs = "a scenario has at least `name`, `duration`, `nodes`, `groups` or `trace`, and `radio`";
    assert_eq!(empty.help.as_deref(), Some(needs));

    let file = folder.path().join("scenario.yaml");
    fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let huge = Scenario::load(&file, &[]).unwrap_err();
    assert_eq!(huge.message, "larger than 16 MiB: this can't be a scenario");
    assert_eq!(huge.help.as_deref(), Some("traces go into files of their own, see `trace`"));
}

#[test]
fn a_truncated_scenario_is_an_error_or_a_shorter_scenario() {
    let text = include_str!("../../examples/chain.yaml");
    for (end, _) in text.char_indices() {
        match load(&text[..end], &[]) {
            Ok(_) => {}
            Err(error) => assert!(!error.message.is_empty() && !error.message.contains("serde"), "{error}"),
        }
    }
}

/// Nodes `a` (OBU) and `b` (RSU), and `more` after them.
fn in_base(more: &str) -> String {
    format!("name: t\nduration: 60s\nnodes:\n  a: {{ role: obu }}\n  b: {{ role: rsu }}\n{more}")
}

/// One flow from `a` to `b`, unless `keys` say otherwise, and a host `h`.
fn flow(keys: &str) -> String {
    let mut flow = format!("  - name: f\n    kind: constant\n    rate: 1/s\n    {keys}\n");
    for (key, line) in [("from:", "    from: a\n"), ("to:", "    to: b\n")] {
        if !keys.contains(key) {
            flow.push_str(line);
        }
    }
    in_base(&format!("radio: {{ profile: ideal }}\nwired: {{ hosts: [h] }}\ntraffic:\n{flow}"))
}

/// A link between the two ends in `between`.
fn links(between: &str) -> String {
    in_base(&format!("radio:\n  profile: ideal\n  ideal:\n    links:\n      - between: {between}\n"))
}

/// What each case's error says; asserts that it names the marked place.
fn rendered(cases: &[(&str, &str)]) -> String {
    let mut shown = String::new();
    for (name, text) in cases {
        write!(shown, "# {name}\n{}\n\n", show(&mistake(text))).unwrap();
    }
    shown
}

/// The error of a text with a mark, at the mark.
fn mistake(marked: &str) -> ConfigError {
    let before = &marked[..marked.find('§').unwrap_or_else(|| panic!("no mark in {marked:?}"))];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let error = load(&marked.replacen('§', "", 1), &[]).expect_err(marked);
    let place = error.place.as_ref().unwrap_or_else(|| panic!("no place: {error}"));
    assert_eq!((place.line, place.column), (line, column), "{marked:?}: {error}");
    error
}

fn load(text: &str, overrides: &[Override]) -> Result<Scenario, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.yaml");
    fs::write(&file, text).unwrap();
    let loaded = Scenario::load(&file, overrides);
    loaded
        .map(|loaded| loaded.scenario)
        .map_err(|error| ConfigError { file: Some("scenario.yaml".into()), ..error })
}

/// The error, the marked part of its line, and the help.
fn show(error: &ConfigError) -> String {
    let mut shown = error.to_string();
    if let Some(place) = &error.place {
        let marked = &place.text[place.span.clone()];
        let line = place.text.lines().nth(place.line - 1).unwrap_or_default();
        let indent = " ".repeat(place.column - 1);
        let carets = "^".repeat(marked.chars().count().max(1));
        write!(shown, "\n  | {}\n  | {indent}{carets}", line.replace(['\t', '\0'], " ")).unwrap();
    }
    if let Some(help) = &error.help {
        write!(shown, "\nhelp: {help}").unwrap();
    }
    shown
}
