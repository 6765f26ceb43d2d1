//! The Obu keeps the promises that every role makes.

use obu_lib::Obu;

#[test]
fn the_contract_holds() {
    for seed in 0..200 {
        node_lib::contract::check(Obu::new, seed, 3000);
    }
}
