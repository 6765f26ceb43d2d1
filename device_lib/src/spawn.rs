//! Starting programs in namespaces.

use crate::error::DeviceError;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, kill, killpg, pthread_sigmask, signal};
use nix::sys::stat::{fstat, stat};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{Pid, getpgrp, getpid, sethostname, setpgid, tcsetpgrp};
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Where a program runs.
#[derive(Debug)]
pub struct Place {
    /// The network namespace.
    pub net: OwnedFd,
    /// The mounts, unless those of the caller.
    pub mounts: Option<OwnedFd>,
    /// The host's name that it sees.
    pub host: String,
    /// The folder it starts in, where that exists among those mounts.
    pub folder: Option<PathBuf>,
    /// Whether it gets the caller's terminal for itself, as a shell with jobs needs it; see [`take_terminal_back`].
    pub foreground: bool,
}

/// The namespaces of a corner (see [`crate::sandbox`]) for somebody outside who wants to run a program in it.
#[derive(Debug)]
pub struct Corner {
    /// Of users, where the corner has one of its own.
    pub users: Option<OwnedFd>,
    /// Of processes.
    pub processes: OwnedFd,
}

impl Corner {
    /// The caller, whose process must have one thread, becomes root in the corner; processes that it starts from now on are
    /// the corner's.
    ///
    /// # Errors
    /// [`DeviceError::NotPermitted`] where the corner is somebody else's.
    pub fn enter(&self) -> Result<(), DeviceError> {
        let enter = || DeviceError::needing("CAP_SYS_ADMIN", "the corner can't be entered");
        if let Some(users) = &self.users {
            setns(users, CloneFlags::CLONE_NEWUSER).map_err(|error| enter()(error.into()))?;
        }
        setns(&self.processes, CloneFlags::CLONE_NEWPID).map_err(|error| enter()(error.into()))
    }
}

/// Ends a process group that [`Place::spawn`] began, at once or by asking it to.
pub fn end_group(leader: u32, at_once: bool) {
    let signal = if at_once { Signal::SIGKILL } else { Signal::SIGTERM };
    // Where it has ended by itself there is nothing to do.
    let _ = killpg(Pid::from_raw(leader as i32), signal);
}

/// Kills whatever runs in a network namespace, for a process that doesn't itself. False where /proc shows other processes than
/// those that this one could kill.
pub fn kill_all_in(net: &impl AsFd) -> bool {
    let shows_us = fs::read_link("/proc/self").is_ok_and(|own| own == Path::new(&getpid().to_string()));
    let Ok(namespace) = fstat(net).map(|stat| (stat.st_dev, stat.st_ino)) else { return false };
    // One of them may have started another since it was looked at.
    for _ in 0..PASSES {
        let Ok(processes) = fs::read_dir("/proc").map(|all| all.flatten()) else { return false };
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let lives_there = |process: &i32| {
            let place = stat(format!("/proc/{process}/ns/net").as_str());
            place.is_ok_and(|place| (place.st_dev, place.st_ino) == namespace)
        };
        let there: Vec<i32> = numbers.filter(|_| shows_us).filter(lives_there).collect();
        if there.is_empty() {
            break;
        }
        for process in there {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
        }
    }
    shows_us
}

/// Asks a process to end, as Ctrl-C does.
pub fn interrupt(process: u32) {
    // Where it has ended by itself there is nothing to do.
    let _ = kill(Pid::from_raw(process as i32), Signal::SIGINT);
}

/// The next child of this process that has ended, if one has: its process, and its exit code, or 128 plus the signal that
/// ended it. For a corner's first process, whose children all orphans in it become.
pub fn reap() -> Option<(u32, i32)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)).ok()? {
        WaitStatus::Exited(pid, code) => Some((pid.as_raw() as u32, code)),
        WaitStatus::Signaled(pid, signal, _) => Some((pid.as_raw() as u32, 128 + signal as i32)),
        _ => None,
    }
}

/// From now on this process doesn't care for the terminal's interrupts: they are for the program that it waits for.
///
/// # Errors
/// [`DeviceError::Refused`].
pub fn ignore_interrupts() -> Result<(), DeviceError> {
    for interrupt in [Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: no handler of ours is replaced, and none is installed.
        unsafe { signal(interrupt, SigHandler::SigIgn) }
            .map_err(|error| DeviceError::refused("interrupts can't be ignored")(error.into()))?;
    }
    Ok(())
}

/// Takes the terminal back from a program that had it in the foreground, and has ended.
pub fn take_terminal_back() {
    // Where there is no terminal, there is none to take.
    let _ = give_terminal(getpgrp());
}

/// Makes a process group the terminal's; from the background that is allowed to those alone who don't listen to the terminal.
fn give_terminal(group: Pid) -> nix::Result<()> {
    let mut stop = SigSet::empty();
    stop.add(Signal::SIGTTOU);
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&stop), None)?;
    tcsetpgrp(std::io::stdin(), group)
}

/// Whether this process has a child, ended or not.
pub fn has_children() -> bool {
    // WNOWAIT leaves whoever has ended to be reaped.
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    waitid(Id::All, flags).is_ok()
}

impl Place {
    /// Starts `command` there. It is killed when the calling thread ends.
    ///
    /// # Errors
    /// [`DeviceError::NoProgram`].
    pub fn spawn(self, command: &mut Command) -> Result<Child, DeviceError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let prepare = move || {
            if let Some(mounts) = &self.mounts {
                setns(mounts, CloneFlags::CLONE_NEWNS)?;
                if let Some(folder) = &self.folder {
                    // Where there is no such folder, the root has to do.
                    let _ = nix::unistd::chdir(folder);
                }
            }
            setns(self.net.as_fd(), CloneFlags::CLONE_NEWNET)?;
            unshare(CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWNS)?;
            sethostname(&self.host)?;
            // So that /sys shows the interfaces of this namespace. Some containers forbid it; programs rarely look.
            let nothing: Option<&str> = None;
            let _ = mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::MS_NOSUID, nothing);
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            if self.foreground {
                setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
                // Without a terminal there is none to give.
                let _ = give_terminal(getpid());
            }
            // What the caller keeps from itself is not kept from the program.
            pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?;
            Ok(())
        };
        // SAFETY: between fork and exec the closure makes plain system calls alone; it takes no lock and no memory.
        unsafe { command.pre_exec(prepare) };
        command.spawn().map_err(|source| DeviceError::NoProgram { program, source })
    }
}

/// How often all processes are looked at.
const PASSES: usize = 10;
