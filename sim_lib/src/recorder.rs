//! The results folder: written as the run goes, so that a run that is cut short leaves what it had.
//!
//! All files but `timing.json` depend on the scenario, its seed and this version of the program alone: two runs give the
//! same bytes, on any day, in any folder.

mod folder;
mod output;

pub use folder::{FORMAT, default_folder};

use crate::results::{
    BeaconRow, FlowRow, GapRow, LatencyRow, LatenessRow, LiveFigures, LossRow, Observer, Progress, RunEvent,
    SecondRow, Summary, TrackRow, Violation,
};
use crate::scenario::{Loaded, Scenario};
use crate::sumo::SumoAbout;
use crate::world::Outcome;
use output::Output;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A results folder that is being written.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
    /// Nobody else writes there as long as it is open.
    _lock: File,
    replaced: bool,
    events: Output,
    seconds: csv::Writer<Output>,
    tracks: csv::Writer<Output>,
    /// Of a live run.
    lateness: Option<csv::Writer<Output>>,
}

/// Why results can't be written.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// Another run writes there.
    #[error("another run is writing to `{}`", .0.display())]
    InUse(PathBuf),
    /// The folder holds something else.
    #[error("`{}` is not empty and holds no results of ours: it is left as it is", .0.display())]
    Foreign(PathBuf),
    /// A file or folder can't be written.
    #[error("can't write {0}")]
    Write(#[from] io::Error),
}

/// What identifies a run: the content of `manifest.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest<'a> {
    /// [`FORMAT`].
    pub format: &'static str,
    /// Version of the program that ran it.
    pub version: &'static str,
    /// Name of the scenario.
    pub name: &'a str,
    /// Seed of every random draw.
    pub seed: u64,
    /// [`Scenario::hash`].
    pub scenario_hash: String,
    /// BLAKE3 of the bytes of each file that the scenario names, by the key that names it.
    pub file_hashes: &'a BTreeMap<String, String>,
    /// The SUMO that told of vehicles, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sumo: Option<SumoAbout>,
    /// The overrides, `key=value` each, in their order.
    pub overrides: Vec<String>,
    /// The scenario file's text.
    pub scenario_text: &'a str,
    /// The scenario that was run, with every default and override.
    pub scenario: &'a Scenario,
}

/// The content of `summary.json`: the figures, and whose they are.
#[derive(Clone, Debug, Serialize)]
pub struct SummaryFile<'a> {
    /// Name of the scenario.
    pub name: &'a str,
    /// Seed of every random draw.
    pub seed: u64,
    /// [`Scenario::hash`].
    pub scenario_hash: &'a str,
    /// The figures.
    #[serde(flatten)]
    pub summary: &'a Summary,
    /// What a live run adds.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub live: Option<&'a LiveFigures>,
}

/// The tables that are known at the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tables<'a> {
    /// `flows.csv`.
    pub flows: &'a [FlowRow],
    /// `latency.csv`.
    pub latency: &'a [LatencyRow],
    /// `beacons.csv`.
    pub beacons: &'a [BeaconRow],
    /// `gaps.csv`.
    pub gaps: &'a [GapRow],
}

impl<'a> Tables<'a> {
    /// Those of a run.
    pub fn of(outcome: &'a Outcome) -> Tables<'a> {
        let Outcome { flows, latency, beacons, gaps, .. } = outcome;
        Tables { flows, latency, beacons, gaps }
    }
}

/// How long a run took; the content of `timing.json`, the one file that differs between runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// Wall seconds to read the trace and build the world.
    pub setup_s: f64,
    /// Wall seconds of the run itself.
    pub wall_s: f64,
    /// Simulated seconds that the run covered, warm-up included.
    pub simulated_s: f64,
    /// Simulated seconds per wall second of the run.
    pub simulated_s_per_s: Option<f64>,
    /// Events handled.
    pub events: u64,
    /// Events handled per wall second of the run.
    pub events_per_s: Option<f64>,
    /// Logical processors of the host. A run uses one.
    pub cores: usize,
    /// Operating system and architecture of the host.
    pub host: String,
    /// When the run began, seconds since 1970-01-01 00:00 UTC.
    pub started_unix_s: u64,
}

