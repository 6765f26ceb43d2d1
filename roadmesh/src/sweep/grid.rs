//! Every combination of the values.

use super::vary::Vary;
use crate::error::{Failure, input};
use config_lib::Override;
use std::collections::BTreeSet;

/// One combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The value of each setting, in the order in which they were given.
    pub(crate) values: Vec<String>,
    /// Name of the folder of its runs.
    pub(crate) folder: String,
    /// What makes the scenario into this one.
    pub(crate) overrides: Vec<Override>,
}

/// All combinations; the last setting changes fastest. `set` holds for all of them.
pub(crate) fn points(vary: &[Vary], set: &[Override]) -> Result<Vec<Point>, Failure> {
    for (index, one) in vary.iter().enumerate() {
        let before = vary[..index].iter().map(|vary| &vary.key).chain(set.iter().map(|set| &set.key));
        if let Some(key) = before.into_iter().find(|key| overlap(key, &one.key)) {
            let message =
                format!("`{}` is varied, and `{key}` is given too: one would undo the other", one.key);
            return Err(input(message, Some("leave one of them out".to_owned())));
        }
    }
    let count = vary.iter().try_fold(1_usize, |count, one| count.checked_mul(one.values.len()));
    if count.is_none_or(|count| count > MOST) {
        let message = format!("these are more than {MOST} combinations");
        return Err(input(message, Some("leave some values out".to_owned())));
    }
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    for one in vary {
        let with = |before: &Vec<String>| {
            one.values.iter().map(|value| [&before[..], std::slice::from_ref(value)].concat()).collect()
        };
        all = all.iter().flat_map::<Vec<Vec<String>>, _>(with).collect();
    }
    let mut taken = BTreeSet::new();
    let point = |values: Vec<String>| {
        let own = vary.iter().zip(&values).map(|(vary, value)| vary.set(value));
        let overrides = set.iter().cloned().chain(own).collect();
        let folder = folder(vary, &values, &mut taken);
        Point { values, folder, overrides }
    };
    Ok(all.into_iter().map(point).collect())
}

/// Whether one of two keys is, or contains, the other.
fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A name that people recognise, that any file system takes and no other combination has.
fn folder(vary: &[Vary], values: &[String], taken: &mut BTreeSet<String>) -> String {
    let pairs: Vec<String> =
        vary.iter().zip(values).map(|(vary, value)| format!("{}={value}", vary.key)).collect();
    let plain =
        |letter: char| if letter.is_ascii_alphanumeric() || "._=,+-".contains(letter) { letter } else { '_' };
    let name: String = pairs.join(",").chars().map(plain).take(LONGEST).collect();
    let unique = (1..).map(|number| if number == 1 { name.clone() } else { format!("{name}-{number}") });
    let free = unique.into_iter().find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// Combinations that one sweep may have.
const MOST: usize = 100_000;
/// File systems take names of up to 255 bytes.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn vary(texts: &[&str]) -> Vec<Vary> {
        texts.iter().map(|text| Vary::parse(text).unwrap()).collect()
    }

    #[test]
    fn every_combination_is_there_once() {
        let set = [Override::new("duration", "20s", "--duration 20s")];
        let all = points(&vary(&["a=1,2", "b.c=x,y,z"]), &set).unwrap();
        let folders: Vec<&str> = all.iter().map(|point| point.folder.as_str()).collect();
        assert_eq!(folders, ["a=1,b.c=x", "a=1,b.c=y", "a=1,b.c=z", "a=2,b.c=x", "a=2,b.c=y", "a=2,b.c=z"]);
        let keys: Vec<&str> = all[5].overrides.iter().map(|change| change.key.as_str()).collect();
        assert_eq!((keys, all[5].values.join(" ")), (vec!["duration", "a", "b.c"], "2 z".to_owned()));
        assert_eq!(all[5].overrides[2].option, "--vary b.c=z");
    }

    #[test]
    fn folders_have_names_that_any_file_system_takes() {
        let names = |texts: &[&str]| -> Vec<String> {
            points(&vary(texts), &[]).unwrap().into_iter().map(|point| point.folder).collect()
        };
        assert_eq!(names(&["a=../x,'b c'"]), ["a=.._x", "a=_b_c_"]);
        assert_eq!(names(&["a=[1],{1}"]), ["a=_1_", "a=_1_-2"]);
        let long = format!("a={},{}", "x".repeat(300), "x".repeat(301));
        let both = names(&[&long]);
        assert!(both[0] != both[1] && both.iter().all(|name| name.len() < 255));
    }

    #[test]
    fn settings_that_undo_each_other_are_refused() {
        let set = [Override::new("radio.attempts", "2", "")];
        for texts in [&["radio.attempts=1,2"][..], &["radio={}"], &["a=1", "radio.attempts.x=1"]] {
            assert!(points(&vary(texts), &set).is_err(), "{texts:?}");
        }
        assert!(points(&vary(&["radio.attempt=1"]), &set).is_ok());
        assert!(points(&vary(&["a=1", "a=2"]), &[]).is_err());
    }
}
