//! Random networks with random faults, each made from its index alone.

use node_lib::random::Key;
use sim_lib::scenario::Scenario;
use std::fmt::Write;
use std::path::Path;

/// The schedule with this index.
pub fn of(index: u64) -> Scenario {
    let text = Draw(Key::seed(0x5eed).with(index)).text(index);
    let read = Scenario::load_text(&text, Path::new("schedule.yaml"), Path::new(""), &[]);
    read.unwrap_or_else(|error| panic!("{error}\n{text}")).scenario
}

struct Draw(Key);

/// Nodes by their names, and the lines that make them.
struct Network {
    obus: Vec<String>,
    rsus: Vec<String>,
    lines: String,
    links: Vec<(String, String)>,
}

impl Draw {
    fn text(&self, index: u64) -> String {
        let ideal = self.chance(1, 0.5);
        let seconds = self.number(2, 5, 12);
        let network = self.network(seconds);
        let mut text = format!("name: schedule{index}\nduration: {seconds}s\nseed: {index}\n");
        text.push_str("wired: {latency: 1ms, hosts: [server]}\n");
        write!(text, "nodes:\n{}", network.lines).unwrap();
        if ideal {
            let loss = ["0", "0", "0.05", "0.3"][self.number(3, 0, 3) as usize];
            writeln!(text, "radio:\n  profile: ideal\n  attempts: 3\n  ideal:\n    links:").unwrap();
            for (a, b) in &network.links {
                writeln!(
                    text,
                    "      - {{between: [{a}, {b}], latency: 2ms, jitter: 1ms, loss: {loss}, rate: 3000000}}"
                )
                .unwrap();
            }
        } else {
            let fading = if self.chance(4, 0.5) { "nakagami" } else { "none" };
            writeln!(
                text,
                "radio: {{profile: geometric, geometric: {{fading: {fading}, tx_power_dbm: 12}}}}"
            )
            .unwrap();
        }
        if self.chance(5, 0.2) {
            text.push_str("protocol: {tx_status: off}\n");
        }
        text.push_str("traffic:\n");
        for flow in 0..self.number(6, 1, 3) {
            text.push_str(&self.flow(flow, &network));
        }
        text.push_str("faults:\n");
        for fault in 0..self.number(7, 1, 8) {
            self.within(100 + fault).fault(&network, ideal, seconds, &mut text);
        }
        text
    }

