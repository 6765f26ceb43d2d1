//! Two transmitters that don't hear each other, and a receiver between them that hears both equally well.

/// Share of one's broadcasts that arrive while the other sends `rate` frames a second, each on the air for `airtime`
/// seconds.
///
/// The other starts frames at random (Poisson); the receiver loses what overlaps, as neither frame is stronger. A frame
/// arrives if the other isn't sending when it starts, which is so for the share 1 - λT of the time, and doesn't start before it
/// ends, exp(-λT): (1 - λT) exp(-λT). That is the unslotted ALOHA's exp(-2λT) for a transmitter whose own frames don't overlap
/// (compare Tobagi and Kleinrock, "Packet switching in radio channels: part II", IEEE Trans. Communications, 1975).
/// Assumed is that the other's queue is mostly empty: λT well below 1.
pub fn delivery(rate: f64, airtime: f64) -> f64 {
    let load = rate * airtime;
    (1.0 - load) * (-load).exp()
}

#[cfg(test)]
mod tests {
    #[test]
    fn for_small_loads_it_is_aloha() {
        assert_eq!(super::delivery(0.0, 1.0), 1.0);
        assert!((super::delivery(0.01, 1.0) - (-0.02f64).exp()).abs() < 1e-4);
    }
}
