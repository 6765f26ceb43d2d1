//! The Rsu keeps the promises that every role makes.

use rsu_lib::Rsu;

#[test]
fn the_contract_holds() {
    for seed in 0..200 {
        node_lib::contract::check(Rsu::new, seed, 3000);
    }
}
