//! No next-hop cycle, ever: random networks, random histories, the real nodes.
//!
//! Each history is a random graph with one to three RSUs and up to eight OBUs. Links lose, delay, reorder and duplicate
//! frames, and their loss changes; nodes restart with and without a pause; costs differ and vary. After every event, for
//! every RSU, the next hops that frames naming it would take are followed: they must not come back to where they began.
//! Then the network becomes quiet, and every OBU that is connected to an RSU must have a route, and the RSU that it uses
//! an entry for it.

mod network;

use network::{Network, Plan};
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn no_cycle_in_ten_thousand_random_histories_and_all_connected_in_the_end() {
    let histories: u64 = 10_000;
    let (next, events, restarts, changes) =
        (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= histories {
                return;
            }
            let mut network = Network::new(Plan::random(seed));
            network.run_chaos();
            network.run_quiet();
            events.fetch_add(network.events, Ordering::Relaxed);
            restarts.fetch_add(network.restarts, Ordering::Relaxed);
            changes.fetch_add(network.route_changes, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(2, |n| n.get());
        (0..workers).for_each(|_| {
            scope.spawn(work);
        });
    });
    let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
    println!(
        "{histories} random histories: {} events, {} restarts, {} route changes, 0 cycles, all connected at the end",
        count(&events),
        count(&restarts),
        count(&changes)
    );
    // The histories would prove little if nothing happened in them.
    assert!(count(&restarts) > histories && count(&changes) > 10 * histories);
}
