//! Faults break a lab as they break a simulation.

use crate::support::{CHAIN, Lab};

#[test]
fn backhauls_clocks_and_bursts_break_and_mend() {
    let faults = "faults=[{at: 2s, backhaul_down: rsu1}, {at: 4s, backhaul_up: rsu1}, \
        {at: 5s, clock_step: {node: car2, back: 3s}}, {at: 6s, burst: {node: car1, until: 8s}}]";
    let args = ["--duration", "12s", "--set", "warmup=1s", "--set", faults];
    let Some(lab) = Lab::spawn(CHAIN, &args) else { return };
    let ended = lab.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let changes: Vec<_> = ended.events("backhaul").iter().map(|event| event["change"].clone()).collect();
    assert_eq!(changes, ["down", "up"]);
    assert_eq!(ended.events("clock_step")[0]["by_us"], -3_000_000);
    let changes: Vec<_> = ended.events("disturbance").iter().map(|event| event["change"].clone()).collect();
    assert_eq!(changes, ["begins", "ends"]);
    let drops = &ended.summary()["drops"];
    assert!(drops["wire.backhaul_down"].as_u64() > Some(0), "{drops}");

    // Requests to the server: none while the cable is cut or the burst lasts, all of them at the end.
    let seconds = ended.file("seconds.csv");
    let mut rows = csv::Reader::from_reader(seconds.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "down_delivered").unwrap();
    let responses: Vec<u64> = rows.records().map(|row| row.unwrap()[column].parse().unwrap()).collect();
    assert_eq!((responses[3], responses[7]), (0, 0), "{responses:?}");
    assert!(responses[4] > 0 && responses[10] > 0, "{responses:?}");
}
