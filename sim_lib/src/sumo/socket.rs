//! The connection to SUMO.

use mobility_lib::traci::{LENGTH_BYTES, Link, TraciError, body_length};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, bind, getsockname, setsockopt, socket, sockopt,
};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, OwnedFd};
use std::thread;
use std::time::Duration;

/// A port that the system gave us, for SUMO to listen on.
///
/// The socket stays bound, and doesn't listen: so the system gives the port to nobody else, another of our processes least of all,
/// and SUMO can have it all the same, because both ask for addresses to be used again.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    _socket: OwnedFd,
}

impl Port {
    pub(super) fn reserve() -> io::Result<Port> {
        let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        setsockopt(&socket, sockopt::ReuseAddr, &true)?;
        bind(socket.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
        let number = getsockname::<SockaddrIn>(socket.as_raw_fd())?.port();
        Ok(Port { number, _socket: socket })
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

/// A connection, with limits on how long anything takes.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    timeout: Duration,
}

impl Socket {
    /// Connects to whoever listens at `host:port`.
    pub(super) fn connect(address: &str, timeout: Duration) -> io::Result<Socket> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name stands for no address");
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => return Socket::new(stream, timeout),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Connects to a SUMO that was started to listen on `port`, as soon as it does, unless it has `ended`.
    pub(super) fn wait_for(
        port: &Port,
        timeout: Duration,
        mut ended: impl FnMut() -> bool,
    ) -> Result<Socket, TraciError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number));
        for _ in 0..=timeout.as_millis() / RETRY.as_millis() {
            if ended() {
                return Err(TraciError::Link("it has ended".to_owned()));
            }
            if let Ok(stream) = TcpStream::connect_timeout(&address, timeout) {
                return Socket::new(stream, timeout).map_err(|error| TraciError::Link(error.to_string()));
            }
            thread::sleep(RETRY);
        }
        Err(TraciError::Link(format!("it has not listened for {timeout:?}")))
    }

    fn new(stream: TcpStream, timeout: Duration) -> io::Result<Socket> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Socket { stream, timeout })
    }

    fn failed(&self, error: &io::Error) -> TraciError {
        TraciError::Link(match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                format!("it has not answered for {:?} (`trace.sumo.timeout`)", self.timeout)
            }
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                "it has hung up".to_owned()
            }
            _ => error.to_string(),
        })
    }
}

impl Link for Socket {
    fn exchange(&mut self, message: &[u8]) -> Result<Vec<u8>, TraciError> {
        self.stream.write_all(message).map_err(|error| self.failed(&error))?;
        let mut length = [0; LENGTH_BYTES];
        self.stream.read_exact(&mut length).map_err(|error| self.failed(&error))?;
        let length = body_length(length)?;
        // Not as much memory as is stated, but as comes.
        let mut body = Vec::with_capacity(length.min(1 << 16));
        let mut rest = Read::by_ref(&mut self.stream).take(length as u64);
        rest.read_to_end(&mut body).map_err(|error| self.failed(&error))?;
        if body.len() < length {
            return Err(self.failed(&ErrorKind::UnexpectedEof.into()));
        }
        Ok(body)
    }

    fn send(&mut self, message: &[u8]) {
        // It may have hung up before.
        let _ = self.stream.write_all(message);
    }
}

/// How often it is looked whether SUMO listens already.
const RETRY: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_reserved_port_is_there_for_one_who_uses_addresses_again() {
        let ports: Vec<Port> = (0..50).map(|_| Port::reserve().unwrap()).collect();
        let mut numbers: Vec<u16> = ports.iter().map(Port::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ports.len(), "each is given once");
        let listener = TcpListener::bind(("0.0.0.0", ports[0].number())).unwrap();
        let mut socket = Socket::wait_for(&ports[0], Duration::from_secs(5), || false).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        other.write_all(&[0, 0, 0, 6, 1, 2]).unwrap();
        assert_eq!(socket.exchange(&[0, 0, 0, 4]).unwrap(), [1, 2]);
    }

    #[test]
    fn silence_and_hanging_up_are_told_apart() {
        let port = Port::reserve().unwrap();
        let nobody = Socket::wait_for(&port, Duration::from_millis(100), || false).unwrap_err();
        assert!(nobody.to_string().contains("has not listened for"), "{nobody}");
        let ended = Socket::wait_for(&port, Duration::from_secs(5), || true).unwrap_err();
        assert_eq!(ended.to_string(), "it has ended");
        let listener = TcpListener::bind(("127.0.0.1", port.number())).unwrap();
        let mut socket =
            Socket::connect(&format!("127.0.0.1:{}", port.number()), Duration::from_millis(200)).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        let silent = socket.exchange(&[0, 0, 0, 4]).unwrap_err();
        assert!(silent.to_string().contains("not answered for 200ms"), "{silent}");
        other.write_all(&[0, 0, 0, 9, 1]).unwrap();
        drop(other);
        let short = socket.exchange(&[0, 0, 0, 4]).unwrap_err();
        assert_eq!(short.to_string(), "it has hung up");
    }
}
