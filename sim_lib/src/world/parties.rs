//! Everybody in a run: found by rank, and by name.

use super::machine::MakeNode;
use super::packet::HostAddress;
use crate::scenario::model::Role;
use mobility_lib::Track;
use radio_lib::RadioId;
use std::ops::{Deref, DerefMut};

/// A node or a server.
#[derive(Debug)]
pub(crate) struct Party {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: PartyKind,
    /// Its application host: behind the TAP of a node, or the server itself.
    pub(crate) host: HostAddress,
    /// Where it is; `None` if that is of no importance, and then it is there all the time.
    pub(crate) track: Option<Track>,
    /// Its radio; a server has none.
    pub(crate) radio: Option<RadioId>,
    /// Whether its host has the radio itself.
    pub(crate) plain: bool,
    /// What makes its node, if that isn't one of ours.
    pub(crate) make: Option<MakeNode>,
}

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyKind {
    /// An on-board unit.
    Obu,
    /// A road-side unit.
    Rsu,
    /// A host on the wire.
    Server,
}

impl From<Role> for PartyKind {
    fn from(role: Role) -> PartyKind {
        match role {
            Role::Obu => PartyKind::Obu,
            Role::Rsu => PartyKind::Rsu,
        }
    }
}

/// All parties, by rank: those known from the start in the order of their names, then those that join, as they come.
///
/// Whatever depends on an order, ties of events above all, goes by names and not by ranks. So it makes no difference whether
/// a vehicle was known from the start.
#[derive(Debug, Default)]
pub(crate) struct Parties {
    list: Vec<Party>,
    /// Ranks in the order of names.
    by_name: Vec<u32>,
    /// By rank: the place in that order.
    places: Vec<u32>,
}

impl Parties {
    /// Those known from the start; a pair with one name is an error that gives the name.
    pub(crate) fn new(mut list: Vec<Party>) -> Result<Parties, String> {
        list.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = list.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(pair[0].name.clone());
        }
        let by_name: Vec<u32> = (0..list.len() as u32).collect();
        Ok(Parties { places: by_name.clone(), by_name, list })
    }

    /// Takes in somebody whose name nobody has yet; its rank.
    pub(crate) fn join(&mut self, party: Party) -> u32 {
        let rank = self.list.len() as u32;
        let at = self.place_of(&party.name).unwrap_or_else(|at| at);
        self.list.push(party);
        self.by_name.insert(at, rank);
        self.places.push(at as u32);
        for rank in &self.by_name[at + 1..] {
            self.places[*rank as usize] += 1;
        }
        rank
    }

    /// The rank of the party with this name.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.place_of(name).ok().map(|at| self.by_name[at])
    }

    /// All of them with their ranks, in the order of names.
    pub(crate) fn in_order(&self) -> impl DoubleEndedIterator<Item = (u32, &Party)> {
        self.by_name.iter().map(|rank| (*rank, &self.list[*rank as usize]))
    }

    /// By rank: the place in the order of names.
    pub(crate) fn places(&self) -> &[u32] {
        &self.places
    }

    fn place_of(&self, name: &str) -> Result<usize, usize> {
        self.by_name.binary_search_by(|rank| self.list[*rank as usize].name.as_str().cmp(name))
    }
}

impl Deref for Parties {
    type Target = [Party];

    fn deref(&self) -> &[Party] {
        &self.list
    }
}

impl DerefMut for Parties {
    fn deref_mut(&mut self) -> &mut [Party] {
        &mut self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::address;

    fn party(name: &str) -> Party {
        Party {
            name: name.to_owned(),
            kind: PartyKind::Obu,
            host: address::host(name),
            track: None,
            radio: None,
            plain: false,
            make: None,
        }
    }

    #[test]
    fn ranks_stay_and_the_order_is_that_of_names() {
        let mut parties = Parties::new(["m", "c"].map(party).into()).unwrap();
        let ranks = ["z", "a", "k"].map(|name| parties.join(party(name)));
        assert_eq!(ranks, [2, 3, 4]);
        assert_eq!(
            ["c", "m", "z", "a", "k", "b"].map(|name| parties.find(name)),
            [Some(0), Some(1), Some(2), Some(3), Some(4), None]
        );
        let order: String = parties.in_order().map(|(_, party)| party.name.as_str()).collect();
        assert_eq!(order, "ackmz");
        for (place, (rank, _)) in (0..).zip(parties.in_order()) {
            assert_eq!(parties.places()[rank as usize], place);
        }
        assert_eq!(Parties::new(["b", "a", "b"].map(party).into()).unwrap_err(), "b");
    }
}
