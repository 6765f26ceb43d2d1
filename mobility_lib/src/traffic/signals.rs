//! Traffic lights.

/// The lights of a junction: a fixed cycle of phases, in each of which some arms have green.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signals {
    phases: Vec<Phase>,
    /// How far into its cycle it is at time 0, seconds.
    offset: f64,
    cycle: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phase {
    /// The edges that have green.
    pub(super) edges: Vec<usize>,
    /// Seconds.
    pub(super) green: f64,
    pub(super) amber: f64,
}

/// What a driver sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Light {
    Green,
    Amber,
    Red,
}

impl Signals {
    /// A cycle of these phases, `share` (0 to 1) of it over at time 0.
    pub(super) fn new(phases: Vec<Phase>, share: f64) -> Signals {
        let cycle = phases.iter().map(|phase| phase.green + phase.amber + CLEARING_S).sum();
        Signals { phases, offset: share * cycle, cycle }
    }

    /// The light for those who come by this edge.
    pub(super) fn light(&self, edge: usize, seconds: f64) -> Light {
        let mut into = (seconds + self.offset) % self.cycle;
        for phase in &self.phases {
            let lasts = phase.green + phase.amber + CLEARING_S;
            if into >= lasts {
                into -= lasts;
                continue;
            }
            return match phase.edges.contains(&edge) {
                true if into < phase.green => Light::Green,
                true if into < phase.green + phase.amber => Light::Amber,
                _ => Light::Red,
            };
        }
        Light::Red
    }
}

/// All red between two phases, until those who were late have left.
const CLEARING_S: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_two_phases_at_once_and_everybody_has_a_turn() {
        let phase = |edge| Phase { edges: vec![edge], green: 20.0, amber: 3.0 };
        let signals = Signals::new(vec![phase(1), phase(2)], 0.3);
        let mut greens = [0, 0];
        for second in 0..100 {
            let lights = [1, 2].map(|edge| signals.light(edge, f64::from(second)));
            assert!(lights.contains(&Light::Red), "{second}: {lights:?}");
            for (index, light) in lights.iter().enumerate() {
                greens[index] += usize::from(*light == Light::Green);
            }
            assert_eq!(signals.light(3, f64::from(second)), Light::Red);
        }
        assert_eq!(greens, [40, 40]);
    }
}
