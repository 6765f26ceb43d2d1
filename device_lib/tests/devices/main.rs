//! The devices as the kernel makes them.

#[path = "../corner/mod.rs"]
mod corner;
#[path = "../support/mod.rs"]
mod support;

mod driving;
mod full_disk;
mod hosts;
mod namespaces;
mod offloads;
mod replies;

use std::process::ExitCode;

fn main() -> ExitCode {
    let tests = corner::trials![
        replies::every_form_arrives_byte_for_byte,
        offloads::trains_handed_on_whole_keep_their_order_and_lose_nothing,
        offloads::trains_taken_apart_arrive_whole,
        offloads::trains_wrapped_and_split_and_unwrapped_arrive_whole,
        namespaces::what_was_kept_in_a_namespace_goes_with_it,
        namespaces::an_open_device_keeps_its_namespace,
        namespaces::a_cable_is_pulled_out_and_the_host_sees_it,
        namespaces::names_that_are_taken_are_named,
        namespaces::interfaces_that_are_missing_are_named,
        namespaces::names_that_are_none_are_refused,
        namespaces::a_missing_driver_is_named,
        namespaces::missing_capabilities_are_named,
        driving::devices_that_dont_work_let_the_driver_sleep,
        driving::no_small_frame_takes_an_allocation,
        driving::no_super_frame_takes_an_allocation,
        full_disk::the_port_goes_on_and_what_was_captured_stays_readable,
    ];
    corner::main(tests, &[namespaces::POWERLESS])
}
