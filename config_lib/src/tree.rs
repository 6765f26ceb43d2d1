//! A YAML document as a tree whose every value knows where it was written.
//!
//! The tree stands between the text and its value, so that an override can replace any part of it, and a mistake
//! found at any later stage can still be shown where it was made.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) origin: Origin,
}

/// Where a part of the tree came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The file: line and column from 1, length in characters.
    File { line: usize, column: usize, length: usize },
    /// The override with this index.
    Override(usize),
    /// Nobody wrote it: the whole, where there is no file or nothing in it.
    Nowhere,
}

/// One step down the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// A way down the tree, shown as `radio.ideal.links[0].loss`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way(pub(crate) Vec<Step>);

impl Node {
    /// A section that nobody wrote, with nothing in it.
    pub(crate) fn empty() -> Node {
        Node { value: Value::Map(Vec::new()), origin: Origin::Nowhere }
    }

    /// What `steps` leads to: the deepest node there is on that way, and the key it stands under, if any.
    pub(crate) fn find(&self, steps: &[Step]) -> (&Node, Option<&Key>) {
        let mut found = (self, None);
        for step in steps {
            let next = match (&found.0.value, step) {
                (Value::Map(entries), step) => {
                    let name = match step {
                        Step::Key(name) => name.clone(),
                        Step::Index(index) => index.to_string(),
                    };
                    entries.iter().find(|(key, _)| key.name == name).map(|(key, node)| (node, Some(key)))
                }
                (Value::List(items), Step::Index(index)) => items.get(*index).map(|node| (node, None)),
                _ => None,
            };
            match next {
                Some(next) => found = next,
                None => break,
            }
        }
        found
    }

    /// The same tree with every part attributed to `origin`.
    pub(crate) fn attributed(mut self, origin: Origin) -> Node {
        self.origin = origin;
        self.value = match self.value {
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| item.attributed(origin)).collect())
            }
            Value::Map(entries) => {
                let renamed = |(key, node): (Key, Node)| (Key { origin, ..key }, node.attributed(origin));
                Value::Map(entries.into_iter().map(renamed).collect())
            }
            scalar => scalar,
        };
        self
    }
}

impl Step {
    /// A step as it is written between the dots of an override's key.
    pub(crate) fn from_key(text: &str) -> Step {
        text.parse().map_or_else(|_| Step::Key(text.to_owned()), Step::Index)
    }
}

impl Way {
    /// The way to the whole.
    pub fn root() -> Way {
        Way(Vec::new())
    }

    /// This way, and down to the value of a key.
    pub fn key(&self, name: &str) -> Way {
        self.then(Step::Key(name.to_owned()))
    }

    /// This way, and down to an entry of a list, from 0.
    pub fn index(&self, index: usize) -> Way {
        self.then(Step::Index(index))
    }

    /// This way as an override's key: `radio.ideal.links.0.loss`.
    pub(crate) fn dotted(&self) -> String {
        let steps = self.0.iter().map(|step| match step {
            Step::Key(name) => name.clone(),
            Step::Index(index) => index.to_string(),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    fn then(&self, step: Step) -> Way {
        Way(self.0.iter().cloned().chain([step]).collect())
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(name) if position == 0 => f.write_str(name)?,
                Step::Key(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl From<Location> for Origin {
    fn from(location: Location) -> Origin {
        Origin::File {
            line: usize::try_from(location.line()).unwrap_or(usize::MAX),
            column: usize::try_from(location.column()).unwrap_or(usize::MAX),
            length: usize::try_from(location.span().len()).unwrap_or(0),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Node { value, origin: referenced.into() })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<String>::deserialize(deserializer)?;
        Ok(Key { name: value, origin: referenced.into() })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Value::Map(map))
    }
}
