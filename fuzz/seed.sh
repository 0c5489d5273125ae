#!/bin/sh
# Lays out what the targets begin with: the project's own samples, a record a file.
# Usage: fuzz/seed.sh TARGET. Writes to fuzz/target/corpus/TARGET.
set -eu
cd "$(dirname "$0")"
TARGET=$1
CORPUS=target/corpus/$TARGET
mkdir -p "$CORPUS"

SAMPLES="../crates/core/src/pipeline/tests/golden/*.in.json"
case $TARGET in
decode | pipeline)
    for file in $SAMPLES; do cp "$file" "$CORPUS/"; done
    ;;
inflate)
    for file in $SAMPLES; do
        name=$(basename "$file")
        gzip -c "$file" >"$CORPUS/$name.gz"
        gzip -c "$file" | gzip -c >"$CORPUS/$name.gz.gz"
        if command -v zstd >/dev/null; then zstd -qc "$file" >"$CORPUS/$name.zst"; fi
    done
    ;;
esac
# The records of sample invocations: base64 of an envelope, compressed, or an aggregate.
python3 - "$CORPUS" ../events/*.json <<'PYTHON'
import base64, json, pathlib, sys

corpus, *files = sys.argv[1:]
for file in map(pathlib.Path, files):
    event = json.loads(file.read_text())
    for number, record in enumerate(event.get("Records", []) if isinstance(event, dict) else []):
        data = record.get("kinesis", {}).get("data")
        if data:
            pathlib.Path(corpus, f"{file.stem}-{number}").write_bytes(base64.b64decode(data))
PYTHON
