# Each recipe is a plain command; `just` is only a shorter way to type it.

# What CI runs.
ci:
    .ci/run

test:
    cargo test --workspace

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

town:
    cargo run --release -- sim examples/town/scenario.yaml

chain:
    cargo run --release -- sim examples/chain.yaml

# Real hosts on the chain, until Ctrl-C.
lab:
    cargo run --release -- lab examples/chain.yaml --keep

# The examples as labs, as root and as an ordinary user, checked from another terminal.
lab-check:
    cargo build --release
    scripts/lab-check.sh

# What this machine carries, against its kernel alone.
carries:
    cargo run --release -- bench

bench:
    cargo bench -p node_lib

# The ratios of PERFORMANCE_OPTIMIZATIONS.md, on an idle machine.
ratios:
    scripts/bench-ratios.sh

# How the loop test fares without the routing rules, one by one.
mutations:
    scripts/loop-mutations.py