impl<'a> Manifest<'a> {
    /// The manifest of a run of `loaded`.
    ///
    /// # Errors
    /// As [`Scenario::hash`].
    pub fn new(loaded: &'a Loaded) -> Result<Self, serde_json::Error> {
        Ok(Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            name: &loaded.scenario.name,
            seed: loaded.scenario.seed,
            scenario_hash: loaded.scenario.hash()?,
            file_hashes: &loaded.file_hashes,
            sumo: None,
            overrides: loaded
                .source
                .overrides
                .iter()
                .map(|change| format!("{}={}", change.key, change.value))
                .collect(),
            scenario_text: &loaded.source.text,
            scenario: &loaded.scenario,
        })
    }
}

impl Recorder {
    /// Makes the folder, or empties one that holds older results of ours, and writes `manifest.json`.
    ///
    /// # Errors
    /// [`RecorderError::Foreign`] for a folder that holds something else; [`RecorderError::InUse`]; [`RecorderError::Write`], with the file's
    /// name, for what can't be written.
    pub fn create(folder: &Path, manifest: &Manifest<'_>) -> Result<Self, RecorderError> {
        let lock = folder::lock(folder)?;
        let replaced = folder::prepare(folder)?;
        write_json(&folder.join(MANIFEST), manifest)?;
        Ok(Recorder {
            folder: folder.to_owned(),
            _lock: lock,
            replaced,
            events: Output::create(folder.join(EVENTS))?,
            seconds: table(folder.join(SECONDS), &SECOND_COLUMNS)?,
            tracks: table(folder.join(TRACKS), &TRACK_COLUMNS)?,
            lateness: None,
        })
    }

    /// True if the folder held older results, which are gone now.
    pub fn replaced(&self) -> bool {
        self.replaced
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes `lateness.csv`, and the folder that a live run's programs write to; gives the folder.
    ///
    /// # Errors
    /// [`RecorderError::Write`], with the file's name.
    pub fn live(&mut self) -> Result<PathBuf, RecorderError> {
        self.lateness = Some(table(self.folder.join(LATENESS), &LATENESS_COLUMNS)?);
        let apps = self.folder.join(APPS);
        fs::create_dir_all(&apps).map_err(|error| named(&apps, error))?;
        Ok(apps)
    }

    /// Writes a row of a live run's `lateness.csv`, at once.
    ///
    /// # Errors
    /// With the file's name.
    pub fn lateness(&mut self, row: &LatenessRow) -> io::Result<()> {
        let Some(rows) = &mut self.lateness else { return Ok(()) };
        rows.serialize(row).map_err(csv_error)?;
        rows.flush()
    }

    /// Writes what is known at the end: `flows.csv`, `latency.csv`, `losses.csv`, `summary.json` and `timing.json`; where there
    /// are beacons, `beacons.csv` and `gaps.csv`.
    ///
    /// # Errors
    /// [`RecorderError::Write`], with the file's name.
    pub fn finish<'a>(
        mut self,
        summary: &SummaryFile<'_>,
        tables: &Tables<'_>,
        losses: impl IntoIterator<Item = LossRow<'a>>,
        timing: &Timing,
    ) -> Result<PathBuf, RecorderError> {
        self.events.flush()?;
        self.seconds.flush()?;
        self.tracks.flush()?;
        write_table(self.folder.join(FLOWS), &FLOW_COLUMNS, tables.flows)?;
        write_table(self.folder.join(LATENCY), &LATENCY_COLUMNS, tables.latency)?;
        if summary.summary.beacons.is_some() {
            write_table(self.folder.join(BEACONS), &BEACON_COLUMNS, tables.beacons)?;
            write_table(self.folder.join(GAPS), &GAP_COLUMNS, tables.gaps)?;
        }
        write_table(self.folder.join(LOSSES), &LOSS_COLUMNS, losses)?;
        write_json(&self.folder.join(SUMMARY), summary)?;
        write_json(&self.folder.join(TIMING), timing)?;
        Ok(self.folder)
    }

    /// Writes `violation.json`: why the run was ended.
    ///
    /// # Errors
    /// [`RecorderError::Write`], with the file's name.
    pub fn violation(&mut self, violation: &Violation) -> Result<(), RecorderError> {
        self.events.flush()?;
        self.seconds.flush()?;
        Ok(write_json(&self.folder.join(VIOLATION), violation)?)
    }
}

