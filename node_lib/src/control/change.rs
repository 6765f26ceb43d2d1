//! What kind of change a node's upstream path went through, by the name that logs and results give it.

use super::node::{Route, RouteCause};

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was no path, now there is.
    Found,
    /// There is none any more.
    Lost,
    /// Another next hop to the same RSU, because the one before failed.
    Failover,
    /// Another RSU.
    Handover,
    /// Another next hop to the same RSU, because it is better.
    Better,
}

impl Change {
    /// What kind of change this is.
    pub fn of(from: Option<Route>, to: Option<Route>, cause: RouteCause) -> Change {
        match (from, to) {
            (None, _) => Change::Found,
            (Some(_), None) => Change::Lost,
            (Some(from), Some(to)) if from.rsu != to.rsu => Change::Handover,
            _ => match cause {
                RouteCause::Found | RouteCause::Better => Change::Better,
                RouteCause::Unacked
                | RouteCause::SendError
                | RouteCause::Missed
                | RouteCause::NoRoute
                | RouteCause::Flushed => Change::Failover,
            },
        }
    }

    /// Its name in logs and results.
    pub const fn name(self) -> &'static str {
        match self {
            Change::Found => "found",
            Change::Lost => "lost",
            Change::Failover => "failover",
            Change::Handover => "handover",
            Change::Better => "change",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Mac;

    fn route(rsu: u8, hop: u8) -> Option<Route> {
        let mac = |n| Mac([2, 0, 0, 0, 0, n]);
        Some(Route { rsu: mac(rsu), next_hop: mac(hop), hops: 1, cost: 1 })
    }

    #[test]
    fn kinds_follow_the_ends_and_the_cause() {
        assert_eq!(Change::of(None, route(1, 1), RouteCause::Found), Change::Found);
        assert_eq!(Change::of(route(1, 1), None, RouteCause::Missed), Change::Lost);
        assert_eq!(Change::of(route(1, 1), route(2, 1), RouteCause::Better), Change::Handover);
        assert_eq!(Change::of(route(1, 1), route(2, 1), RouteCause::Missed), Change::Handover);
        assert_eq!(Change::of(route(1, 1), route(1, 2), RouteCause::Better), Change::Better);
        for cause in [RouteCause::Unacked, RouteCause::SendError, RouteCause::Missed, RouteCause::NoRoute] {
            assert_eq!(Change::of(route(1, 1), route(1, 2), cause), Change::Failover);
        }
    }
}
