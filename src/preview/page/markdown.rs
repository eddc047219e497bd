//! Texts of messages as HTML: Markdown without raw HTML, with people and addresses marked.

use pulldown_cmark::html::push_html;
use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd,
    TextMergeStream,
};

use super::html::{Html, escape};
use super::links;
use crate::redact::{Clean, Cleaner};

/// Longest text that is shown, in bytes; the entry beside it shows more.
const MOST_BYTES: usize = 30_000;

/// How deep quotes, lists and styles stand in each other at most. More is shown flat.
const MOST_DEPTH: usize = 16;

/// What is written besides plain Markdown.
const OPTIONS: Options = Options::ENABLE_STRIKETHROUGH.union(Options::ENABLE_TABLES);

/// A message's text. `mentions` are the names that stand behind an `@`, the longest first.
pub fn html(text: &str, mentions: &[String], cleaner: Cleaner) -> Html {
    // What marks parts of a secret hides it from whoever sees the parts alone, and what is escaped
    // from whoever sees the whole: both are looked at.
    let (text, is_all) = cleaner.start(text, MOST_BYTES);
    let text = text.as_str();
    let mut writer = Writer {
        events: Vec::new(),
        open: Vec::new(),
        mentions,
        cleaner,
    };
    let parser = Parser::new_ext(text, OPTIONS).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    // What escapes and references stand for is put together before anything is looked for in it.
    for event in TextMergeStream::new(parser) {
        writer.take(event);
    }
    let mut markup = String::with_capacity(text.len() * 2);
    push_html(&mut markup, writer.events.into_iter());
    if !is_all {
        markup.push_str("<p class=\"cut\">… the text goes on</p>");
    }
    Html::new(markup)
}

/// The beginning of a text, no more than so many bytes, without what marks it up.
pub fn plain(text: &str, most: usize, cleaner: Cleaner) -> Clean {
    let (text, _) = cleaner.start(text, 4 * most);
    let mut plain = String::new();
    for event in Parser::new_ext(text.as_str(), OPTIONS) {
        match event {
            Event::Text(it) | Event::Code(it) | Event::Html(it) | Event::InlineHtml(it) => {
                plain.push_str(&it);
            }
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            Event::End(end) if !is_inline(end) => plain.push(' '),
            _ => {}
        }
    }
    match cleaner.start(plain.trim(), most) {
        (plain, true) => plain,
        (start, false) => cleaner.text(&format!("{start}…")),
    }
}

fn is_inline(end: TagEnd) -> bool {
    use TagEnd::{Emphasis, Image, Link, Strikethrough, Strong};
    matches!(end, Emphasis | Strong | Strikethrough | Link | Image)
}

