//! `roadmesh obu` and `roadmesh rsu`: a node between a radio's interface and a TAP.
//!
//! The loop runs on the main thread and does nothing else than frames; a thread for signals, one for the control socket and
//! one for each of its clients leave their questions in its inbox, and another one prints the log.

mod boot;
mod control;
mod devices;
mod inbox;
mod keeper;
mod log;
mod options;
mod reload;
mod settings;
mod signals;
mod statuses;
mod troubles;
mod written;

pub(crate) use options::NodeArgs;

use crate::error::{Failure, other};
use boot::Boot;
use config_lib::Loaded;
use control::Control;
use device_lib::DeviceError;
use device_lib::clock::Clock;
use device_lib::driver::Driver;
use device_lib::station::Station;
use devices::{Devices, Facts};
use keeper::Keeper;
use log::Log;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::control::config::NodeConfig;
use node_lib::control::node::Node;
use node_lib::core::ETHERNET_HEADER;
use node_lib::random::Key;
use obu_lib::Obu;
use radio_lib::Rate;
use radio_lib::airtime::mean_unicast_time;
use rsu_lib::Rsu;
use sd_notify::NotifyState;
use settings::Settings;
use signals::{Asked, Signals};
use sim_lib::scenario::model::Role;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;
use tracing::{info, warn};
use troubles::Troubles;

/// Runs a node until it is told to stop.
pub(crate) fn run(role: Role, args: &NodeArgs) -> Result<ExitCode, Failure> {
    let loaded = args.sources.load()?;
    let signals =
        Signals::block().map_err(|error| other(format!("signals can't be waited for: {error}"), None))?;
    let log = Log::start(&loaded.value);
    let result = start(role, args, loaded, signals, log.clone());
    log.finish();
    result
}

