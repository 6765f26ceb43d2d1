//! A corner of the machine of our own: namespaces for network, mounts, processes and the host's name, that an ordinary user
//! can make, and that are gone when their first process is.
//!
//! Three steps: [`enter`] makes the namespaces around the caller; [`first_process`] prepares a command that becomes the
//! first process in them and dies with its parent, however that ends; and in that process, [`settle`] makes the corner
//! habitable. When the first process ends, the kernel ends all others in the corner, and removes what was made there.

use crate::error::DeviceError;
use crate::sys;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::unistd::{Pid, getgid, getuid, setpgid};
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{self, Child, Command};

/// Whose rights a corner has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Root's: what is done in it can reach out of it.
    Root,
    /// Those of an ordinary user, who is root in the corner alone.
    User,
}

/// Takes the caller into new namespaces; its process must have one thread. The namespace for processes is for its children
/// only: see [`first_process`].
///
/// # Errors
/// [`DeviceError::NoUserNamespaces`].
pub fn enter() -> Result<Standing, DeviceError> {
    let corner = CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWPID;
    if unshare(corner).is_ok() {
        return Ok(Standing::Root);
    }
    let (uid, gid) = (getuid(), getgid());
    let as_user = || -> io::Result<()> {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        // Groups can't be mapped by an ordinary user before nobody can change them any more.
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
        unshare(corner)?;
        Ok(())
    };
    as_user().map_err(DeviceError::NoUserNamespaces)?;
    Ok(Standing::User)
}

/// Prepares `command` to become the first process of the corner that the caller made by [`enter`], or one beside the caller that
/// makes such a corner itself, in a process group of its own. It is killed when the calling thread ends. Requests to end wait in it until it calls [`listen`]: the kernel keeps
/// from a first process what it has no handler for.
///
/// # Errors
/// [`DeviceError::Refused`].
pub fn first_process(command: &mut Command) -> Result<(), DeviceError> {
    let parent = sys::own_process().map_err(DeviceError::refused("a handle on this process"))?;
    let prepare = move || {
        setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        requests().thread_block()?;
        // In the background of its terminal it may write all the same; a first process can't be stopped for it.
        [Signal::SIGTTOU].into_iter().collect::<SigSet>().thread_block()?;
        // A parent that was gone by then gives no signal.
        if has_ended(parent.as_fd())? { process::abort() } else { Ok(()) }
    };
    // SAFETY: between fork and exec the closure makes plain system calls alone; it takes no lock and no memory.
    unsafe { command.pre_exec(prepare) };
    Ok(())
}

/// The corner's first process has handlers for the signals that ask it to end: those that came so far are delivered now.
///
/// # Errors
/// [`DeviceError::Refused`].
pub fn listen() -> Result<(), DeviceError> {
    requests()
        .thread_unblock()
        .map_err(|error| DeviceError::refused("signals can't be listened to")(error.into()))
}

/// Waits for a corner's first process to end, and gives its exit code, or 128 plus the signal that ended it. Whoever asks this
/// process to end asks that one, and the terminal's stop key stops both. The caller's process must have one thread.
///
/// # Errors
/// [`DeviceError::Refused`].
pub fn accompany(child: &mut Child) -> Result<i32, DeviceError> {
    let mut wait = || -> io::Result<i32> {
        let mut signals = requests();
        signals.add(Signal::SIGCHLD);
        signals.add(Signal::SIGTSTP);
        signals.thread_block()?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()));
            }
            match signals.wait()? {
                Signal::SIGCHLD => {}
                Signal::SIGTSTP => {
                    let inside = Pid::from_raw(child.id() as i32);
                    kill(inside, Signal::SIGSTOP)?;
                    // Here we stand still until somebody lets us go on.
                    raise(Signal::SIGSTOP)?;
                    kill(inside, Signal::SIGCONT)?;
                }
                signal => kill(Pid::from_raw(child.id() as i32), signal)?,
            }
        }
    };
    wait().map_err(DeviceError::refused("waiting for the lab's first process"))
}

/// Makes the corner habitable, from its first process: mounts of our own, /proc for the processes in it, and `hosts` as
/// /etc/hosts, in front of what stands there.
///
/// # Errors
/// [`DeviceError::Refused`].
pub fn settle(hosts: &str) -> Result<(), DeviceError> {
    let nothing: Option<&str> = None;
    // From here on nothing we mount is seen outside.
    mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing)
        .map_err(|error| DeviceError::refused("mounts of our own")(error.into()))?;
    bind_hosts(hosts)?;
    // In some containers /proc can't be mounted again; then it shows the processes of the world around.
    let _ = mount(Some("proc"), PROC, Some("proc"), PLAIN, nothing);
    Ok(())
}

/// Puts `hosts` in front of what /etc/hosts says, for those in the corner. The file is in no folder that anybody sees: in a
/// file system of its own, over a folder that surely exists, which is taken away again and lives on by the mount of the file.
fn bind_hosts(hosts: &str) -> Result<(), DeviceError> {
    let Ok(outside) = fs::read_to_string(HOSTS) else { return Ok(()) };
    let file = Path::new(PROC).join("hosts");
    let nothing: Option<&str> = None;
    let bind = || -> io::Result<()> {
        mount(Some("tmpfs"), PROC, Some("tmpfs"), PLAIN, nothing)?;
        let bound = fs::write(&file, format!("{hosts}\n{outside}"))
            .and_then(|()| Ok(mount(Some(&file), HOSTS, nothing, MsFlags::MS_BIND, nothing)?));
        umount2(PROC, MntFlags::MNT_DETACH)?;
        bound
    };
    bind().map_err(DeviceError::refused(format!("`{HOSTS}` of our own")))
}

/// Signals that ask a process to end.
fn requests() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect()
}

fn has_ended(process: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(poll(&mut [PollFd::new(process, PollFlags::POLLIN)], PollTimeout::ZERO)? > 0)
}

const HOSTS: &str = "/etc/hosts";
const PROC: &str = "/proc";
const PLAIN: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV).union(MsFlags::MS_NOEXEC);
