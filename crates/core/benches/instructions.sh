#!/bin/sh
# Counts what one record costs on the road that benches/road measures: instructions (callgrind) and
# allocations (memcheck). Each is the difference between a long and a short run, so that starting
# the program costs nothing. Valgrind has no SHA extensions, so SHA-256 is shown apart: there it is
# counted in software, which a machine with them does not run.
set -eu
cd "$(dirname "$0")/../../.."

FEW=1000
MANY=3000

# Names of functions are needed to tell SHA-256 apart.
export CARGO_PROFILE_BENCH_STRIP=none
BINARY=$(cargo bench --quiet -p cdc-core --bench road --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*road-[^"]*\)".*/\1/p')
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# instructions CASE RECORDS: "all of them", then "those of SHA-256".
instructions() {
    valgrind --quiet --tool=callgrind --callgrind-out-file="$WORK/out" "$BINARY" count "$1" "$2"
    callgrind_annotate --threshold=100 "$WORK/out" | tr -d , | awk '
        /PROGRAM TOTALS/ { all = $1 }
        /:sha2::.*compress/ { sha += $1 }
        END { printf "%d %d\n", all, sha }'
}

allocations() {
    valgrind --leak-check=no "$BINARY" count "$1" "$2" 2>&1 |
        sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' | tr -d ,
}

echo "| case | instructions | of them SHA-256 in software | allocations |"
echo "|---|---|---|---|"
for CASE in native dms debezium debezium-wrapped all-columns all-columns-and-50; do
    few="$(instructions $CASE $FEW) $(allocations $CASE $FEW)"
    many="$(instructions $CASE $MANY) $(allocations $CASE $MANY)"
    echo "$CASE $few $many" | awk -v n=$((MANY - FEW)) '
        { printf "| %s | %d | %d | %.1f |\n", $1, ($5 - $2) / n, ($6 - $3) / n, ($7 - $4) / n }'
done
