//! From the tree to a value: a serde deserializer whose errors know their place.

use crate::nearest::nearest;
use crate::tree::{Key, Node, Origin, Step, Value, Way};
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;

/// What is wrong somewhere in the tree.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// Where; unset only until the deserializer that runs into it adds it.
    pub(crate) origin: Option<Origin>,
    /// The key that is missing, if that is what is wrong. What to do about it depends on whether there is a file.
    pub(crate) missing: Option<&'static str>,
    /// The way to the value, or to the section that holds the wrong key.
    pub(crate) way: Way,
}

/// Reads the tree as a `T`.
pub(crate) fn read<T: DeserializeOwned>(root: &Node) -> Result<T, Mistake> {
    T::deserialize(Reader { node: root, key: None })
}

/// One node, and the key it stands under.
#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
    key: Option<&'a Key>,
}

impl Reader<'_> {
    /// Adds this node's place to a mistake that has none. A mistake of a whole section is shown at its key.
    fn at<T>(self, result: Result<T, Mistake>) -> Result<T, Mistake> {
        result.map_err(|mistake| {
            let whole = matches!(self.node.value, Value::Map(_) | Value::List(_) | Value::Null);
            let origin = self.key.filter(|_| whole).map_or(self.node.origin, |key| key.origin);
            Mistake { origin: mistake.origin.or(Some(origin)), ..mistake }
        })
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.at(match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => Err(de::Error::custom(format_args!("{value} is too large a number"))),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(value) => visitor.visit_str(value),
            Value::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Map(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// A fixed number of items: neither fewer nor more.
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::List(items) if items.len() != length => {
                let message = format!("expected a list of {length}, not of {}", items.len());
                self.at(Err(de::Error::custom(message)))
            }
            Value::List(_) => self.deserialize_any(visitor),
            _ => {
                let unexpected = self.unexpected();
                let message = format!("expected a list of {length}, not {}", found(unexpected));
                self.at(Err(de::Error::custom(message)))
            }
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.at(match &self.node.value {
            Value::Text(text) => visitor.visit_enum(Choice(text)),
            _ => Err(de::Error::custom(format_args!(
                "expected one of {}, not {}",
                listed(variants, "or"),
                found(self.unexpected())
            ))),
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple_struct map struct identifier ignored_any
    }
}

impl Reader<'_> {
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.node.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Integer(value) => match i64::try_from(*value) {
                Ok(value) => Unexpected::Signed(value),
                Err(_) => Unexpected::Float(*value as f64),
            },
            Value::Float(value) => Unexpected::Float(*value),
            Value::Text(value) => Unexpected::Str(value),
            Value::List(_) => Unexpected::Seq,
            Value::Map(_) => Unexpected::Map,
        }
    }
}

struct Items<'a> {
    items: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        let step = Step::Index(self.next);
        self.next += 1;
        seed.deserialize(Reader { node, key: None }).map(Some).map_err(|mistake| mistake.under(step))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'a> {
    entries: &'a [(Key, Node)],
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        let Some((key, _)) = self.entries.get(self.next) else { return Ok(None) };
        let name: StrDeserializer<'_, Mistake> = key.name.as_str().into_deserializer();
        seed.deserialize(name)
            .map(Some)
            .map_err(|mistake| Mistake { origin: mistake.origin.or(Some(key.origin)), ..mistake })
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mistake> {
        let Some((key, node)) = self.entries.get(self.next) else {
            return Err(de::Error::custom("a value was asked for after the last one"));
        };
        self.next += 1;
        seed.deserialize(Reader { node, key: Some(key) })
            .map_err(|mistake| mistake.under(Step::Key(key.name.clone())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len() - self.next)
    }
}

/// One of the names of an enum without data.
struct Choice<'a>(&'a str);

impl<'de> EnumAccess<'de> for Choice<'_> {
    type Error = Mistake;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Mistake> {
        let name: StrDeserializer<'_, Mistake> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Mistake> {
        Err(de::Error::custom(format_args!("`{}` needs a value", self.0)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Mistake> {
        Err(de::Error::custom(format_args!("`{}` needs a list", self.0)))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Mistake> {
        Err(de::Error::custom(format_args!("`{}` needs keys of its own", self.0)))
    }
}

impl Mistake {
    /// The same mistake, one step further down.
    fn under(mut self, step: Step) -> Mistake {
        self.way.0.insert(0, step);
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Mistake { message: message.to_string(), help: None, origin: None, missing: None, way: Way::root() }
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let mut mistake =
            Self::custom(format_args!("expected {}, not {}", wanted(expected), found(unexpected)));
        if unexpected == Unexpected::Unit {
            mistake.help = Some("give it a value, or leave the key out".to_owned());
        } else if expected.to_string() == "a string" {
            mistake.help = Some("put it between quotes".to_owned());
        }
        mistake
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("expected one of {}, not `{variant}`", listed(expected, "or"));
        let help = nearest(variant, expected.iter().copied()).map(|name| format!("did you mean `{name}`?"));
        Mistake { help, ..Self::custom(message) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let help = match nearest(field, expected.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the keys here are {}", listed(expected, "and")),
        };
        Mistake { help: Some(help), ..Self::custom(format_args!("unknown key `{field}`")) }
    }

    fn missing_field(field: &'static str) -> Self {
        Mistake { missing: Some(field), ..Self::custom(format_args!("the key `{field}` is missing")) }
    }
}

/// What serde expects, in a reader's words.
fn wanted(expected: &dyn Expected) -> String {
    match expected.to_string().as_str() {
        "a string" => "a text".to_owned(),
        "path string" => "a path".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "f64" => "a number".to_owned(),
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" => format!("a whole number from 0 to {}", u64::MAX),
        "usize" => "a whole number, 0 or greater".to_owned(),
        other if other == "a map" || other.starts_with("struct ") => {
            "a section of `key: value` lines".to_owned()
        }
        other => other.to_owned(),
    }
}

/// What was found, in a reader's words.
fn found(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("{value}"),
        Unexpected::Signed(value) => format!("{value}"),
        Unexpected::Float(value) => format!("{value}"),
        Unexpected::Str(value) => format!("`{value}`"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a section".to_owned(),
        other => other.to_string(),
    }
}

/// `a`, `b` or `c`; `last_word` stands before the last.
fn listed(names: &[&str], last_word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {last_word} {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