    fn network(&self, seconds: u64) -> Network {
        let cars = self.number(10, 1, 6);
        let mut network =
            Network { obus: Vec::new(), rsus: vec!["rsu1".into()], lines: String::new(), links: Vec::new() };
        network.obus.extend((1..=cars).map(|car| format!("car{car}")));
        // A chain, a grid two wide, or cars that pass by, each 180 m apart.
        let shape = self.number(11, 0, 2);
        let place = |at: u64| if shape == 1 { (at / 2 * 180, at % 2 * 180) } else { (at * 180, 0) };
        network.lines.push_str("  rsu1: {role: rsu, position: [0, 0]}\n");
        for (car, name) in (1..).zip(&network.obus) {
            let (x, y) = place(car);
            if shape == 2 {
                let to = self.number(20 + car, 0, cars * 180);
                writeln!(
                    network.lines,
                    "  {name}: {{role: obu, waypoints: [[0, {x}, 9], [{seconds}, {to}, 9]]}}"
                )
                .unwrap();
            } else {
                writeln!(network.lines, "  {name}: {{role: obu, position: [{x}, {y}]}}").unwrap();
            }
        }
        if self.chance(12, 0.6) {
            let (x, y) = place(cars + 1);
            network.rsus.push("rsu2".into());
            writeln!(network.lines, "  rsu2: {{role: rsu, position: [{x}, {y}]}}").unwrap();
        }
        let mut row = vec!["rsu1".to_owned()];
        row.extend(network.obus.iter().cloned());
        row.extend(network.rsus.get(1).cloned());
        network.links.extend(row.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())));
        if shape == 1 {
            network.links.extend(row.windows(3).map(|three| (three[0].clone(), three[2].clone())));
        }
        network
    }

    fn flow(&self, flow: u64, network: &Network) -> String {
        let draw = self.within(50 + flow);
        let car = draw.one_of(1, &network.obus);
        let ends =
            [("vehicles", "server"), ("server", "vehicles"), (car, "rsu1"), (car, "server"), ("server", car)];
        let (from, to) = ends[draw.number(2, 0, 4) as usize];
        let kind = if draw.chance(3, 0.5) { "constant" } else { "request" };
        let (rate, size) = (draw.number(4, 2, 60), draw.number(5, 24, 1400));
        format!("  - {{name: f{flow}, kind: {kind}, from: {from}, to: {to}, rate: {rate}, size: {size}}}\n")
    }

    /// A fault, and its end where it has one.
    fn fault(&self, network: &Network, ideal: bool, seconds: u64, text: &mut String) {
        let end_ms = seconds * 1000;
        let at = self.number(1, 0, end_ms - 200);
        let until = (at + self.number(2, 1, 4000)).min(end_ms - 1);
        let nodes: Vec<String> = network.obus.iter().chain(&network.rsus).cloned().collect();
        let (node, rsu) = (self.one_of(3, &nodes), self.one_of(4, &network.rsus));
        let (a, b) = &network.links[self.number(5, 0, network.links.len() as u64 - 1) as usize];
        let loss = ["0.2", "0.7", "1"][self.number(6, 0, 2) as usize];
        let mut line = |at: u64, what: String| writeln!(text, "  - {{at: {at}ms, {what}}}").unwrap();
        let bursts = if self.chance(7, 0.5) { ", mean_burst: 200ms, mean_gap: 400ms" } else { "" };
        match self.number(0, 0, 8) {
            0 | 1 => {
                line(at, format!("node_down: {node}"));
                line(if self.chance(8, 0.3) { at } else { until }, format!("node_up: {node}"));
            }
            2 => {
                line(at, format!("link_down: [{a}, {b}]"));
                line(until, format!("link_up: [{a}, {b}]"));
            }
            3 => line(at, format!("link_loss: {{between: [{a}, {b}], loss: {loss}}}")),
            4 => {
                line(at, format!("backhaul_down: {rsu}"));
                line(until, format!("backhaul_up: {rsu}"));
            }
            5 => line(at, format!("clock_step: {{node: {node}, forward: {}ms}}", self.number(9, 1, 5000))),
            // At most what the run has lasted, and no two can add up to more: each takes a tenth of it.
            6 if at > 10 => {
                line(at, format!("clock_step: {{node: {node}, back: {}ms}}", self.number(9, 1, at / 10)))
            }
            7 if self.chance(10, 0.4) => {
                let (x, radius) = (self.number(11, 0, 900), self.number(12, 20, 250));
                line(at, format!("dark: {{circle: [{x}, 0, {radius}], until: {}ms}}", until + 1));
            }
            _ => {
                let scope = match self.number(13, 0, 2) {
                    0 if ideal || self.chance(14, 0.5) => format!("between: [{a}, {b}], "),
                    1 => format!("node: {node}, "),
                    _ => String::new(),
                };
                line(at, format!("burst: {{{scope}loss: {loss}, until: {}ms{bursts}}}", until + 1));
            }
        }
    }

    fn within(&self, purpose: u64) -> Draw {
        Draw(self.0.with(purpose))
    }

    fn one_of<'a>(&self, purpose: u64, names: &'a [String]) -> &'a str {
        &names[self.number(purpose, 0, names.len() as u64 - 1) as usize]
    }

    fn number(&self, purpose: u64, least: u64, most: u64) -> u64 {
        self.0.with(purpose).between(least, most)
    }

    fn chance(&self, purpose: u64, probability: f64) -> bool {
        self.0.with(purpose).unit() < probability
    }
}
