//! The files of an imported scenario.

use flate2::Compression;
use flate2::write::GzEncoder;
use mobility_lib::Position;
use mobility_lib::osm::Map;
use mobility_lib::traffic::{Network, Traffic};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// What is written.
pub(super) struct Files<'a> {
    pub(super) name: String,
    pub(super) map: &'a Map,
    pub(super) network: &'a Network,
    pub(super) buildings: &'a Buildings,
    /// Where RSUs stand, and the streets that meet there.
    pub(super) rsus: &'a [(Position, String)],
    pub(super) seconds: f64,
    pub(super) seed: u64,
    /// Gzipped.
    pub(super) trace: Vec<u8>,
}

/// The buildings as they are written.
pub(super) struct Buildings {
    /// With their ids, in SUMO's terms.
    shapes: Vec<(String, String)>,
    /// How many have an outline that no radio could do with: it crosses itself, or has no area.
    pub(super) refused: usize,
}

impl Buildings {
    pub(super) fn of(map: &Map) -> Buildings {
        let mut buildings = Buildings { shapes: Vec::new(), refused: 0 };
        for building in &map.buildings {
            // As a reader finds them.
            let written = |corner: &Position| [corner.x, corner.y].map(|metres| format!("{metres:.2}"));
            let mut corners: Vec<[String; 2]> = building.outline.iter().map(written).collect();
            corners.dedup();
            let read = |text: &String| text.parse().unwrap_or(f64::NAN);
            let outline = corners.iter().map(|corner| [read(&corner[0]), read(&corner[1])]).collect();
            if radio_lib::Buildings::new(&[outline]).is_err() {
                buildings.refused += 1;
                continue;
            }
            // SUMO ends an outline where it begins.
            let corners = corners.iter().chain(&corners[..1]);
            let shape: Vec<String> = corners.map(|corner| corner.join(",")).collect();
            buildings.shapes.push((building.id.clone(), shape.join(" ")));
        }
        buildings
    }

    pub(super) fn count(&self) -> usize {
        self.shapes.len()
    }
}

/// The files' names and what they are.
pub(super) const NAMES: [(&str, &str); 5] = [
    ("scenario.yaml", "the scenario"),
    (TRACE, "the vehicles' trace, SUMO's floating car data"),
    (ROADS, "where the roads and junctions are, as a SUMO network: for `roadmesh roads place`"),
    (BUILDINGS, "the buildings, SUMO's polygons"),
    ("ATTRIBUTION.txt", "whose data it is: to be named wherever it is shown"),
];

impl Files<'_> {
    /// Writes all of them into a new folder.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::create_dir(folder)?;
        fs::write(folder.join(TRACE), &self.trace)?;
        let mut roads = GzEncoder::new(Vec::new(), Compression::default());
        roads.write_all(self.network.to_sumo(self.map, LICENCE).as_bytes())?;
        fs::write(folder.join(ROADS), roads.finish()?)?;
        fs::write(folder.join(BUILDINGS), self.buildings())?;
        fs::write(folder.join("ATTRIBUTION.txt"), ATTRIBUTION)?;
        // The last one: where it is, all are.
        fs::write(folder.join("scenario.yaml"), self.scenario())
    }

    fn buildings(&self) -> String {
        let [least, most] = self.map.degrees;
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {LICENCE} -->\n<additional>\n    \
             <location netOffset=\"0.00,0.00\" origBoundary=\"{},{},{},{}\" projParameter=\"{}\"/>\n",
            least.0, least.1, most.0, most.1, self.map.projection
        );
        for (id, shape) in &self.buildings.shapes {
            let _ = writeln!(
                text,
                "    <poly id=\"{id}\" type=\"building\" color=\"255,230,230\" fill=\"1\" layer=\"-1.00\" shape=\"{shape}\"/>"
            );
        }
        text + "</additional>\n"
    }

    fn scenario(&self) -> String {
        let mut nodes = String::new();
        for (number, (place, streets)) in self.rsus.iter().enumerate() {
            // A name is whatever somebody wrote into the map.
            let streets: String = streets.chars().filter(|c| !c.is_control()).take(80).collect();
            let _ = writeln!(
                nodes,
                "  rsu{}: {{ role: rsu, position: [{:.2}, {:.2}] }} # {streets}",
                number + 1,
                place.x,
                place.y
            );
        }
        let wired =
            if self.rsus.is_empty() { String::new() } else { WIRED.to_owned() + "\nnodes:\n" + &nodes };
        let traffic = if self.rsus.is_empty() { "traffic: []\n" } else { TRAFFIC };
        let radio = match self.buildings.count() {
            0 => RADIO.to_owned(),
            _ => format!("{RADIO}    propagation:\n      buildings: {BUILDINGS} # they stand in the way\n"),
        };
        let Files { name, seconds, seed, .. } = self;
        let warmup = (0.1 * seconds).min(10.0);
        format!(
            "# Made by `roadmesh roads import`. {LICENCE}\n\
             # Run it: roadmesh sim scenario.yaml      What each key means: docs/scenario.md, docs/roads.md\n\n\
             name: '{name}'\n\
             description: The streets of a map, with traffic that drives on them.\n\n\
             duration: {seconds}s\nwarmup: {warmup}s\nseed: {seed}\n\n\
             # Nodes may stand at a `junction` of it (OpenStreetMap's number of its node), or by `geo`: longitude and latitude.\n\
             network:\n  file: {ROADS}\n\n\
             # Every vehicle of the trace is an on-board unit.\n\
             trace:\n  file: {TRACE}\n\n\
             {wired}\n{radio}\n{traffic}"
        )
    }
}

