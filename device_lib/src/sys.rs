//! The system calls that no crate wraps safely, each behind a safe function.

use nix::errno::Errno;
use std::ffi::c_int;
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Whether an interface can have this name (`dev_valid_name` of the kernel, without what only confuses people).
pub(crate) fn can_name_interface(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_graphic() && !b"/:%".contains(&byte);
    (1..libc::IFNAMSIZ).contains(&name.len()) && name.bytes().all(is_fine) && name != "." && name != ".."
}

/// An interface's name as the kernel takes it: at most 15 bytes and a zero. One `%d` may stand for a number.
fn interface_name(name: &str) -> io::Result<[libc::c_char; libc::IFNAMSIZ]> {
    if name.len() >= libc::IFNAMSIZ || !can_name_interface(&name.replacen("%d", "0", 1)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = [0; libc::IFNAMSIZ];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    Ok(bytes)
}

/// Makes the TAP `name` behind `fd`, an open `/dev/net/tun`. A `%d` in the name becomes a free number; returns the name.
pub(crate) fn tun_set_iff(fd: BorrowedFd<'_>, name: &str, flags: c_int) -> io::Result<String> {
    let mut request = ifreq(name)?;
    request.ifr_ifru.ifru_flags = flags as libc::c_short;
    // SAFETY: the request is an initialised ifreq that outlives the call, which is what TUNSETIFF reads and writes.
    unsafe { ioctl::tun_set_iff(fd.as_raw_fd(), &mut request) }?;
    Ok(request.ifr_name.iter().take_while(|byte| **byte != 0).map(|byte| *byte as u8 as char).collect())
}

/// Whether the TAP outlives its handle.
pub(crate) fn tun_set_persist(fd: BorrowedFd<'_>, persist: bool) -> io::Result<()> {
    // SAFETY: TUNSETPERSIST takes a plain integer.
    unsafe { ioctl::tun_set_persist(fd.as_raw_fd(), c_int::from(persist)) }?;
    Ok(())
}

/// Which offloads the reader of the TAP takes on: `TUN_F_*`.
pub(crate) fn tun_set_offload(fd: BorrowedFd<'_>, flags: c_int) -> io::Result<()> {
    // SAFETY: TUNSETOFFLOAD takes a plain integer.
    unsafe { ioctl::tun_set_offload(fd.as_raw_fd(), flags) }?;
    Ok(())
}

/// Whether the TAP has a carrier, as if its cable were plugged in.
pub(crate) fn tun_set_carrier(fd: BorrowedFd<'_>, carrier: bool) -> io::Result<()> {
    let carrier = c_int::from(carrier);
    // SAFETY: TUNSETCARRIER reads an integer that outlives the call.
    unsafe { ioctl::tun_set_carrier(fd.as_raw_fd(), &carrier) }?;
    Ok(())
}

/// Gets or sets one of the interface's old-style ethtool values (`ETHTOOL_S*`).
pub(crate) fn ethtool_value(
    socket: BorrowedFd<'_>,
    interface: &str,
    command: u32,
    data: u32,
) -> io::Result<u32> {
    /// `struct ethtool_value` of linux/ethtool.h.
    #[repr(C)]
    struct Value {
        command: u32,
        data: u32,
    }
    let mut value = Value { command, data };
    let mut request = ifreq(interface)?;
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    // SAFETY: the request points to an ethtool_value; both are initialised and outlive the call.
    unsafe { ioctl::ethtool(socket.as_raw_fd(), &mut request) }?;
    Ok(value.data)
}

/// Waits for what `epoll` watches, at most `timeout` (to the nanosecond; for ever without). A signal ends the wait with
/// nothing.
pub(crate) fn epoll_wait(
    epoll: BorrowedFd<'_>,
    events: &mut [libc::epoll_event],
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().min(i32::MAX as u64) as libc::time_t,
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let at = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let room = events.len().min(c_int::MAX as usize) as c_int;
    // SAFETY: the kernel writes at most `room` events into the slice; the timeout lives until after the call, and a null
    // signal mask means that none is set.
    let found =
        unsafe { libc::epoll_pwait2(epoll.as_raw_fd(), events.as_mut_ptr(), room, at, std::ptr::null()) };
    match Errno::result(found) {
        Ok(found) => Ok(found as usize),
        Err(Errno::EINTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Watches `fd` for input (level-triggered; errors are always reported) and reports it as `token`.
pub(crate) fn epoll_add(epoll: BorrowedFd<'_>, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
    let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token };
    // SAFETY: both descriptors are open, and the event outlives the call, which copies it.
    let result =
        unsafe { libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, fd.as_raw_fd(), &mut event) };
    Errno::result(result)?;
    Ok(())
}

/// Watches `fd` no more.
pub(crate) fn epoll_remove(epoll: BorrowedFd<'_>, fd: BorrowedFd<'_>) -> io::Result<()> {
    let (epoll, fd) = (epoll.as_raw_fd(), fd.as_raw_fd());
    // SAFETY: both descriptors are open; the operation reads no event.
    Errno::result(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd, std::ptr::null_mut()) })?;
    Ok(())
}

