//! What the tags of a road mean.

/// What sort of road it is, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Where people on foot come first.
    LivingStreet,
    /// In residential quarters.
    Residential,
    /// A small public road, or one that nobody has classified.
    Unclassified,
    /// Between quarters and villages.
    Tertiary,
    /// Between towns.
    Secondary,
    /// Between large towns.
    Primary,
    /// The most important that is no motorway.
    Trunk,
    /// A motorway.
    Motorway,
}

/// What a turn restriction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// This turn isn't allowed.
    No,
    /// No other turn is allowed.
    Only,
}

/// The tags of a way that matter here, as they are written.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) highway: String,
    pub(super) building: String,
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) oneway: String,
    pub(super) junction: String,
    pub(super) lanes: [String; 3],
    /// Both directions, forward, backward.
    pub(super) maxspeed: [String; 3],
    pub(super) access: [String; 3],
    pub(super) area: String,
}

impl Class {
    /// By the value of `highway`, and whether it is a link; none where cars don't drive, or only to their parking space.
    pub(super) fn of(highway: &str) -> Option<(Class, bool)> {
        let (class, link) = match highway.strip_suffix("_link") {
            Some(class) => (class, true),
            None => (highway, false),
        };
        let class = match class {
            "motorway" => Class::Motorway,
            "trunk" => Class::Trunk,
            "primary" => Class::Primary,
            "secondary" => Class::Secondary,
            "tertiary" => Class::Tertiary,
            "unclassified" | "road" if !link => Class::Unclassified,
            "residential" if !link => Class::Residential,
            "living_street" if !link => Class::LivingStreet,
            _ => return None,
        };
        Some((class, link))
    }

    /// The speed limit where none is given, km/h: a town's, but for roads that have no crossings.
    pub fn default_limit_kmh(self, link: bool) -> f64 {
        match (self, link) {
            (Class::Motorway, false) => 130.0,
            (Class::Trunk, false) => 100.0,
            (Class::Motorway | Class::Trunk, true) => 60.0,
            (Class::LivingStreet, _) => 10.0,
            _ => 50.0,
        }
    }
}

impl Tags {
    /// Whether cars of everybody may drive here.
    pub(super) fn open_to_cars(&self) -> bool {
        // The most special key that is there decides.
        let decisive = self.access.iter().rev().find(|value| !value.is_empty());
        let closed = decisive.is_some_and(|value| {
            matches!(
                value.as_str(),
                "no" | "private" | "agricultural" | "forestry" | "emergency" | "psv" | "military"
            )
        });
        self.area != "yes" && !closed
    }

    /// Whether it goes round a roundabout.
    pub(super) fn is_roundabout(&self) -> bool {
        matches!(self.junction.as_str(), "roundabout" | "circular")
    }

    /// Whether what `oneway` says is understood, if it says anything. Lanes that change their direction with the time are not.
    pub(super) fn knows_direction(&self) -> bool {
        matches!(self.oneway.as_str(), "" | "yes" | "true" | "1" | "-1" | "reverse" | "no" | "false" | "0")
    }

    /// Whether cars may drive along the nodes' order, and against it.
    pub(super) fn directions(&self, class: Class, link: bool) -> [bool; 2] {
        match self.oneway.as_str() {
            "yes" | "true" | "1" => [true, false],
            "-1" | "reverse" => [false, true],
            "no" | "false" | "0" => [true, true],
            // Links of motorways are one-way by OpenStreetMap's rules, other links are not.
            _ if self.is_roundabout() || class == Class::Motorway && (!link || self.oneway.is_empty()) => {
                [true, false]
            }
            _ => [true, true],
        }
    }

    /// The lanes along the nodes' order, and against it, where nothing is said of them.
    pub(super) fn default_lanes(&self, class: Class, link: bool) -> [u32; 2] {
        let wide = matches!(class, Class::Motorway | Class::Trunk) && !link;
        match self.directions(class, link) {
            [true, true] => [1, 1],
            directions => directions.map(|open| u32::from(open) * if wide { 2 } else { 1 }),
        }
    }

