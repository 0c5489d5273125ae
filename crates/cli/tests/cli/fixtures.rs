//! Real data that nobody on this project wrote, where it is at hand.

use std::{fs, path::PathBuf};

use crate::cdc;

/// The folder of NDJSON files, where there is one.
#[expect(clippy::disallowed_methods, reason = "a test's only setting")]
pub(crate) fn fixtures() -> Option<PathBuf> {
    std::env::var_os("CDC_FIXTURES").map(|folder| PathBuf::from(folder).join("ndjson"))
}

#[test]
fn every_line_of_real_data_is_a_unit_or_a_reject() {
    let Some(folder) = fixtures() else {
        println!("skipped: CDC_FIXTURES does not name the folder of the fixtures");
        return;
    };
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "ndjson") {
            continue;
        }
        files += 1;
        let lines = fs::read_to_string(&path).unwrap();
        let lines = lines.lines().filter(|line| !line.trim().is_empty()).count();
        let path = path.to_str().unwrap();
        for options in [&["--json", "decode"][..], &["--json", "decode", "--values"], &["decode"]] {
            let ran = cdc(&[options, &[path]].concat(), b"");
            assert!(matches!(ran.code, Some(0 | 3)), "{path}: {:?}\n{}", ran.code, ran.err);
            assert!(ran.out.lines().count() >= lines, "{path}: fewer units than lines");
            let rejects = ran.err.contains("reject");
            assert_eq!(ran.code == Some(3), rejects, "{path}: {}", ran.err);
        }
    }
    assert!(files > 0, "{} holds no .ndjson file", folder.display());
}
