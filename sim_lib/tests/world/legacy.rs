//! Our nodes among nodes of the vigilant-parakeet project, which know the base layout alone (rule N7).

mod node;
mod watched;
mod wire;

use crate::support::{Watch, world};
use node::Legacy;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::node::Node;
use node_lib::time::Instant;
use sim_lib::world::address::{host_mac, radio_mac};
use sim_lib::world::{HostFrame, World};
use std::fmt::Write;
use std::ops::Range;
use watched::Watched;

/// Each is a row of nodes, the RSU first; `Obu` and `Rsu` are ours.
const ROWS: [&[Make]; 9] = [
    &[Make::Rsu, Make::LegacyObu],
    &[Make::Rsu, Make::Obu, Make::LegacyObu],
    &[Make::Rsu, Make::LegacyObu, Make::Obu],
    &[Make::Rsu, Make::LegacyObu, Make::Obu, Make::LegacyObu],
    &[Make::Rsu, Make::Obu, Make::LegacyObu, Make::Obu],
    &[Make::LegacyRsu, Make::Obu],
    &[Make::LegacyRsu, Make::Obu, Make::LegacyObu],
    &[Make::LegacyRsu, Make::LegacyObu, Make::Obu],
    &[Make::LegacyRsu, Make::Obu, Make::Obu],
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Make {
    Rsu,
    Obu,
    LegacyRsu,
    LegacyObu,
}

impl Make {
    fn is_rsu(self) -> bool {
        matches!(self, Make::Rsu | Make::LegacyRsu)
    }

    fn make(self) -> fn(NodeConfig, Instant) -> Box<dyn Node> {
        match self {
            Make::Rsu => |config, now| Box::new(Watched::new(rsu_lib::Rsu::new(config, now))),
            Make::Obu => |config, now| Box::new(Watched::new(obu_lib::Obu::new(config, now))),
            Make::LegacyRsu => |config, now| Box::new(Legacy::new(node::Rsu::new(&config, now), config)),
            Make::LegacyObu => |config, _| Box::new(Legacy::new(node::Obu::new(config.mac), config)),
        }
    }
}

fn name(row: &[Make]) -> String {
    let names = row.iter().map(|make| match make {
        Make::Rsu => "our RSU",
        Make::Obu => "our OBU",
        Make::LegacyRsu => "legacy RSU",
        Make::LegacyObu => "legacy OBU",
    });
    names.collect::<Vec<_>>().join(" - ")
}

/// The row on ideal links of 1 ms, with these flows; `rsu` is its RSU, and `car1` is next to it.
fn row(row: &[Make], loss: f64, flows: &str) -> World {
    let names: Vec<String> =
        (0..row.len()).map(|at| if at == 0 { "rsu".into() } else { format!("car{at}") }).collect();
    let mut text = String::from("name: legacy\nduration: 25s\nwarmup: 4s\nnodes:\n");
    for (name, make) in names.iter().zip(row) {
        writeln!(text, "  {name}: {{role: {}}}", if make.is_rsu() { "rsu" } else { "obu" }).unwrap();
    }
    writeln!(text, "protocol: {{ethertype: 0x3030}}").unwrap();
    writeln!(text, "radio: {{profile: ideal, ideal: {{default: {{latency: 1ms, loss: {loss}}}, links: [")
        .unwrap();
    for pair in names.windows(2) {
        writeln!(text, "  {{between: [{}, {}]}},", pair[0], pair[1]).unwrap();
    }
    writeln!(text, "]}}}}\ntraffic: [{flows}]").unwrap();
    let mut world = world(&text);
    for (name, make) in names.iter().zip(row) {
        assert!(world.replace_node(name, make.make()));
    }
    world
}

/// What was delivered of what was sent, by flow and direction.
fn delivered(mut world: World) -> Vec<(u64, u64)> {
    let outcome = world.run(&mut Watch::default()).unwrap();
    outcome.flows.iter().map(|flow| (flow.delivered, flow.sent)).collect()
}

/// The end of the row asks the RSU's host and gets an answer; in another run that host speaks first, to an end that is
/// silent: its frames are floods, and rationed.
fn flows(row: &[Make]) -> [String; 2] {
    let end = format!("car{}", row.len() - 1);
    [
        format!("{{name: ask, kind: request, from: {end}, to: rsu, rate: 20, size: 100}}"),
        format!("{{name: tell, kind: constant, from: rsu, to: {end}, rate: 10, size: 1200}}"),
    ]
}

#[test]
fn data_goes_both_ways_through_rows_of_both_makes() {
    let mut table = format!("{:46}{:>10}{:>10}{:>12}\n", "row", "up", "down", "unasked");
    for makes in ROWS {
        let [asked, told] = flows(makes).map(|flows| delivered(row(makes, 0.0, &flows)));
        let cell = |(delivered, sent): (u64, u64)| format!("{delivered}/{sent}");
        let [up, down] = [0, 1].map(|direction| cell(asked[direction]));
        writeln!(table, "{:46}{up:>10}{down:>10}{:>12}", name(makes), cell(told[0])).unwrap();
    }
    insta::assert_snapshot!(table);
}

/// Heartbeats, replies and data get lost, and data is tried again.
#[test]
fn loss_on_the_radio_makes_no_frame_return() {
    for makes in ROWS {
        for flows in flows(makes) {
            for (delivered, sent) in delivered(row(makes, 0.1, &flows)) {
                assert!(delivered * 10 >= sent * 9, "{}: {delivered} of {sent}", name(makes));
            }
        }
    }
}

/// Its ids and its uptime start over, and it tells no epoch: N7 believes the second heartbeat of the new life.
#[test]
fn a_legacy_rsu_that_restarts_is_found_again() {
    let mut table = format!("{:46}{:>10}{:>20}\n", "row", "off, ms", "answers after, ms");
    for makes in ROWS.into_iter().filter(|makes| makes[0] == Make::LegacyRsu) {
        for off in [50, 3000] {
            let mut ends = Ends::new(row(makes, 0.0, ""), makes);
            let (end, back) = (10_000, 10_000 + off);
            assert!(ends.answered(end - 100..end) > end - 100);
            ends.world.set_power(Instant::from_millis(end), "rsu", false).unwrap();
            assert!(ends.answered(end..back) < end);
            ends.world.set_power(Instant::from_millis(back), "rsu", true).unwrap();
            let after = (1..5000).find(|after| ends.answered(back + after - 1..back + after) >= back);
            let after = after.unwrap_or_else(|| panic!("{}: no answer any more", name(makes)));
            writeln!(table, "{:46}{off:>10}{after:>20}", name(makes)).unwrap();
            // That was no remainder of the old life: ten seconds later the answers still come, and the ids are new.
            let later = back + after + 10_000;
            assert!(ends.answered(later..later + 100) > later, "{}", name(makes));
            for car in (1..makes.len()).filter(|car| makes[*car] == Make::Obu) {
                let known = ends.world.node(&format!("car{car}")).unwrap().explain(radio_mac("rsu")).unwrap();
                assert!(known.id < 15 * 5, "car{car} of {} is in the old life: {}", name(makes), known.id);
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// The hosts at the ends of a row.
struct Ends {
    world: World,
    car: u32,
    rsu: u32,
    /// The two addresses that the car's host writes to.
    header: Vec<u8>,
    /// When it asked what was answered last, milliseconds.
    answered: u64,
}

impl Ends {
    fn new(mut world: World, makes: &[Make]) -> Ends {
        let end = format!("car{}", makes.len() - 1);
        let [car, rsu] = [&end, "rsu"].map(|name| world.party(name).unwrap());
        world.set_live(car);
        world.set_live(rsu);
        let header = [host_mac("rsu").0, host_mac(&end).0].concat();
        Ends { world, car, rsu, header, answered: 0 }
    }

    /// Asks each millisecond of `times`, and gives when that was asked which was answered last by then.
    fn answered(&mut self, times: Range<u64>) -> u64 {
        for millis in times {
            let now = Instant::from_millis(millis);
            self.world.run_until(now, &mut Watch::default()).unwrap();
            let question = [&self.header[..], &[0x88, 0xb6], &millis.to_be_bytes()].concat();
            self.world.host_frame(now, self.car, Frame::copy_from(&question)).unwrap();
            while let Some(HostFrame { party, mut frame, .. }) = self.world.next_for_host() {
                if party == self.rsu {
                    frame[..12].rotate_left(6);
                    self.world.host_frame(now, self.rsu, frame).unwrap();
                } else {
                    self.answered = u64::from_be_bytes(*frame.last_chunk().unwrap());
                }
            }
        }
        self.answered
    }
}
