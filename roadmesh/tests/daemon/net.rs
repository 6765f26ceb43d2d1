//! Two namespaces with a wire between them, and programs in them.

use device_lib::DeviceError;
use device_lib::namespace::{NetNamespace, apart};
use device_lib::netlink::{LinkSettings, Netlink};
use device_lib::spawn::Place;
use std::env;
use std::os::fd::AsFd;
use std::process::{Child, Command, Output, Stdio};

/// The interface that plays the radio, at both ends.
pub const RADIO: &str = "radio";

/// Two namespaces, each with one end of a wire, switched on.
pub fn pair() -> (NetNamespace, NetNamespace) {
    let made = apart(|| -> Result<_, DeviceError> {
        let second = NetNamespace::enter_new()?;
        let first = NetNamespace::enter_new()?;
        Netlink::open()?.add_veth(RADIO, (RADIO, Some(&second)))?;
        for namespace in [&first, &second] {
            namespace.run(|| switch(RADIO, true))?;
        }
        Ok((first, second))
    });
    made.expect("a pair of namespaces")
}

/// Switches an interface of the calling thread's namespace on or off.
pub fn switch(name: &str, up: bool) -> Result<(), DeviceError> {
    Netlink::open()?.set_link(name, &LinkSettings { up: Some(up), ..LinkSettings::default() })
}

/// Starts a program in a namespace. It is killed when the calling thread ends.
pub fn spawn(namespace: &NetNamespace, command: &mut Command) -> Child {
    let net = namespace.as_fd().try_clone_to_owned().unwrap();
    let place = Place { net, mounts: None, host: "test".to_owned(), folder: None, foreground: false };
    place.spawn(command).expect("a program that is installed")
}

/// Runs a program in a namespace to its end.
pub fn run(namespace: &NetNamespace, program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    spawn(namespace, &mut command).wait_with_output().unwrap()
}

/// How many of `count` pings were answered.
pub fn pings(namespace: &NetNamespace, address: &str, count: usize) -> usize {
    let output = run(namespace, "ping", &["-n", "-i", "0.05", "-W", "10", "-c", &count.to_string(), address]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let received = text.split(", ").find_map(|part| part.strip_suffix(" received")?.parse().ok());
    received.unwrap_or_else(|| panic!("ping says {text} {}", String::from_utf8_lossy(&output.stderr)))
}

pub fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
