//! What somebody probably meant.

/// The name among `known` that `wrong` was probably meant to be.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let score = |name: &&str| strsim::jaro_winkler(&wrong, &name.to_lowercase());
    let best = known.into_iter().max_by(|a, b| score(a).total_cmp(&score(b)))?;
    let typos = strsim::damerau_levenshtein(&wrong, &best.to_lowercase());
    let length = wrong.chars().count();
    (score(&best) > 0.8 || (typos < length && typos <= 1 + length / 4)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name_and_another_word_finds_none() {
        let known = ["radio", "protocol", "heartbeat_interval"];
        assert_eq!(nearest("raido", known), Some("radio"));
        assert_eq!(nearest("Protocol", known), Some("protocol"));
        assert_eq!(nearest("heartbeat", known), Some("heartbeat_interval"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("radio", []), None);
    }
}
