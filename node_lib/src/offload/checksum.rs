//! The Internet checksum (RFC 1071).

/// The ones' complement sum of `bytes` as big-endian 16-bit words; an odd byte at the end counts as followed by zero.
/// The checksum of `bytes` is its complement.
///
/// The sum depends neither on the byte order that it is made in nor on the width of the words (RFC 1071, section 2). So
/// the bytes are added as 32-bit words in the machine's order, into sums of 64 bits: no carry is lost in 2^32 of them,
/// and the compiler keeps all the sums in vector registers.
#[inline]
pub fn ones_sum(bytes: &[u8]) -> u16 {
    let mut sums = [0u64; SUMS];
    let (blocks, rest) = bytes.as_chunks::<{ 4 * SUMS }>();
    for block in blocks {
        let (words, _) = block.as_chunks::<4>();
        for (sum, word) in sums.iter_mut().zip(words) {
            *sum += u64::from(u32::from_ne_bytes(*word));
        }
    }
    let (pairs, odd) = rest.as_chunks::<2>();
    let pairs = pairs.iter().map(|pair| u64::from(u16::from_ne_bytes(*pair)));
    let odd = odd.iter().map(|byte| u64::from(u16::from_ne_bytes([*byte, 0])));
    u16::from_be(fold(sums.into_iter().chain(pairs).chain(odd).sum()))
}

/// The ones' complement sum of two such sums: that of all bytes, if those of the first were even in number.
#[inline]
pub(super) fn add(a: u16, b: u16) -> u16 {
    fold(u64::from(a) + u64::from(b))
}

/// Adds what is carried out of the lower 16 bits back into them, until nothing is.
#[inline]
fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// How many sums are kept side by side. Eight words are 32 bytes, two vector registers of every x86-64 and AArch64.
const SUMS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_rfc_1071() {
        assert_eq!(ones_sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }

    #[test]
    fn carries_are_kept_over_the_longest_frame() {
        assert_eq!(ones_sum(&[0xff; 68 * 1024]), 0xffff);
        assert_eq!(ones_sum(&[0; 68 * 1024]), 0);
        assert_eq!(ones_sum(&[0x80]), 0x8000);
        assert_eq!(ones_sum(&[]), 0);
    }

    proptest! {
        /// At every length and alignment, the sum is what adding word by word gives.
        #[test]
        fn is_the_sum_word_by_word(bytes in proptest::collection::vec(any::<u8>(), 0..300), start in 0usize..40) {
            let bytes = bytes.get(start..).unwrap_or_default();
            let sum = bytes.chunks(2).fold(0u16, |sum, word| {
                let word = u16::from_be_bytes([word[0], word.get(1).copied().unwrap_or(0)]);
                let (sum, carry) = sum.overflowing_add(word);
                sum + u16::from(carry)
            });
            prop_assert_eq!(ones_sum(bytes), sum);
        }

        #[test]
        fn sums_of_parts_add_up(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0usize..150) {
            let (front, back) = bytes.split_at((2 * at).min(bytes.len() & !1));
            prop_assert_eq!(add(ones_sum(front), ones_sum(back)), ones_sum(&bytes));
        }
    }
}
