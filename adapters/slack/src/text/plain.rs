//! Tokens of Slack's texts where no markup is read, and addresses that cannot be links.

use crate::people::Names;
use crate::text::date::day_and_time;
use crate::text::escape;
use crate::text::token::Token;

/// Writes a token for a place that knows no markup.
pub(crate) fn push_token(token: Token<'_>, names: Names<'_>, out: &mut String) {
    let directory = names.directory;
    match token {
        Token::User { id, label } => {
            let id = names.bots.user_of(id);
            let label = if label.is_empty() { id } else { label };
            out.push('@');
            out.push_str(directory.user_name(id).unwrap_or(label));
        }
        Token::Channel { id, label } => {
            let label = if label.is_empty() { id } else { label };
            out.push('#');
            out.push_str(directory.channel_name(id).unwrap_or(label));
        }
        Token::Broadcast(word) | Token::Group(word) => {
            out.push('@');
            out.push_str(word);
        }
        Token::Shown(label) => escape::decode(label, out),
        Token::Date { at, url } => {
            out.push_str(&day_and_time(at));
            if !url.is_empty() {
                out.push_str(" (");
                escape::decode(url, out);
                out.push(')');
            }
        }
        Token::Unlinked { url, label } => push_unlinked(label, phone_number(url), out),
        Token::Link { url, label } => {
            let bare = url.strip_prefix("mailto:").unwrap_or(url);
            if label.trim().is_empty() || says_address(label, url) {
                return escape::decode(bare, out);
            }
            escape::decode(label, out);
            out.push_str(" (");
            escape::decode(bare, out);
            out.push(')');
        }
    }
}

/// The number that an address calls, if it is one of a phone.
pub(crate) fn phone_number(url: &str) -> Option<&str> {
    let (scheme, number) = url.split_once(':')?;
    scheme.eq_ignore_ascii_case("tel").then_some(number)
}

/// Writes the label of an address that cannot be a link, and the number if it calls one.
pub(crate) fn push_unlinked(label: &str, number: Option<&str>, out: &mut String) {
    escape::decode(label, out);
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let number = number.filter(|number| !digits(label).contains(&digits(number)));
    match number {
        Some(number) if label.trim().is_empty() => out.push_str(number),
        Some(number) => out.extend([" (", number, ")"]),
        None => {}
    }
}

/// Whether the label of a link is its address, perhaps without the start that people leave away.
pub(crate) fn says_address(label: &str, url: &str) -> bool {
    let bare = url.strip_prefix("mailto:").unwrap_or(url);
    let bare = bare.split_once("://").map_or(bare, |(_, bare)| bare);
    let bare = bare.trim_end_matches('/');
    !bare.is_empty() && label.trim().trim_end_matches('/').ends_with(bare)
}
