//! Namespaces and what is in them, what can't be made, and what a person is told then.

use crate::corner::net::{eventually, inside, network, up};
use crate::corner::run_errand;
use device_lib::DeviceError;
use device_lib::namespace::{NetNamespace, apart};
use device_lib::netlink::Netlink;
use device_lib::packet::PacketSocket;
use device_lib::tap::Tap;
use nix::ifaddrs::getifaddrs;
use nix::mount::{MsFlags, mount};
use nix::net::if_::InterfaceFlags;
use nix::sched::{CloneFlags, unshare};

pub fn what_was_kept_in_a_namespace_goes_with_it() {
    inside(&network(), || {
        let there = network();
        let plain = inside(&there, || Tap::open("plain").unwrap());
        let kept = inside(&there, || Tap::open_until_namespace_ends("kept").unwrap());
        Netlink::open().unwrap().add_veth("here", ("there", Some(&there))).unwrap();
        drop((plain, kept));
        inside(&there, || {
            eventually("the plain TAP is gone", || !exists("plain"));
            assert!(exists("kept"), "it outlives its handle");
            assert!(exists("there"));
        });
        drop(there);
        // The kernel removes whatever is in the namespace, and the other end of the wire with it.
        eventually("the namespace is gone", || !exists("here"));
    });
}

pub fn an_open_device_keeps_its_namespace() {
    inside(&network(), || {
        let there = network();
        let tap = inside(&there, || Tap::open_until_namespace_ends("kept").unwrap());
        Netlink::open().unwrap().add_veth("here", ("there", Some(&there))).unwrap();
        drop(there);
        for carrier in [false, true] {
            tap.cable().plug(carrier).unwrap();
            assert!(exists("here"));
        }
        drop(tap);
        eventually("the namespace is gone", || !exists("here"));
    });
}

pub fn a_cable_is_pulled_out_and_the_host_sees_it() {
    inside(&network(), || {
        let tap = Tap::open("tap").unwrap();
        up("tap");
        for carrier in [true, false, true] {
            tap.cable().plug(carrier).unwrap();
            eventually(&format!("carrier {carrier}"), || is_running("tap") == carrier);
        }
    });
}

pub fn names_that_are_taken_are_named() {
    inside(&network(), || {
        let taken = Tap::open("tap").unwrap();
        for name in [taken.name(), "lo"] {
            let error = Tap::open(name).unwrap_err();
            assert!(matches!(&error, DeviceError::NameTaken(taken) if taken == name), "{error:?}");
            helps(&error, "ip link");
        }
        for (here, there) in [("tap", "other"), ("other", "tap")] {
            let error = Netlink::open().unwrap().add_veth(here, (there, None)).unwrap_err();
            assert!(matches!(&error, DeviceError::NameTaken(taken) if taken == "tap"), "{error:?}");
        }
        let free = [Tap::open("car%d").unwrap(), Tap::open("car%d").unwrap()];
        assert_eq!(free.each_ref().map(Tap::name), ["car0", "car1"]);
    });
}

pub fn interfaces_that_are_missing_are_named() {
    inside(&network(), || {
        let errors = [
            PacketSocket::open("nothing", 0x88b5).unwrap_err(),
            Netlink::open().unwrap().link("nothing").unwrap_err(),
            Netlink::open().unwrap().delete_link("nothing").unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(&error, DeviceError::NoInterface(name) if name == "nothing"), "{error:?}");
            helps(&error, "ip link");
        }
    });
}

pub fn names_that_are_none_are_refused() {
    inside(&network(), || {
        let bad =
            ["", "sixteen-letters-", "a/b", "a b", "a:b", "\u{e4}", ".", "..", "%s", "%d%d", "a%", "100%d%"];
        for name in bad {
            let mut netlink = Netlink::open().unwrap();
            let errors = [
                Tap::open(name).unwrap_err(),
                netlink.add_veth(name, ("other", None)).unwrap_err(),
                netlink.add_veth("one", (name, None)).unwrap_err(),
                netlink.link(name).unwrap_err(),
                PacketSocket::open(name, 0x88b5).unwrap_err(),
            ];
            for (at, error) in errors.into_iter().enumerate() {
                assert!(
                    matches!(&error, DeviceError::BadName(bad) if bad == name),
                    "{at} `{name}`: {error:?}"
                );
                helps(&error, "letters");
            }
            assert!(!exists("one") && !exists("other"), "half of a wire was made");
        }
    });
}

pub fn a_missing_driver_is_named() {
    apart(|| {
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let nothing: Option<&str> = None;
        mount(Some("tmpfs"), "/dev/net", Some("tmpfs"), MsFlags::empty(), nothing).unwrap();
        let error = Tap::open("tap").unwrap_err();
        assert!(matches!(&error, DeviceError::NoTun(_)), "{error:?}");
        helps(&error, "modprobe tun");
    });
}

/// What lacks the capability is a process in a user namespace further down: it may do anything there and nothing here.
pub fn missing_capabilities_are_named() {
    let output = run_errand(POWERLESS.0);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub const POWERLESS: crate::corner::Errand = ("powerless", || {
    let here = NetNamespace::current().unwrap();
    unshare(CloneFlags::CLONE_NEWUSER).unwrap();
    let errors = [
        (Tap::open("tap").unwrap_err(), "CAP_NET_ADMIN"),
        (PacketSocket::open("lo", 0x88b5).unwrap_err(), "CAP_NET_RAW"),
        (Netlink::open().unwrap().add_veth("one", ("other", None)).unwrap_err(), "CAP_NET_ADMIN"),
        (
            Netlink::open().unwrap().add_address(1, "10.0.0.1".parse().unwrap(), 24).unwrap_err(),
            "CAP_NET_ADMIN",
        ),
        (here.enter().unwrap_err(), "CAP_SYS_ADMIN"),
    ];
    for (error, missing) in errors {
        let DeviceError::NotPermitted { capability, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*capability, missing, "{error}");
        helps(&error, &missing.to_lowercase());
    }
});

fn helps(error: &DeviceError, text: &str) {
    let help = error.help().unwrap_or_default();
    assert!(help.contains(text), "{error}: {help}");
}

fn exists(name: &str) -> bool {
    match Netlink::open().unwrap().link(name) {
        Ok(_) => true,
        Err(DeviceError::NoInterface(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

fn is_running(name: &str) -> bool {
    let mut interfaces = getifaddrs().unwrap();
    interfaces.any(|it| it.interface_name == name && it.flags.contains(InterfaceFlags::IFF_RUNNING))
}
