//! Values as Python prints them, such as `[{'url': None}]`, which is how `pandas` writes lists into
//! cells.

/// The JSON of a value that Python has printed; `None` if a text in it does not end. What is no such
/// value becomes no JSON either.
pub(crate) fn json_of_python(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            rest = quoted(rest.get(1..)?, first, &mut json)?;
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            json.push_str(match word {
                "None" | "nan" => "null",
                "True" => "true",
                "False" => "false",
                word => word,
            });
            rest = after;
        } else {
            // A list in round brackets is a list.
            json.push(match first {
                '(' => '[',
                ')' => ']',
                c => c,
            });
            rest = rest.get(first.len_utf8()..)?;
        }
    }
    Some(json)
}

/// Writes a text in quotes; gives what stands behind it.
fn quoted<'t>(text: &'t str, quote: char, json: &mut String) -> Option<&'t str> {
    json.push('"');
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            c if c == quote => break,
            '"' => json.push_str("\\\""),
            '\\' => match rest.next()? {
                c @ ('\'' | 'a' | 'v' | '0') => json.extend((c == '\'').then_some(c)),
                'x' => {
                    json.push_str("\\u00");
                    json.extend([rest.next()?, rest.next()?]);
                }
                c => json.extend(['\\', c]),
            },
            c => json.push(c),
        }
    }
    json.push('"');
    Some(rest.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Option<Value> {
        serde_json::from_str(&json_of_python(text)?).ok()
    }

    #[test]
    fn what_python_prints_is_read() {
        let check = |text: &str, expected: Value| assert_eq!(read(text), Some(expected), "{text}");
        check(
            "[{'url': 'a', 'size': 3}]",
            json!([{"url": "a", "size": 3}]),
        );
        check(
            "{'a': None, 'b': True, 'c': (1, 2)}",
            json!({"a": null, "b": true, "c": [1, 2]}),
        );
        check(
            r#"["it's", 'say "hi"', 'a\\b\n\xe4\'']"#,
            json!(["it's", "say \"hi\"", "a\\b\nä'"]),
        );
        check("[]", json!([]));
        for text in ["['a", "[{'a'}]", "<Attachment id=1>", "['a\\"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn json_stays_as_it_is(texts in prop::collection::vec("[a-zä \"'\\\\,\n]{0,6}", 0..4)) {
            let value = json!(texts);
            prop_assert_eq!(read(&value.to_string()), Some(value));
        }

        #[test]
        fn no_text_ends_the_program(text in "[\\[{('a\\\\x\"ä)}\\]]{0,12}") {
            let _ = read(&text);
        }
    }
}
