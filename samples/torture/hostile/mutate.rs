//! Changes bytes at random, the same way for the same number: bits, ranges, words that matter to some
//! reader, values of JSON, and pieces of other inputs.

use super::{
    entry::{Entry, Form, fold, unfold},
    odd::{Draw, change_a_value},
};
use crate::zips::{Files, pack, unpack};

/// The most that a changed input has, in bytes: enough to cross the buffers that matter.
const MOST_BYTES: usize = 1 << 20;

/// Words that readers look for.
const WORDS: &[&str] = &[
    "\"",
    "\"\"",
    "'",
    "\\",
    "\\\"",
    "\\u0000",
    "\\ud800",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "\u{feff}",
    "\u{2028}",
    "\u{202e}",
    "\u{1b}[2J",
    "\u{1b}]0;x\u{7}",
    "\t",
    ",",
    ";",
    "|",
    ":",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "<",
    ">",
    "&lt;",
    "&amp;",
    "&#0;",
    "&#xd800;",
    "<@U1>",
    "<@U1|",
    "<#C1|x>",
    "<!subteam^S1|x>",
    "<!date^1709539201^{date}|x>",
    "<https://a.b|",
    "<mailto:a@b|c>",
    "*",
    "_",
    "~",
    "`",
    "```",
    "*_~`",
    "&gt; ",
    "> ",
    "1. ",
    "- ",
    "# ",
    "![",
    "](",
    "<div>",
    "</div>",
    "<pre>",
    "<a href=\"",
    "<table><tr><td>",
    "<!--",
    "<![CDATA[",
    "javascript:",
    "null",
    "true",
    "-0",
    "1e999",
    "18446744073709551616",
    "-9223372036854775809",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "1969-12-31",
    "253402300800",
    "e\u{301}",
    "\u{1F469}\u{200d}\u{1F469}",
    "\u{fffd}",
    "@",
    "../",
    "INSERT INTO messages VALUES(",
    "CREATE TABLE messages(",
    "CREATE TRIGGER t AFTER INSERT ON messages BEGIN DELETE FROM messages; END;",
    "CREATE VIEW v AS SELECT * FROM v;",
    "ATTACH 'x.db' AS x;",
    "PRAGMA writable_schema=ON;",
    "SELECT load_extension('x');",
    "/*",
    "*/",
    "--",
    ");",
    "COMMIT;",
    "X'00FF'",
    "zeroblob(1000000)",
    "replace(",
    "[[messages]]",
    "[[users]]",
    "{ column = \"id\", ",
    "template = \"{",
    "lookup = \"users\"",
    "\"type\":\"message\",",
    "\"type\":\"channel\",",
    "\"data\":",
    "\"item\":",
    "\"parent_id\":\"m1\",",
    "\"quoted_message_id\":\"m1\",",
    "\"thread_ts\":\"1709539201.000200\",",
    "\"subtype\":\"message_changed\",",
    "\"member_ids\":[],",
    "\"created_at\":\"\",",
];

/// The input of a case: one of `seeds` with one to four changes, the same for the same number.
pub(crate) fn case_of(entry: &Entry, seeds: &[Vec<u8>], case: usize) -> Vec<u8> {
    let draw = &mut Draw(case as u64);
    let seed = draw.pick(seeds);
    let changes = 1 + draw.below(4);
    if entry.form == Form::Zip && draw.below(2) == 0 {
        let mut files = unpack(seed);
        for _ in 0..changes {
            change_one(&mut files, draw);
        }
        return pack(&files);
    }
    let mut bytes = seed.clone();
    for _ in 0..changes {
        let is_by_form = draw.below(2) == 0;
        match entry.form {
            Form::Json if is_by_form => change_json(&mut bytes, draw),
            Form::Files if is_by_form => change_file(&mut bytes, draw),
            _ => change_bytes(&mut bytes, seeds, draw),
        }
        bytes.truncate(MOST_BYTES);
    }
    bytes
}

/// Changes one of several files that stand in one.
fn change_file(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let mut files: Files = unfold(bytes);
    change_one(&mut files, draw);
    *bytes = fold(&files);
}

fn change_one(files: &mut Files, draw: &mut Draw) {
    if files.is_empty() {
        return;
    }
    let at = draw.below(files.len());
    match draw.below(12) {
        0 => drop(files.remove(at)),
        1 => {
            let mut copy = files[at].clone();
            copy.0 += *draw.pick(&["", "2", "/x", "\u{301}"]);
            files.push(copy);
        }
        2..6 => change_json(&mut files[at].1, draw),
        _ => change_bytes(&mut files[at].1, &[], draw),
    }
}

/// Changes a value of JSON, or of a line that is JSON; bytes of what is none.
fn change_json(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let at = draw.below(lines.len());
    let is_json = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    // An entry of an array stands on a line with a comma behind it.
    let line = lines[at].strip_suffix(b",").unwrap_or(lines[at]);
    let range = match is_json(line) && !line.is_empty() {
        true => {
            let start = lines[..at].iter().map(|line| line.len() + 1).sum();
            start..start + line.len()
        }
        false => 0..bytes.len(),
    };
    if !is_json(&bytes[range.clone()]) {
        return change_bytes(bytes, &[], draw);
    }
    let mut files = vec![(String::new(), bytes[range.clone()].to_vec())];
    change_a_value(&mut files, draw);
    let changed = files.swap_remove(0).1;
    bytes.splice(range, changed);
}

/// Changes bytes whatever they are.
fn change_bytes(bytes: &mut Vec<u8>, others: &[Vec<u8>], draw: &mut Draw) {
    let start = draw.below(bytes.len() + 1);
    let short = 1 + draw.below(16);
    let end = (start + short).min(bytes.len());
    match draw.below(12) {
        0 if start < bytes.len() => bytes[start] ^= 1 << draw.below(8),
        1 if start < bytes.len() => {
            bytes[start] = *draw.pick(b"\0\x01\x7f\x80\xbf\xc0\xff\"\\\n,{[<0-");
        }
        2 => bytes.truncate(start),
        3 => drop(bytes.drain(start..end)),
        4 => {
            let end = start + draw.below(bytes.len() - start + 1);
            drop(bytes.drain(start..end));
        }
        5 => {
            let times = *draw.pick(&[1, 2, 10, 100, 5_000]);
            let piece = bytes[start..end].repeat(times);
            bytes.splice(end..end, piece);
        }
        6 if !others.is_empty() => {
            let other = draw.pick(others);
            let from = draw.below(other.len() + 1);
            let to = from + draw.below(other.len() - from + 1);
            bytes.splice(start..end, other[from..to].iter().copied());
        }
        7 => {
            let to = draw.below(bytes.len() + 1);
            let piece = bytes[start..end].to_vec();
            bytes.splice(to..to, piece);
        }
        8 => {
            let digits = bytes.iter().skip(start).position(u8::is_ascii_digit);
            if let Some(at) = digits {
                let odd = *draw.pick(&["0", "-1", "99999999999999999999", "1e9", "2147483648"]);
                bytes.splice(start + at..start + at + 1, odd.bytes());
            }
        }
        _ => {
            let times = *draw.pick(&[1, 1, 1, 1, 2, 50, 3_000]);
            let word = draw.pick(WORDS).repeat(times);
            bytes.splice(start..start, word.into_bytes());
        }
    }
}
