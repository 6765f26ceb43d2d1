//! Adverts and their order.

use std::cmp::Reverse;

/// What a node says of its path to an RSU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advert {
    /// The RSU's epoch; 0 where it tells none.
    pub epoch: u32,
    /// Id of the heartbeat that the path stems from: the id of the frame less its lag.
    pub route_id: u32,
    /// 0: every node on the path sends PATH. 1: some don't.
    pub class: u8,
    /// Cost of the path, microseconds. Never [`crate::messages::Path::NO_ROUTE`].
    pub cost: u32,
}

impl Advert {
    /// Newer (epoch, route id) first, then class 0 before 1, then strictly lower cost. A total order: plain integers,
    /// no wrap-around (an RSU at 5 Hz needs 27 years to use its ids up, and each restart is a new epoch).
    #[inline]
    pub fn better_than(&self, other: &Advert) -> bool {
        self.key() > other.key()
    }

    /// True unless `fd`, the best advert ever transmitted, is at least as good.
    #[inline]
    pub fn beats(&self, fd: Option<Advert>) -> bool {
        fd.is_none_or(|fd| self.better_than(&fd))
    }

    #[inline]
    fn key(&self) -> (u32, u32, Reverse<u8>, Reverse<u32>) {
        (self.epoch, self.route_id, Reverse(self.class), Reverse(self.cost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_epoch_id_class_cost() {
        let advert = |epoch, route_id, class, cost| Advert { epoch, route_id, class, cost };
        let ranked = [
            advert(2, 1, 1, 900),
            advert(1, 9, 0, 5),
            advert(1, 9, 0, 6),
            advert(1, 9, 1, 1),
            advert(1, 8, 0, 0),
            advert(0, 99, 0, 0),
        ];
        for (i, a) in ranked.iter().enumerate() {
            for (j, b) in ranked.iter().enumerate() {
                assert_eq!(a.better_than(b), i < j, "{a:?} {b:?}");
            }
        }
    }
}
