//! What Slack writes between `<` and `>` in a text: mentions, links and commands.
//!
//! Source: Slack API reference, "Formatting text", read 2026-08.

use migrate_model::Time;

/// A token. All parts are still in Slack's encoding, and may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// `<@U1>` or `<@U1|label>`.
    User {
        /// The user's or the bot's id.
        id: &'t str,
        /// The name at the time of writing.
        label: &'t str,
    },
    /// `<#C1>` or `<#C1|label>`.
    Channel {
        /// The id.
        id: &'t str,
        /// The name at the time of writing.
        label: &'t str,
    },
    /// `<!here>`, `<!channel>`, `<!everyone>` and their old forms.
    Broadcast(&'t str),
    /// Something that is shown by its label or fallback.
    Shown(&'t str),
    /// A time without a fallback, and where it leads, if anywhere.
    Date {
        /// The time.
        at: Time,
        /// An address that may be written as a link; empty if none.
        url: &'t str,
    },
    /// An address that is no link in a chat, such as a phone's, and its label.
    Unlinked {
        /// The address.
        url: &'t str,
        /// What is shown of it.
        label: &'t str,
    },
    /// A group of users without a label.
    Group(&'t str),
    /// `<https://a.b>` or `<https://a.b|label>`.
    Link {
        /// The address.
        url: &'t str,
        /// What is shown of it.
        label: &'t str,
    },
}

/// The token at the start of `text`, and its length with the brackets.
pub(crate) fn read(text: &str) -> Option<(Token<'_>, usize)> {
    let body = text.strip_prefix('<')?;
    let end = memchr::memchr2(b'<', b'>', body.as_bytes())?;
    let (body, rest) = body.split_at(end);
    if !rest.starts_with('>') {
        return None;
    }
    Some((parse(body)?, end + 2))
}

fn parse(body: &str) -> Option<Token<'_>> {
    let (head, label) = body.split_once('|').unwrap_or((body, ""));
    if let Some(id) = head.strip_prefix('@') {
        return match id {
            // The form before 2014.
            "here" | "channel" | "everyone" => Some(Token::Broadcast(id)),
            _ => is_id(id).then_some(Token::User { id, label }),
        };
    }
    if let Some(id) = head.strip_prefix('#') {
        return is_id(id).then_some(Token::Channel { id, label });
    }
    if let Some(command) = head.strip_prefix('!') {
        return parse_command(command, label);
    }
    parse_link(head, label)
}

fn parse_command<'t>(command: &'t str, label: &'t str) -> Option<Token<'t>> {
    match command {
        "here" | "channel" | "everyone" => return Some(Token::Broadcast(command)),
        "group" => return Some(Token::Broadcast("channel")),
        _ => {}
    }
    // An address may hold anything, and is the last.
    let mut parts = command.splitn(4, '^');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("date"), Some(seconds), Some(format)) => {
            let url = parts.next().filter(|url| is_link(url)).unwrap_or("");
            parse_date(seconds, format, url, label)
        }
        _ if !label.is_empty() => Some(Token::Shown(label)),
        (Some("subteam"), Some(id), _) if is_id(id) => Some(Token::Group(id)),
        _ => None,
    }
}

fn parse_date<'t>(
    seconds: &str,
    format: &'t str,
    url: &'t str,
    label: &'t str,
) -> Option<Token<'t>> {
    let at = seconds.parse().ok().and_then(Time::from_seconds);
    match (label, at) {
        ("", Some(at)) => Some(Token::Date { at, url }),
        ("", None) if format.is_empty() => None,
        ("", None) => Some(Token::Shown(format)),
        _ if url.is_empty() => Some(Token::Shown(label)),
        _ => Some(Token::Link { url, label }),
    }
}

fn parse_link<'t>(url: &'t str, label: &'t str) -> Option<Token<'t>> {
    let (scheme, _) = scheme(url)?;
    match (is_link(url), label) {
        (true, _) => Some(Token::Link { url, label }),
        (false, "") if !scheme.eq_ignore_ascii_case("tel") => None,
        (false, label) => Some(Token::Unlinked { url, label }),
    }
}

/// Whether an address may be written as a link: it leads somewhere, and runs nothing.
pub(crate) fn is_link(url: &str) -> bool {
    let Some((scheme, rest)) = scheme(url) else {
        return false;
    };
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    let runs_code = is("javascript") || is("vbscript") || is("data");
    !runs_code && (rest.starts_with("//") || is("mailto"))
}

/// The scheme of an address, and what follows its colon.
fn scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'-' | b'.'));
    (is_scheme && !rest.is_empty()).then_some((scheme, rest))
}

fn is_id(id: &str) -> bool {
    let is_part = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
    !id.is_empty() && id.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use migrate_model::Time;

    use super::{Token, read};

    #[test]
    fn tokens_are_told_apart() {
        let check = |text: &str, expected: Option<Token<'_>>| {
            let token = read(text);
            assert_eq!(token.map(|(token, _)| token), expected, "{text}");
            if let Some((_, length)) = token {
                assert_eq!(length, text.len());
            }
        };
        check(
            "<@U1>",
            Some(Token::User {
                id: "U1",
                label: "",
            }),
        );
        check(
            "<@U1|bob>",
            Some(Token::User {
                id: "U1",
                label: "bob",
            }),
        );
        check("<@here>", Some(Token::Broadcast("here")));
        check(
            "<#C1|>",
            Some(Token::Channel {
                id: "C1",
                label: "",
            }),
        );
        check("<!here|here>", Some(Token::Broadcast("here")));
        check("<!group>", Some(Token::Broadcast("channel")));
        check("<!subteam^S1|@devs>", Some(Token::Shown("@devs")));
        check("<!subteam^S1>", Some(Token::Group("S1")));
        check(
            "<!date^1^{date}^https://a.b|then>",
            Some(Token::Link {
                url: "https://a.b",
                label: "then",
            }),
        );
        check(
            "<!date^1^{date}^javascript:a|then>",
            Some(Token::Shown("then")),
        );
        let date = |url| {
            let at = Time::from_seconds(1).unwrap();
            Some(Token::Date { at, url })
        };
        check("<!date^1^{date}>", date(""));
        check("<!date^1^{date}^https://a.b/^c>", date("https://a.b/^c"));
        check("<!date^x^{date}>", Some(Token::Shown("{date}")));
        check("<!foo|bar>", Some(Token::Shown("bar")));
        check("<!foo>", None);
        check(
            "<https://a.b|x|y>",
            Some(Token::Link {
                url: "https://a.b",
                label: "x|y",
            }),
        );
        check(
            "<mailto:a@b.c>",
            Some(Token::Link {
                url: "mailto:a@b.c",
                label: "",
            }),
        );
        let unlinked = |url, label| Some(Token::Unlinked { url, label });
        check("<tel:+1|call>", unlinked("tel:+1", "call"));
        check("<tel:+1>", unlinked("tel:+1", ""));
        check(
            "<javascript:alert(1)|x>",
            unlinked("javascript:alert(1)", "x"),
        );
        check("<JavaScript://%0aalert(1)>", None);
        check("<b>", None);
        check("<@>", None);
        check("<@U 1>", None);
        check("<a <b>", None);
        check("<https://a.b", None);
        check("<>", None);
    }
}
