//! Faults on purpose: as often as they were asked for, and the same ones for the same key.

mod support;

use device_lib::fault::{Faults, Faulty};
use device_lib::port::Port;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::random::Key;
use node_lib::sample;
use support::memory::{End, Memory, memory};

const FRAMES: usize = 20_000;
const LENGTH: usize = 100;

fn faulty(faults: Faults, seed: u64) -> (Faulty<Memory>, End) {
    let (port, end) = memory();
    (Faulty::new(port, faults, Key::seed(seed)), end)
}

/// A frame that says which one it is.
fn frame(number: usize) -> Frame {
    let mut frame = Frame::copy_from(&[0; LENGTH]);
    frame[..8].copy_from_slice(&(number as u64).to_be_bytes());
    frame
}

/// What becomes of [`FRAMES`] frames, one way or the other.
fn pass(faults: Faults, seed: u64, outward: bool) -> Vec<Frame> {
    let (mut port, mut end) = faulty(faults, seed);
    let mut came = Vec::new();
    for number in 0..FRAMES {
        if outward {
            port.send(frame(number)).unwrap();
        } else {
            end.arrive(frame(number));
            came.extend(std::iter::from_fn(|| port.recv().unwrap()));
        }
    }
    if outward { end.sent() } else { came }
}

/// `count` of [`FRAMES`] is what a fault of this probability gives, within five standard deviations.
fn is_likely(count: usize, probability: f64) {
    let (expected, variance) =
        (FRAMES as f64 * probability, FRAMES as f64 * probability * (1.0 - probability));
    let off = (count as f64 - expected).abs();
    assert!(off <= 5.0 * variance.sqrt(), "{count} instead of {expected}");
}

fn bits_off(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

#[test]
fn without_faults_nothing_happens() {
    for outward in [false, true] {
        let came = pass(Faults::default(), 1, outward);
        assert!(came.into_iter().eq((0..FRAMES).map(frame)));
    }
}

#[test]
fn the_same_key_gives_the_same_faults_and_another_gives_others() {
    let faults = Faults { lose: 0.1, damage: 0.1, cut: 0.1, repeat: 0.1 };
    for outward in [false, true] {
        let came = pass(faults, 1, outward);
        assert_eq!(came, pass(faults, 1, outward));
        assert_ne!(came, pass(faults, 2, outward));
    }
}

#[test]
fn each_fault_is_as_frequent_as_it_was_asked_for() {
    for (seed, probability) in [(1, 0.02), (2, 0.3), (3, 0.9)] {
        for outward in [false, true] {
            let none = Faults::default();
            let came = pass(Faults { lose: probability, ..none }, seed, outward);
            is_likely(FRAMES - came.len(), probability);

            let came = pass(Faults { repeat: probability, ..none }, seed, outward);
            is_likely(came.len() - FRAMES, probability);
            let twice = came.windows(2).filter(|pair| pair[0] == pair[1]).count();
            assert_eq!(twice, came.len() - FRAMES, "a repeat follows at once");

            let came = pass(Faults { damage: probability, ..none }, seed, outward);
            let off: Vec<u32> =
                came.iter().enumerate().map(|(at, came)| bits_off(came, &frame(at))).collect();
            assert!(off.iter().all(|bits| *bits <= 1), "one bit each");
            is_likely(off.iter().sum::<u32>() as usize, probability);

            let came = pass(Faults { cut: probability, ..none }, seed, outward);
            assert!(came.iter().enumerate().all(|(at, came)| frame(at).starts_with(came)));
            is_likely(came.iter().filter(|came| came.len() < LENGTH).count(), probability);
        }
    }
}

#[test]
fn a_train_counts_as_its_segments() {
    let payload = vec![0x5a; FRAMES];
    let train = |part: &[u8]| sample::train(Mac::local(6, 2), Mac::local(6, 1), part, 10);
    for outward in [false, true] {
        let (mut port, mut end) = faulty(Faults { lose: 0.3, ..Faults::default() }, 4);
        let (mut came, mut segments) = (Vec::new(), 0);
        for part in std::iter::repeat_n(&payload[..], 10) {
            segments += train(part).segments();
            if outward {
                port.send(train(part)).unwrap();
            } else {
                end.arrive(train(part));
                came.extend(std::iter::from_fn(|| port.recv().unwrap()));
            }
        }
        came.extend(end.sent());
        assert_eq!(segments, FRAMES);
        assert!(
            came.iter().all(|frame| frame.offload().is_none() && frame.len() == sample::TCP_HEADERS + 10)
        );
        is_likely(FRAMES - came.len(), 0.3);
    }
}

/// A device that is down refuses each of the two, and the port keeps neither for later.
#[test]
fn what_is_refused_is_not_kept() {
    let (mut port, end) = faulty(Faults { repeat: 1.0, ..Faults::default() }, 5);
    end.refuse(2);
    let refused = port.send(frame(1)).unwrap_err();
    assert_eq!((refused.frame, refused.segments), (frame(1), 2), "both are told of");
    port.send(frame(2)).unwrap();
    assert_eq!(end.sent(), [frame(2), frame(2)]);
}
