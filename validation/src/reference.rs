//! What ns-3 measured.

use crate::ValidationError;
use crate::comparison::Point;
use crate::statistics::Estimate;
use std::io::Read;

/// ns-3's results: the file that `validation/ns3/run.py` writes, in order of x.
#[derive(Clone, Debug)]
pub struct Reference(Vec<Value>);

/// One of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The experiment.
    pub experiment: String,
    /// Of several curves of an experiment: which.
    pub series: String,
    /// Where on the curve.
    pub x: f64,
    /// What was measured.
    pub value: Estimate,
}

impl Reference {
    /// The results that are stored with the sources.
    ///
    /// # Errors
    /// [`ValidationError::Reference`] if the file was damaged.
    pub fn stored() -> Result<Reference, ValidationError> {
        Reference::read(include_str!("../ns3/results.csv").as_bytes())
    }

    /// Reads results.
    ///
    /// # Errors
    /// [`ValidationError::Reference`] at the first line that can't be read.
    pub fn read(file: impl Read) -> Result<Reference, ValidationError> {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file);
        let mut values = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| ValidationError::Reference {
                line: error.position().map_or(0, csv::Position::line),
                problem: error.to_string(),
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let text = |column: usize| record.get(column).unwrap_or_default().to_owned();
            let number = |column: usize| {
                text(column).parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
                    let problem = format!("`{}` is no number", text(column));
                    ValidationError::Reference { line, problem }
                })
            };
            values.push(Value {
                experiment: text(0),
                series: text(1),
                x: number(2)?,
                value: Estimate { mean: number(3)?, half_width: number(4)? },
            });
        }
        values.sort_by(|a, b| a.x.total_cmp(&b.x));
        Ok(Reference(values))
    }

    /// One value.
    ///
    /// # Errors
    /// [`ValidationError::Missing`] if it isn't there.
    pub fn value(&self, experiment: &str, series: &str, x: f64) -> Result<Estimate, ValidationError> {
        let found = self.series(experiment, series).find(|value| (value.x - x).abs() < 1e-9);
        found.map(|value| value.value).ok_or_else(|| ValidationError::Missing {
            experiment: experiment.to_owned(),
            series: series.to_owned(),
            x,
        })
    }

    /// A whole curve's values, in order of x.
    pub fn series<'a>(&'a self, experiment: &'a str, series: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |value| value.experiment == experiment && value.series == series)
    }

    /// A whole curve.
    pub fn points(&self, experiment: &str, series: &str) -> Vec<Point> {
        self.series(experiment, series).map(|known| Point { x: known.x, y: known.value }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_in_order_whatever_the_file_is() {
        let lines = "a,s,3,0.3,0,1,1\na,s,1,0.1,0,1,1\nb,s,0,0.9,0,1,1\na,s,2,0.2,0,1,1\n";
        let reference =
            Reference::read(format!("experiment,series,x,value,half_width,runs,frames\n{lines}").as_bytes());
        let points = reference.unwrap().points("a", "s");
        let found: Vec<_> = points.iter().map(|point| (point.x, point.y.mean)).collect();
        assert_eq!(found, [(1.0, 0.1), (2.0, 0.2), (3.0, 0.3)]);
    }

    #[test]
    fn a_damaged_line_is_named() {
        let head = "# comment\nexperiment,series,x,value,half_width,runs,frames\n";
        let read = |line: &str| Reference::read(format!("{head}{line}\n").as_bytes());
        let good = read("cell,10 Hz,10,0.5,0.01,3,100").unwrap();
        assert_eq!(good.value("cell", "10 Hz", 10.0).unwrap().mean, 0.5);
        assert!(good.value("cell", "10 Hz", 11.0).unwrap_err().to_string().contains("lack `cell`"));
        for bad in ["cell,10 Hz,10,half,0.01,3,100", "cell,10 Hz,10,inf,0.01,3,100", "cell,10 Hz"] {
            let error = read(bad).unwrap_err().to_string();
            assert!(error.contains("line 3"), "{error}");
        }
    }
}
