//! What carries an antenna.

use crate::error::{RadioError, check};

/// An antenna's height, and the vehicle that carries it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mount {
    /// Height of the antenna over ground, metres.
    pub antenna_m: f64,
    /// The vehicle, which may stand in others' way; `None` for a mast.
    pub body: Option<Body>,
}

/// A vehicle's outline: a box around the antenna's position, in the direction of travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    /// Length, metres.
    pub length_m: f64,
    /// Width, metres.
    pub width_m: f64,
    /// Height, metres.
    pub height_m: f64,
}

impl Mount {
    /// A car with its antenna on the roof (3GPP TR 37.885, vehicle type 2): 1.6 m, in a box of 5 x 2 x 1.6 m.
    pub const CAR: Mount =
        Mount { antenna_m: 1.6, body: Some(Body { length_m: 5.0, width_m: 2.0, height_m: 1.6 }) };

    /// A truck or bus (3GPP TR 37.885, vehicle type 3): 3 m, in a box of 13 x 2.6 x 3 m.
    pub const TRUCK: Mount =
        Mount { antenna_m: 3.0, body: Some(Body { length_m: 13.0, width_m: 2.6, height_m: 3.0 }) };

    /// A road-side unit (3GPP TR 37.885, UE-type): 5 m, on a mast.
    pub const MAST: Mount = Mount { antenna_m: 5.0, body: None };

    pub(super) fn check(&self) -> Result<(), RadioError> {
        let height = "above 0 and at most 1000 m";
        check(within(self.antenna_m, 1000.0), "antenna_m", self.antenna_m, height)?;
        let Some(body) = self.body else { return Ok(()) };
        let size = "above 0 and at most 100 m";
        check(within(body.length_m, 100.0), "length_m", body.length_m, size)?;
        check(within(body.width_m, 100.0), "width_m", body.width_m, size)?;
        check(within(body.height_m, 100.0), "height_m", body.height_m, size)
    }
}

impl Default for Mount {
    /// [`Mount::CAR`].
    fn default() -> Self {
        Mount::CAR
    }
}

fn within(metres: f64, most: f64) -> bool {
    metres > 0.0 && metres <= most
}
