//! `latency=20ms loss=0.1 down`: what to change of a link, as it is typed.

use super::message::LinkWish;
use crate::error::{Failure, input};
use config_lib::{Interval, nearest};
use sim_lib::scenario::limits::MAX_DELAY;

/// Reads the changes. They are checked against the radio by the lab.
pub(crate) fn wish(changes: &[String]) -> Result<LinkWish, Failure> {
    let mut wish = LinkWish { text: changes.join(" "), ..LinkWish::default() };
    for change in changes {
        match change.split_once('=') {
            None if change == "down" => wish.down = Some(true),
            None if change == "up" => wish.down = Some(false),
            Some(("latency", value)) => wish.latency_us = Some(time(change, value)?),
            Some(("jitter", value)) => wish.jitter_us = Some(time(change, value)?),
            Some(("loss", value)) => wish.loss = Some(share(change, value)?),
            Some(("rate", value)) => wish.rate_bps = Some(rate(change, value)?),
            _ => return Err(unknown(change)),
        }
    }
    if changes.is_empty() {
        Err(input("there is nothing to change".to_owned(), Some(FORMS.to_owned())))
    } else {
        Ok(wish)
    }
}

fn time(change: &str, value: &str) -> Result<u64, Failure> {
    let time: Interval = value.parse().map_err(|error| input(format!("`{change}`: {error}"), None))?;
    if time > MAX_DELAY {
        return Err(input(format!("`{change}`: a delay is at most {MAX_DELAY}"), None));
    }
    Ok(time.micros())
}

fn share(change: &str, value: &str) -> Result<f64, Failure> {
    let share = value.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| input(format!("`{change}`: a loss is between 0 and 1"), None))
}

fn rate(change: &str, value: &str) -> Result<u64, Failure> {
    let rate = value.parse::<f64>().ok().filter(|rate| (1.0..=1e12).contains(rate));
    let wrong = || input(format!("`{change}`: a rate is 1 to 1e12 bits per second"), None);
    rate.map(|rate| rate.round() as u64).ok_or_else(wrong)
}

fn unknown(change: &str) -> Failure {
    let key = change.split('=').next().unwrap_or_default();
    let help = match nearest(key, KEYS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => FORMS.to_owned(),
    };
    input(format!("`{change}` is no change of a link"), Some(help))
}

const KEYS: [&str; 6] = ["latency", "jitter", "loss", "rate", "down", "up"];
const FORMS: &str = "write `latency=20ms`, `jitter=5ms`, `loss=0.1`, `rate=6e6`, `down` or `up`";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changes: &[&str]) -> Result<LinkWish, Failure> {
        wish(&changes.iter().map(|change| (*change).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn changes_are_read() {
        let wish = read(&["latency=20ms", "loss=0.1", "rate=6e6", "jitter=250us", "up"]).unwrap();
        let expected = LinkWish {
            down: Some(false),
            loss: Some(0.1),
            latency_us: Some(20_000),
            jitter_us: Some(250),
            rate_bps: Some(6_000_000),
            text: "latency=20ms loss=0.1 rate=6e6 jitter=250us up".to_owned(),
        };
        assert_eq!(wish, expected);
    }

    #[test]
    fn mistakes_are_refused() {
        for wrong in [
            "",
            "latency",
            "latency=",
            "latency=fast",
            "latency=100s",
            "loss=2",
            "loss=nan",
            "rate=0",
            "los=0.1",
            "down=1",
        ] {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
        assert!(read(&[]).is_err());
    }
}
