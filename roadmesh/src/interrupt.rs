//! Ctrl-C.

use crate::error::{Failure, other};
use device_lib::sandbox;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of an interrupted run, as shells have it: 128 + SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// Whether the user asked for the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    running: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Watches for SIGINT, SIGTERM and SIGHUP. Until [`Interrupt::run_begins`] they end the process; then the first one
    /// asks for the end, and a second one doesn't wait for it.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let interrupt = Interrupt::default();
        let seen = interrupt.clone();
        ctrlc::set_handler(move || {
            if !seen.running.load(Ordering::SeqCst) || seen.asked.swap(true, Ordering::SeqCst) {
                // Nobody's values are dropped here.
                sim_lib::sumo::end_all();
                process::exit(INTERRUPTED.into());
            }
        })
        .map_err(|error| other(format!("can't watch for Ctrl-C: {error}"), None))?;
        Ok(interrupt)
    }

    /// As [`Interrupt::watch`], in the first process of a corner, where requests to end have waited.
    pub(crate) fn watch_inside() -> Result<Self, Failure> {
        let interrupt = Interrupt::watch()?;
        sandbox::listen()?;
        Ok(interrupt)
    }

    /// From now on there is something to save.
    pub(crate) fn run_begins(&self) {
        self.running.store(true, Ordering::SeqCst);
    }

    /// True once the user asked for the end.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
