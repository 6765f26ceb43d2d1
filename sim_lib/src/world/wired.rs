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
/// Between any others it takes the latency.
#[derive(Debug)]
pub(crate) struct Wired {
    pub(crate) switch: Switch,
    latency: Duration,
    ports: Vec<Plug>,
    /// By party: the ports of its TAP and of its host.
    by_party: Vec<(Option<u32>, Option<u32>)>,
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
        Wired { switch: Switch::new(ports.len() as u32), latency, ports, by_party }
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
        let mut reach = |out: u32| {
            let plug = self.ports[out as usize];
            let latency = if plug.party() == from.party() { Duration::ZERO } else { self.latency };
            deliver(plug, now + latency);
        };
        match self.switch.forward(now, port, frame) {
            Forward::To(out) => reach(out),
            Forward::Flood => (0..self.switch.ports()).filter(|out| *out != port).for_each(reach),
            Forward::Drop => {}
        }
    }

    fn port(&self, plug: Plug) -> Option<u32> {
        match plug {
            Plug::Tap(party) => self.by_party[party as usize].0,
            Plug::Host(party) => self.by_party[party as usize].1,
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
}
