//! Lists of lines: `1-3 7 9x4` are 1, 2, 3, 7, and four units on line 9.

/// The lines that a list names, one for each unit.
pub(super) fn parse(list: &str) -> Vec<usize> {
    let number = |text: &str| text.parse::<usize>().unwrap_or_else(|_| panic!("a line: {text}"));
    let mut lines = Vec::new();
    for part in list.split_whitespace() {
        if let Some((first, last)) = part.split_once('-') {
            lines.extend(number(first)..=number(last));
        } else if let Some((line, times)) = part.split_once('x') {
            lines.extend(std::iter::repeat_n(number(line), number(times)));
        } else {
            lines.push(number(part));
        }
    }
    lines
}

/// The list of these lines, which are in order.
pub(super) fn show(lines: &[usize]) -> String {
    let mut parts: Vec<(usize, usize, usize)> = Vec::new();
    for same in lines.chunk_by(|a, b| a == b) {
        let (line, times) = (same[0], same.len());
        match parts.last_mut() {
            Some((_, last, 1)) if times == 1 && *last + 1 == line => *last = line,
            _ => parts.push((line, line, times)),
        }
    }
    let parts = parts.iter().map(|&(first, last, times)| match (last - first, times) {
        (0, 1) => format!("{first}"),
        (0, _) => format!("{first}x{times}"),
        _ => format!("{first}-{last}"),
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_list_is_shown_as_it_is_parsed() {
    assert_eq!(parse("1-3 7 9x4"), [1, 2, 3, 7, 9, 9, 9, 9]);
    for list in ["", "1", "2x2", "1-3 7 9x4", "1x2 2-3 4x3 5", "8 10-11"] {
        assert_eq!(show(&parse(list)), list);
    }
}
