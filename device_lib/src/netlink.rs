//! Interfaces and addresses, by rtnetlink: one request at a time, each waited for.
//!
//! Synchronous on purpose: it is used on throw-away threads inside a namespace, where a runtime would cost more than the
//! requests.

use crate::error::DeviceError;
use crate::namespace::NetNamespace;
use crate::sys;
use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use node_lib::addr::Mac;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};

/// A connection to the kernel's network configuration, for the namespace of the thread that opened it.
#[derive(Debug)]
pub struct Netlink {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its address.
    pub mac: Mac,
    /// The longest packet it carries, bytes, without the Ethernet header.
    pub mtu: usize,
    /// Whether it is switched on.
    pub up: bool,
}

/// What to change of an interface; `None` leaves a property as it is.
#[derive(Clone, Debug, Default)]
pub struct LinkSettings<'a> {
    /// Its address.
    pub mac: Option<Mac>,
    /// As [`Link::mtu`].
    pub mtu: Option<usize>,
    /// On or off.
    pub up: Option<bool>,
    /// The namespace it moves to.
    pub namespace: Option<&'a NetNamespace>,
}

impl Netlink {
    /// A connection for the calling thread's namespace.
    ///
    /// # Errors
    /// [`DeviceError::Refused`].
    pub fn open() -> Result<Self, DeviceError> {
        let connect = || {
            let mut socket = Socket::new(NETLINK_ROUTE)?;
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            Ok(socket)
        };
        let socket = connect().map_err(DeviceError::refused("the kernel's network configuration"))?;
        Ok(Netlink { socket, sequence: 0, buffer: Vec::new() })
    }

