//! From longitude and latitude to metres in a plane.

use crate::Position;
use crate::xml::attribute::clip;
use proj4rs::Proj;
use proj4rs::transform::transform;

/// How places on earth, WGS 84, become places of a plane.
///
/// Results are rounded to millimetres: the last digits of a projection depend on the machine's mathematics.
#[derive(Debug)]
pub struct Projection {
    /// In PROJ's terms; `!` is what SUMO says of a network that isn't of any place on earth.
    text: String,
    /// How far everything is moved afterwards.
    offset: Position,
    /// None where there isn't any place on earth, or the projection isn't known.
    projection: Option<Proj>,
}

/// Why a longitude and latitude is nowhere in the plane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    /// It isn't made from a map.
    #[error("the network has no projection: it isn't of any place on earth")]
    NoProjection,
    /// The projection isn't known.
    #[error("the network's projection `{0}` isn't known here")]
    Unknown(String),
    /// The projection has no such place.
    #[error("the network's projection has no place there")]
    Outside,
}

impl Projection {
    /// One of a network: `projParameter` and `netOffset` of its `<location>`.
    pub(crate) fn of_network(text: String, offset: Position) -> Projection {
        let projection = Some(text.as_str()).filter(|text| *text != NO_PROJECTION);
        let projection = projection.and_then(|text| Proj::from_proj_string(text).ok());
        Projection { text, offset, projection }
    }

    /// A plane that touches the earth at this longitude and latitude, in degrees, which become (0, 0): transverse Mercator.
    /// Within 100 km of it, lengths are true to 0.013 %.
    pub fn local(longitude: f64, latitude: f64) -> Projection {
        Projection::transverse_mercator((longitude, latitude), (0.0, 0.0))
    }

    /// Transverse Mercator around a longitude and latitude, in degrees, which become `x` and `y`.
    pub(crate) fn transverse_mercator((longitude, latitude): (f64, f64), (x, y): (f64, f64)) -> Projection {
        // Without the sign of a negative zero.
        let (x, y) = (x + 0.0, y + 0.0);
        let text = format!(
            "+proj=tmerc +lat_0={latitude} +lon_0={longitude} +k=1 +x_0={x} +y_0={y} +ellps=WGS84 +units=m +no_defs"
        );
        Projection::of_network(text, Position { x: 0.0, y: 0.0 })
    }

    /// In PROJ's terms.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where this longitude and latitude is, both in degrees.
    ///
    /// # Errors
    /// [`NotThere`].
    pub fn place(&self, longitude: f64, latitude: f64) -> Result<Position, NotThere> {
        let projection = match &self.projection {
            None if self.text == NO_PROJECTION => return Err(NotThere::NoProjection),
            None => return Err(NotThere::Unknown(clip(&self.text))),
            Some(projection) => projection,
        };
        let unknown = |_| NotThere::Unknown(clip(&self.text));
        let earth = Proj::from_proj_string(EARTH).map_err(unknown)?;
        let mut point = (longitude.to_radians(), latitude.to_radians(), 0.0);
        transform(&earth, projection, &mut point).map_err(|_| NotThere::Outside)?;
        let millimetres = |metres: f64| (metres * 1e3).round() / 1e3;
        let place =
            Position { x: millimetres(point.0 + self.offset.x), y: millimetres(point.1 + self.offset.y) };
        if place.is_sane() { Ok(place) } else { Err(NotThere::Outside) }
    }

    /// Whether it is spelled out in PROJ's terms and yet not known. SUMO's own short words for a projection only leave it open.
    pub(crate) fn is_mistaken(&self) -> bool {
        self.projection.is_none() && self.text.starts_with('+')
    }

    /// Whether both put every place at the same spot.
    pub(crate) fn agrees_with(&self, other: &Projection) -> bool {
        self.text == other.text && self.offset.distance(other.offset) < SAME_M
    }
}

/// What SUMO says of a network that isn't of any place on earth.
const NO_PROJECTION: &str = "!";
/// Longitude and latitude as GPS has them.
const EARTH: &str = "+proj=longlat +datum=WGS84 +no_defs";
/// SUMO writes offsets with two digits.
const SAME_M: f64 = 0.011;