/// A new epoll descriptor.
pub(crate) fn epoll_create() -> io::Result<OwnedFd> {
    // SAFETY: the call takes no memory of ours.
    let fd = Errno::result(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: the descriptor is new, open, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Lets timers of this thread expire when they are due, rather than up to 50 µs later so as to save wake-ups.
pub(crate) fn be_punctual() -> io::Result<()> {
    // SAFETY: PR_SET_TIMERSLACK takes a plain integer, nanoseconds.
    Errno::result(unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong) })?;
    Ok(())
}

/// Sets a socket option of a plain value.
pub(crate) fn set_option<T: Copy>(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &T,
) -> io::Result<()> {
    let size = size_of::<T>() as libc::socklen_t;
    // SAFETY: the value outlives the call, which reads `size` bytes of it; a `T` of a kernel structure is plain data.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, std::ptr::from_ref(value).cast(), size) };
    Errno::result(result)?;
    Ok(())
}

/// Reads a socket option that is a structure of integers.
pub(crate) fn option<T: Integers>(socket: BorrowedFd<'_>, level: c_int, name: c_int) -> io::Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut size = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `size` bytes into the value.
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, value.as_mut_ptr().cast(), &mut size) };
    Errno::result(result)?;
    // SAFETY: it was zeroed, which is a value of every type made of integers, and then perhaps written to.
    Ok(unsafe { value.assume_init() })
}

/// A structure for which every pattern of bits is a value.
///
/// # Safety
/// Implement it only for integers and structures of nothing but integers.
pub(crate) unsafe trait Integers: Copy {}

// SAFETY: it is an integer.
unsafe impl Integers for c_int {}
// SAFETY: it holds integers alone.
unsafe impl Integers for libc::tpacket_stats {}

/// Binds a packet socket to the frames of one EtherType (0: to none) at one interface.
pub(crate) fn bind_packet(socket: BorrowedFd<'_>, index: u32, ethertype: u16) -> io::Result<()> {
    // SAFETY: a sockaddr_ll is made of integers; zero is a value of each.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as libc::sa_family_t;
    address.sll_protocol = ethertype.to_be();
    address.sll_ifindex = index as c_int;
    let size = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the address is an initialised sockaddr_ll of that size and outlives the call.
    let result = unsafe { libc::bind(socket.as_raw_fd(), std::ptr::from_ref(&address).cast(), size) };
    Errno::result(result)?;
    Ok(())
}

/// A new packet socket that gets no frame until it is bound.
pub(crate) fn packet_socket() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the call takes no memory of ours.
    let fd = Errno::result(unsafe { libc::socket(libc::AF_PACKET, kind, 0) })?;
    // SAFETY: the descriptor is new, open, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A handle on this process, which can be read once the process has ended.
pub(crate) fn own_process() -> io::Result<OwnedFd> {
    // SAFETY: the call takes two integers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, libc::getpid(), 0) };
    let fd = Errno::result(fd)? as c_int;
    // SAFETY: the descriptor is new, open, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What [`receive_error`] found: lengths of the data and of the control messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorMessage {
    pub(crate) data: usize,
    pub(crate) control: usize,
}

/// Takes one message off the socket's error queue; `None` if it is empty.
pub(crate) fn receive_error(
    socket: BorrowedFd<'_>,
    data: &mut [u8],
    control: &mut [u8],
) -> io::Result<Option<ErrorMessage>> {
    let mut vector = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: data.len() };
    // SAFETY: a msghdr is made of integers and pointers; zero is a value of each.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut vector;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = control.len() as _;
    let flags = libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT;
    // SAFETY: the header points to buffers that outlive the call, with their true lengths.
    let read = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut message, flags) };
    match Errno::result(read) {
        Ok(read) => Ok(Some(ErrorMessage { data: read as usize, control: message.msg_controllen as usize })),
        Err(Errno::EAGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn ifreq(interface: &str) -> io::Result<libc::ifreq> {
    // SAFETY: an ifreq is made of integers and a union whose members take zero.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name = interface_name(interface)?;
    Ok(request)
}

/// The numbers of linux/if_tun.h and linux/sockios.h.
mod ioctl {
    use std::ffi::c_int;
    use std::mem::size_of;

    nix::ioctl_readwrite_bad!(
        tun_set_iff,
        nix::request_code_write!(b'T', 202, size_of::<c_int>()),
        libc::ifreq
    );
    nix::ioctl_write_int_bad!(tun_set_persist, nix::request_code_write!(b'T', 203, size_of::<c_int>()));
    nix::ioctl_write_int_bad!(tun_set_offload, nix::request_code_write!(b'T', 208, size_of::<c_int>()));
    nix::ioctl_write_ptr_bad!(
        tun_set_carrier,
        nix::request_code_write!(b'T', 226, size_of::<c_int>()),
        c_int
    );
    nix::ioctl_readwrite_bad!(ethtool, libc::SIOCETHTOOL, libc::ifreq);
}
