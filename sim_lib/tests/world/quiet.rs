//! What the protocol itself puts on the air in a crowded cell at rest.

use crate::support::run;
use sim_lib::results::Summary;

const EXAMPLE: &str = include_str!("../../../examples/cell.yaml");

/// The example with so many cars, for twenty seconds after ten of warm-up.
fn cell(cars: usize) -> Summary {
    let text =
        EXAMPLE.replace("count: 50\n", &format!("count: {cars}\n")).replace("duration: 70s", "duration: 30s");
    let summary = run(&text).0.summary;
    assert_eq!((summary.vehicles, summary.simulated_s), (cars as u64, 30.0));
    summary
}

#[test]
fn control_is_quiet_in_a_crowd_and_relays_per_node_do_not_grow_with_it() {
    println!(
        "{:>5}{:>11}{:>9}{:>9}{:>12}{:>14}",
        "cars", "control %", "relays", "replies", "relays/s", "replies B/s"
    );
    let mut relays = Vec::new();
    for cars in [25, 50, 100, 200] {
        let Summary { air, connected_share, .. } = cell(cars);
        let share = |share: Option<f64>| share.unwrap() * 100.0;
        let [control, relayed, replied] =
            [&air.control, &air.relays, &air.replies].map(|kind| share(kind.channel_share));
        let per_node = air.relays.frames_per_node_s.unwrap();
        let replies = air.replies.bytes_per_node_s.unwrap();
        println!("{cars:>5}{control:>11.2}{relayed:>9.2}{replied:>9.2}{per_node:>12.2}{replies:>14.1}");
        assert!(cars > 50 || control <= 5.0, "{cars} cars: control takes {control} % of the channel");
        assert!(replies <= 155.0, "{cars} cars: {replies} B/s of replies a node");
        assert!(share(connected_share) >= 99.9, "{cars} cars: connected {connected_share:?} of the time");
        relays.push(per_node);
    }
    assert!(relays.is_sorted_by(|fewer, more| fewer >= more), "relays a second and node: {relays:?}");
}
