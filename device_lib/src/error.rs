//! What Linux may refuse, and what a person can do about it.

use std::io;
use std::path::PathBuf;

/// Why a device, a namespace or a process could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The TAP driver's device file is missing or closed to us.
    #[error("/dev/net/tun can't be opened: {0}")]
    NoTun(#[source] io::Error),
    /// The TAP's name is taken.
    #[error("the name `{0}` is taken by another interface")]
    NameTaken(String),
    /// Nothing can have this name.
    #[error("`{0}` can't name an interface")]
    BadName(String),
    /// Nothing has this name.
    #[error("there is no interface named `{0}`")]
    NoInterface(String),
    /// A capability is missing.
    #[error("{what}: the capability {capability} is missing")]
    NotPermitted {
        /// What was to be done.
        what: String,
        /// Which capability it needs.
        capability: &'static str,
    },
    /// The kernel refuses namespaces to an ordinary user.
    #[error("this user may not make namespaces: {0}")]
    NoUserNamespaces(#[source] io::Error),
    /// A program can't be started.
    #[error("`{program}` can't be started: {source}")]
    NoProgram {
        /// What was to be started.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// A file can't be written or read.
    #[error("`{}`: {source}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Anything else the system said no to.
    #[error("{what}: {source}")]
    Refused {
        /// What was to be done.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

impl DeviceError {
    /// `what` could not be done; a missing permission means that `capability` is missing.
    pub(crate) fn needing(
        capability: &'static str,
        what: impl Into<String>,
    ) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| match source.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => DeviceError::NotPermitted { what, capability },
            _ => DeviceError::Refused { what, source },
        }
    }

    /// `what` could not be done.
    pub(crate) fn refused(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| DeviceError::Refused { what, source }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            DeviceError::NoTun(error) => match error.raw_os_error() {
                Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => "load the TUN/TAP driver: `modprobe tun` as root; in a \
                    container, give it the device: `--device /dev/net/tun`"
                    .to_owned(),
                _ => "it should be open to everybody, as udev makes it: `chmod 0666 /dev/net/tun` as root".to_owned(),
            },
            DeviceError::NameTaken(_) => "choose another name, or remove that interface: `ip link` lists them".to_owned(),
            DeviceError::BadName(_) => "use 1 to 15 letters, digits, `-`, `_` and `.`".to_owned(),
            DeviceError::NoInterface(_) => "`ip link` lists the interfaces there are".to_owned(),
            DeviceError::NotPermitted { capability, .. } => {
                // Who needs one of these two soon needs the other, and each `setcap` forgets what was given before.
                let named = match *capability {
                    "CAP_NET_ADMIN" | "CAP_NET_RAW" => "cap_net_admin,cap_net_raw".to_owned(),
                    other => other.to_lowercase(),
                };
                format!("run it as root, by the systemd unit, or with capabilities of its own: `setcap {named}+ep PROGRAM`")
            }
            DeviceError::NoUserNamespaces(error) => match error.raw_os_error() {
                Some(libc::ENOSPC) => "the limit is reached: raise it with `sysctl user.max_user_namespaces=65536` as \
                    root, or run this as root"
                    .to_owned(),
                _ => "allow it as root with `sysctl kernel.unprivileged_userns_clone=1` (Debian) or `sysctl \
                    kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), in a container with a seccomp profile that \
                    lets `unshare` pass; or run this as root"
                    .to_owned(),
            },
            DeviceError::NoProgram { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "is it installed, and in PATH?".to_owned(),
                io::ErrorKind::PermissionDenied => "make it executable: `chmod +x`".to_owned(),
                _ => return None,
            },
            DeviceError::File { .. } | DeviceError::Refused { .. } => return None,
        })
    }
}
