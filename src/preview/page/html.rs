//! Markup that is made here and not by a template.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::redact::Clean;

/// HTML in which every foreign text is escaped; templates write it as it is.
#[derive(Clone, Debug, Default)]
pub struct Html(String);

impl Html {
    /// Takes markup. All that is foreign in it has to be escaped.
    pub fn new(markup: String) -> Html {
        Html(markup)
    }

    /// A sentence of ours or of an adapter, in which names stand between backticks.
    pub fn prose(text: &Clean) -> Html {
        let mut markup = String::new();
        let mut rest = text.as_str();
        while let Some((before, (name, after))) = rest
            .split_once('`')
            .and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
        {
            escape(&mut markup, before);
            markup.push_str("<code>");
            escape(&mut markup, name);
            markup.push_str("</code>");
            rest = after;
        }
        escape(&mut markup, rest);
        Html(markup)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How long it is, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Appends a text that stands between tags. Shorter than what a template makes of quotes, which
/// JSON is full of.
pub fn escape(markup: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            _ => markup.push(c),
        }
    }
}

/// Appends a text that stands in a value between double quotes.
pub fn escape_value(markup: &mut String, text: &str) {
    for (n, piece) in text.split('"').enumerate() {
        markup.push_str(if n > 0 { "&quot;" } else { "" });
        escape(markup, piece);
    }
}
