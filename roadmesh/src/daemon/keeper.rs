//! What surrounds the node: it logs what changes, answers questions, and looks after things once a second.

use super::devices::Facts;
use super::inbox::{Inbox, Question};
use super::log::Log;
use super::settings::Settings;
use super::statuses::Statuses;
use super::troubles::Troubles;
use super::{Ended, address, node_config};
use crate::ctl::protocol::{ReloadReport, Request, Response};
use crate::report::{CountersReport, DevicesReport, ExplainReport, RoutesReport, StatusReport};
use device_lib::capture::CaptureFile;
use device_lib::station::{Counts, Shell};
use nix::sys::timerfd::TimerFd;
use node_lib::addr::Mac;
use node_lib::control::change::Change;
use node_lib::control::node::{Event, Node, Route};
use node_lib::time::Instant;
use sd_notify::NotifyState;
use sim_lib::scenario::model::Role;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use tracing::{info, warn};

/// The shell of a daemon's station.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) role: Role,
    pub(super) boot: u32,
    pub(super) facts: Facts,
    /// Those that are in force.
    pub(super) settings: Settings,
    pub(super) log: Log,
    pub(super) inbox: Inbox,
    /// Rings once a second.
    pub(super) seconds: TimerFd,
    pub(super) troubles: Troubles,
    pub(super) capture: Option<CaptureFile>,
    pub(super) statuses: Statuses,
    /// Frames that the kernel dropped, as far as it was told.
    pub(super) missed: u64,
    /// What systemd was told last.
    pub(super) told: String,
}

impl Shell for Keeper {
    type Error = Ended;

    fn event(&mut self, _: Instant, event: Event) {
        let Event::RouteChanged { from, to, cause } = event;
        let kind = Change::of(from, to, cause).name();
        let field = |route: Option<Route>, value: fn(Route) -> String| route.map(value);
        info!(
            cause = cause.name(),
            from_rsu = field(from, |route| route.rsu.to_string()),
            from_hop = field(from, |route| route.next_hop.to_string()),
            to_rsu = field(to, |route| route.rsu.to_string()),
            to_hop = field(to, |route| route.next_hop.to_string()),
            hops = to.map(|route| route.hops),
            cost_us = to.map(|route| route.cost),
            "route {kind}"
        );
    }

    fn trouble(&mut self, now: Instant, port: usize, error: &io::Error) -> Result<(), Ended> {
        self.troubles.note(now, port, error)
    }

