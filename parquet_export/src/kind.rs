//! What a column holds.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Texts.
    Text,
}

/// What is known of a column's cells, before all of them were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    least: Option<Kind>,
}

impl Guess {
    /// Of a column with this name. Names are texts, even where somebody calls vehicles `1` and `2`; figures that are means of
    /// numbers are no whole numbers, even where they happen to be.
    pub fn new(column: &str, means: bool) -> Guess {
        let least = match column {
            name if TEXTS.contains(&name) => Some(Kind::Text),
            name if means && !COUNTS.contains(&name) => Some(Kind::Real),
            _ => None,
        };
        Guess { least }
    }

    /// Takes a cell into account; an empty one says nothing.
    pub fn see(&mut self, cell: &str) {
        if cell.is_empty() || self.least == Some(Kind::Text) {
            return;
        }
        let kind = if cell.parse::<i64>().is_ok() {
            Kind::Integer
        } else if cell.parse::<f64>().is_ok() {
            Kind::Real
        } else {
            Kind::Text
        };
        let wider = |a: Kind, b: Kind| match (a, b) {
            (Kind::Text, _) | (_, Kind::Text) => Kind::Text,
            (Kind::Real, _) | (_, Kind::Real) => Kind::Real,
            (Kind::Integer, Kind::Integer) => Kind::Integer,
        };
        self.least = Some(self.least.map_or(kind, |before| wider(before, kind)));
    }

    /// What the column holds. One without any cell is one of measurements that nobody could make.
    pub fn kind(self) -> Kind {
        self.least.unwrap_or(Kind::Real)
    }
}

/// Columns of names and words.
const TEXTS: [&str; 15] = [
    "flow",
    "from",
    "to",
    "direction",
    "node",
    "role",
    "event",
    "kind",
    "cause",
    "from_rsu",
    "from_hop",
    "to_rsu",
    "to_hop",
    "app",
    "figure",
];
/// Columns of whole numbers among means.
const COUNTS: [&str; 2] = ["seed", "runs"];

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(column: &str, means: bool, cells: &[&str]) -> Kind {
        let mut guess = Guess::new(column, means);
        cells.iter().for_each(|cell| guess.see(cell));
        guess.kind()
    }

    #[test]
    fn a_column_holds_what_all_its_cells_are() {
        assert_eq!(kind("second", false, &["1", "", "-7"]), Kind::Integer);
        assert_eq!(kind("p95", false, &["1", "2.5", ""]), Kind::Real);
        assert_eq!(kind("p95", false, &["2.5", "1"]), Kind::Real);
        assert_eq!(kind("change", false, &["1", "loss=0.5", "2"]), Kind::Text);
        assert_eq!(kind("p99", false, &["", ""]), Kind::Real);
    }

    #[test]
    fn what_a_name_says_holds_whatever_the_cells_are() {
        assert_eq!(kind("node", false, &["1", "2"]), Kind::Text);
        assert_eq!(kind("up.sent", true, &["15", "16"]), Kind::Real);
        assert_eq!(kind("seed", true, &["15", "16"]), Kind::Integer);
        assert_eq!(kind("radio.profile", true, &["ideal"]), Kind::Text);
    }
}