/// How something that was opened is closed.
#[derive(PartialEq, Eq)]
enum Close {
    Tag(TagEnd),
    Link,
    Code(TagEnd),
    Table,
    Markup(&'static str),
    Nothing,
}

struct Writer<'a, 'e> {
    events: Vec<Event<'e>>,
    open: Vec<Close>,
    mentions: &'a [String],
    cleaner: Cleaner,
}

impl<'e> Writer<'_, 'e> {
    fn take(&mut self, event: Event<'e>) {
        match event {
            Event::Start(tag) => {
                let close = match self.open.len() {
                    0..MOST_DEPTH => self.open(tag),
                    _ => Close::Nothing,
                };
                self.open.push(close);
            }
            Event::End(_) => match self.open.pop() {
                Some(Close::Tag(end) | Close::Code(end)) => self.events.push(Event::End(end)),
                Some(Close::Table) => {
                    self.events.push(Event::End(TagEnd::Table));
                    self.markup("</div>".to_owned());
                }
                Some(Close::Link) => self.markup("</a>".to_owned()),
                Some(Close::Markup(markup)) => self.markup(markup.to_owned()),
                Some(Close::Nothing) | None => {}
            },
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                let text = self.cleaner.text(&text).as_str().to_owned();
                self.events.push(Event::Code(text.into()));
            }
            // Chats keep the ends of lines.
            Event::SoftBreak | Event::HardBreak => self.events.push(Event::HardBreak),
            Event::Rule => self.events.push(Event::Rule),
            // The rest belongs to extensions that are off.
            _ => {}
        }
    }

    fn markup(&mut self, markup: String) {
        self.events.push(Event::InlineHtml(markup.into()));
    }

    fn open(&mut self, tag: Tag<'e>) -> Close {
        match tag {
            Tag::HtmlBlock => self.tag(Tag::Paragraph),
            Tag::Heading { .. } => {
                self.markup("<p class=\"heading\">".to_owned());
                Close::Markup("</p>")
            }
            Tag::BlockQuote(_) => self.tag(Tag::BlockQuote(None::<BlockQuoteKind>)),
            Tag::CodeBlock(_) => {
                let end = TagEnd::CodeBlock;
                let tag = Tag::CodeBlock(CodeBlockKind::Fenced(CowStr::Borrowed("")));
                self.events.push(Event::Start(tag));
                Close::Code(end)
            }
            // An alignment would be written as a style, which the page's policy forbids. Rows and
            // cells have to find room in it.
            Tag::Table(columns) if self.open.len() + 2 < MOST_DEPTH => {
                self.markup(
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">"
                        .to_owned(),
                );
                let columns = vec![Alignment::None; columns.len()];
                self.events.push(Event::Start(Tag::Table(columns)));
                Close::Table
            }
            Tag::Link { dest_url, .. } => self.link(&dest_url),
            Tag::Image { dest_url, .. } => {
                self.markup("<span class=\"picture\">picture</span> ".to_owned());
                self.link(&dest_url)
            }
            tag @ (Tag::TableHead | Tag::TableRow | Tag::TableCell)
                if self.open.contains(&Close::Table) =>
            {
                self.tag(tag)
            }
            tag @ (Tag::Paragraph
            | Tag::List(_)
            | Tag::Item
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough) => self.tag(tag),
            _ => Close::Nothing,
        }
    }

    fn tag(&mut self, tag: Tag<'e>) -> Close {
        let end = tag.to_end();
        self.events.push(Event::Start(tag));
        Close::Tag(end)
    }

    fn link(&mut self, url: &str) -> Close {
        let url = links::allowed(url, self.cleaner);
        match url.filter(|_| !self.open.contains(&Close::Link)) {
            Some(url) => {
                let mut markup = String::new();
                links::open(&mut markup, &url);
                self.markup(markup);
                Close::Link
            }
            None => {
                self.markup("<span class=\"no-link\">".to_owned());
                Close::Markup("</span>")
            }
        }
    }

    fn text(&mut self, text: &str) {
        let text = self.cleaner.text(text);
        let is_code = |close: &Close| matches!(close, Close::Code(_));
        if self.open.iter().any(is_code) {
            let text = CowStr::from(text.as_str().to_owned());
            return self.events.push(Event::Text(text));
        }
        let is_linked = self.open.contains(&Close::Link);
        let markup = self.marked(text.as_str(), is_linked);
        self.markup(markup);
    }

    /// A text with mentions and addresses marked.
    fn marked(&self, text: &str, is_linked: bool) -> String {
        let mut markup = String::new();
        let mut rest = text;
        while let Some(n) = rest.find(['@', 'h', '\n']) {
            escape(&mut markup, &rest[..n]);
            rest = &rest[n..];
            let mention = self.mention(rest);
            let url = match is_linked {
                true => 0,
                false => links::bare(rest),
            };
            let taken = if mention > 0 {
                markup.push_str("<span class=\"mention\">");
                escape(&mut markup, &rest[..mention]);
                markup.push_str("</span>");
                mention
            } else if url > 0 {
                links::open(&mut markup, &rest[..url]);
                escape(&mut markup, &rest[..url]);
                markup.push_str("</a>");
                url
            } else {
                match rest.starts_with('\n') {
                    true => markup.push_str("<br>"),
                    false => markup.push_str(&rest[..1]),
                }
                1
            };
            rest = &rest[taken..];
        }
        escape(&mut markup, rest);
        markup
    }

    /// How long the mention at the start of a text is; 0 if there is none.
    fn mention(&self, text: &str) -> usize {
        let Some(name) = text.strip_prefix('@') else {
            return 0;
        };
        let found = self.mentions.iter().find(|it| {
            let rest = name.strip_prefix(it.as_str());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        found.map_or(0, |it| 1 + it.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLEANER: Cleaner = Cleaner {
        include_profile: false,
    };

    fn check(text: &str, expected: &str) {
        let mentions = ["Ada Lovelace".to_owned(), "Ada".to_owned()];
        let shown = html(text, &mentions, CLEANER).to_string();
        assert_eq!(shown.trim_end(), expected, "{text}");
    }

    #[test]
    fn styles_and_ends_of_lines_are_kept() {
        check(
            "**a** _b_ ~~c~~ `d`\ne",
            "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code><br />\ne</p>",
        );
        check("# a", "<p class=\"heading\">a</p>");
        check("```js\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>");
    }

    #[test]
    fn html_is_text() {
        check(
            "<script>alert(1)</script>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        );
        check(
            "a <img src=x onerror=y>",
            "<p>a &lt;img src=x onerror=y&gt;</p>",
        );
    }

    #[test]
    fn people_are_marked_by_their_whole_names() {
        check(
            "@Ada Lovelace, @Ada @Bob",
            "<p><span class=\"mention\">@Ada Lovelace</span>, <span class=\"mention\">@Ada</span> @Bob</p>",
        );
        check(
            "@Adam, @Ada's",
            "<p>@Adam, <span class=\"mention\">@Ada</span>'s</p>",
        );
    }

    #[test]
    fn links_lead_to_the_web_and_pictures_are_links() {
        let open = "<a href=\"https://a.example\" target=\"_blank\" rel=\"noopener noreferrer\">";
        check("[b](https://a.example)", &format!("<p>{open}b</a></p>"));
        check(
            "see https://a.example.",
            &format!("<p>see {open}https://a.example</a>.</p>"),
        );
        check(
            "[b](javascript:alert(1))",
            "<p><span class=\"no-link\">b</span></p>",
        );
        check(
            "![b](https://a.example)",
            &format!("<p><span class=\"picture\">picture</span> {open}b</a></p>"),
        );
    }

    #[test]
    fn what_is_escaped_hides_no_address() {
        check("a\\_b@example.com", "<p>…@…</p>");
        check("<a@example.com>", "<p>&lt;…@…&gt;</p>");
        check("**ann**@example.com", "<p>…@…</p>");
        check("a&#64;example.com", "<p>…@…</p>");
    }

    /// Asserts that whatever is opened is closed, in order.
    fn assert_closed(markup: &str) {
        let mut open = Vec::new();
        for tag in markup.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{markup}"),
                None if tag.ends_with('/') || tag == "br" => {}
                None => open.push(tag.split(' ').next().unwrap()),
            }
        }
        assert!(open.is_empty(), "{open:?} {markup}");
    }

    #[test]
    fn a_table_is_closed_however_deep_it_stands() {
        for depth in 0..20 {
            let quote = "> ".repeat(depth);
            let text = format!("{quote}|a|b|\n{quote}|-|-|\n{quote}|c|*d*|");
            let shown = html(&text, &[], CLEANER).to_string();
            assert_closed(&shown);
            assert_eq!(shown.contains("<table>"), depth < 14, "{depth}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_opened_is_closed(text in "([<>a-z\"'=:/()!*_`~\\-\n &;#@]|\\|a\\|\n\\|-\\|\n|> |- |\\*\\*|\\[a\\]\\(https://a\\.example\\)){0,60}") {
            assert_closed(&html(&text, &[], CLEANER).to_string());
        }

        #[test]
        fn no_text_makes_an_element_that_is_not_ours(text in "[<>a-z\"'=:/\\[\\]()!*_`~|\\-\n &;#@]{0,120}") {
            let shown = html(&text, &[], CLEANER).to_string();
            for tag in shown.split('<').skip(1) {
                let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap();
                let ours = "p br strong em del code pre a span blockquote ul ol li hr table thead tbody tr th td div";
                prop_assert!(ours.split(' ').any(|it| it == name), "{shown}");
            }
            let attributes = shown.replace("target=\"_blank\" rel=\"noopener noreferrer\"", "");
            prop_assert!(!attributes.contains(" style=") && !attributes.contains("href=\"javascript"));
        }
    }
}