    /// The interface with this name.
    ///
    /// # Errors
    /// [`DeviceError::NoInterface`].
    pub fn link(&mut self, name: &str) -> Result<Link, DeviceError> {
        let link = self.get_link(name)?;
        let mut found = Link {
            index: link.header.index,
            name: name.to_owned(),
            mac: Mac::default(),
            mtu: 0,
            up: link.header.flags.contains(LinkFlags::Up),
        };
        for attribute in link.attributes {
            match attribute {
                LinkAttribute::Mtu(mtu) => found.mtu = mtu as usize,
                LinkAttribute::Address(address) => {
                    found.mac = address.first_chunk().map_or_else(Mac::default, |bytes| Mac(*bytes));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// How many of the frames that were sent through the interface with this name the system has dropped, and whether it has a
    /// carrier now: without one it drops them all.
    ///
    /// # Errors
    /// [`DeviceError::NoInterface`].
    pub fn tx_dropped(&mut self, name: &str) -> Result<(u64, bool), DeviceError> {
        let link = self.get_link(name)?;
        let carrier = link.header.flags.contains(LinkFlags::LowerUp);
        let stats = link.attributes.into_iter().find_map(|attribute| match attribute {
            LinkAttribute::Stats64(stats) => Some(stats.tx_dropped),
            _ => None,
        });
        Ok((stats.unwrap_or_default(), carrier))
    }

    /// Changes the interface with this name.
    ///
    /// # Errors
    /// [`DeviceError::NoInterface`], [`DeviceError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn set_link(&mut self, name: &str, settings: &LinkSettings<'_>) -> Result<(), DeviceError> {
        let mut request = LinkMessage::default();
        request.attributes.push(LinkAttribute::IfName(name.to_owned()));
        if let Some(mac) = settings.mac {
            request.attributes.push(LinkAttribute::Address(mac.0.to_vec()));
        }
        if let Some(mtu) = settings.mtu {
            request.attributes.push(LinkAttribute::Mtu(mtu.min(u32::MAX as usize) as u32));
        }
        if let Some(up) = settings.up {
            request.header.change_mask = LinkFlags::Up;
            request.header.flags = if up { LinkFlags::Up } else { LinkFlags::empty() };
        }
        if let Some(namespace) = settings.namespace {
            request.attributes.push(LinkAttribute::NetNsFd(namespace.as_fd().as_raw_fd()));
        }
        self.request(RouteNetlinkMessage::SetLink(request), 0).map_err(of_link(name))?;
        Ok(())
    }

    /// Gives an interface an address. Nobody is asked whether it is in use already: who gives it knows.
    ///
    /// # Errors
    /// [`DeviceError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn add_address(&mut self, index: u32, address: IpAddr, prefix: u8) -> Result<(), DeviceError> {
        let mut request = AddressMessage::default();
        request.header.family = family(address);
        request.header.prefix_len = prefix;
        request.header.index = index;
        request.attributes.push(AddressAttribute::Address(address));
        if address.is_ipv4() {
            request.attributes.push(AddressAttribute::Local(address));
        } else {
            request.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
        }
        let what = format!("the address {address}/{prefix} can't be set");
        self.request(RouteNetlinkMessage::NewAddress(request), NLM_F_CREATE | NLM_F_REPLACE)
            .map_err(DeviceError::needing(NET_ADMIN, what))?;
        Ok(())
    }

    /// Sends everything that has no better route to `gateway`.
    ///
    /// # Errors
    /// [`DeviceError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn add_default_route(&mut self, gateway: IpAddr) -> Result<(), DeviceError> {
        let mut request = RouteMessage::default();
        request.header.address_family = family(gateway);
        request.header.table = MAIN_TABLE;
        request.header.protocol = RouteProtocol::Static;
        request.header.scope = RouteScope::Universe;
        request.header.kind = RouteType::Unicast;
        request.attributes.push(RouteAttribute::Gateway(RouteAddress::from(gateway)));
        let what = format!("the route by {gateway} can't be set");
        self.request(RouteNetlinkMessage::NewRoute(request), NLM_F_CREATE | NLM_F_REPLACE)
            .map_err(DeviceError::needing(NET_ADMIN, what))?;
        Ok(())
    }

    /// Makes a pair of interfaces that are two ends of a wire; the second one in `there`, if that is given.
    ///
    /// # Errors
    /// [`DeviceError::NameTaken`], [`DeviceError::BadName`], [`DeviceError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn add_veth(&mut self, here: &str, there: (&str, Option<&NetNamespace>)) -> Result<(), DeviceError> {
        if let Some(bad) = [here, there.0].into_iter().find(|name| !sys::can_name_interface(name)) {
            return Err(DeviceError::BadName(bad.to_owned()));
        }
        let mut peer = LinkMessage::default();
        peer.attributes.push(LinkAttribute::IfName(there.0.to_owned()));
        if let Some(namespace) = there.1 {
            peer.attributes.push(LinkAttribute::NetNsFd(namespace.as_fd().as_raw_fd()));
        }
        let mut request = LinkMessage::default();
        request.attributes.push(LinkAttribute::IfName(here.to_owned()));
        request.attributes.push(LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::Veth),
            LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
        ]));
        self.request(RouteNetlinkMessage::NewLink(request), NLM_F_CREATE | NLM_F_EXCL).map_err(|error| {
            // The kernel doesn't say which of the two is taken.
            let taken = error.raw_os_error() == Some(libc::EEXIST) && self.link(here).is_err();
            of_link(if taken { there.0 } else { here })(error)
        })?;
        Ok(())
    }

    /// Removes the interface with this name.
    ///
    /// # Errors
    /// [`DeviceError::NoInterface`], [`DeviceError::NotPermitted`] without CAP_NET_ADMIN.
    pub fn delete_link(&mut self, name: &str) -> Result<(), DeviceError> {
        let mut request = LinkMessage::default();
        request.attributes.push(LinkAttribute::IfName(name.to_owned()));
        self.request(RouteNetlinkMessage::DelLink(request), 0).map_err(of_link(name))?;
        Ok(())
    }

    fn get_link(&mut self, name: &str) -> Result<LinkMessage, DeviceError> {
        let mut request = LinkMessage::default();
        request.attributes.push(LinkAttribute::IfName(name.to_owned()));
        match self.request(RouteNetlinkMessage::GetLink(request), 0).map_err(of_link(name))? {
            Some(RouteNetlinkMessage::NewLink(link)) => Ok(link),
            _ => Err(DeviceError::NoInterface(name.to_owned())),
        }
    }

    /// Sends a request and waits for the kernel's word: an answer, or that it is done.
    fn request(
        &mut self,
        message: RouteNetlinkMessage,
        flags: u16,
    ) -> io::Result<Option<RouteNetlinkMessage>> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(message));
        message.finalize();
        self.buffer.resize(message.buffer_len(), 0);
        message.serialize(&mut self.buffer);
        self.socket.send(&self.buffer, 0)?;
        let mut answer = None;
        loop {
            let (datagram, _) = self.socket.recv_from_full()?;
            let mut rest = &datagram[..];
            while !rest.is_empty() {
                let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
                let length = (message.header.length as usize).next_multiple_of(4);
                rest = rest.get(length.max(1)..).unwrap_or_default();
                if message.header.sequence_number != self.sequence {
                    continue;
                }
                match message.payload {
                    NetlinkPayload::Error(error) if error.code.is_none() => return Ok(answer),
                    NetlinkPayload::Error(error) => return Err(error.to_io()),
                    NetlinkPayload::InnerMessage(inner) => answer = Some(inner),
                    _ => {}
                }
            }
        }
    }
}

fn family(address: IpAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

/// What a refusal means where an interface was named.
fn of_link(name: &str) -> impl FnOnce(io::Error) -> DeviceError + '_ {
    move |error| match error.raw_os_error() {
        _ if !sys::can_name_interface(name) => DeviceError::BadName(name.to_owned()),
        Some(libc::ENODEV) => DeviceError::NoInterface(name.to_owned()),
        Some(libc::EEXIST) => DeviceError::NameTaken(name.to_owned()),
        _ => DeviceError::needing(NET_ADMIN, format!("the interface `{name}` can't be changed"))(error),
    }
}

const NET_ADMIN: &str = "CAP_NET_ADMIN";
const MAIN_TABLE: u8 = 254;