    /// The lanes along the nodes' order, and against it; `Err` with the text that isn't a number.
    pub(super) fn lanes(&self, class: Class, link: bool) -> Result<[u32; 2], &str> {
        let [all, forward, backward] = &self.lanes;
        let number = |text: &'_ str| -> Result<Option<u32>, ()> {
            match text.trim() {
                "" => Ok(None),
                text => match text.parse::<f64>() {
                    Ok(lanes) if (0.0..=f64::from(MAX_LANES)).contains(&lanes) => Ok(Some(lanes as u32)),
                    _ => Err(()),
                },
            }
        };
        let all_lanes = number(all).map_err(|()| all.as_str())?;
        let forward_lanes = number(forward).map_err(|()| forward.as_str())?;
        let backward_lanes = number(backward).map_err(|()| backward.as_str())?;
        let [ahead, back] = self.default_lanes(class, link);
        Ok(match self.directions(class, link) {
            [true, false] => [all_lanes.or(forward_lanes).unwrap_or(ahead).max(1), 0],
            [false, true] => [0, all_lanes.or(backward_lanes).unwrap_or(back).max(1)],
            _ => {
                let half = all_lanes.map(|all| all / 2);
                // Of three lanes the odd one goes along the order, unless it is said otherwise.
                let rest = |other: Option<u32>| Some(all_lanes?.saturating_sub(other?));
                let forward =
                    forward_lanes.or_else(|| rest(backward_lanes)).or_else(|| rest(half)).unwrap_or(ahead);
                let backward = backward_lanes.or_else(|| rest(forward_lanes)).or(half).unwrap_or(back);
                [forward.max(1), backward.max(1)]
            }
        })
    }
}

/// A speed limit in km/h from the value of `maxspeed`. `Ok(None)`: it says nothing of itself; `Err`: it isn't understood.
pub(super) fn limit_kmh(text: &str) -> Result<Option<f64>, ()> {
    let text = text.trim();
    let sane = |kmh: f64| if (1.0..=300.0).contains(&kmh) { Ok(Some(kmh)) } else { Err(()) };
    match text {
        "" | "signals" | "variable" | "implicit" => return Ok(None),
        "none" => return Ok(Some(130.0)),
        "walk" => return Ok(Some(7.0)),
        _ => {}
    }
    if let Some((country, zone)) = text.split_once(':')
        && !country.is_empty()
        && country.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    {
        return by_zone(country, zone).ok_or(()).and_then(sane);
    }
    let digits =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| ())?;
    match text[digits..].trim() {
        "" | "km/h" | "kmh" | "kph" => sane(number),
        "mph" => sane(number * KM_PER_MILE),
        "knots" => sane(number * 1.852),
        _ => Err(()),
    }
}

/// A country's limit in a sort of place, km/h (OpenStreetMap's wiki, "Default speed limits", the usual car).
fn by_zone(country: &str, zone: &str) -> Option<f64> {
    if let Some(number) = zone.strip_prefix("zone").or((country == "zone").then_some(zone)) {
        return number.trim_start_matches(':').parse().ok();
    }
    Some(match (zone, country) {
        ("urban", "RU" | "BY" | "KZ") => 60.0,
        ("urban", _) => 50.0,
        ("rural" | "trunk" | "motorway", "GB" | "UK") => 70.0 * KM_PER_MILE,
        ("nsl_single", _) => 60.0 * KM_PER_MILE,
        ("nsl_dual", _) => 70.0 * KM_PER_MILE,
        ("nsl_restricted", _) => 30.0 * KM_PER_MILE,
        ("rural", "DE" | "AT" | "RO") => 100.0,
        ("rural", "FR" | "CH" | "LI" | "DK" | "NO" | "NL" | "FI" | "IE") => 80.0,
        ("rural", "SE") => 70.0,
        ("rural", _) => 90.0,
        ("trunk", "CH" | "LI" | "AT") => 100.0,
        ("trunk", _) => 110.0,
        ("motorway", "CH" | "BE" | "ES" | "PT" | "FI" | "IE") => 120.0,
        ("motorway", "SE" | "NO" | "RU") => 110.0,
        ("motorway", "NL") => 100.0,
        ("motorway", "PL" | "BG") => 140.0,
        ("motorway", _) => 130.0,
        ("living_street", "DE") => 7.0,
        ("living_street", _) => 20.0,
        ("walk", _) => 7.0,
        ("bicycle_road", _) => 30.0,
        _ => return None,
    })
}

