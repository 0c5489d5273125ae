#!/bin/sh
# Fuzzes one target. Usage: fuzz/run.sh TARGET [SECONDS]
# Corpus and findings stay under fuzz/target.
set -eu
cd "$(dirname "$0")"
TARGET=$1
SECONDS_MAX=${2:-60}
./seed.sh "$TARGET"
mkdir -p "target/artifacts/$TARGET"
# What takes longer than ten seconds or more than a gigabyte is a finding.
exec cargo +nightly fuzz run --fuzz-dir . "$TARGET" "target/corpus/$TARGET" -- \
    -dict=json.dict -max_len=65536 -timeout=10 -rss_limit_mb=1024 \
    -artifact_prefix="target/artifacts/$TARGET/" -max_total_time="$SECONDS_MAX" -print_final_stats=1
