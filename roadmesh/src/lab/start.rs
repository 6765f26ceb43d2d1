//! Everything that a lab needs before its clock starts.

use super::apps::{App, Book, Launcher};
use super::args::LabRunArgs;
use super::build::{Surroundings, build};
use super::drops::Drops;
use super::engine::{Ending, Handles, Lab, Lost};
use super::host::{LiveHost, hosts_file, live_hosts};
use super::uplink::{self, Uplink};
use super::watch::Watch;
use super::{introduction, server};
use crate::corner::Standing;
use crate::error::{Failure, input, other};
use crate::interrupt::Interrupt;
use crate::mtu::Mtu;
use crate::progress::Bar;
use crate::timing::Stopwatch;
use device_lib::capture::CaptureFile;
use device_lib::clock::Clock;
use device_lib::driver::Driver;
use device_lib::merging::Merging;
use device_lib::namespace::NetNamespace;
use device_lib::netlink::{LinkSettings, Netlink};
use device_lib::port::Port;
use device_lib::tap::Tap;
use device_lib::waker::Waker;
use device_lib::{limits, sandbox};
use node_lib::core::ETHERNET_HEADER;
use node_lib::time::Instant;
use sim_lib::fidelity::Fidelity;
use sim_lib::recorder::{Manifest, Recorder};
use sim_lib::scenario::Loaded;
use sim_lib::world::{PartyKind, World};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

/// A lab whose clock has started.
pub(crate) struct Started {
    pub(crate) driver: Driver,
    pub(crate) lab: Lab,
    pub(crate) capture: Option<CaptureFile>,
    pub(crate) stopwatch: Stopwatch,
    /// The way out, as long as this is there.
    pub(crate) uplink: Option<Uplink>,
    /// Whether older results were replaced.
    pub(crate) replaced: bool,
}

