//! Starting programs in namespaces.

use crate::error::DeviceError;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::unistd::sethostname;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
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
            // What the caller keeps from itself is not kept from the program.
            pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?;
            Ok(())
        };
        // SAFETY: between fork and exec the closure makes plain system calls alone; it takes no lock and no memory.
        unsafe { command.pre_exec(prepare) };
        command.spawn().map_err(|source| DeviceError::NoProgram { program, source })
    }
}