/// A trace as it is written.
pub(super) struct Trace(GzEncoder<Vec<u8>>);

impl Trace {
    pub(super) fn new() -> io::Result<Trace> {
        let mut file = GzEncoder::new(Vec::new(), Compression::default());
        writeln!(file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {LICENCE} -->\n<fcd-export>")?;
        Ok(Trace(file))
    }

    /// Where everybody is at this time.
    pub(super) fn push(&mut self, seconds: f64, traffic: &Traffic<'_>) -> io::Result<()> {
        writeln!(self.0, "<timestep time=\"{seconds:.2}\">")?;
        for (number, seen) in traffic.vehicles().enumerate() {
            let (x, y) = (seen.front.x - seen.rear.x, seen.front.y - seen.rear.y);
            // North is 0, east is 90.
            let angle = libm::atan2(x, y).to_degrees().rem_euclid(360.0);
            writeln!(
                self.0,
                "<vehicle id=\"car{}\" x=\"{:.2}\" y=\"{:.2}\" angle=\"{angle:.1}\" type=\"car\" speed=\"{:.2}\"/>",
                number + 1,
                seen.front.x,
                seen.front.y,
                seen.speed
            )?;
        }
        writeln!(self.0, "</timestep>")
    }

    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        writeln!(self.0, "</fcd-export>")?;
        self.0.finish()
    }
}

const TRACE: &str = "traffic.fcd.xml.gz";
const ROADS: &str = "roads.net.xml.gz";
const BUILDINGS: &str = "buildings.poly.xml";
const LICENCE: &str = "Map data © OpenStreetMap contributors, Open Database License 1.0";
const ATTRIBUTION: &str = "\
The roads, junctions and buildings of this folder come from OpenStreetMap.

    © OpenStreetMap contributors
    https://www.openstreetmap.org/copyright

The data is available under the Open Database License 1.0 (https://opendatacommons.org/licenses/odbl/1-0/). Whoever shows or
passes on what is made of it names OpenStreetMap and its contributors; whoever passes on this data or a database made from
it does so under the same license.

The movements of the vehicles are simulated. Nobody drove there.
";
const WIRED: &str = "\
# All RSUs are ports of one switch, so that a vehicle keeps its addresses from one RSU to the next.
wired:
  latency: 1ms
  hosts: [server]

# At the greatest junctions, in metres as in the trace.";
const RADIO: &str = "\
radio:
  profile: 80211p # path loss and fading, interference, and stations that contend for the channel
  80211p:
    tx_power_dbm: 20
    rate_mbps: 6
";
const TRAFFIC: &str = "\
traffic:
  # Each vehicle reports to the server.
  - name: telemetry
    kind: constant
    from: vehicles
    to: server
    rate: 1/s
    size: 300

  # The server has something for each vehicle.
  - name: notices
    kind: constant
    from: server
    to: vehicles
    rate: 1/s
    size: 300
";
