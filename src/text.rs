//! Words for people: sizes, counts, and foreign text made safe for a terminal.

use std::fmt::Write as _;

pub use migrate_model::wording::{is_unseen, safe};

use crate::redact::{discreet, discreet_start};

/// JSON for a terminal: such characters are written as JSON has it, `\u202e`.
pub fn safe_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // JSON itself is of other characters, and has those below as codes within texts.
        if c >= '\u{7f}' && (c.is_control() || is_unseen(c)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// What quotes a source, as [`safe`] shows it, and without secrets, addresses and telephone numbers.
pub fn foreign(text: &str, max: usize) -> String {
    // What is behind that is not shown either.
    let most = max.saturating_mul(4);
    match text.len() <= LOOKED_AT_BYTES {
        true => safe(&discreet(text), max),
        false => safe(&discreet_start(text, most.min(LOOKED_AT_BYTES)), max),
    }
}

/// How much of a text is looked at, in bytes: far more than is shown of any, since what is not told
/// makes it shorter.
const LOOKED_AT_BYTES: usize = 1 << 20;

/// How many columns a line has.
const COLUMNS: usize = 80;

/// A text whose lines fit a terminal: longer ones go on below, under what they begin with. A word
/// that is longer than a line is cut.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 20);
    for line in text.lines() {
        fold(&mut out, line);
        out.push('\n');
    }
    out
}

fn fold(out: &mut String, line: &str) {
    let indent = indent(line).min(COLUMNS / 2);
    let mut column = 0;
    for piece in line.split_inclusive(' ') {
        let wide = piece.trim_end().chars().map(columns).sum::<usize>();
        if column + wide > COLUMNS && column > indent && indent + wide <= COLUMNS {
            column = next_line(out, indent);
        }
        for c in piece.chars() {
            if column >= COLUMNS && c == ' ' {
                continue;
            }
            if column + columns(c) > COLUMNS {
                column = next_line(out, indent);
            }
            out.push(c);
            column += columns(c);
        }
    }
}

/// How many columns a character takes: two if it is one of East Asia or an emoji. These are the
/// ranges of Unicode's annex 11 (East Asian Width), without the few wide signs between others.
fn columns(c: char) -> usize {
    let is_wide = matches!(
        c,
        '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{303e}'
            | '\u{3041}'..='\u{a4cf}'
            | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff01}'..='\u{ff60}'
            | '\u{ffe0}'..='\u{ffe6}'
            | '\u{17000}'..='\u{18cff}'
            | '\u{1b000}'..='\u{1b2ff}'
            | '\u{1f300}'..='\u{1f64f}'
            | '\u{1f680}'..='\u{1f6ff}'
            | '\u{1f900}'..='\u{1faff}'
            | '\u{20000}'..='\u{3fffd}'
    );
    if is_wide { 2 } else { 1 }
}

/// Ends a line without blanks behind it; gives the column where the next one begins.
fn next_line(out: &mut String, indent: usize) -> usize {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
    indent
}

/// Where the rest of a long line stands: behind the number that it begins with, or two columns
/// farther right than its start.
fn indent(line: &str) -> usize {
    let start = line.len() - line.trim_start_matches(' ').len();
    let is_of_number = |c: char| c.is_ascii_digit() || c == ',';
    let behind = line[start..].trim_start_matches(is_of_number);
    match behind.strip_prefix("  ").map(str::len) {
        Some(rest) if rest < line.len() - start - 2 => line.len() - rest,
        _ => start + 2,
    }
}

/// A text as one word of a command that can be copied.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./,+@%=:".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", safe(&text.replace('\'', "'\\''"), usize::MAX)),
    }
}

/// A size in decimal units, as the limit counts: `299.0 MB`.
pub fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, name) in units {
        if bytes >= unit {
            let tenths = u128::from(bytes) * 10 / unit as u128;
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} bytes")
}

/// A count with separators: `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 message`, `2 messages`.
pub fn counted(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", count(number))
}

/// Reads a size such as `299MB`, `50kB`, `1GB` or `12345`; units are decimal.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => {
            return Err("a size is a number with kB, MB or GB behind it, such as 299MB".to_owned());
        }
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "a size begins with a whole number, such as 299MB".to_owned())?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "the size is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_for_a_terminal_says_the_same() {
        let text = "a\u{7f}\u{9b}31m\u{202e}\u{feff}\u{1b}é漢\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = safe_json(&json);
        assert_eq!(
            safe,
            "[\n  \"a\\u007f\\u009b31m\\u202e\\ufeff\\u001bé漢\\n\"\n]"
        );
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [text]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let name = "漢".repeat(100);
        for line in folded(&format!("  1,234  {name}\n")).lines() {
            let wide: usize = line.chars().map(columns).sum();
            assert!(
                (79..=80).contains(&wide) || line.ends_with('漢') && wide < 80,
                "{line}"
            );
            assert!(line.chars().count() <= 45, "{line}");
        }
        let words = "漢字 ".repeat(40);
        let lines = folded(&words);
        assert!(
            lines
                .lines()
                .all(|it| it.chars().map(columns).sum::<usize>() <= 80)
        );
    }

    #[test]
    fn a_path_with_spaces_is_one_word_of_a_command() {
        assert_eq!(shell_word("a/öffentlich-1.json"), "a/öffentlich-1.json");
        assert_eq!(shell_word("my out.json"), "'my out.json'");
        assert_eq!(shell_word("it's.json"), "'it'\\''s.json'");
    }

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(size(299_000_000), "299.0 MB");
        assert_eq!(size(1_999), "1.9 kB");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(parse_size("299MB"), Ok(299_000_000));
        assert_eq!(parse_size("50 kb"), Ok(50_000));
        assert!(parse_size("MB").is_err() && parse_size("1MiB").is_err());
        assert!(parse_size("99999999999GB").is_err());
    }

    #[test]
    fn no_line_passes_the_last_column_and_no_word_is_lost() {
        let long = "x".repeat(200);
        let words = "word ".repeat(40);
        for begin in [
            "",
            "  1,234  ",
            "      first: ",
            &"b".repeat(79),
            &" ".repeat(90),
        ] {
            let text = format!("{begin}some {long} and {words}more\nshort\n");
            let folded = folded(&text);
            let is_short = |line: &str| line.chars().count() <= COLUMNS && !line.ends_with(' ');
            assert!(folded.lines().all(is_short), "{folded}");
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(bare(&folded), bare(&text));
            assert!(folded.ends_with("\nshort\n"));
        }
        let text = format!("   12  kind: {words}");
        let folded = folded(&text);
        assert!(
            folded
                .lines()
                .skip(1)
                .all(|line| line.starts_with("       word")),
            "{folded}"
        );
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
        assert_eq!(counted(1, "message"), "1 message");
    }
}
