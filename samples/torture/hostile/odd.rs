//! Changes values of an export's JSON into others that nobody expects, the same ones in every run.

use serde_json::Value;

use crate::zips::Files;

/// JSON that takes the place of any value; text stands for itself.
const ODD_VALUES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e999",
    "-0.0",
    "18446744073709551616",
    "[]",
    "{}",
    r#"[""]"#,
    "[null]",
    r#"{"a":null}"#,
    "[[[[]]]]",
    r#"{"id":"a","id":"b","ts":1,"ts":2}"#,
    r#""""#,
    r#"" ""#,
    r#""0""#,
    r#""-1.000000""#,
    r#""1709539201.000200""#,
    r#""1709539201""#,
    r#""1709539201.5""#,
    r#""0000000000.000000""#,
    r#""99999999999999.999999""#,
    r#""9223372036854775807""#,
    r#""253402300799.999999""#,
    r#""NaN""#,
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\u0000""#,
    r#""a,b%c""#,
    r#""../../etc/passwd""#,
    r#""javascript:alert(1)""#,
    r#""http://example.com/""#,
    r#""<@U05MAREN01""#,
    r#""<@U05MAREN01|>""#,
    r#""<<<>>><!><#><@>""#,
    r#""*_~`*_~`""#,
    r#""```""#,
    r#""\u202e<!here|x>""#,
    r#""U05MAREN01""#,
    r#""C05GENERAL""#,
    r#""USLACKBOT""#,
    r#""slack-unknown""#,
    r#""U 05""#,
    r#""message_changed""#,
    r#""tombstone""#,
    r#""thread_broadcast""#,
    r#""channel_join""#,
];

/// Draws numbers, the same ones in every run.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // Sebastiano Vigna's splitmix64, in the public domain.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) % end as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Changes one value of one file. Returns what was changed.
pub(crate) fn change_a_value(files: &mut Files, draw: &mut Draw) -> String {
    const MARK: &str = "the value that changes";
    let place = draw.below(files.len());
    let (name, contents) = &mut files[place];
    let Ok(mut json) = serde_json::from_slice::<Value>(contents) else {
        // An earlier change was no JSON.
        return format!("{name} again");
    };
    let mut pointers = Vec::new();
    collect(&json, String::new(), &mut pointers);
    let pointer = draw.pick(&pointers).clone();
    let value = json
        .pointer_mut(&pointer)
        .expect("the pointer was collected");
    let former = std::mem::replace(value, Value::String(MARK.to_owned()));
    let odd = match draw.below(30) {
        0 => format!("\"{}\"", "long ".repeat(6_000)),
        1 => format!("\"{}\"", "*_".repeat(3_000)),
        2 => format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)),
        3 => format!("{}null{}", "{\"a\":".repeat(20_000), "}".repeat(20_000)),
        4 => format!("[{former},{former}]"),
        5 => format!("{former},{former}"),
        _ => (*draw.pick(ODD_VALUES)).to_owned(),
    };
    let text = serde_json::to_string(&json).expect("a value can be written");
    *contents = text.replace(&format!("\"{MARK}\""), &odd).into_bytes();
    let shown: String = odd.chars().take(40).collect();
    format!("{name}{pointer} = {shown}")
}

/// All values in a value, as JSON pointers.
fn collect(json: &Value, pointer: String, pointers: &mut Vec<String>) {
    match json {
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{n}"), pointers);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{pointer}/{name}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}
