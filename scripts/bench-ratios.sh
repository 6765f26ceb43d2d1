#!/bin/sh
# Runs the encode, decode and relay benchmarks several times and prints the median of every time, and the median of every
# ratio between two times of the same run, as Markdown.
#
#   scripts/bench-ratios.sh [RUNS]        RUNS defaults to 5
#
# The machine should be idle. Nothing but cargo's target directory is written.
set -eu

runs=${1:-5}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CRITERION_HOME="$work/criterion"

run=1
while [ "$run" -le "$runs" ]; do
    echo "run $run of $runs" >&2
    cargo bench --quiet -p node_lib --bench flat_vs_nested_serialization --bench decode_and_relay \
        -- --noplot --warm-up-time 1 --measurement-time 2 >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    # Criterion writes GROUP/ID/new/estimates.json; the point estimate of the median is in nanoseconds.
    find "$CRITERION_HOME" -path '*/new/estimates.json' | while read -r file; do
        id=${file#"$CRITERION_HOME"/}
        median=$(sed -n 's/.*"median":{"confidence_interval":{[^}]*},"point_estimate":\([0-9.e+-]*\).*/\1/p' "$file")
        echo "$run ${id%/new/estimates.json} $median"
    done >>"$work/times"
    run=$((run + 1))
done

echo "Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; $(rustc --version)."
echo "Median of $runs runs; load when they ended: $(cut -d ' ' -f 1-3 /proc/loadavg)."
echo
awk '
    function median(list,    values, count, i, j, swap) {
        count = split(list, values, " ")
        for (i = 2; i <= count; i++)
            for (j = i; j > 1 && values[j - 1] + 0 > values[j] + 0; j--) {
                swap = values[j]; values[j] = values[j - 1]; values[j - 1] = swap
            }
        return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
    }
    function ratio(name, slow, fast, target,    run, list, value) {
        for (run = 1; run <= runs; run++) {
            if (!((run, slow) in time) || !((run, fast) in time)) {
                print "no time for " slow " or " fast > "/dev/stderr"
                exit 1
            }
            list = list " " time[run, slow] / time[run, fast]
        }
        value = median(list)
        printf "| %s | %s / %s | %.1f | %s | %s |\n", name, slow, fast, value, target, (value >= target ? "yes" : "no")
    }
    {
        time[$1, $2] = $3
        if (!($2 in lists)) order[++ids] = $2
        lists[$2] = lists[$2] " " $3
        if ($1 > runs) runs = $1
    }
    END {
        print "| benchmark | ns |"
        print "|---|---|"
        for (i = 1; i <= ids; i++) for (j = ids; j > i; j--) if (order[j - 1] > order[j]) {
            swap = order[j]; order[j] = order[j - 1]; order[j - 1] = swap
        }
        for (i = 1; i <= ids; i++) printf "| %s | %.1f |\n", order[i], median(lists[order[i]])
        print ""
        print "| ratio | of | measured | target | met |"
        print "|---|---|---|---|---|"
        ratio("T1 flat, nested", "heartbeat/nested", "heartbeat/flat", 8.7)
        ratio("T1 flat, nested and flattened", "heartbeat/nested_then_flatten", "heartbeat/flat", 11.1)
        ratio("T1 borrowed, nested", "heartbeat/nested", "heartbeat/borrowed", 12)
        ratio("T2 decode", "decode/owned", "decode/borrowed", 10)
        ratio("T2 relay", "relay/decode_re_encode", "relay/in_place", 30)
    }
' "$work/times"
