//! Interfaces that go down, come back, or are gone.

use super::Ended;
use device_lib::DeviceError;
use device_lib::netlink::{Link, Netlink};
use device_lib::station::{RADIO, TAP};
use node_lib::time::Instant;
use std::io;
use std::time::Duration;
use tracing::{info, warn};

/// What is wrong with the interfaces, looked at once a second at most.
#[derive(Debug)]
pub(super) struct Troubles {
    radio: Side,
    tap: Side,
}

#[derive(Debug)]
struct Side {
    what: &'static str,
    link: Link,
    looked: Option<Instant>,
    down: bool,
}

impl Troubles {
    pub(super) fn new(radio: Link, tap: Link) -> Self {
        let side = |what, link| Side { what, link, looked: None, down: false };
        Troubles { radio: side("radio", radio), tap: side("TAP", tap) }
    }

    /// Tells of a radio that is down from the start.
    pub(super) fn begin(&mut self) {
        if !self.radio.link.up {
            self.radio.goes_down();
        }
    }

    /// A device said no.
    pub(super) fn note(&mut self, now: Instant, port: usize, error: &io::Error) -> Result<(), Ended> {
        debug_assert!(port == TAP || port == RADIO);
        let side = if port == TAP { &mut self.tap } else { &mut self.radio };
        if side.looked.is_some_and(|looked| now.since(looked) < PAUSE) {
            return Ok(());
        }
        side.looked = Some(now);
        if side.is_up()? {
            warn!("the {} `{}`: {error}", side.what, side.link.name);
        } else if !side.down {
            side.goes_down();
        }
        Ok(())
    }

    /// Looks whether what was down is up again.
    pub(super) fn every_second(&mut self) -> Result<(), Ended> {
        for side in [&mut self.radio, &mut self.tap] {
            if side.down && side.is_up()? {
                side.down = false;
                info!("the {} `{}` is up again", side.what, side.link.name);
            }
        }
        Ok(())
    }
}

impl Side {
    fn goes_down(&mut self) {
        self.down = true;
        let Side { what, link: Link { name, .. }, .. } = self;
        warn!("the {what} `{name}` is down: nothing passes until it is up (`ip link set {name} up`)");
    }

    /// Whether it is switched on; an error if it is not there any more.
    fn is_up(&self) -> Result<bool, Ended> {
        match Netlink::open().and_then(|mut netlink| netlink.link(&self.link.name)) {
            Ok(link) if link.index == self.link.index => Ok(link.up),
            // Another one has the name by now.
            Ok(_) | Err(DeviceError::NoInterface(_)) => {
                Err(Ended::Gone { what: self.what, name: self.link.name.clone() })
            }
            Err(error) => Err(error.into()),
        }
    }
}

const PAUSE: Duration = Duration::from_secs(1);
