//! One description of a layout, several forms made from it.
//!
//! The fixed part of a message is a struct that lies in memory as it does on the wire. Layers stand in front of each
//! other at compile time ([`After`]), so that the whole fixed part of a frame has one type and one constant size.

use bytes::BytesMut;
use zerocopy::{Immutable, IntoBytes};

/// A fixed part: a struct whose bytes are those on the wire.
pub(super) trait Layout: IntoBytes + Immutable + Copy {
    /// How many fields it has.
    const FIELDS: usize;

    /// Hands out the fields in order.
    fn each(&self, sink: impl FnMut(&[u8]));
}

/// Declares structs that lie in memory as they do on the wire.
macro_rules! layout {
    ($($(#[$doc:meta])* $visibility:vis struct $name:ident { $($field_visibility:vis $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout,
            zerocopy::Unaligned,
        )]
        #[repr(C)]
        $visibility struct $name { $($field_visibility $field: $type,)+ }

        impl $crate::messages::layout::Layout for $name {
            const FIELDS: usize = [$(stringify!($field)),+].len();

            #[inline(always)]
            fn each(&self, mut sink: impl FnMut(&[u8])) {
                $(sink(zerocopy::IntoBytes::as_bytes(&self.$field));)+
            }
        }
    )+};
}
pub(super) use layout;

/// One byte: a packet type or a subtype.
impl Layout for u8 {
    const FIELDS: usize = 1;

    #[inline(always)]
    fn each(&self, mut sink: impl FnMut(&[u8])) {
        sink(&[*self]);
    }
}

/// A value that has a form on the wire.
pub(super) trait Encode {
    /// Hands the value's fixed part and its last field to `writer`.
    fn encode<W: Writer>(&self, writer: W) -> W::Output;
}

/// Makes one form of a message.
pub(super) trait Writer {
    type Output;

    /// `last` is the field that may have any length: a payload, or all extensions if there are any.
    fn write<L: Layout>(self, fixed: &L, last: Option<&[u8]>) -> Self::Output;
}

/// Puts a layer in front of what is written.
pub(super) struct After<'l, L, W>(pub(super) &'l L, pub(super) W);

impl<L: Layout, W: Writer> Writer for After<'_, L, W> {
    type Output = W::Output;

    #[inline(always)]
    fn write<M: Layout>(self, fixed: &M, last: Option<&[u8]>) -> W::Output {
        let After(first, writer) = self;
        writer.write(&Pair { first: *first, second: *fixed }, last)
    }
}

#[derive(Clone, Copy, IntoBytes, Immutable)]
#[repr(C, packed)]
struct Pair<A, B> {
    first: A,
    second: B,
}

impl<A: Layout, B: Layout> Layout for Pair<A, B> {
    const FIELDS: usize = A::FIELDS + B::FIELDS;

    #[inline(always)]
    fn each(&self, mut sink: impl FnMut(&[u8])) {
        let Pair { first, second } = *self;
        first.each(&mut sink);
        second.each(sink);
    }
}

/// Length on the wire, bytes.
pub(super) struct Length;

impl Writer for Length {
    type Output = usize;

    #[inline(always)]
    fn write<L: Layout>(self, _: &L, last: Option<&[u8]>) -> usize {
        size_of::<L>() + last.map_or(0, <[u8]>::len)
    }
}

/// One vector of exactly the right size.
pub(super) struct Flat;

impl Writer for Flat {
    type Output = Vec<u8>;

    #[inline(always)]
    fn write<L: Layout>(self, fixed: &L, last: Option<&[u8]>) -> Vec<u8> {
        let Some(last) = last else { return fixed.as_bytes().to_vec() };
        let mut out = Vec::with_capacity(size_of::<L>() + last.len());
        out.extend_from_slice(fixed.as_bytes());
        out.extend_from_slice(last);
        out
    }
}

/// One vector a field, each of exactly the right size, in a list of exactly the right size.
pub(super) struct Nested;

impl Writer for Nested {
    type Output = Vec<Vec<u8>>;

    #[inline(always)]
    fn write<L: Layout>(self, fixed: &L, last: Option<&[u8]>) -> Vec<Vec<u8>> {
        let mut out = Vec::with_capacity(L::FIELDS + usize::from(last.is_some()));
        fixed.each(|field| out.push(field.to_vec()));
        out.extend(last.map(<[u8]>::to_vec));
        out
    }
}

/// The front of a slice. Gives the length, and writes nothing if the slice is shorter.
pub(super) struct Front<'a>(pub(super) &'a mut [u8]);

impl Writer for Front<'_> {
    type Output = usize;

    #[inline(always)]
    fn write<L: Layout>(self, fixed: &L, last: Option<&[u8]>) -> usize {
        let last = last.unwrap_or_default();
        let len = size_of::<L>() + last.len();
        if let Some(out) = self.0.get_mut(..len) {
            let (front, back) = out.split_at_mut(size_of::<L>());
            front.copy_from_slice(fixed.as_bytes());
            back.copy_from_slice(last);
        }
        len
    }
}

/// The end of a growable buffer, which grows at most once.
pub(super) struct End<'a>(pub(super) &'a mut BytesMut);

impl Writer for End<'_> {
    type Output = ();

    #[inline(always)]
    fn write<L: Layout>(self, fixed: &L, last: Option<&[u8]>) {
        self.0.reserve(size_of::<L>() + last.map_or(0, <[u8]>::len));
        self.0.extend_from_slice(fixed.as_bytes());
        if let Some(last) = last {
            self.0.extend_from_slice(last);
        }
    }
}

/// Implements the two specified conversions for types that [`Encode`].
macro_rules! conversions {
    ($($name:ident),+) => {$(
        /// One allocation of exactly the message's size.
        impl From<&$name<'_>> for Vec<u8> {
            #[inline]
            fn from(value: &$name<'_>) -> Vec<u8> {
                $crate::messages::layout::Encode::encode(value, $crate::messages::layout::Flat)
            }
        }

        /// One vector a field. Concatenated they are the flat form.
        impl From<&$name<'_>> for Vec<Vec<u8>> {
            #[inline]
            fn from(value: &$name<'_>) -> Vec<Vec<u8>> {
                $crate::messages::layout::Encode::encode(value, $crate::messages::layout::Nested)
            }
        }
    )+};
}
pub(super) use conversions;
