//! The wired segment: one switch that joins the RSUs' TAPs, the RSUs' own hosts and the servers.

use super::switch::{Forward, Switch};
use node_lib::time::Instant;
use std::time::Duration;

/// What is plugged in at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plug {
    /// The TAP of this party's node.
    Tap(u32),
    /// This party's host.
    Host(u32),
}

/// The switch and what is plugged in.
///
/// An RSU's TAP and its own host are on the same machine: between them the way through the switch takes no time.
/// Between any others it takes the latency, and passes the machine's one cable to the switch, which can be cut.
#[derive(Debug)]
pub(crate) struct Wired {
    pub(crate) switch: Switch,
    latency: Duration,
    ports: Vec<Plug>,
    /// By party: the ports of its TAP and of its host.
    by_party: Vec<(Option<u32>, Option<u32>)>,
    /// Parties whose cable is cut, sorted.
    cut: Vec<u32>,
    /// Frames that reached nobody because of cut cables.
    pub(crate) cut_off: u64,
}

impl Wired {
    /// A switch with these plugs, for parties numbered from 0 to below `parties`.
    pub(crate) fn new(latency: Duration, ports: Vec<Plug>, parties: usize) -> Self {
        let mut by_party = vec![(None, None); parties];
        for (port, plug) in (0..).zip(&ports) {
            match plug {
                Plug::Tap(party) => by_party[*party as usize].0 = Some(port),
                Plug::Host(party) => by_party[*party as usize].1 = Some(port),
            }
        }
        let switch = Switch::new(ports.len() as u32);
        Wired { switch, latency, ports, by_party, cut: Vec::new(), cut_off: 0 }
    }

    /// Takes a frame that comes out of `from`, and calls `deliver` with each plug that it reaches and when. A plug that
    /// isn't there takes and gives nothing.
    pub(crate) fn carry(
        &mut self,
        now: Instant,
        from: Plug,
        frame: &[u8],
        mut deliver: impl FnMut(Plug, Instant),
    ) {
        let Some(port) = self.port(from) else { return };
        // What comes from behind a cut cable is not seen by the switch, only by the machine's own.
        let alone = self.is_cut(from.party());
        let forward = self.switch.forward(now, port, frame, !alone);
        let mut reach = |out: u32| {
            let plug = self.ports[out as usize];
            let own = plug.party() == from.party();
            let passes = own || !(alone || self.is_cut(plug.party()));
            if passes {
                deliver(plug, now + if own { Duration::ZERO } else { self.latency });
            }
            passes
        };
        let reached = match forward {
            Forward::To(out) => usize::from(reach(out)),
            // Nothing is flooded to a port without a carrier: such a frame is lost if nobody else gets it.
            Forward::Flood => (0..self.switch.ports()).filter(|out| *out != port && reach(*out)).count(),
            Forward::Drop => return,
        };
        self.cut_off += u64::from(reached == 0 && !self.cut.is_empty());
    }

    /// Cuts a party's cable to the switch, or mends it.
    pub(crate) fn set_cut(&mut self, party: u32, cut: bool) {
        match (self.cut.binary_search(&party), cut) {
            (Err(at), true) => {
                self.cut.insert(at, party);
                if let Some(tap) = self.port(Plug::Tap(party)) {
                    self.switch.forget(tap);
                }
            }
            (Ok(at), false) => {
                self.cut.remove(at);
            }
            _ => {}
        }
    }

    fn is_cut(&self, party: u32) -> bool {
        !self.cut.is_empty() && self.cut.binary_search(&party).is_ok()
    }

    fn port(&self, plug: Plug) -> Option<u32> {
        // Vehicles that have joined since have no plug.
        let of = |party: u32| self.by_party.get(party as usize).copied().unwrap_or_default();
        match plug {
            Plug::Tap(party) => of(party).0,
            Plug::Host(party) => of(party).1,
        }
    }
}

impl Plug {
    /// Whose it is.
    pub(crate) fn party(self) -> u32 {
        match self {
            Plug::Tap(party) | Plug::Host(party) => party,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(to: u8, from: u8) -> Vec<u8> {
        [[2, 0, 0, 0, 0, to], [2, 0, 0, 0, 0, from], [0x86, 0xdd, 0, 0, 0, 0]].concat()
    }

    #[test]
    fn the_way_within_a_machine_takes_no_time() {
        let ports = vec![Plug::Tap(0), Plug::Host(0), Plug::Host(2)];
        let mut wired = Wired::new(Duration::from_millis(1), ports, 3);
        let mut carry = |at: u64, from, to, source| {
            let mut reached = Vec::new();
            wired.carry(Instant::from_millis(at), from, &frame(to, source), |plug, at| {
                reached.push((plug, at.as_millis()));
            });
            reached
        };
        assert_eq!(carry(5, Plug::Tap(0), 9, 1), [(Plug::Host(0), 5), (Plug::Host(2), 6)]);
        assert_eq!(carry(6, Plug::Host(2), 1, 2), [(Plug::Tap(0), 7)]);
        assert_eq!(carry(7, Plug::Host(0), 2, 3), [(Plug::Host(2), 8)]);
        assert_eq!(carry(8, Plug::Tap(1), 2, 3), [], "nothing is plugged in there");
    }

    #[test]
    fn a_cut_cable_carries_nothing_and_each_frame_is_counted() {
        let ports = vec![Plug::Tap(0), Plug::Host(0), Plug::Host(2), Plug::Tap(3), Plug::Host(3)];
        let mut wired = Wired::new(Duration::from_millis(1), ports, 4);
        fn carry(wired: &mut Wired, from: Plug, to: u8, source: u8) -> Vec<Plug> {
            let mut reached = Vec::new();
            wired.carry(Instant::ZERO, from, &frame(to, source), |plug, _| reached.push(plug));
            reached
        }
        let vehicle = 9;
        for (plug, source) in [(Plug::Host(0), 1), (Plug::Host(2), 2), (Plug::Tap(0), vehicle)] {
            carry(&mut wired, plug, 99, source);
        }
        wired.set_cut(0, true);
        wired.set_cut(0, true);
        assert_eq!(carry(&mut wired, Plug::Tap(0), 1, vehicle), [Plug::Host(0)], "on the same machine");
        assert_eq!(wired.cut_off, 0);
        assert_eq!(carry(&mut wired, Plug::Tap(0), 2, vehicle), []);
        assert_eq!(carry(&mut wired, Plug::Host(2), 1, 2), []);
        assert_eq!(wired.cut_off, 2);
        let others = [Plug::Tap(3), Plug::Host(3)];
        assert_eq!(
            carry(&mut wired, Plug::Host(2), vehicle, 2),
            others,
            "the switch has forgotten the vehicle"
        );
        assert_eq!(carry(&mut wired, Plug::Tap(0), 77, vehicle), [Plug::Host(0)]);
        assert_eq!(wired.cut_off, 2);
        wired.set_cut(3, true);
        assert_eq!(carry(&mut wired, Plug::Host(2), vehicle, 2), []);
        assert_eq!(wired.cut_off, 3, "a flood is lost if nobody gets it");
        wired.set_cut(3, false);
        wired.set_cut(0, false);
        assert_eq!(carry(&mut wired, Plug::Tap(0), 2, vehicle), [Plug::Host(2)]);
        assert_eq!(carry(&mut wired, Plug::Host(2), vehicle, 2), [Plug::Tap(0)]);
        assert_eq!(wired.cut_off, 3);
    }
}