    fn woken(
        &mut self,
        now: Instant,
        node: &mut dyn Node,
        counts: &Counts,
    ) -> Result<ControlFlow<()>, Ended> {
        if self.seconds.wait().is_ok() {
            self.every_second(node, counts)?;
        }
        self.inbox.quiet();
        while let Some(question) = self.inbox.next() {
            match question {
                // Whoever asked may be gone by now.
                Question::Report(request, answer) => {
                    drop(answer.try_send(self.report(now, node, counts, &request)))
                }
                Question::Apply(settings, answer) => drop(answer.try_send(self.apply(node, &settings))),
                Question::Stop => return Ok(ControlFlow::Break(())),
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Keeper {
    fn every_second(&mut self, node: &mut dyn Node, counts: &Counts) -> Result<(), Ended> {
        self.troubles.every_second()?;
        if self.facts.asked && node.config().tx_status && self.statuses.never_come(counts) {
            warn!(
                unicasts = counts.unicasts,
                "the radio `{}` never says what became of a unicast: going on without; set `protocol.tx_status: off` to \
                 begin without",
                self.facts.radio.name
            );
            self.configure(node);
        }
        if counts.radio_missed > self.missed {
            let frames = counts.radio_missed - self.missed;
            warn!(frames, "frames were dropped by the kernel: they came faster than they were handled");
            self.missed = counts.radio_missed;
        }
        self.tell_capture();
        self.tell_systemd(node);
        Ok(())
    }

    /// Says why the capture is not complete, once.
    pub(super) fn tell_capture(&self) {
        if let Some(failure) = self.capture.as_ref().and_then(CaptureFile::failure) {
            warn!("the capture is not complete: {failure}");
        }
    }

    fn report(&self, now: Instant, node: &dyn Node, counts: &Counts, request: &Request) -> Response {
        let status = node.status();
        match request {
            Request::Status => {
                let report = StatusReport::new(self.role, self.boot, now, &status, &address);
                Response::Status(Box::new(StatusReport { devices: Some(self.devices(node)), ..report }))
            }
            Request::Routes => Response::Routes(RoutesReport::new(now, &status, &address)),
            Request::Explain { rsu } => match rsu.as_deref().map(str::parse::<Mac>).transpose() {
                Ok(only) => match ExplainReport::new(self.role, now, &status, only, &address) {
                    report if only.is_some() && report.rsus.is_empty() => Response::error(
                        "this node knows nothing of such an RSU",
                        Some("`explain` alone shows those that it knows".to_owned()),
                    ),
                    report => Response::Explain(report),
                },
                Err(error) => Response::error(error.to_string(), None),
            },
            Request::Counters => {
                let devices =
                    named(counts).into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
                Response::Counters(CountersReport { devices, ..CountersReport::new(node.counters()) })
            }
            Request::Reload => Response::error("the loop doesn't read files", None),
        }
    }

    fn devices(&self, node: &dyn Node) -> DevicesReport {
        let Facts { radio, tap, mtu, .. } = &self.facts;
        DevicesReport {
            interface: radio.name.clone(),
            tap: tap.name.clone(),
            tap_mac: tap.mac.to_string(),
            mtu: mtu.bytes,
            mtu_because: mtu.because.clone(),
            addresses: self.settings.addresses.iter().map(|address| address.0.to_string()).collect(),
            tx_status: node.config().tx_status,
        }
    }

    /// Takes over what can be changed as it runs.
    fn apply(&mut self, node: &mut dyn Node, new: &Settings) -> ReloadReport {
        let before = self.settings.clone();
        self.settings.take_over(new);
        if new.protocol.tx_status.resolve(self.facts.wireless) && !self.facts.asked {
            // The radio was not asked for reports when it was opened.
            self.settings.protocol.tx_status = before.protocol.tx_status;
        }
        let applied = before.differing(&self.settings);
        let needs_restart = self.settings.differing(new);
        if applied.contains(&TX_STATUS) {
            self.statuses = Statuses::default();
        }
        self.log.set_level(self.settings.log_level);
        self.configure(node);
        let owned = |keys: Vec<&str>| keys.into_iter().map(str::to_owned).collect();
        ReloadReport { applied: owned(applied), needs_restart: owned(needs_restart) }
    }

    fn configure(&self, node: &mut dyn Node) {
        let mut config = node_config(&self.settings, &self.facts, self.boot);
        config.tx_status &= !self.statuses.given_up;
        node.reconfigure(&config);
    }

    /// One line for `systemctl status`.
    fn tell_systemd(&mut self, node: &dyn Node) {
        let status = node.status();
        let line = match (self.role, status.upstream) {
            (Role::Rsu, _) => format!("{} OBUs", status.downstream.len()),
            (Role::Obu, Some(Route { rsu, next_hop, hops, .. })) => {
                format!("route to RSU {rsu} via {next_hop}, hops: {hops}")
            }
            (Role::Obu, None) => "no route".to_owned(),
        };
        if line != self.told {
            super::tell_systemd(&[NotifyState::Status(&line)]);
            self.told = line;
        }
    }
}

/// What was counted between the node and its devices.
pub(super) fn named(counts: &Counts) -> BTreeMap<&'static str, u64> {
    let Counts {
        tap_refused,
        radio_full,
        radio_too_long,
        radio_refused,
        unreadable,
        radio_missed,
        unicasts,
        statuses,
    } = *counts;
    BTreeMap::from([
        ("tap_refused", tap_refused),
        ("radio_full", radio_full),
        ("radio_too_long", radio_too_long),
        ("radio_refused", radio_refused),
        ("unreadable", unreadable),
        ("radio_missed", radio_missed),
        ("unicasts", unicasts),
        ("statuses", statuses),
    ])
}

const TX_STATUS: &str = "protocol.tx_status";
