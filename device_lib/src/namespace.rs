//! Network namespaces: handles on them, and doing things in them.

use crate::error::DeviceError;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::close;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::thread;

/// A handle on a network namespace. The namespace lives as long as a handle, a process or an open device in it does.
#[derive(Debug)]
pub struct NetNamespace(File);

impl NetNamespace {
    /// The calling thread's own.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] where /proc can't be read.
    pub fn current() -> Result<Self, DeviceError> {
        let file = File::open(OWN).map_err(DeviceError::refused(format!("`{OWN}` can't be opened")))?;
        Ok(NetNamespace(file))
    }

    /// A new one, which the calling thread enters.
    ///
    /// Threads that go on afterwards had better not call this: [`apart`] does it on one of its own.
    ///
    /// # Errors
    /// [`DeviceError::NotPermitted`] without CAP_SYS_ADMIN.
    pub fn enter_new() -> Result<Self, DeviceError> {
        let make = DeviceError::needing("CAP_SYS_ADMIN", "a network namespace can't be made");
        unshare(CloneFlags::CLONE_NEWNET).map_err(|error| make(error.into()))?;
        Self::current()
    }

    /// The calling thread enters it.
    ///
    /// # Errors
    /// [`DeviceError::NotPermitted`] without CAP_SYS_ADMIN in it.
    pub fn enter(&self) -> Result<(), DeviceError> {
        let enter = DeviceError::needing("CAP_SYS_ADMIN", "the network namespace can't be entered");
        setns(&self.0, CloneFlags::CLONE_NEWNET).map_err(|error| enter(error.into()))
    }

    /// Runs `work` in it, on a thread of its own.
    ///
    /// # Errors
    /// Those of entering it, and those of `work`.
    pub fn run<T: Send, E: From<DeviceError> + Send>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send,
    ) -> Result<T, E> {
        apart(|| {
            self.enter()?;
            work()
        })
    }

    /// Lets programs that this process starts inherit the handle, by the number that is returned.
    ///
    /// # Errors
    /// What the system says.
    pub fn hand_on(self) -> io::Result<RawFd> {
        fcntl(&self.0, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(self.0.into_raw_fd())
    }

    /// The handle that this process inherited by this number. Programs that this process starts inherit it no more.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] if there is none.
    pub fn handed_on(number: RawFd) -> Result<Self, DeviceError> {
        let path = format!("/proc/self/fd/{number}");
        let file = File::open(&path).map_err(DeviceError::refused(format!("`{path}` can't be opened")))?;
        close(number)
            .map_err(|error| DeviceError::refused(format!("`{path}` can't be closed"))(error.into()))?;
        Ok(NetNamespace(file))
    }

    /// Another handle on it.
    ///
    /// # Errors
    /// When the process has too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(NetNamespace)
    }
}

impl AsFd for NetNamespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<NetNamespace> for OwnedFd {
    fn from(namespace: NetNamespace) -> OwnedFd {
        namespace.0.into()
    }
}

/// Runs `work` on a thread of its own, which may change its namespace as it likes: it ends with the work. A panic of the
/// work goes on in the caller.
pub fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// The calling thread's network namespace.
const OWN: &str = "/proc/thread-self/ns/net";
