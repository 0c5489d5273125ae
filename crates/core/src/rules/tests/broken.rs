//! Configurations that are refused, with the words in which they are: `broken.txt`, and those that
//! are too long to be written down.

use super::{HEAD, parse};

const CASES: &str = include_str!("broken.txt");
/// How a case begins in the file.
const TITLE: &str = "\n## ";

/// `expected` is everything that is said about the file `t.yaml`, which stands beside a head.
fn check(text: &str, expected: &str) {
    check_files("", &[("head.yaml", HEAD), ("t.yaml", text)], expected);
}

fn check_files(title: &str, files: &[(&str, &str)], expected: &str) {
    let said = match parse(files) {
        Ok(checked) => format!("accepted, {} warnings", checked.warnings.len()),
        Err(problems) => problems.to_string(),
    };
    assert_eq!(said, expected, "{title}");
}

/// A case of the file: its title, its files, what is expected.
fn check_case(case: &str) {
    let (title, rest) = case.split_once('\n').unwrap();
    let (text, expected) = rest.split_once("=> ").unwrap();
    let expected = expected.trim_end().replace("\n=> ", "\n");
    let files: Vec<_> = match text.strip_prefix("= ") {
        Some(files) => files.split("\n= ").map(|file| file.split_once('\n').unwrap()).collect(),
        None => vec![("head.yaml", HEAD), ("t.yaml", text)],
    };
    check_files(title, &files, &expected);
}

#[test]
fn every_mistake_is_named_with_its_place_and_what_to_do() {
    let cases: Vec<_> = CASES.split(TITLE).skip(1).collect();
    assert!(cases.len() > 50, "the file was read");
    cases.into_iter().for_each(check_case);
}

/// The settings of a table that lists `count` columns.
fn columns(setting: &str, count: usize) -> String {
    let names: Vec<_> = (0..count).map(|number| format!("c{number}")).collect();
    format!("tables: {{t: {{{setting}: [{}]}}}}", names.join(","))
}

#[test]
fn what_is_too_large_is_refused() {
    let name = format!("tables: {{{}: {{keys: none, include: [a]}}}}", "x".repeat(256));
    let shown = "x".repeat(80);
    check(
        &name,
        &format!(
            "t.yaml:1:10: tables: found \"{shown}…\", expected a name of at most 255 characters"
        ),
    );
    check(
        &columns("keys: [id], include", 4097),
        "t.yaml:1:35: include of table t: found 4097 entries, expected at most 4096",
    );
    check(
        &columns("include: [a], keys", 33),
        "t.yaml:1:34: keys of table t: found 33 columns, expected at most 32",
    );
    check(
        &" ".repeat((4 << 20) + 1),
        "t.yaml: found 4194305 bytes, expected at most 4194304; split the file, \
         one a family of tables",
    );
    let with = "x".repeat(257);
    check(
        &format!(
            "tables: {{t: {{keys: none, include: [a], redact: [{{fields: [a], \
             method: replace, with: {with}}}]}}}}"
        ),
        &format!(
            "t.yaml:1:86: with in redact of table t: found \"{shown}…\", expected text of \
             at most 256 characters"
        ),
    );
}

#[test]
fn too_many_tables_are_refused() {
    let tables: String =
        (0..5001).map(|n| format!("  t{n}: {{keys: none, include: [a]}}\n")).collect();
    let expected = "head.yaml: found 5001 tables, expected at most 5000";
    check(&format!("tables:\n{tables}"), expected);
}

#[test]
fn the_same_file_twice_is_noticed() {
    let text = "tables: {t: {keys: none, include: [a]}}";
    let expected =
        "t.yaml:1:10: table t is configured twice, first at t.yaml:1:10; keep one of the two";
    check_files("", &[("head.yaml", HEAD), ("t.yaml", text), ("t.yaml", text)], expected);
}

#[test]
fn line_ends_and_a_byte_order_mark_move_no_place() {
    let text = "tables:\n  é: # €\n    keys: none\n    include: [a]\n    event_type: 57\n";
    let expected = "t.yaml:5:17: event_type of table é: found the number 57, expected a name; \
                    put it in quotes if that is the name";
    check(text, expected);
    check(&text.replace('\n', "\r\n"), expected);
    check(&format!("\u{feff}{text}"), expected);
}

#[test]
fn no_damage_to_a_file_makes_the_reader_panic() {
    let users = include_str!("../../../../../config/tables/users.yaml");
    // Each place of it is broken and all of it read again: two tables are enough.
    let whole = users.split_once("  preferences:").unwrap().0;
    for (at, _) in whole.char_indices() {
        drop(parse(&[("head.yaml", HEAD), ("t.yaml", &whole[..at])]));
    }
    for damage in ["\0", "\u{feff}", "[", "}", "\"", "\n", "\t", "&a *a", "!!x ", "? ", "é", "<<: "]
    {
        for (at, _) in whole.char_indices().step_by(5) {
            let text = format!("{}{damage}{}", &whole[..at], &whole[at..]);
            drop(parse(&[("head.yaml", HEAD), ("t.yaml", &text)]));
        }
    }
}

#[test]
fn nesting_without_end_is_refused_and_does_not_exhaust_the_stack() {
    let said = parse(&[("t.yaml", &"[".repeat(1 << 20))]).unwrap_err().to_string();
    assert!(said.starts_with("t.yaml:1:256: not valid YAML: recursion limit"), "{said}");
    let block: String = (0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let said = parse(&[("t.yaml", &block)]).unwrap_err().to_string();
    assert_eq!(
        said,
        "t.yaml:17:17: found settings nested deeper than 16 levels; check the indentation"
    );
}

#[test]
fn only_the_first_problems_are_shown_and_the_rest_counted() {
    let text: String = (0..60).map(|number| format!("x{number}: 1\n")).collect();
    let problems = parse(&[("head.yaml", HEAD), ("t.yaml", &text)]).unwrap_err();
    assert_eq!(problems.as_slice().len(), 60);
    assert!(problems.to_string().ends_with("\nand 10 more"));
}

#[test]
fn no_file_and_a_path_with_a_control_character() {
    check_files("none", &[], "configuration: no file; expected at least one .yaml file");
    let bell = [("a\u{7}.yaml", "[")];
    check_files("bell", &bell, "a\\u{7}.yaml:1:1: not valid YAML: unclosed bracket '['");
}

#[test]
fn a_problem_tells_its_parts() {
    let problems = parse(&[("c.yaml", "version: 1\npipeline: p\ntabels: {}")]).unwrap_err();
    let problem = &problems.as_slice()[0];
    assert_eq!((problem.file(), problem.place()), ("c.yaml", Some((3, 1))));
    assert!(problem.text().starts_with("unknown setting \"tabels\""));
}
