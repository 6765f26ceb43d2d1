//! The offloads of an interface, switched as `ethtool -K` does.

use crate::error::DeviceError;
use crate::sys;
use std::net::UdpSocket;
use std::os::fd::AsFd;

/// Switches segmentation (TSO, GSO) and merging (GRO) of an interface on or off, in the calling thread's namespace.
///
/// # Errors
/// [`DeviceError::NotPermitted`] without CAP_NET_ADMIN.
pub fn set_offloads(interface: &str, on: bool) -> Result<(), DeviceError> {
    let what = format!("the offloads of the interface `{interface}`");
    // Any socket does; this one is never bound or used.
    let socket =
        UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0)).map_err(DeviceError::refused(what.as_str()))?;
    for command in [SET_TSO, SET_GSO, SET_GRO] {
        sys::ethtool_value(socket.as_fd(), interface, command, u32::from(on))
            .map_err(DeviceError::needing("CAP_NET_ADMIN", what.as_str()))?;
    }
    Ok(())
}

/// `ETHTOOL_STSO`, `ETHTOOL_SGSO` and `ETHTOOL_SGRO` of linux/ethtool.h.
const SET_TSO: u32 = 0x1f;
const SET_GSO: u32 = 0x24;
const SET_GRO: u32 = 0x2c;