const KM_PER_MILE: f64 = 1.609_344;
/// No carriageway has more.
const MAX_LANES: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_miles_or_zones() {
        for (text, expected) in [
            ("50", Ok(Some(50.0))),
            ("50 km/h", Ok(Some(50.0))),
            ("30 mph", Ok(Some(30.0 * KM_PER_MILE))),
            ("30mph", Ok(Some(30.0 * KM_PER_MILE))),
            ("none", Ok(Some(130.0))),
            ("walk", Ok(Some(7.0))),
            ("DE:urban", Ok(Some(50.0))),
            ("DE:zone30", Ok(Some(30.0))),
            ("DE:zone:20", Ok(Some(20.0))),
            ("zone:30", Ok(Some(30.0))),
            ("CH:rural", Ok(Some(80.0))),
            ("GB:nsl_single", Ok(Some(60.0 * KM_PER_MILE))),
            ("signals", Ok(None)),
            ("", Ok(None)),
            ("fast", Err(())),
            ("50;30", Err(())),
            ("-5", Err(())),
            ("0", Err(())),
            ("9999", Err(())),
            ("DE:moon", Err(())),
            ("1e2", Err(())),
        ] {
            assert_eq!(limit_kmh(text), expected, "{text}");
        }
    }

    #[test]
    fn directions_and_lanes_follow_the_wiki() {
        for (highway, tags, expected) in [
            ("residential", "", [1, 1]),
            ("motorway", "", [2, 0]),
            ("motorway_link", "", [1, 0]),
            ("primary_link", "", [1, 1]),
            ("primary", "oneway=yes", [1, 0]),
            ("primary", "oneway=-1 lanes=2", [0, 2]),
            ("primary", "lanes=4", [2, 2]),
            ("primary", "lanes=3", [2, 1]),
            ("primary", "lanes=3 lanes:backward=2", [1, 2]),
            ("primary", "lanes=3 lanes:forward=1", [1, 2]),
            ("primary", "lanes=1", [1, 1]),
            ("trunk", "", [1, 1]),
            ("trunk", "oneway=yes", [2, 0]),
            ("primary", "junction=roundabout", [1, 0]),
            ("primary", "junction=roundabout oneway=no", [1, 1]),
        ] {
            let mut read = Tags::default();
            for (key, value) in tags.split_whitespace().filter_map(|tag| tag.split_once('=')) {
                match key {
                    "oneway" => read.oneway = value.into(),
                    "junction" => read.junction = value.into(),
                    "lanes" => read.lanes[0] = value.into(),
                    "lanes:forward" => read.lanes[1] = value.into(),
                    _ => read.lanes[2] = value.into(),
                }
            }
            let (class, link) = Class::of(highway).expect("for cars");
            assert_eq!(read.lanes(class, link), Ok(expected), "{highway} {tags}");
        }
        assert_eq!(Class::of("footway"), None);
        assert_eq!(Class::of("residential_link"), None);
        let wrong = Tags { lanes: ["many".into(), String::new(), String::new()], ..Tags::default() };
        assert_eq!(wrong.lanes(Class::Primary, false), Err("many"));
    }
}
