//! Temporary probes.
use crate::world::World;
fn probe(name: &str, tables: &str, lines: &[&str]) {
    let content = lines.join("\n").into_bytes();
    let tables = tables.to_owned(); let n = name.to_owned();
    let r = std::panic::catch_unwind(move || {
        let ran = World { shards: 1, ..World::new(&tables) }.run(&n, content);
        println!("ZZ {n}: {}", ran.outcome());
        for e in &ran.finished.events { println!("ZZ   {}", &e[e.find("\"detail\":").unwrap()..]); }
        for e in &ran.finished.dead_letters { println!("ZZ   {e}"); }
    });
    if let Err(e) = r { println!("ZZ {name} PANIC {}", e.downcast_ref::<String>().cloned().unwrap_or_default()); }
}
#[test]
fn zz_probe() {
    let t = "  t: {keys: [id], include: [v, ssn], redact: [ssn]}\n";
    let t = "  t: {keys: [id], include: [id, v, w, big], redact: []}\n";
    probe("vanishing", t, &[r#"{"table":"t","operation":"UPDATE","before":{"id":1,"v":2,"w":1},"after":{"id":1,"w":2}}"#]);
    probe("appearing", t, &[r#"{"table":"t","operation":"UPDATE","before":{"id":1,"w":1},"after":{"id":1,"v":2,"w":2}}"#]);
    probe("dms nulls omitted", t, &[r#"{"data":{"id":1,"v":null},"before-image":{"id":1,"v":2},"metadata":{"record-type":"data","operation":"update","table-name":"t","timestamp":"2024-01-15T10:30:00Z"}}"#]);
    probe("toast before", t, &[r#"{"op":"u","before":{"id":1,"v":2,"big":"__debezium_unavailable_value"},"after":{"id":1,"v":3,"big":"x"},"source":{"connector":"postgresql","name":"c","db":"d","schema":"s","table":"t","lsn":12,"ts_ms":1705314600123}}"#]);
    probe("toast after", t, &[r#"{"op":"u","before":{"id":1,"v":2,"big":"x"},"after":{"id":1,"v":3,"big":"__debezium_unavailable_value"},"source":{"connector":"postgresql","name":"c","db":"d","schema":"s","table":"t","lsn":12,"ts_ms":1705314600123}}"#]);
    probe("key only before", t, &[r#"{"op":"u","before":{"id":1},"after":{"id":1,"v":3},"source":{"connector":"postgresql","name":"c","db":"d","schema":"s","table":"t","lsn":12,"ts_ms":1705314600123}}"#]);
}