/// Records what it is told; ends no run.
impl Observer for Recorder {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.events.write_all(&line)
    }

    fn track(&mut self, row: &TrackRow<'_>) -> io::Result<()> {
        self.tracks.serialize(row).map_err(csv_error)
    }

    /// What was recorded so far is in the files when this returns.
    fn second(&mut self, row: &SecondRow) -> io::Result<()> {
        self.seconds.serialize(row).map_err(csv_error)?;
        self.seconds.flush()?;
        self.tracks.flush()?;
        self.events.flush()
    }

    fn progress(&mut self, _: Progress) -> bool {
        true
    }
}

/// A CSV file with its header, so that even a file without rows says what its columns are.
fn table(path: PathBuf, columns: &[&str]) -> io::Result<csv::Writer<Output>> {
    let mut rows = csv::WriterBuilder::new().has_headers(false).from_writer(Output::create(path)?);
    rows.write_record(columns).map_err(csv_error)?;
    Ok(rows)
}

fn write_table(
    path: PathBuf,
    columns: &[&str],
    rows: impl IntoIterator<Item = impl Serialize>,
) -> io::Result<()> {
    let mut output = table(path, columns)?;
    for row in rows {
        output.serialize(row).map_err(csv_error)?;
    }
    output.flush()
}

fn write_json(path: &Path, content: &impl Serialize) -> io::Result<()> {
    let mut output = Output::create(path.to_owned())?;
    serde_json::to_writer_pretty(&mut output, content)?;
    output.write_all(b"\n")?;
    output.flush()
}

fn csv_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("CSV: {other:?}")),
    }
}

/// The same error with the path in front.
fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

const MANIFEST: &str = "manifest.json";
const EVENTS: &str = "events.jsonl";
const SECONDS: &str = "seconds.csv";
const TRACKS: &str = "tracks.csv";
const FLOWS: &str = "flows.csv";
const LATENCY: &str = "latency.csv";
const LOSSES: &str = "losses.csv";
const BEACONS: &str = "beacons.csv";
const GAPS: &str = "gaps.csv";
const SUMMARY: &str = "summary.json";
const TIMING: &str = "timing.json";
const VIOLATION: &str = "violation.json";
const LATENESS: &str = "lateness.csv";
/// Made from the others by whoever runs the world.
const REPORT: &str = "report.html";
/// A folder.
const APPS: &str = "apps";
/// The files that a results folder of ours holds, beside that folder.
const FILES: [&str; 14] = [
    MANIFEST, EVENTS, SECONDS, TRACKS, FLOWS, LATENCY, LOSSES, BEACONS, GAPS, SUMMARY, TIMING, LATENESS,
    VIOLATION, REPORT,
];
/// The fields of [`TrackRow`].
const TRACK_COLUMNS: [&str; 7] = ["second", "node", "role", "x_m", "y_m", "hops", "rsu"];
/// The fields of [`LatencyRow`].
const LATENCY_COLUMNS: [&str; 3] = ["direction", "up_to_ms", "frames"];
/// The fields of [`LossRow`].
const LOSS_COLUMNS: [&str; 6] = ["sent_us", "flow", "direction", "node", "x_m", "y_m"];
/// The fields of [`BeaconRow`].
const BEACON_COLUMNS: [&str; 5] = ["from_m", "to_m", "around", "received", "ratio"];
/// The fields of [`GapRow`].
const GAP_COLUMNS: [&str; 8] =
    ["from_m", "to_m", "gaps", "mean_ms", "median_ms", "p95_ms", "p99_ms", "max_ms"];
/// The fields of [`FlowRow`].
const FLOW_COLUMNS: [&str; 10] = [
    "flow",
    "from",
    "to",
    "direction",
    "sent",
    "delivered",
    "repeated",
    "latency_median_ms",
    "latency_p95_ms",
    "latency_p99_ms",
];
/// The fields of [`LatenessRow`].
const LATENESS_COLUMNS: [&str; 7] =
    ["second", "deliveries", "median_ms", "p99_ms", "max_ms", "behind_ms", "host_drops"];
