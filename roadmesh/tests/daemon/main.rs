//! Daemons on real interfaces: an RSU and an OBU, each in a network namespace of its own, with a pair of virtual Ethernet
//! interfaces as the radio between them.

#[path = "../../../device_lib/tests/corner/mod.rs"]
mod corner;

mod control;
mod daemon;
mod endings;
mod garbage;
mod net;
mod traffic;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(missing) = ["ping", "curl", "setpriv"].iter().find(|tool| !net::is_installed(tool)) {
        let remedy = "apt-get install iputils-ping curl util-linux";
        return corner::not_tested(missing, remedy);
    }
    let tests = corner::trials![
        traffic::pings_and_a_large_file_pass,
        traffic::a_capture_holds_both_sides,
        traffic::a_radio_that_never_reports_is_not_waited_for,
        control::ctl_tells_what_is_so,
        control::a_reload_applies_what_it_can_and_names_the_rest,
        control::clients_that_misbehave_disturb_nobody,
        endings::sigterm_leaves_nothing,
        endings::systemd_is_told_when_it_is_ready_reloads_and_stops,
        endings::each_mistake_has_one_clear_message,
        endings::a_missing_capability_is_named_with_its_remedy,
        endings::an_interface_that_goes_down_is_waited_for_and_one_that_goes_away_is_not,
        garbage::garbage_is_counted_and_nothing_else_happens,
    ];
    corner::main(tests, &[])
}
