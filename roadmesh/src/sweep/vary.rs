//! `--vary radio.attempts=1,2,5`.

use config_lib::Override;

/// A setting and the values it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vary {
    /// As in an [`Override`].
    pub(crate) key: String,
    /// YAML each; at least one, all different.
    pub(crate) values: Vec<String>,
}

impl Vary {
    /// From what follows `--vary`.
    pub(crate) fn parse(text: &str) -> Result<Vary, String> {
        let Override { key, value, .. } =
            Override::set(text, "radio.attempts=1,2,5").map_err(|error| error.to_string())?;
        if key == "seed" {
            return Err("every combination is run with the same seeds: --runs says with how many".to_owned());
        }
        let values = items(&value)?;
        for (index, value) in values.iter().enumerate() {
            if value.is_empty() {
                return Err(format!("value {} is empty", index + 1));
            }
            if values[..index].contains(value) {
                return Err(format!("`{value}` is there twice"));
            }
        }
        Ok(Vary { key, values })
    }

    /// The setting with one of its values.
    pub(crate) fn set(&self, value: &str) -> Override {
        Override::new(&self.key, value, format!("--vary {}={value}", self.key))
    }
}

/// What lies between the commas that are in no bracket and no quote.
fn items(text: &str) -> Result<Vec<String>, String> {
    let mut all = vec![String::new()];
    let mut open = Vec::new();
    let mut quote = None;
    for letter in text.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(mark)) if letter == mark => quote = None,
            ('[', None) => open.push(']'),
            ('{', None) => open.push('}'),
            (']' | '}', None) if open.pop() != Some(letter) => {
                return Err(format!("`{letter}` closes nothing"));
            }
            (',', None) if open.is_empty() => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        all.last_mut().expect("there is one").push(letter);
    }
    match (open.last().copied(), quote) {
        (None, None) => Ok(all.into_iter().map(|item| item.trim().to_owned()).collect()),
        (Some(missing), None) | (_, Some(missing)) => Err(format!("a `{missing}` is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        Vary::parse(text).unwrap().values
    }

    #[test]
    fn values_are_yaml_with_commas_between() {
        assert_eq!(Vary::parse("radio.attempts = 1, 2,5").unwrap().key, "radio.attempts");
        assert_eq!(values("a=1, 2,5"), ["1", "2", "5"]);
        assert_eq!(values("a=x"), ["x"]);
        assert_eq!(values("a=[1, 2],[3, [4, 5]]"), ["[1, 2]", "[3, [4, 5]]"]);
        assert_eq!(values("a={x: 1, y: 2},{}"), ["{x: 1, y: 2}", "{}"]);
        assert_eq!(values("a='1,2',\"[\""), ["'1,2'", "\"[\""]);
    }

    #[test]
    fn mistakes_are_told() {
        for (text, expected) in [
            ("attempts", "write it as KEY=VALUE"),
            ("a=", "value 1 is empty"),
            ("a=1,,2", "value 2 is empty"),
            ("a=1,2,1", "`1` is there twice"),
            ("a=[1,2", "a `]` is missing"),
            ("a=1]", "`]` closes nothing"),
            ("a=[1}", "`}` closes nothing"),
            ("a='1", "a `'` is missing"),
            ("seed=1,2", "--runs"),
        ] {
            let error = Vary::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
