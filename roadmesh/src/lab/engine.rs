//! The lab as the driver sees it: a world pinned to the clock, with a TAP for each live host.

use super::apps::{Book, Launcher, Report};
use super::build::Surroundings;
use super::drops::Drops;
use super::host::LiveHost;
use super::message::{HostRow, LinkWish, Listing, Request, Response};
use super::server::Asked;
use super::tell::tell;
use super::watch::Watch;
use device_lib::clock::Clock;
use device_lib::driver::Engine;
use device_lib::port::Refused;
use device_lib::waker::Waker;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::time::Instant;
use radio_lib::LinkChange;
use sim_lib::error::SimError;
use sim_lib::fidelity::Fidelity;
use sim_lib::results::{Happening, Observer, RunEvent};
use sim_lib::scenario::model::RadioProfile;
use sim_lib::world::{PartyKind, World};
use std::io;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// A lab that runs.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) name: String,
    pub(crate) world: World,
    pub(crate) watch: Watch,
    pub(crate) clock: Clock,
    /// When it ends by itself.
    pub(crate) end: Option<Instant>,
    pub(crate) profile: RadioProfile,
    /// By port.
    pub(crate) hosts: Vec<LiveHost>,
    /// By port.
    pub(crate) surroundings: Vec<Surroundings>,
    /// By party: its port, if its host is live.
    pub(crate) ports: Vec<Option<u32>>,
    pub(crate) fidelity: Fidelity,
    pub(crate) launcher: Launcher,
    pub(crate) books: Vec<Book>,
    pub(crate) waker: Waker,
    pub(crate) requests: Receiver<Asked>,
    /// What the system dropped on its way to us, as somebody else counts it.
    pub(crate) drops: Drops,
    pub(crate) handles: Handles,
    pub(crate) lost: Lost,
    /// Events that the world may still handle in this turn of the loop.
    pub(crate) budget: u64,
    pub(crate) ending: Ending,
}

/// How a lab ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It goes on, or somebody ended it.
    Early,
    /// It ran to its end.
    Whole,
    /// The end came, and the world had not got there: this machine is too slow.
    Behind,
}

/// Descriptors of the lab's own namespaces.
#[derive(Debug)]
pub(crate) struct Handles {
    pub(crate) mounts: OwnedFd,
    pub(crate) processes: OwnedFd,
    /// Where the lab is an ordinary user's.
    pub(crate) users: Option<OwnedFd>,
}

/// Why a lab can't go on.
#[derive(Debug)]
pub(crate) enum LabError {
    /// The world.
    World(SimError),
    /// The driver or the results.
    Io(io::Error),
    /// A program can't be started.
    App {
        /// Its number in the scenario's list.
        index: usize,
        /// Why not.
        why: String,
        /// What to do.
        help: Option<String>,
    },
}

/// Frames lost between the world and its live hosts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lost {
    /// The host's interface was down.
    interface_down: u64,
    /// What the host sent made no sense.
    unreadable: u64,
}

impl Lost {
    /// Their names in the results, and how many; those that didn't occur are left out.
    pub(crate) fn named(self) -> impl Iterator<Item = (String, u64)> {
        let counts = [("host.interface_down", self.interface_down), ("host.unreadable", self.unreadable)];
        counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name.to_owned(), count))
    }
}

impl From<SimError> for LabError {
    fn from(error: SimError) -> Self {
        LabError::World(error)
    }
}

impl From<io::Error> for LabError {
    fn from(error: io::Error) -> Self {
        LabError::Io(error)
    }
}

impl Engine for Lab {
    type Error = LabError;

    fn receive(&mut self, now: Instant, port: usize, frame: Frame) -> Result<(), LabError> {
        self.catch_up(now)?;
        // Where the world is behind the clock, this is as good as now.
        let at = self.world.now();
        self.world.host_frame(at, self.hosts[port].party, frame)?;
        Ok(())
    }

    fn status(&mut self, _: Instant, _: usize, _: TxStatus) -> Result<(), LabError> {
        Ok(())
    }

