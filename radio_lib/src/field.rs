//! Which radios are up, where they are, and what is laid over the links between them.

use crate::error::RadioError;
use crate::grid::{Grid, RadioSet, squared_distance};
use crate::medium::{LinkChange, Locations, RadioId};
use crate::overrides::Overrides;
use node_lib::time::Instant;

/// What a profile with positions knows of the radios before it asks for the power of anything.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) grid: Grid,
    pub(crate) up: RadioSet,
    pub(crate) overrides: Overrides,
    radios: usize,
}

impl Field {
    /// Of so many radios, all of them down; best for searches within about `radius_m`.
    pub(crate) fn new(radios: usize, radius_m: f64) -> Field {
        Field {
            grid: Grid::new(radios, radius_m),
            up: RadioSet::new(radios),
            overrides: Overrides::new(radios),
            radios,
        }
    }

    /// One radio more, which is down.
    pub(crate) fn add(&mut self) {
        self.radios += 1;
        self.grid.grow(self.radios);
        self.up.grow(self.radios);
        self.overrides.add();
    }

    pub(crate) fn set_link(&mut self, a: RadioId, b: RadioId, change: &LinkChange) -> Result<(), RadioError> {
        self.overrides.change(a, b, change)
    }

    /// Brings positions up to date where they are too old to search by.
    #[inline]
    pub(crate) fn refresh(&mut self, at: Instant, loc: &dyn Locations) {
        self.grid.refresh(at, self.radios, loc);
    }

    /// All radios but `radio` itself that are up, whose link isn't down, and that are within `radius_m`.
    pub(crate) fn within(
        &mut self,
        radio: RadioId,
        radius_m: f64,
        at: Instant,
        loc: &dyn Locations,
        out: &mut Vec<RadioId>,
    ) {
        let Some(here) = loc.position(radio, at) else { return };
        self.refresh(at, loc);
        let overrides = self.overrides.of(radio);
        let found = self.grid.search(at, here, radius_m, &self.up).iter().copied();
        let near = |there| squared_distance(here, there) <= radius_m * radius_m;
        out.extend(found.filter(|other| {
            *other != radio && overrides.loss(*other).is_some() && loc.position(*other, at).is_some_and(near)
        }));
    }
}
