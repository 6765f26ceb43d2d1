//! What fields of vehicles cost, here and in ns-3, and the page's section about it.

use super::{failed, figure, ns3, plot};
use crate::error::Failure;
use chrono::{DateTime, Utc};
use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::SystemTime;
use validation::fields::{self, AS_NS3, Cost, OTHERS};

/// Costs, and where and when they were measured.
pub(super) struct Costs {
    sitting: String,
    all: Vec<Cost>,
}

/// Measures one field after the other, ns-3's first.
pub(super) fn measure() -> Result<Costs, Failure> {
    let mut all = ns3::fields()?;
    for square in AS_NS3.into_iter().chain(OTHERS) {
        all.push(fields::measure(square).map_err(failed)?);
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Ok(Costs { sitting: format!("{}, {cores} cores, {}", processor(), date(SystemTime::now())), all })
}

impl Costs {
    /// What was measured and written before, if anything was.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Costs>> {
        let text = match fs::read_to_string(folder.join(FILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let sitting = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
        let all = fields::read(text.as_bytes())
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, format!("{FILE}: {error}")))?;
        Ok(Some(Costs { sitting: sitting.to_owned(), all }))
    }

    /// Writes them where [`Costs::read`] finds them.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(FILE), format!("# {}\n{}", self.sitting, fields::write(&self.all)))
    }

    /// The page's section; its plot goes into the folder, which the page knows by `name`.
    pub(super) fn section(&self, folder: &Path, name: &str) -> io::Result<String> {
        let plot = fields::plot(&self.all);
        let mut text = format!("\n## What a field costs\n\n{TEXT}\n");
        if let Some(svg) = plot::draw(&plot) {
            fs::write(folder.join(format!("{}.svg", plot.id)), svg)?;
            // Writing to a string can't fail.
            let _ = writeln!(text, "![{}]({name}/{}.svg)\n", plot.title, plot.id);
        }
        let _ = writeln!(text, "Measured on: {}.\n\n{}", self.sitting, self.table());
        Ok(text)
    }

    /// The table of the page, which terminals show, too.
    pub(super) fn table(&self) -> String {
        let mut text = HEAD.to_owned();
        for cost in &self.all {
            let Cost { by, square, receptions, frames, .. } = cost;
            let compared = |other: &&Cost| other.by == "roadmesh" && other.square.vehicles == square.vehicles;
            let ours = self.all.iter().filter(|_| by != "roadmesh").find(compared);
            let ratio = ours
                .map(|ours| format!("{:.0} times ours", cost.ns_per_reception() / ours.ns_per_reception()));
            let _ = writeln!(
                text,
                "| {} in {} km² | {by} | {} | {:.1} | {:.0} | {} | {} |",
                square.vehicles,
                square.side_m * square.side_m / 1e6,
                square.simulated_s,
                *receptions as f64 / *frames as f64,
                cost.ns_per_reception(),
                figure(cost.real_time()),
                ratio.unwrap_or_default()
            );
        }
        text
    }
}

fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("an unknown processor", |(_, name)| name).to_owned()
}

/// The day, in UTC.
fn date(at: SystemTime) -> String {
    DateTime::<Utc>::from(at).format("%Y-%m-%d").to_string()
}

const FILE: &str = "fields.csv";

const HEAD: &str = "\
| field | by | simulated, s | receive a frame | ns a reception | times real time | |
|---|---|---:|---:|---:|---:|---|
";

const TEXT: &str = "\
Squares of vehicles, each at a random place, driving at 14 m/s, with ten beacons of 300 bytes a second, at the defaults of the radio
`80211p`: dual slope, Nakagami fading, contention, 20 dBm, 6 Mb/s. ns-3 simulates the same squares, one after the other with ours in one sitting.
It is processor time, divided by the frames received anywhere, on one core; ns-3's includes the start of its program. `roadmesh
validate --fields` measures that anew.

A frame costs something at everybody whom it reaches with more than a sixteenth of the noise, whether it can be decoded or not. In a square that is not
much larger than that reach a frame reaches few outside the range where it is received; in larger ones about twelve for
each that receives it, and so a reception costs more, up to what it costs in a square without end. Beyond 9 km² the cost goes with the receptions, not
with the square of the vehicles: four times as many vehicles in four times the area are sixteen times the pairs, and each reception costs a third more.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_on_the_page_until_it_is_measured_anew() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Costs::read(folder.path()).unwrap().is_none());
        let cost = |by: &str, cpu_s| Cost {
            by: by.to_owned(),
            square: AS_NS3[0],
            cpu_s,
            frames: 1000,
            receptions: 30_000,
        };
        let costs = Costs {
            sitting: "a machine, a day".to_owned(),
            all: vec![cost("ns-3", 3.0), cost("roadmesh", 0.012)],
        };
        costs.write(folder.path()).unwrap();
        let text = Costs::read(folder.path()).unwrap().unwrap().section(folder.path(), "here").unwrap();
        for part in ["a machine, a day", "| 100000 |", "250 times ours", "| 400 |", "here/fields.svg"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(folder.path().join("fields.svg").exists());
        fs::write(folder.path().join("fields.csv"), "# x\nby\nns-3,1,2,3\n").unwrap();
        assert!(Costs::read(folder.path()).is_err());
    }
}