    fn advance(&mut self, now: Instant) -> Result<ControlFlow<()>, LabError> {
        self.budget = MOST_EVENTS;
        let goes_on = self.catch_up(now)?;
        self.follow_power()?;
        self.fidelity.dropped(self.drops.so_far());
        if let Some(row) = self.fidelity.end_second(now) {
            self.watch.recorder.lateness(&row)?;
        }
        self.ending = match self.end {
            Some(end) if goes_on && self.world.now() >= end => Ending::Whole,
            Some(end) if goes_on && now >= end + LAST_CHANCE => Ending::Behind,
            _ => Ending::Early,
        };
        let over = !goes_on || self.ending != Ending::Early;
        Ok(if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn deadline(&self) -> Option<Instant> {
        self.world.next_event().into_iter().chain(self.end).min()
    }

    #[inline]
    fn next_output(&mut self) -> Option<(usize, Frame)> {
        loop {
            let out = self.world.next_for_host()?;
            if let Some(port) = self.ports[out.party as usize] {
                self.fidelity.delivered(self.clock.now(), out.due);
                return Some((port as usize, out.frame));
            }
        }
    }

    fn refused(&mut self, _: Instant, _: usize, refused: Refused) -> Result<(), LabError> {
        if refused.is_full() {
            self.fidelity.dropped(refused.segments as u64);
        } else {
            self.lost.interface_down += refused.segments as u64;
        }
        Ok(())
    }

    fn unreadable(&mut self, _: Instant, _: usize, _: io::Error) -> Result<(), LabError> {
        self.lost.unreadable += 1;
        Ok(())
    }

    fn woken(&mut self, now: Instant) -> Result<ControlFlow<()>, LabError> {
        self.waker.awake();
        while let Ok(report) = self.launcher.reports.try_recv() {
            self.note(now, report)?;
        }
        while let Ok(asked) = self.requests.try_recv() {
            self.catch_up(now)?;
            match &asked.request {
                Request::Enter { node } => match self.enter(node) {
                    Ok((response, fds)) => asked.answer(response, fds),
                    Err(refusal) => asked.answer(refusal, Vec::new()),
                },
                request => {
                    let response = self.obey(self.world.now(), request);
                    asked.answer(response, Vec::new());
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Lab {
    /// Moves the world on to the present, but not beyond the end, and not for so long that nothing else is done: what is left
    /// of the turn's budget has to do. Returns false if somebody wants the end.
    fn catch_up(&mut self, now: Instant) -> Result<bool, SimError> {
        if self.budget == 0 {
            return Ok(true);
        }
        let until = self.end.map_or(now, |end| now.min(end));
        if let Some(due) = self.world.next_event().filter(|due| *due <= until) {
            self.fidelity.done(now, due);
        }
        let before = self.world.events();
        let goes_on = self.world.run_towards(until, self.budget, &mut self.watch)?;
        self.budget = self.budget.saturating_sub(self.world.events() - before);
        Ok(goes_on)
    }

    /// Cables and programs follow the power of their nodes.
    fn follow_power(&mut self) -> Result<(), LabError> {
        for (node, on) in std::mem::take(&mut self.watch.power) {
            let Some(port) = self.port(&node) else { continue };
            self.surroundings[port].cable.plug(on)?;
            if on {
                self.launcher.power_on(&node);
            } else {
                self.launcher.power_off(&node, self.surroundings[port].net.try_clone()?);
            }
        }
        Ok(())
    }

    /// Books what a program did.
    pub(crate) fn note(&mut self, now: Instant, report: Report) -> Result<(), LabError> {
        let (index, what) = match report {
            Report::Started(index) => {
                self.books[index].started();
                (index, Happening::Started { app: self.books[index].figures.app.clone() })
            }
            Report::Ended(index, exit) => {
                self.books[index].ended(exit);
                (index, Happening::Ended { app: self.books[index].figures.app.clone(), exit })
            }
            Report::Killed(index) => {
                self.books[index].killed();
                return Ok(());
            }
            Report::Failed(index, error) => {
                self.books[index].failed();
                let help = error.help();
                return Err(LabError::App { index, why: error.to_string(), help });
            }
        };
        let node = self.books[index].figures.node.clone();
        self.watch.recorder.event(&RunEvent { at_us: now.as_micros(), node, what: what.clone() })?;
        match what {
            // As a shell says that it found no such program, or may not run it.
            Happening::Ended { exit: 126 | 127, .. } if !self.books[index].wants_that() => {
                let why = self.watch.last_words(&self.books[index].figures.app);
                let help = "is it installed, and in PATH? Try it by `roadmesh lab exec`".to_owned();
                Err(LabError::App { index, why, help: Some(help) })
            }
            _ => Ok(()),
        }
    }

    fn port(&self, node: &str) -> Option<usize> {
        let party = self.world.party(node)?;
        // A vehicle that has joined since has none.
        self.ports.get(party as usize).copied().flatten().map(|port| port as usize)
    }

    fn enter(&self, node: &str) -> Result<(Response, Vec<OwnedFd>), Response> {
        let Some(port) = self.port(node) else {
            let known = self.world.party(node).is_some();
            let message = if known {
                format!("`{node}` is simulated: it has no namespace")
            } else {
                format!("nothing here is named `{node}`")
            };
            return Err(refusal(message, "`roadmesh lab ps` lists the live hosts"));
        };
        let clone = || {
            let net = self.surroundings[port].net.try_clone()?.into();
            let mut fds = vec![net, self.handles.mounts.try_clone()?, self.handles.processes.try_clone()?];
            if let Some(users) = &self.handles.users {
                fds.push(users.try_clone()?);
            }
            Ok::<_, io::Error>(fds)
        };
        let fds = clone().map_err(|error| refusal(format!("too many open files: {error}"), ""))?;
        Ok((Response::Enter { lab: self.name.clone(), node: node.to_owned() }, fds))
    }

    fn obey(&mut self, now: Instant, request: &Request) -> Response {
        let result = match request {
            Request::List => return Response::List(self.list(now)),
            Request::Enter { .. } => return refusal("this is answered elsewhere".to_owned(), ""),
            Request::Ask { node, question } => return tell(&self.world, now, node, question),
            Request::Link { ends: [a, b], change } => match self.link_change(change) {
                Ok(wanted) => self.world.set_link(now, [a, b], wanted, change.text.clone()),
                Err(refusal) => return refusal,
            },
            Request::Power { node, on } => self.world.set_power(now, node, *on),
            Request::Move { node, to } => self.world.set_position(now, node, *to),
        };
        match result {
            Ok(()) => Response::Done,
            Err(SimError::UnknownName { name, .. }) => {
                refusal(format!("nothing here is named `{name}`"), "`roadmesh lab ps` lists the live hosts")
            }
            Err(SimError::Impossible { message, .. }) => refusal(message.to_owned(), ""),
            Err(SimError::Radio(error)) => refusal(error.to_string(), ""),
            Err(error) => refusal(error.to_string(), ""),
        }
    }

    fn link_change(&self, wish: &LinkWish) -> Result<LinkChange, Response> {
        let LinkWish { down, loss, latency_us, jitter_us, rate_bps, .. } = *wish;
        let fixed = latency_us.is_some() || jitter_us.is_some() || rate_bps.is_some();
        if fixed && self.profile.has_places() {
            let message = "on this radio, distance decides on latency, jitter and rate".to_owned();
            return Err(refusal(message, "change `loss`, `down` or `up`, or move a node"));
        }
        Ok(LinkChange {
            down,
            loss,
            latency: latency_us.map(Duration::from_micros),
            jitter: jitter_us.map(Duration::from_micros),
            rate_bps: rate_bps.map(Some),
        })
    }

    fn list(&self, now: Instant) -> Listing {
        let hosts = self.hosts.iter().map(|host| {
            let name = |mac| self.world.name_of(mac).map_or_else(|| mac.to_string(), str::to_owned);
            let apps = self.books.iter().filter(|book| book.running && book.figures.node == host.name);
            HostRow {
                name: host.name.clone(),
                role: role(host.kind).to_owned(),
                up: self.world.is_powered(host.party),
                interface: host.interface().to_owned(),
                addresses: host.addresses().map(|(address, _)| address.to_string()).collect(),
                route: self
                    .world
                    .route(&host.name)
                    .map(|route| (name(route.rsu), name(route.next_hop), route.hops)),
                apps: apps.map(|book| book.figures.app.clone()).collect(),
            }
        });
        Listing {
            lab: self.name.clone(),
            at_s: now.as_secs_f64(),
            end_s: self.end.map(Instant::as_secs_f64),
            hosts: hosts.collect(),
            simulated: self.ports.iter().filter(|port| port.is_none()).count(),
        }
    }
}

pub(crate) fn role(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Obu => "obu",
        PartyKind::Rsu => "rsu",
        PartyKind::Server => "server",
    }
}

/// Events of the world in one turn of the loop: some ten milliseconds' worth.
const MOST_EVENTS: u64 = 20_000;
/// How long after its end a lab may still catch up.
const LAST_CHANCE: Duration = Duration::from_millis(100);

fn refusal(message: String, help: &str) -> Response {
    Response::Refused { message, help: Some(help.to_owned()).filter(|help| !help.is_empty()) }
}
