//! Mentions as chat systems write them into texts, and whom they mean.

use std::borrow::Cow;

use migrate_markdown::html::{self, Element};
use migrate_markdown::{Document, Style};
use migrate_model::Text;

use crate::lookups::Lookups;
use crate::mapping::{Mentions, TextFormat};

/// The fewest digits of a telephone number behind `@`.
const FEWEST_DIGITS: usize = 5;

/// How many characters of a signed name are looked at; Rails writes a few hundred.
const LONGEST_SIGNED: usize = 4096;

/// What stands for a person whose signed name cannot be read.
const SOMEBODY: &str = "somebody";

/// The text of a message as Markdown.
pub(crate) struct Reader<'l> {
    pub(crate) format: TextFormat,
    pub(crate) mentions: Option<Mentions>,
    /// By which people are known.
    pub(crate) lookups: &'l Lookups,
    /// Ids of those who are mentioned.
    pub(crate) mentioned: Vec<String>,
}

impl Reader<'_> {
    /// A text as Markdown.
    pub(crate) fn markdown<'t>(&mut self, text: Text<'t>) -> Text<'t> {
        if text.is_empty() {
            return text;
        }
        let mut document = Document::default();
        match (self.format, self.mentions) {
            (TextFormat::Markdown, Some(Mentions::Discord)) => return self.discord(text),
            (TextFormat::Markdown, _) => return text,
            (TextFormat::Plain, Some(Mentions::Whatsapp)) => self.whatsapp(&text, &mut document),
            (TextFormat::Plain, _) => document.push(&text, Style::default()),
            (TextFormat::Html, _) => {
                html::read_with(&text, &mut document, &mut |element| self.element(element));
            }
        }
        let mut out = String::new();
        let _ = document.write(&mut out);
        Cow::Owned(out)
    }

    /// Takes note of somebody; the name that is shown.
    fn mention(&mut self, id: &str) -> String {
        if !self.mentioned.iter().any(|it| it == id) {
            self.mentioned.push(id.to_owned());
        }
        self.lookups.name(id).unwrap_or(id).to_owned()
    }

    /// `<@7>` and `<@!7>` are people, and `<:name:7>` is a picture of which the name is shown. Roles
    /// and channels stay as they are.
    fn discord<'t>(&mut self, text: Text<'t>) -> Text<'t> {
        if !text.contains('<') {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest: &str = &text;
        while let Some((before, found)) = rest.split_once('<') {
            out.push_str(before);
            let closed = found.split_once('>').filter(|(inner, _)| inner.len() < 100);
            let shown = closed.and_then(|(inner, behind)| {
                let shown = match inner.strip_prefix('@') {
                    Some(id) => {
                        let id = id.strip_prefix('!').unwrap_or(id);
                        let name = is_number(id).then(|| self.mention(id))?;
                        // Letters would be taken for a part of the name.
                        let is_letter = behind.starts_with(char::is_alphanumeric);
                        format!("@{name}{}", if is_letter { " " } else { "" })
                    }
                    None => {
                        let name = inner
                            .strip_prefix("a:")
                            .or_else(|| inner.strip_prefix(':'))?;
                        let (name, id) = name.split_once(':')?;
                        is_number(id).then(|| format!(":{name}:"))?
                    }
                };
                Some((shown, behind))
            });
            rest = match shown {
                Some((shown, behind)) => {
                    out.push_str(&shown);
                    behind
                }
                None => {
                    out.push('<');
                    found
                }
            };
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// `@` and the number of somebody who is known.
    fn whatsapp(&mut self, text: &str, document: &mut Document) {
        let (mut rest, mut from) = (text, 0);
        while let Some((before, found)) = rest.get(from..).and_then(|it| it.split_once('@')) {
            let digits = found.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = found.split_at(digits);
            let is_known = digits >= FEWEST_DIGITS && self.lookups.name(number).is_some();
            if !is_known {
                from += before.len() + 1;
                continue;
            }
            let before = rest.get(..from + before.len()).unwrap_or_default();
            document.push(before, Style::default());
            document.mention(&self.mention(number), Style::default());
            (rest, from) = (behind, 0);
        }
        document.push(rest, Style::default());
    }

    /// The name of whom an element of HTML mentions.
    fn element(&mut self, element: Element<'_>) -> Option<String> {
        let id = match self.mentions? {
            Mentions::Matrix if element.name.eq_ignore_ascii_case("a") => {
                matrix(&element.attribute("href")?)?
            }
            Mentions::ActionText if element.name.eq_ignore_ascii_case("action-text-attachment") => {
                match element.attribute("sgid").as_deref().and_then(signed) {
                    Some(id) => id,
                    None if mentions_somebody(element) => return Some(SOMEBODY.to_owned()),
                    None => return None,
                }
            }
            _ => return None,
        };
        Some(self.mention(&id))
    }
}

/// Whether an element of Rails is a mention, whoever is meant.
fn mentions_somebody(element: Element<'_>) -> bool {
    let content_type = element.attribute("content-type");
    content_type.is_some_and(|it| it.contains("mention"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// The person that a link of Matrix leads to: `https://matrix.to/#/@ann:example.org`.
fn matrix(url: &str) -> Option<String> {
    let to = url.strip_prefix("https://matrix.to/#/")?;
    let to = to.split(['?', '/']).next()?;
    let id = percent_decoded(to)?;
    (id.starts_with('@') && id.contains(':')).then_some(id)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |it: Option<u8>| char::from(it?).to_digit(16);
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                u8::try_from(value).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The user whom a signed name of Rails means. It is Base64 of JSON that holds `gid://app/User/7`, in
/// some versions in Base64 once more; the signature behind `--` is for the server alone.
fn signed(sgid: &str) -> Option<String> {
    let (text, _) = sgid.split_once("--").unwrap_or((sgid, ""));
    let text = base64(text.get(..text.len().min(LONGEST_SIGNED))?)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    user_of(&text).or_else(|| {
        let (_, message) = text.split_once("\"message\":\"")?;
        let (message, _) = message.split_once('"')?;
        user_of(&String::from_utf8_lossy(&base64(message)?))
    })
}

fn user_of(text: &str) -> Option<String> {
    let (_, gid) = text.split_once("gid://")?;
    let (_, id) = gid.split_once("/User/")?;
    let end = id.find(|it: char| !it.is_ascii_alphanumeric() && it != '-');
    let id = id.get(..end.unwrap_or(id.len()))?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// Base64 of either alphabet, with or without padding; line breaks do not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|it| !it.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: TextFormat, mentions: Mentions, text: &str) -> (String, Vec<String>) {
        let people = [
            ("7", "Ann Lee"),
            ("4915550000001", "4915550000001"),
            ("@ann:example.org", "Ann_L"),
        ];
        let mut reader = Reader {
            format,
            mentions: Some(mentions),
            lookups: &Lookups::of_names(&people),
            mentioned: Vec::new(),
        };
        let text = reader.markdown(text.into()).into_owned();
        (text, reader.mentioned)
    }

    #[test]
    fn discord_writes_ids_in_brackets() {
        let check = |text, expected: &str, ids: &[&str]| {
            let (read, mentioned) = read(TextFormat::Markdown, Mentions::Discord, text);
            assert_eq!((read.as_str(), mentioned), (expected, owned(ids)), "{text}");
        };
        check("hi <@7>, <@!7>", "hi @Ann Lee, @Ann Lee", &["7"]);
        check("<@7>s and <@9>", "@Ann Lee s and @9", &["7", "9"]);
        check(
            "<@&5> <#6> <@x> 1 < 2 > 0 <",
            "<@&5> <#6> <@x> 1 < 2 > 0 <",
            &[],
        );
        check(
            "<:wave:12> <a:dance:13> <:x> <::>",
            ":wave: :dance: <:x> <::>",
            &[],
        );
        check("**a** `b`", "**a** `b`", &[]);
    }

    #[test]
    fn whatsapp_writes_numbers_of_people_whom_it_knows() {
        let check = |text, expected: &str, ids: &[&str]| {
            let (read, mentioned) = read(TextFormat::Plain, Mentions::Whatsapp, text);
            assert_eq!((read.as_str(), mentioned), (expected, owned(ids)), "{text}");
        };
        check(
            "@4915550000001: *now*",
            "@4915550000001: \\*now\\*",
            &["4915550000001"],
        );
        check("a@b @7 @ @4915550000009", "a@b @7 @ @4915550000009", &[]);
        check("x@@4915550000001", "x@@4915550000001", &["4915550000001"]);
    }

    #[test]
    fn matrix_links_to_people() {
        let check = |text: &str, expected: &str, ids: &[&str]| {
            let (read, mentioned) = read(TextFormat::Html, Mentions::Matrix, text);
            assert_eq!((read.as_str(), mentioned), (expected, owned(ids)), "{text}");
        };
        let ann = "@ann:example.org";
        check(
            "<a href=\"https://matrix.to/#/@ann:example.org\">Ann <b>L</b></a>: <b>hi</b>",
            "@Ann_L: **hi**",
            &[ann],
        );
        check(
            "<A HREF='https://matrix.to/#/%40ann%3Aexample.org?via=x'>A</A>",
            "@Ann_L",
            &[ann],
        );
        check(
            "<a href=\"https://matrix.to/#/@bo:x.org\">Bo</a>",
            "@@bo:x.org",
            &["@bo:x.org"],
        );
        check(
            "<a href=\"https://matrix.to/#/#room:x.org\">room</a>",
            "[room](https://matrix.to/#/#room:x.org)",
            &[],
        );
    }

    #[test]
    fn rails_signs_whom_it_means() {
        let check = |sgid: &str, expected: &str, ids: &[&str]| {
            let text = format!(
                "<div>ask <action-text-attachment sgid=\"{sgid}\" content=\"&lt;p&gt;\"></action-text-attachment> now</div>"
            );
            let (read, mentioned) = read(TextFormat::Html, Mentions::ActionText, &text);
            assert_eq!((read.as_str(), mentioned), (expected, owned(ids)), "{sgid}");
        };
        // {"_rails":{"data":"gid://campfire/User/7?expires_in","pur":"attachable"}}
        check(
            "eyJfcmFpbHMiOnsiZGF0YSI6ImdpZDovL2NhbXBmaXJlL1VzZXIvNz9leHBpcmVzX2luIiwicHVyIjoiYXR0YWNoYWJsZSJ9fQ==--0123",
            "ask @Ann Lee now",
            &["7"],
        );
        // {"_rails":{"message":"ImdpZDovL2NhbXBmaXJlL1VzZXIvNyI=","exp":null}}
        check(
            "eyJfcmFpbHMiOnsibWVzc2FnZSI6IkltZHBaRG92TDJOaGJYQm1hWEpsTDFWelpYSXZOeUk9IiwiZXhwIjpudWxsfX0--0123",
            "ask @Ann Lee now",
            &["7"],
        );
        check("no base64!", "ask now", &[]);
        check("", "ask now", &[]);
        let mention = "x\" content-type=\"application/vnd.campfire.mention";
        check(mention, "ask @somebody now", &[]);
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|it| (*it).to_owned()).collect()
    }

    proptest! {
        #[test]
        fn no_text_ends_the_program(text in "[<>@:!&#a7=\"/-]{0,40}|.{0,40}") {
            for (format, mentions) in [
                (TextFormat::Markdown, Mentions::Discord),
                (TextFormat::Plain, Mentions::Whatsapp),
                (TextFormat::Html, Mentions::Matrix),
                (TextFormat::Html, Mentions::ActionText),
            ] {
                read(format, mentions, &text);
            }
            let _ = signed(&text);
            let _ = matrix(&format!("https://matrix.to/#/{text}"));
        }
    }
}
