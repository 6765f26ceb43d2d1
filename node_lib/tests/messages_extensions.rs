//! Extensions: what may follow what, what the accessors find, what a relay copies on.

use node_lib::addr::Mac;
use node_lib::messages::{Extension, ExtensionBuf, Extensions, ParseError, Path, Stamp};

#[test]
fn accessors_find_what_was_pushed() {
    let buf = full();
    let extensions = buf.as_extensions();
    assert_eq!(extensions.epoch(), Some(7));
    assert_eq!(extensions.path(), Some(PATH));
    assert_eq!(extensions.heard().collect::<Vec<_>>(), [A, B]);
    assert_eq!(extensions.senders().collect::<Vec<_>>(), [(A, STAMP), (B, Stamp::default())]);
    let kinds: Vec<u8> = extensions.iter().map(|extension| extension.kind).collect();
    assert_eq!(
        kinds,
        [Extension::EPOCH, Extension::SENDERS, 0x20, Extension::AUTH, Extension::PATH, Extension::HEARD]
    );
    assert_eq!(Extensions::parse(extensions.as_bytes()), Ok(extensions));
}

#[test]
fn without_extensions_the_accessors_find_nothing() {
    assert_eq!(Extensions::EMPTY.epoch(), None);
    assert_eq!(Extensions::EMPTY.path(), None);
    assert_eq!(Extensions::EMPTY.heard().count(), 0);
    assert_eq!(Extensions::EMPTY.senders().count(), 0);
    assert_eq!(Extensions::EMPTY.protected(), b"");
    assert_eq!(Extensions::parse(b""), Ok(Extensions::EMPTY));
}

#[test]
fn a_relay_copies_on_what_precedes_the_first_type_from_0x80() {
    let buf = full();
    let protected = buf.as_extensions().protected();
    let kinds: Vec<u8> = Extensions::parse(protected).expect("valid").iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Extension::EPOCH, Extension::SENDERS, 0x20, Extension::AUTH]);

    let mut relayed = ExtensionBuf::new();
    relayed.push_raw(protected).expect("what was valid");
    relayed.push_path(PATH).expect("it comes last");
    assert_eq!(relayed.as_extensions().protected(), protected);
    assert_eq!(relayed.as_extensions().epoch(), Some(7));

    let padded = [protected, &[0, 0, 0, 9]].concat();
    assert_eq!(Extensions::parse(&padded).map(|extensions| extensions.protected()), Ok(protected));
}

#[test]
fn malformed_sequences_are_refused() {
    let bad: &[&[u8]] = &[
        &[0x01],
        &[0x01, 4, 0, 0, 0],
        &[0x01, 3, 0, 0, 0],
        &[0x01, 4, 0, 0, 0, 7, 0x01, 4, 0, 0, 0, 7],
        &[0x02, 13, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        &[0x80, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 4, 0, 0, 0, 7],
        &[0x80, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0],
        &[0x80, 7, 0, 0, 0, 0, 0, 0, 0],
        &[0x81, 5, 2, 0, 0, 0, 0],
        &[0x81, 6, 3, 0, 0, 0, 0, 1],
        &[0x10, 0, 0x10, 0],
        &[0x20],
        &[0x20, 1],
        &[0xff, 255, 0],
    ];
    for bytes in bad {
        assert_eq!(Extensions::parse(bytes), Err(ParseError::BadExtension), "{bytes:02x?}");
    }
    let group = [0x02, 14, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(Extensions::parse(&group), Err(ParseError::BadSource));
    let five = [&[0x81, 30][..], &[2; 30]].concat();
    assert_eq!(Extensions::parse(&five), Err(ParseError::BadExtension));
}

#[test]
fn unknown_types_are_skipped_and_kept() {
    let bytes = [0x7f, 2, 9, 9, 0x7f, 0, 0x90, 1, 5, 0x90, 0];
    let extensions = Extensions::parse(&bytes).expect("unknown types may repeat and have any length");
    assert_eq!(extensions.as_bytes(), bytes);
    assert_eq!(extensions.iter().map(|one| one.value.len()).collect::<Vec<_>>(), [2, 0, 1, 0]);
    assert_eq!(extensions.protected(), &bytes[..6]);
}

#[test]
fn a_zero_ends_the_list_whatever_follows() {
    for tail in [&[0x00][..], &[0, 0, 0], &[0, 0x01, 0xff, 0x80]] {
        let bytes = [&[0x01, 4, 0, 0, 0, 7][..], tail].concat();
        let extensions = Extensions::parse(&bytes).expect("padding");
        assert_eq!((extensions.epoch(), extensions.as_bytes().len()), (Some(7), 6), "{tail:02x?}");
        assert_eq!(Extensions::parse(tail), Ok(Extensions::EMPTY), "{tail:02x?}");
    }
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut buf = full();
    let before = buf.clone();
    assert_eq!(buf.push_epoch(8), Err(ParseError::BadExtension), "behind PATH");
    assert_eq!(buf.push_path(PATH), Err(ParseError::BadExtension), "twice");
    assert_eq!(buf.push_raw(&[0xf0, 255]), Err(ParseError::BadExtension), "cut off");
    let long = [&[0xf0, 255][..], &[1; 255]].concat();
    assert_eq!(buf.push_raw(&long), Err(ParseError::BadExtension), "beyond the capacity");
    assert_eq!(buf, before);

    let mut buf = ExtensionBuf::new();
    assert_eq!(buf.push_senders(&[(A, STAMP); 19]), Err(ParseError::BadExtension));
    assert_eq!(buf.push_senders(&[(Mac::BROADCAST, STAMP)]), Err(ParseError::BadSource));
    assert_eq!(buf.push_heard(&[A; 5]), Err(ParseError::BadExtension));
    assert_eq!(buf.as_extensions(), Extensions::EMPTY);
}

#[test]
fn one_of_each_type_fits_at_its_largest() {
    let mut buf = ExtensionBuf::new();
    buf.push_epoch(u32::MAX).expect("EPOCH");
    buf.push_senders(&[(A, STAMP); 18]).expect("SENDERS");
    buf.push_path(PATH).expect("PATH");
    buf.push_heard(&[A; 4]).expect("HEARD");
    assert_eq!(buf.as_extensions().as_bytes().len(), 6 + 254 + 10 + 26);
    buf.clear();
    assert_eq!(buf, ExtensionBuf::default());
}

fn full() -> ExtensionBuf {
    let mut buf = ExtensionBuf::new();
    buf.push_epoch(7).expect("EPOCH");
    buf.push_senders(&[(A, STAMP), (B, Stamp::default())]).expect("SENDERS");
    buf.push_raw(&[0x20, 3, 1, 2, 3, Extension::AUTH, 2, 5, 5]).expect("an unknown type and AUTH");
    buf.push_path(PATH).expect("PATH");
    buf.push_heard(&[A, B]).expect("HEARD");
    buf
}

const A: Mac = Mac([2, 0, 0, 0, 0, 1]);
const B: Mac = Mac([2, 0, 0, 0, 0, 2]);
const STAMP: Stamp = Stamp { boot: 3, seq: 9 };
const PATH: Path = Path { lag: 2, class: 1, cost: Path::NO_ROUTE, counter: 0x1234 };
