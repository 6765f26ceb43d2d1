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

bench:
    cargo bench -p node_lib

# The ratios of PERFORMANCE_OPTIMIZATIONS.md, on an idle machine.
ratios:
    scripts/bench-ratios.sh

# How the loop test fares without the routing rules, one by one.
mutations:
    scripts/loop-mutations.py
