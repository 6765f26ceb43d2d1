//! What is laid over propagation between two radios, by name: a link that is down, or that loses frames of its own.

use crate::error::RadioError;
use crate::ideal::check_change;
use crate::medium::{LinkChange, RadioId};

/// For each radio what is laid over propagation, in order of the other radio.
#[derive(Clone, Debug)]
pub(crate) struct Overrides(Vec<Vec<Override>>);

/// One radio's part of [`Overrides`].
#[derive(Clone, Copy)]
pub(crate) struct OverridesOf<'a>(&'a [Override]);

#[derive(Clone, Copy, Debug)]
struct Override {
    radio: RadioId,
    down: bool,
    loss: f64,
}

impl Overrides {
    /// Nothing, for so many radios.
    pub(crate) fn new(radios: usize) -> Overrides {
        Overrides(vec![Vec::new(); radios])
    }

    /// One radio more.
    pub(crate) fn add(&mut self) {
        self.0.push(Vec::new());
    }

    /// Changes both directions between two radios.
    pub(crate) fn change(&mut self, a: RadioId, b: RadioId, change: &LinkChange) -> Result<(), RadioError> {
        check_change(change)?;
        for (from, to) in [(a, b), (b, a)] {
            let overrides = &mut self.0[from.index()];
            let at = match overrides.binary_search_by_key(&to, |entry| entry.radio) {
                Ok(at) => at,
                Err(at) => {
                    overrides.insert(at, Override { radio: to, down: false, loss: 0.0 });
                    at
                }
            };
            let entry = &mut overrides[at];
            entry.down = change.down.unwrap_or(entry.down);
            entry.loss = change.loss.unwrap_or(entry.loss);
            if !entry.down && entry.loss == 0.0 {
                overrides.remove(at);
            }
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn of(&self, radio: RadioId) -> OverridesOf<'_> {
        OverridesOf(&self.0[radio.index()])
    }
}

impl OverridesOf<'_> {
    /// The loss laid over propagation towards `radio`; `None` if nothing passes.
    #[inline]
    pub(crate) fn loss(self, radio: RadioId) -> Option<f64> {
        if self.0.is_empty() {
            return Some(0.0);
        }
        match self.0.binary_search_by_key(&radio, |entry| entry.radio) {
            Ok(at) if self.0[at].down => None,
            Ok(at) => Some(self.0[at].loss),
            Err(_) => Some(0.0),
        }
    }
}