/// Builds the world, the namespaces, and what drives them.
pub(crate) fn start(
    args: &LabRunArgs,
    standing: Standing,
    loaded: &Loaded,
    manifest: &Manifest<'_>,
    interrupt: Interrupt,
    listener: UnixListener,
    setup: std::time::Instant,
) -> Result<Started, Failure> {
    let scenario = &loaded.scenario;
    if scenario.trace.as_ref().is_some_and(|trace| trace.sumo.is_some()) {
        // It is talked to over the loopback of the lab's own network, which is down to begin with.
        Netlink::open()?.set_link("lo", &LinkSettings { up: Some(true), ..LinkSettings::default() })?;
    }
    let mut world =
        World::new(scenario, &loaded.source.base).map_err(|error| Failure::of_run(error, loaded))?;
    let hosts = live_hosts(&world, scenario, &loaded.source)?;
    hosts.iter().for_each(|host| world.set_live(host.party));

    let outside = match (args.outside, standing) {
        (None, _) => None,
        (Some(fd), Standing::Root) => Some(NetNamespace::handed_on(fd)?),
        (Some(_), Standing::User) => {
            let help = "run it as root, or leave --uplink out".to_owned();
            return Err(input("only root can give a lab a way out".to_owned(), Some(help)));
        }
    };
    sandbox::settle(&hosts_file(&hosts))?;
    limits::raise_open_files();
    let mtu = Mtu::choose(world.radio_mtu() - ETHERNET_HEADER, None)
        .map_err(|why| other(format!("the radio's frames are too short for IPv6: {why:?}"), None))?;
    let began = std::time::Instant::now();
    let built = build(&hosts, mtu.bytes)?;
    let name = args.lab.clone().unwrap_or_else(|| scenario.name.clone());
    let made = began.elapsed();

    let of_system = |what: &'static str| move |error: io::Error| other(format!("{what}: {error}"), None);
    let waker = Waker::new().map_err(of_system("the lab's waker"))?;
    let handles = Handles::open(standing).map_err(of_system("the lab's own namespaces"))?;
    let (taps, surroundings): (Vec<Tap>, Vec<Surroundings>) = built.into_iter().unzip();
    let uplink = match (&outside, &args.uplink) {
        (Some(outside), Some(gateway)) => Some(uplink::open(outside, gateway, &hosts, &surroundings)?),
        _ => None,
    };
    let capture = args.pcap.as_deref().map(CaptureFile::create).transpose()?;
    // From here on all input was found right.
    interrupt.run_begins();
    let manifest = Manifest { sumo: world.sumo().cloned(), ..manifest.clone() };
    let mut recorder = Recorder::create(&args.output.folder(&name, scenario), &manifest)?;
    let replaced = recorder.replaced();
    let apps = recorder.live()?;
    if args.output.is_for_people() {
        let simulated = world.parties().count() - hosts.len();
        let about = introduction::About { lab: &name, scenario, hosts: &hosts, simulated, made, mtu: &mtu };
        eprint!("{}", introduction::text(&about, args.keep));
    }
    let launcher = Launcher::start(programs(loaded, &name, &hosts, &surroundings, &apps)?, waker.clone());
    for host in hosts.iter().filter(|host| host.kind == PartyKind::Server) {
        launcher.power_on(&host.name);
    }
    let mut ports = vec![None; world.parties().count()];
    for (port, host) in (0..).zip(&hosts) {
        ports[host.party as usize] = Some(port);
    }
    let drops = Drops::watch(&hosts, &surroundings);
    let watch = Watch {
        recorder,
        bar: Bar::new(args.output.is_for_people()).in_real_time(!args.keep),
        interrupt,
        power: Vec::new(),
        apps,
    };

    let clock = Clock::start();
    let busy = args.busy_poll.map_or(Duration::ZERO, |time| time.get());
    let mut driver = Driver::new(clock, busy).map_err(of_system("the lab's loop"))?;
    driver.listen(waker.as_fd()).map_err(of_system("the lab's loop"))?;
    for (tap, host) in taps.into_iter().zip(&hosts) {
        let datagrams = tap.takes_datagram_trains();
        let port: Box<dyn Port> = match &capture {
            Some(file) => Box::new(Merging::new(file.around(tap, &host.name), datagrams)),
            None => Box::new(Merging::new(tap, datagrams)),
        };
        driver.add(port).map_err(of_system("the lab's loop"))?;
    }
    let lab = Lab {
        name,
        end: (!args.keep).then(|| world.end()),
        world,
        watch,
        clock,
        profile: scenario.radio.profile,
        hosts,
        surroundings,
        ports,
        fidelity: Fidelity::new(scenario.lab.tolerance.get(), Instant::from_micros(scenario.warmup.micros())),
        launcher,
        books: scenario.lab.apps.iter().map(Book::new).collect(),
        requests: server::listen(listener, waker.clone()),
        waker,
        drops,
        handles,
        lost: Lost::default(),
        budget: 0,
        ending: Ending::Early,
    };
    Ok(Started { driver, lab, capture, stopwatch: Stopwatch::start(setup), uplink, replaced })
}

/// The scenario's programs, each with a handle on where it runs.
fn programs(
    loaded: &Loaded,
    lab: &str,
    hosts: &[LiveHost],
    surroundings: &[Surroundings],
    folder: &Path,
) -> Result<Vec<App>, Failure> {
    let program = |(index, spec): (usize, &sim_lib::scenario::lab::AppSpec)| {
        let port = hosts.iter().position(|host| host.name == spec.node).ok_or_else(|| {
            let help = Some("add it to `lab.live`".to_owned());
            let message = format!("`{}` is simulated: no program can run there", spec.node);
            loaded.source.mistake(&format!("lab.apps.{index}.node"), message, help)
        })?;
        let net = surroundings[port].net.try_clone();
        let net = net.map_err(|error| other(format!("too many open files: {error}"), None))?;
        Ok::<_, Failure>(App { spec: spec.clone(), net, folder: folder.to_owned(), lab: lab.to_owned() })
    };
    loaded.scenario.lab.apps.iter().enumerate().map(program).collect()
}

impl Handles {
    fn open(standing: Standing) -> io::Result<Self> {
        let open = |kind: &str| File::open(format!("/proc/self/ns/{kind}")).map(Into::into);
        Ok(Handles {
            mounts: open("mnt")?,
            processes: open("pid")?,
            users: match standing {
                Standing::Root => None,
                Standing::User => Some(open("user")?),
            },
        })
    }
}
