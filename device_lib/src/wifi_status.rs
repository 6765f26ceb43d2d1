//! What the kernel says became of a frame that a wireless interface sent.
//!
//! With `SO_WIFI_STATUS` set, the frame comes back on the socket's error queue with control messages (`struct cmsghdr`, each
//! aligned to a word): one of SOL_SOCKET / SCM_WIFI_STATUS whose integer is 1 where the frame was acknowledged, and one
//! with a `struct sock_extended_err` of origin SO_EE_ORIGIN_TXSTATUS (`net/core/skbuff.c`, `skb_complete_wifi_ack`;
//! `include/uapi/linux/errqueue.h`).

use std::mem::size_of;

/// Whether the frame was acknowledged; `None` where the control messages say nothing of that.
pub fn acknowledged(control: &[u8]) -> Option<bool> {
    let mut rest = control;
    while let Some((header, _)) = rest.split_at_checked(HEADER) {
        let length = usize::from_ne_bytes(*header.first_chunk()?);
        let [level, kind] = [WORD, WORD + 4].map(|at| header.get(at..at + 4).map(integer));
        let value = rest.get(HEADER..length)?;
        if (level, kind) == (Some(libc::SOL_SOCKET), Some(SCM_WIFI_STATUS)) && value.len() >= 4 {
            return Some(integer(value) != 0);
        }
        rest = rest.get(length.next_multiple_of(WORD)..)?;
    }
    None
}

fn integer(bytes: &[u8]) -> i32 {
    bytes.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes))
}

/// Room for all control messages that come with a status.
pub(crate) const CONTROL: usize = 256;
const WORD: usize = size_of::<usize>();
/// Length of a `struct cmsghdr`: a length of one word, level and type of four bytes each.
const HEADER: usize = WORD + 8;
const SCM_WIFI_STATUS: i32 = libc::SO_WIFI_STATUS;

#[cfg(test)]
mod tests {
    use super::*;

    /// One control message as the kernel lays it out.
    fn message(level: i32, kind: i32, value: &[u8]) -> Vec<u8> {
        let mut bytes = (HEADER + value.len()).to_ne_bytes().to_vec();
        bytes.extend(level.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(WORD), 0);
        bytes
    }

    /// `struct sock_extended_err` { errno ENOMSG, origin TXSTATUS, .. }, as packet sockets report it.
    fn extended_error() -> Vec<u8> {
        let mut error = 42u32.to_ne_bytes().to_vec();
        error.extend([4, 0, 0, 0]);
        error.extend([0; 8]);
        message(263, 16, &error)
    }

    #[test]
    fn the_kernels_layout_is_read() {
        for (value, expected) in [(0i32, false), (1, true)] {
            let status = message(1, 41, &value.to_ne_bytes());
            assert_eq!(acknowledged(&status), Some(expected));
            assert_eq!(acknowledged(&[extended_error(), status.clone()].concat()), Some(expected));
            assert_eq!(acknowledged(&[status, extended_error()].concat()), Some(expected));
        }
    }

    #[test]
    fn other_messages_say_nothing() {
        assert_eq!(acknowledged(&[]), None);
        assert_eq!(acknowledged(&extended_error()), None);
        let timestamp = message(1, 35, &[0; 16]);
        assert_eq!(acknowledged(&[timestamp, extended_error()].concat()), None);
    }

    #[test]
    fn stumps_and_nonsense_say_nothing() {
        let status = [extended_error(), message(1, 41, &1i32.to_ne_bytes())].concat();
        let whole = status.len() - 4;
        for length in 0..whole {
            assert_eq!(acknowledged(&status[..length]), None, "{length} bytes");
        }
        for length in [0usize, 1, HEADER - 1, usize::MAX, usize::MAX - 7] {
            let mut wrong = status.clone();
            wrong[..WORD].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(acknowledged(&wrong), None, "{length}");
        }
    }

    #[test]
    fn the_numbers_are_the_kernels() {
        assert_eq!((libc::SOL_SOCKET, SCM_WIFI_STATUS), (1, 41));
    }
}
