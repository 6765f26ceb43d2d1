//! One kind of file, and how a file of it is loaded.

use crate::breach::Breach;
use crate::error::ConfigError;
use crate::overrides::Override;
use crate::source::Source;
use garde::Validate;
use serde::de::DeserializeOwned;
use std::path::Path;

/// A kind of file: what is said of it, and what must hold in it. The limits of single values are those of `T`'s
/// [`Validate`].
#[derive(Debug)]
pub struct Kind<T> {
    /// What one is called; a word that goes with `a`: `scenario`.
    pub name: &'static str,
    /// The key that a file usually begins with.
    pub first_key: &'static str,
    /// What to do about an empty file, unless overrides say all there is to say: what it needs at least.
    pub if_empty: &'static str,
    /// What to do about a file that is too large.
    pub if_too_large: &'static str,
    /// Every breach of what must hold between the values.
    pub check: fn(&T) -> Vec<Breach>,
}

/// A value that was read and checked, and what it was read from.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    /// The value, defaults and overrides included.
    pub value: T,
    /// What it was read from.
    pub source: Source,
}

impl<T: DeserializeOwned + Validate<Context = ()>> Kind<T> {
    /// Reads a file, applies `overrides` in their order, and checks the result. Without a file the overrides say all there
    /// is to say; so do they with an empty one.
    ///
    /// # Errors
    /// The first mistake in the order of the file, with its place; those of overrides come first.
    pub fn load(&self, file: Option<&Path>, overrides: &[Override]) -> Result<Loaded<T>, ConfigError> {
        let source = match file {
            Some(file) => Source::of_file(file, self)?,
            None => Source::without_file(),
        };
        self.finish(source, overrides)
    }

    /// As [`Kind::load`], from the text of a file that isn't there any more. Mistakes name `file`, and paths are relative to
    /// `base`.
    ///
    /// # Errors
    /// As [`Kind::load`].
    pub fn load_text(
        &self,
        text: &str,
        file: &Path,
        base: &Path,
        overrides: &[Override],
    ) -> Result<Loaded<T>, ConfigError> {
        self.finish(Source::of_text(text, file, base, self)?, overrides)
    }

    fn finish(&self, mut source: Source, overrides: &[Override]) -> Result<Loaded<T>, ConfigError> {
        source.apply(overrides, self.name)?;
        let value: T = source.read(self.if_empty)?;
        let limits = value.validate().err().into_iter().flat_map(garde::Report::into_inner);
        let mut breaches: Vec<Breach> =
            limits.map(|(path, error)| source.out_of_range(&path, &error)).collect();
        breaches.extend((self.check)(&value));
        source.first(breaches)?;
        Ok(Loaded { value, source })
    }
}
