//! [`KeyedList`]: a handful of things, each under an address, found without touching the others.

use crate::addr::Mac;

/// A short list whose addresses stand together in memory: a search reads one cache line, not one for each entry.
#[derive(Clone, Debug)]
pub(super) struct KeyedList<T> {
    keys: Vec<Mac>,
    values: Vec<T>,
}

impl<T> KeyedList<T> {
    pub(super) fn new() -> Self {
        KeyedList { keys: Vec::new(), values: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    #[inline]
    pub(super) fn position(&self, key: Mac) -> Option<usize> {
        self.keys.iter().position(|known| *known == key)
    }

    #[inline]
    pub(super) fn get(&self, key: Mac) -> Option<&T> {
        self.values.get(self.position(key)?)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: Mac) -> Option<&mut T> {
        let at = self.position(key)?;
        self.values.get_mut(at)
    }

    pub(super) fn push(&mut self, key: Mac, value: T) {
        self.keys.push(key);
        self.values.push(value);
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.keys.remove(at);
        self.values.remove(at);
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.values.iter_mut()
    }
}

impl<T> std::ops::Index<usize> for KeyedList<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.values[at]
    }
}

impl<T> std::ops::IndexMut<usize> for KeyedList<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.values[at]
    }
}
