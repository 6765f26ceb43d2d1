//! What disturbs radios for a time, whatever the profile: interference, jamming, a part of the map where nothing is heard.

use crate::error::{RadioError, check};
use crate::medium::{Locations, RadioId, check_ends};
use node_lib::random::Key;
use node_lib::time::Instant;

/// A loss that is laid over everything else between some radios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disturbance {
    /// Which transmissions it concerns.
    pub scope: Scope,
    /// Probability that one of them is lost at one receiver. Each draw is independent.
    pub loss: f64,
}

/// Which transmissions a [`Disturbance`] concerns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scope {
    /// Those between two radios, in both directions.
    Link(RadioId, RadioId),
    /// Those that a radio sends or receives.
    Radio(RadioId),
    /// Those with an end inside an area; a radio that isn't anywhere is outside.
    Area(Area),
    /// All.
    All,
}

/// A part of the map, its edge included, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Area {
    /// Around a centre.
    Circle {
        /// The centre.
        centre: [f64; 2],
        /// The radius.
        radius: f64,
    },
    /// Between two corners.
    Rectangle {
        /// The corner with the lower coordinates.
        low: [f64; 2],
        /// The corner with the higher coordinates.
        high: [f64; 2],
    },
}

impl Area {
    /// Whether a place lies inside.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        match *self {
            Area::Circle { centre: [a, b], radius } => {
                (x - a) * (x - a) + (y - b) * (y - b) <= radius * radius
            }
            Area::Rectangle { low, high } => {
                (low[0]..=high[0]).contains(&x) && (low[1]..=high[1]).contains(&y)
            }
        }
    }
}

/// The disturbances that go on, each under the number that it was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disturbances(Vec<(u32, Disturbance)>);

impl Disturbances {
    /// Puts a disturbance under a number, in place of the one that is there, or takes that one away.
    pub(crate) fn set(
        &mut self,
        number: u32,
        disturbance: Option<Disturbance>,
        radios: usize,
    ) -> Result<(), RadioError> {
        if let Some(disturbance) = &disturbance {
            disturbance.check(radios)?;
        }
        self.0.retain(|(known, _)| *known != number);
        self.0.extend(disturbance.map(|disturbance| (number, disturbance)));
        Ok(())
    }

    /// Whether nothing is disturbed.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Probability that a transmission from one radio to another is lost to them.
    #[inline]
    pub(crate) fn loss(&self, from: RadioId, to: RadioId, at: Instant, loc: &dyn Locations) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        let concerned = self.0.iter().filter(|(_, one)| one.scope.covers(from, to, at, loc));
        1.0 - concerned.fold(1.0, |kept, (_, one)| kept * (1.0 - one.loss))
    }

    /// Whether the transmission with this key is lost to them.
    #[inline]
    pub(crate) fn swallow(
        &self,
        key: Key,
        from: RadioId,
        to: RadioId,
        at: Instant,
        loc: &dyn Locations,
    ) -> bool {
        let loss = self.loss(from, to, at, loc);
        loss > 0.0 && key.with(DISTURBED).unit() < loss
    }
}

impl Disturbance {
    fn check(&self, radios: usize) -> Result<(), RadioError> {
        check((0.0..=1.0).contains(&self.loss), "loss", self.loss, "between 0 and 1")?;
        match self.scope {
            Scope::Link(a, b) => check_ends(a, b, radios),
            Scope::Radio(radio) if radio.index() >= radios => {
                Err(RadioError::UnknownRadio { radio, count: radios })
            }
            Scope::Radio(_) | Scope::Area(_) | Scope::All => Ok(()),
        }
    }
}

impl Scope {
    fn covers(&self, from: RadioId, to: RadioId, at: Instant, loc: &dyn Locations) -> bool {
        match *self {
            Scope::Link(a, b) => (from, to) == (a, b) || (from, to) == (b, a),
            Scope::Radio(radio) => from == radio || to == radio,
            Scope::All => true,
            Scope::Area(area) => {
                let inside = |radio| loc.position(radio, at).is_some_and(|place| area.contains(place));
                inside(from) || inside(to)
            }
        }
    }
}

/// Purpose of draws.
const DISTURBED: u64 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_have_edges() {
        let circle = Area::Circle { centre: [10.0, 0.0], radius: 5.0 };
        assert!(
            circle.contains([15.0, 0.0]) && circle.contains([13.0, 4.0]) && !circle.contains([14.0, 4.0])
        );
        let rectangle = Area::Rectangle { low: [0.0, -1.0], high: [2.0, 1.0] };
        assert!(rectangle.contains([2.0, -1.0]) && !rectangle.contains([2.1, 0.0]));
    }
}
