//! Results as Parquet: what is in the files is what is in the tables.

use assert_cmd::Command;
use parquet::basic::{LogicalType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::fs::{self, File};
use std::path::Path;

/// Runs the command; what it prints, and its exit code.
fn export(args: &[&Path]) -> (String, String, Option<i32>) {
    let output = Command::cargo_bin("roadmesh-parquet").unwrap().args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// A folder of results with this table in it.
fn folder(name: &str, content: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manifest.json"), "{}").unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

/// The rows of a file as CSV has them, and the types of its columns.
fn read(path: &Path) -> (Vec<Vec<String>>, Vec<(Physical, bool)>) {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let kinds = schema.columns().iter().map(|column| {
        (column.physical_type(), matches!(column.logical_type_ref(), Some(LogicalType::String)))
    });
    let kinds = kinds.collect();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let cell = |(_, field): (&String, &Field)| match field {
            Field::Null => String::new(),
            Field::Long(number) => number.to_string(),
            Field::Double(number) => format!("{number:?}"),
            Field::Str(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        row.unwrap().get_column_iter().map(cell).collect()
    });
    (rows.collect(), kinds)
}

const WHOLE: (Physical, bool) = (Physical::INT64, false);
const REAL: (Physical, bool) = (Physical::DOUBLE, false);
const TEXT: (Physical, bool) = (Physical::BYTE_ARRAY, true);

#[test]
fn a_table_and_its_gaps_come_through() {
    let csv = "flow,from,sent,latency_p95_ms,latency_p99_ms\nf,1,3,1.25,\n\"g,\"\"h\",2,4,,\n";
    let folder = folder("flows.csv", csv);
    let (stdout, stderr, code) = export(&[folder.path()]);
    let path = folder.path().join("flows.parquet");
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert_eq!(stdout, format!("{} (2 rows)\n", path.display()));
    let (rows, kinds) = read(&path);
    assert_eq!(rows, [["f", "1", "3", "1.25", ""], ["g,\"h", "2", "4", "", ""]]);
    assert_eq!(kinds, [TEXT, TEXT, WHOLE, REAL, REAL]);

    let first = fs::read(&path).unwrap();
    assert_eq!(export(&[Path::new("-q"), folder.path()]).0, "");
    assert!(fs::read(&path).unwrap() == first, "the same bytes");
}

#[test]
fn a_table_larger_than_a_group_comes_through() {
    let rows: Vec<String> = (0..250_001).map(|row| format!("{row},{:?}", f64::from(row) / 8.0)).collect();
    let folder = folder("seconds.csv", &format!("second,share\n{}\n", rows.join("\n")));
    assert_eq!(export(&[folder.path()]).2, Some(0));
    let (read, kinds) = read(&folder.path().join("seconds.parquet"));
    assert!(read.iter().map(|row| row.join(",")).eq(rows));
    assert_eq!(kinds, [WHOLE, REAL]);
}

#[test]
fn events_have_a_column_for_every_key() {
    let events = "{\"at_us\":5,\"node\":\"7\",\"event\":\"up\"}\n{\"at_us\":6,\"node\":\"a\",\"event\":\"moved\",\"x\":1.0,\"y\":null}\n";
    let folder = folder("events.jsonl", events);
    assert_eq!(export(&[folder.path()]).2, Some(0));
    let (rows, kinds) = read(&folder.path().join("events.parquet"));
    assert_eq!(rows, [["5", "7", "up", "", ""], ["6", "a", "moved", "1.0", ""]]);
    assert_eq!(kinds, [WHOLE, TEXT, TEXT, REAL, REAL]);
}

#[test]
fn folders_of_many_runs_are_done_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    for (path, content) in [
        ("summary.json", "{}"),
        ("runs.csv", "seed,up.sent\n1,15\n"),
        ("seed1/manifest.json", "{}"),
        ("seed1/flows.csv", "flow\n"),
        ("seed1/apps/notes.csv", "a program's own\n"),
    ] {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let (stdout, _, code) = export(&[home.path()]);
    assert_eq!((stdout.lines().count(), code), (2, Some(0)), "{stdout}");
    assert_eq!(
        read(&home.path().join("runs.parquet")),
        (vec![vec!["1".to_owned(), "15.0".to_owned()]], vec![WHOLE, REAL])
    );
    assert_eq!(read(&home.path().join("seed1/flows.parquet")), (vec![], vec![TEXT]));
    assert!(!home.path().join("seed1/apps/notes.parquet").exists());
}

#[test]
fn mistakes_have_a_place() {
    for (name, content, expected) in [
        ("flows.csv", "flow,sent\nf,1\ng\n", "flows.csv`, line 3: 1 cells instead of 2"),
        ("events.jsonl", "{\"at_us\":5}\nnonsense\n", "events.jsonl`, line 2: no event"),
        ("events.jsonl", "[1]\n", "events.jsonl`, line 1: no event"),
    ] {
        let folder = folder(name, content);
        let (_, stderr, code) = export(&[folder.path()]);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    }
    let empty = tempfile::tempdir().unwrap();
    for (path, expected) in [(empty.path(), "holds no results"), (Path::new("/nowhere"), "can't be read")] {
        let (_, stderr, code) = export(&[path]);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(expected) && stderr.contains("help: name the folder"), "{stderr}");
    }
}