/// The fields of [`SecondRow`].
const SECOND_COLUMNS: [&str; 18] = [
    "second",
    "vehicles",
    "in_range",
    "connected",
    "up_sent",
    "up_delivered",
    "down_sent",
    "down_delivered",
    "route_changes",
    "control_airtime_ms",
    "relays_airtime_ms",
    "replies_airtime_ms",
    "beacons_airtime_ms",
    "data_airtime_ms",
    "drops",
    "cbr_mean",
    "cbr_p95",
    "cbr_max",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fidelity::Verdict;
    use crate::results::{AppFigures, BeaconFigures, Happening};
    use std::fs;

    #[test]
    fn a_run_leaves_every_file_and_its_first_second_at_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("deep/results");
        let mut recorder = Recorder::create(&folder, &manifest(&scenario())).unwrap();
        assert!(!recorder.replaced());
        recorder.event(&event(5)).unwrap();
        recorder.track(&track()).unwrap();
        recorder.second(&second(1)).unwrap();
        assert_eq!(
            fs::read_to_string(folder.join(EVENTS)).unwrap(),
            "{\"at_us\":5,\"node\":\"a\",\"event\":\"up\"}\n",
            "flushed with the second"
        );
        let seconds = fs::read_to_string(folder.join(SECONDS)).unwrap();
        assert_eq!(
            seconds,
            format!("{}\n1,2,0,0,0,0,0,0,0,1.5,0.0,0.0,0.0,0.0,0,0.25,,\n", SECOND_COLUMNS.join(","))
        );
        let tracks = fs::read_to_string(folder.join(TRACKS)).unwrap();
        assert_eq!(tracks, format!("{}\n1,a,obu,1.5,-2.25,2,r\n", TRACK_COLUMNS.join(",")));
        assert!(!folder.join(SUMMARY).exists(), "the run isn't over");

        let summary =
            Summary { partial: true, beacons: Some(BeaconFigures::default()), ..Summary::default() };
        let file = SummaryFile { name: "t", seed: 1, scenario_hash: "00", summary: &summary, live: None };
        let tables =
            Tables { flows: &[row()], latency: &[step()], beacons: &[beacon_row()], gaps: &[gap_row()] };
        assert_eq!(recorder.finish(&file, &tables, [loss()], &timing()).unwrap(), folder);
        for name in FILES.iter().filter(|name| ![LATENESS, VIOLATION, REPORT].contains(name)) {
            assert!(fs::metadata(folder.join(name)).unwrap().len() > 0, "{name}");
        }
        let flows = fs::read_to_string(folder.join(FLOWS)).unwrap();
        assert_eq!(flows, format!("{}\nf,a,b,up,3,2,0,1.25,,\n", FLOW_COLUMNS.join(",")));
        let latency = fs::read_to_string(folder.join(LATENCY)).unwrap();
        assert_eq!(latency, format!("{}\nup,1.024,7\n", LATENCY_COLUMNS.join(",")));
        let beacons = fs::read_to_string(folder.join(BEACONS)).unwrap();
        assert_eq!(beacons, format!("{}\n25.0,50.0,4,3,0.75\n", BEACON_COLUMNS.join(",")));
        let gaps = fs::read_to_string(folder.join(GAPS)).unwrap();
        assert_eq!(gaps, format!("{}\n0.0,100.0,2,150.5,100.0,,,201.0\n", GAP_COLUMNS.join(",")));
        let losses = fs::read_to_string(folder.join(LOSSES)).unwrap();
        assert_eq!(losses, format!("{}\n9,f,down,a,,\n", LOSS_COLUMNS.join(",")));
        let summary: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join(SUMMARY)).unwrap()).unwrap();
        assert_eq!(summary["partial"], true);
        assert_eq!(summary["scenario_hash"], "00");
    }

    #[test]
    fn the_columns_are_those_of_the_rows() {
        let header = |mut rows: csv::Writer<Vec<u8>>| {
            rows.flush().unwrap();
            String::from_utf8(rows.into_inner().unwrap()).unwrap().lines().next().unwrap().to_owned()
        };
        assert_eq!(header(rows_of(row())), FLOW_COLUMNS.join(","));
        assert_eq!(header(rows_of(second(1))), SECOND_COLUMNS.join(","));
        assert_eq!(header(rows_of(lateness())), LATENESS_COLUMNS.join(","));
        assert_eq!(header(rows_of(track())), TRACK_COLUMNS.join(","));
        assert_eq!(header(rows_of(step())), LATENCY_COLUMNS.join(","));
        assert_eq!(header(rows_of(loss())), LOSS_COLUMNS.join(","));
        assert_eq!(header(rows_of(beacon_row())), BEACON_COLUMNS.join(","));
        assert_eq!(header(rows_of(gap_row())), GAP_COLUMNS.join(","));
    }

    fn beacon_row() -> BeaconRow {
        BeaconRow { from_m: 25.0, to_m: 50.0, around: 4, received: 3, ratio: Some(0.75) }
    }

    fn gap_row() -> GapRow {
        GapRow {
            from_m: 0.0,
            to_m: 100.0,
            gaps: 2,
            mean_ms: Some(150.5),
            median_ms: Some(100.0),
            p95_ms: None,
            p99_ms: None,
            max_ms: Some(201.0),
        }
    }

    fn rows_of(row: impl Serialize) -> csv::Writer<Vec<u8>> {
        let mut rows = csv::Writer::from_writer(Vec::new());
        rows.serialize(row).unwrap();
        rows
    }

    #[test]
    fn a_live_run_has_lateness_and_programs() {
        let home = tempfile::tempdir().unwrap();
        let mut recorder = Recorder::create(home.path(), &manifest(&scenario())).unwrap();
        let apps = recorder.live().unwrap();
        fs::write(apps.join("ping.out"), "64 bytes").unwrap();
        recorder.lateness(&lateness()).unwrap();
        let rows = fs::read_to_string(home.path().join(LATENESS)).unwrap();
        assert_eq!(
            rows,
            format!("{}\n1,10,0.05,0.5,,0.0,2\n", LATENESS_COLUMNS.join(",")),
            "written at once"
        );
        let live = LiveFigures { fidelity: Verdict::default(), apps: vec![AppFigures::default()] };
        let summary = Summary::default();
        let file =
            SummaryFile { name: "t", seed: 1, scenario_hash: "00", summary: &summary, live: Some(&live) };
        recorder.finish(&file, &Tables::default(), [], &timing()).unwrap();
        let written = fs::read(home.path().join(SUMMARY)).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!((&written["distorted"], &written["apps"][0]["starts"]), (&false.into(), &0.into()));

        Recorder::create(home.path(), &manifest(&scenario())).unwrap();
        assert!(!home.path().join(LATENESS).exists() && !apps.exists(), "a simulation has neither");
    }

    #[test]
    fn a_violation_is_left_and_goes_with_the_results() {
        let home = tempfile::tempdir().unwrap();
        let scenario = scenario();
        let mut recorder = Recorder::create(home.path(), &manifest(&scenario)).unwrap();
        let what = "a → b → a".to_owned();
        let violation = Violation { invariant: "cycle", at_us: 1_500_000, nodes: vec!["a".to_owned()], what };
        recorder.violation(&violation).unwrap();
        drop(recorder);
        let written = fs::read(home.path().join(VIOLATION)).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!((&written["invariant"], &written["nodes"][0]), (&"cycle".into(), &"a".into()));
        assert_eq!(violation.to_string(), "at 1.500000s, invariant `cycle`, a: a → b → a");
        Recorder::create(home.path(), &manifest(&scenario)).unwrap();
        assert!(!home.path().join(VIOLATION).exists(), "of another run");
    }

    #[test]
    fn older_results_are_replaced_and_nothing_else_is_touched() {
        let home = tempfile::tempdir().unwrap();
        let scenario = scenario();
        let first = Recorder::create(home.path(), &manifest(&scenario)).unwrap();
        let summary = Summary::default();
        let file = SummaryFile { name: "t", seed: 1, scenario_hash: "00", summary: &summary, live: None };
        first.finish(&file, &Tables::default(), [], &timing()).unwrap();
        fs::write(home.path().join("notes.txt"), "mine").unwrap();
        fs::write(home.path().join("seconds.parquet"), "of the first run").unwrap();

        let second = Recorder::create(home.path(), &manifest(&scenario)).unwrap();
        assert!(second.replaced());
        assert!(!home.path().join("seconds.parquet").exists());
        assert!(!home.path().join(SUMMARY).exists(), "figures of another run would be taken for this one's");
        assert_eq!(fs::read_to_string(home.path().join("notes.txt")).unwrap(), "mine");
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        for (name, content) in
            [("notes.txt", "mine"), (MANIFEST, "{}"), (MANIFEST, "{\"format\": \"another\"}")]
        {
            let home = tempfile::tempdir().unwrap();
            fs::write(home.path().join(name), content).unwrap();
            let error = Recorder::create(home.path(), &manifest(&scenario())).unwrap_err();
            assert!(matches!(&error, RecorderError::Foreign(folder) if folder == home.path()), "{error}");
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
            assert_eq!(fs::read_to_string(home.path().join(name)).unwrap(), content);
        }
    }

    #[test]
    fn errors_of_writing_name_the_file() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Recorder::create(&file.join("results"), &manifest(&scenario())).unwrap_err();
        assert!(error.to_string().starts_with(&format!("can't write `{}", file.display())), "{error}");

        let mut full = Output::create(PathBuf::from("/dev/full")).unwrap();
        full.write_all(b"x").unwrap();
        let error = full.flush().unwrap_err();
        assert!(error.to_string().starts_with("`/dev/full`: No space left"), "{error}");
        assert!(fs::exists("/dev/full").unwrap(), "only a file of ours is taken back");
        let error = full.write_all(b"x").unwrap_err();
        assert!(error.to_string().contains("it couldn't be written before"), "{error}");
    }

    fn scenario() -> Scenario {
        let text = "{\"name\": \"t\", \"duration\": \"60s\", \"radio\": {\"profile\": \"ideal\"}}";
        serde_json::from_str(text).unwrap()
    }

    fn manifest(scenario: &Scenario) -> Manifest<'_> {
        Manifest {
            format: FORMAT,
            version: "0",
            name: &scenario.name,
            seed: scenario.seed,
            scenario_hash: scenario.hash().unwrap(),
            file_hashes: const { &BTreeMap::new() },
            sumo: None,
            overrides: Vec::new(),
            scenario_text: "",
            scenario,
        }
    }

    fn event(at_us: u64) -> RunEvent {
        RunEvent { at_us, node: "a".to_owned(), what: Happening::Up }
    }

    fn second(second: u64) -> SecondRow {
        SecondRow {
            second,
            vehicles: 2,
            in_range: 0,
            connected: 0,
            up_sent: 0,
            up_delivered: 0,
            down_sent: 0,
            down_delivered: 0,
            route_changes: 0,
            control_airtime_ms: 1.5,
            relays_airtime_ms: 0.0,
            beacons_airtime_ms: 0.0,
            replies_airtime_ms: 0.0,
            data_airtime_ms: 0.0,
            drops: 0,
            cbr_mean: Some(0.25),
            cbr_p95: None,
            cbr_max: None,
        }
    }

    fn row() -> FlowRow {
        FlowRow {
            flow: "f".to_owned(),
            from: "a".to_owned(),
            to: "b".to_owned(),
            direction: "up",
            sent: 3,
            delivered: 2,
            repeated: 0,
            latency_median_ms: Some(1.25),
            latency_p95_ms: None,
            latency_p99_ms: None,
        }
    }

    fn lateness() -> LatenessRow {
        LatenessRow {
            second: 1,
            deliveries: 10,
            median_ms: Some(0.05),
            p99_ms: Some(0.5),
            max_ms: None,
            behind_ms: 0.0,
            host_drops: 2,
        }
    }

    fn track() -> TrackRow<'static> {
        TrackRow {
            second: 1,
            node: "a",
            role: "obu",
            x_m: Some(1.5),
            y_m: Some(-2.25),
            hops: Some(2),
            rsu: Some("r"),
        }
    }

    fn step() -> LatencyRow {
        LatencyRow { direction: "up", up_to_ms: 1.024, frames: 7 }
    }

    fn loss() -> LossRow<'static> {
        LossRow { sent_us: 9, flow: "f", direction: "down", node: "a", x_m: None, y_m: None }
    }

    fn timing() -> Timing {
        Timing {
            setup_s: 0.0,
            wall_s: 1.0,
            simulated_s: 60.0,
            simulated_s_per_s: Some(60.0),
            events: 1,
            events_per_s: Some(1.0),
            cores: 1,
            host: "h".to_owned(),
            started_unix_s: 0,
        }
    }
}
