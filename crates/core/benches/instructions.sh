#!/bin/sh
# Counts what one record costs on the roads that benches/road and benches/decode measure:
# instructions (callgrind) and allocations (memcheck). Each is the difference between a long and a
# short run, so that starting the program costs nothing. Valgrind has no SHA extensions, so SHA-256 is
# shown apart: there it is counted in software, which a machine with them does not run.
set -eu
cd "$(dirname "$0")/../../.."

FEW=1000
MANY=3000

# Names of functions are needed to tell SHA-256 apart.
export CARGO_PROFILE_BENCH_STRIP=none
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# build BENCH: its binary.
build() {
    cargo bench --quiet -p cdc-core --bench "$1" --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*'"$1"'-[^"]*\)".*/\1/p'
}

# instructions BINARY CASE RECORDS: "all of them", then "those of SHA-256".
instructions() {
    valgrind --quiet --tool=callgrind --callgrind-out-file="$WORK/out" "$1" count "$2" "$3"
    callgrind_annotate --threshold=100 "$WORK/out" | tr -d , | awk '
        /PROGRAM TOTALS/ { all = $1 }
        /:sha2::.*compress/ { sha += $1 }
        END { printf "%d %d\n", all, sha }'
}

# allocations BINARY CASE RECORDS
allocations() {
    valgrind --leak-check=no "$1" count "$2" "$3" 2>&1 |
        sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' | tr -d ,
}

# counts BINARY CASE: those of few records, then those of many.
counts() {
    echo "$(instructions "$1" "$2" $FEW) $(allocations "$1" "$2" $FEW)" \
        "$(instructions "$1" "$2" $MANY) $(allocations "$1" "$2" $MANY)"
}

DECODE=$(build decode)
echo "Decoding:"
echo
echo "| envelope | bytes | instructions | bytes an instruction | allocations |"
echo "|---|---|---|---|---|"
for CASE in native dms dms-no-before debezium debezium-wrapped cloudevents maxwell canal ogg \
    dynamodb native-wide native-text; do
    echo "$CASE $("$DECODE" bytes $CASE) $(counts "$DECODE" $CASE)" | awk -v n=$((MANY - FEW)) '
        { cost = ($6 - $3) / n
          printf "| %s | %d | %d | %.3f | %.1f |\n", $1, $2, cost, $2 / cost, ($8 - $5) / n }'
done

ROAD=$(build road)
echo
echo "The whole road:"
echo
echo "| case | instructions | of them SHA-256 in software | allocations |"
echo "|---|---|---|---|"
for CASE in native dms debezium debezium-wrapped all-columns all-columns-and-50; do
    echo "$CASE $(counts "$ROAD" $CASE)" | awk -v n=$((MANY - FEW)) '
        { printf "| %s | %d | %d | %.1f |\n", $1, ($5 - $2) / n, ($6 - $3) / n, ($7 - $4) / n }'
done

echo
echo "Rules, over the same native record:"
echo
echo "| rules | instructions | of them SHA-256 in software | more than nothing | allocations |"
echo "|---|---|---|---|---|"
for CASE in nothing replaced masked fields anywhere hashed tokenized encrypted; do
    echo "$CASE $(counts "$ROAD" rules-$CASE)" | awk -v n=$((MANY - FEW)) -v base="${BASE:-0}" '
        { cost = ($5 - $2) / n; sha = ($6 - $3) / n
          printf "| %s | %d | %d |", $1, cost, sha
          if (base) printf " %.1f %% |", 100 * (cost - base) / base; else printf " |"
          printf " %.1f |\n", ($7 - $4) / n
          print cost > "'"$WORK"'/cost" }'
    BASE=${BASE:-$(cat "$WORK/cost")}
done