fn start(
    role: Role,
    args: &NodeArgs,
    loaded: Loaded<Settings>,
    signals: Signals,
    log: Log,
) -> Result<ExitCode, Failure> {
    let devices = Devices::open(&loaded)?;
    let Devices { tap, radio, facts, capture } = devices;
    let settings = loaded.value;
    let boot = Boot::next(&settings, facts.radio.mac)?;
    let mut control = Control::bind(settings.socket.as_deref(), &facts.tap.name)?;
    let (door, inbox) = inbox::open().map_err(Ended::from)?;
    let clock = Clock::start();
    let mut driver = Driver::new(clock, settings.busy_poll.get()).map_err(Ended::from)?;
    let seconds = every_second().map_err(Ended::from)?;
    driver.listen(inbox.as_fd()).map_err(Ended::from)?;
    driver.listen(seconds.as_fd()).map_err(Ended::from)?;
    driver.add(tap).map_err(Ended::from)?;
    driver.add(radio).map_err(Ended::from)?;

    let node = node(role, node_config(&settings, &facts, boot.number), clock);
    introduce(role, &settings, &facts, &boot, &control, node.config());
    let mut troubles = Troubles::new(facts.radio.clone(), facts.tap.clone());
    troubles.begin();
    let mut station = Station::new(
        node,
        Keeper {
            role,
            boot: boot.number,
            facts,
            settings,
            log,
            inbox,
            seconds,
            troubles,
            capture,
            statuses: Default::default(),
            missed: 0,
            told: String::new(),
        },
    );
    control.serve(args.sources.clone(), door.clone());
    let sources = args.sources.clone();
    signals.watch(move |asked| match asked {
        Asked::Stop => door.stop(),
        Asked::Reload => drop(reload::reload(&sources, &door)),
    });
    tell_systemd(&[NotifyState::Ready]);
    let ended = driver.run(&mut station);
    tell_systemd(&[NotifyState::Stopping]);
    station.shell().tell_capture();
    take_leave(&station);
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Why a node ended before it was told to.
#[derive(Debug)]
enum Ended {
    /// An interface was taken away.
    Gone { what: &'static str, name: String },
    /// The system refused something that can't do without.
    Device(DeviceError),
    /// The same, without a name for it.
    System(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Ended::System(error)
    }
}

impl From<DeviceError> for Ended {
    fn from(error: DeviceError) -> Self {
        Ended::Device(error)
    }
}

impl From<Ended> for Failure {
    fn from(ended: Ended) -> Failure {
        match ended {
            Ended::Gone { what, name } => {
                let help = "start the node again once it is back; the systemd unit does that by itself";
                other(format!("the {what} `{name}` is gone"), Some(help.to_owned()))
            }
            Ended::Device(error) => error.into(),
            Ended::System(error) => {
                other(format!("the system refused what the node can't do without: {error}"), None)
            }
        }
    }
}

fn node(role: Role, config: NodeConfig, clock: Clock) -> Box<dyn Node> {
    match role {
        Role::Obu => Box::new(Obu::new(config, clock.now())),
        Role::Rsu => Box::new(Rsu::new(config, clock.now())),
    }
}

/// What the node is told, now or as it runs.
fn node_config(settings: &Settings, facts: &Facts, boot: u32) -> NodeConfig {
    let Mac(mac) = facts.radio.mac;
    let radio_mtu = facts.radio.mtu + ETHERNET_HEADER;
    NodeConfig {
        boot,
        key: Key::seed(Mac(mac).to_u64()).with(boot.into()),
        tx_status: facts.reports(settings.protocol.tx_status),
        radio_mtu,
        // What the radio's rate is, nobody tells. At the default of ITS-G5 and DSRC costs are about right there, and in
        // proportion elsewhere.
        airtime: mean_unicast_time(Rate::Mbps6, radio_mtu, AccessCategory::Background),
        flood_rate: settings.flood_rate,
        max_hosts: settings.max_hosts,
        max_downstream: settings.max_downstream,
        ..settings.protocol.settings(Mac(mac), true)
    }
}

fn introduce(
    role: Role,
    settings: &Settings,
    facts: &Facts,
    boot: &Boot,
    control: &Control,
    config: &NodeConfig,
) {
    let Facts { radio, tap, mtu, wireless, .. } = facts;
    let role = match role {
        Role::Obu => "OBU",
        Role::Rsu => "RSU",
    };
    let tx_status = if config.tx_status { "on" } else { "off" };
    info!(interface = radio.name, mac = %radio.mac, wireless, tx_status, boot = boot.number, "{role} starts");
    let addresses: Vec<String> = settings.addresses.iter().map(|address| address.0.to_string()).collect();
    info!(
        name = tap.name,
        mac = %tap.mac,
        mtu = mtu.bytes,
        mtu_because = mtu.because,
        addresses = addresses.join(" "),
        "the TAP is there"
    );
    info!(socket = %control.path().display(), "ctl is answered");
    if let Some(unkept) = &boot.unkept {
        warn!("{unkept}");
    }
    if settings.faults != Default::default() {
        warn!(
            lose = settings.faults.lose,
            damage = settings.faults.damage,
            cut = settings.faults.cut,
            repeat = settings.faults.repeat,
            "FAULTS ON PURPOSE are in force at the radio: this is for tests"
        );
    }
}

/// Logs what was counted.
fn take_leave(station: &Station<Keeper>) {
    let counters = station.node().counters();
    let counts = |name: &str, count: u64| format!("{name}={count}");
    let node = counters.others().map(|(name, count)| counts(name, count)).join(" ");
    let drops: Vec<String> = counters.drops().map(|(reason, count)| counts(reason.name(), count)).collect();
    let devices: Vec<String> =
        keeper::named(station.counts()).into_iter().map(|(name, count)| counts(name, count)).collect();
    info!(node, drops = drops.join(" "), devices = devices.join(" "), "the node ends");
}

fn every_second() -> io::Result<TimerFd> {
    let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
    let second = TimeSpec::from_duration(Duration::from_secs(1));
    timer.set(Expiration::Interval(second), TimerSetTimeFlags::empty())?;
    Ok(timer)
}

/// Tells systemd, where it wants to know.
fn tell_systemd(state: &[NotifyState<'_>]) {
    // Where nobody listens, nobody misses it.
    let _ = sd_notify::notify(state);
}

/// The only name that a daemon has for a node.
fn address(mac: Mac) -> String {
    mac.to_string()
}
