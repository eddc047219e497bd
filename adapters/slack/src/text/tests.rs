//! Tests of the conversion of texts: tables, then properties against a reader of Markdown.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use migrate_markdown::Style;

use crate::testing;
use crate::text::{self, Converted, Markup};

const WORD_JOINER: char = '\u{2060}';

fn converted(text: &str, style: Style) -> (String, Vec<String>, bool, bool) {
    with_converted(text, style, |out| {
        let mentions = out.mentions.iter().map(|it| (*it).to_owned()).collect();
        (out.markdown.clone(), mentions, out.here, out.channel)
    })
}

fn with_converted<T>(text: &str, style: Style, see: impl FnOnce(&Converted<'_>) -> T) -> T {
    testing::with_names(|names| {
        let mut out = Converted::default();
        let text = if style.is_plain() { text } else { text.trim() };
        text::push(text, Markup::Mrkdwn, style, names, &mut out);
        out.finish();
        see(&out)
    })
}

fn markdown(text: &str) -> String {
    converted(text, Style::PLAIN).0
}

fn check(text: &str, expected: &str) {
    assert_eq!(markdown(text), expected, "of {text:?}");
}

#[test]
fn emphasis_is_translated() {
    check("*b* _i_ ~s~", "**b** _i_ ~~s~~");
    check("(*b*) \"*b*\" *a* *b*", "(**b**) \"**b**\" **a** **b**");
    check("*_x_* _*x*_ ~*x*~", "**_x_** **_x_** ~~**x**~~");
    check("*a _b_ ~c~*", "**a _b_ ~~c~~**");
    check("*<@U1>*", "**@Ada**");
    check("*<https://a.b|t>*: x", "**[t](https://a.b)**: x");
    check("*one two*, x", "**one two**, x");
    check("*a *b*", "\\*a **b**");
    check("*太字*です *太字*。", "\\*太字\\*です **太字**。");
    check("😀_i_", "😀*i*");
    check("*a&amp;b*", "**a&b**");
    check("&lt;*b*&gt;", "\\<**b**>");
    check("<@U1>*b*", "@Ada**b**");
    check("*b*<@U1>", "**b**@Ada");
}

#[test]
fn what_slack_shows_as_it_stands_is_escaped() {
    check("2*3*4", "2\\*3\\*4");
    check("2 * 3 * 4", "2 * 3 * 4");
    check("* not bold *", "\\* not bold *");
    check("*not\nbold*", "\\*not\nbold\\*");
    check(
        "**x** __x__ ~~x~~",
        "\\*\\*x\\*\\* \\_\\_x\\_\\_ \\~\\~x\\~\\~",
    );
    check("__init__.py", "\\_\\_init\\_\\_.py");
    check("snake_case and a_b_c", "snake_case and a_b_c");
    check("about ~5 days", "about ~5 days");
    check("5 * 3", "5 * 3");
    check("a_ and *", "a_ and *");
    check("*a _b* c_", "**a \\_b** c\\_");
    check("it's `", "it's `");
    check("``x``", "\\`\\`x\\`\\`");
    check("[x](y)", "[x]\\(y)");
    check("[x]: y", "[x]\\: y");
    check("![x](y) [x]", "![x]\\(y) [x]");
    check("&lt;b&gt; a &lt; b &lt;3 x&lt;=y", "\\<b> a < b <3 x<=y");
    check("&lt;!-- c --&gt; &lt;/p&gt;", "\\<!-- c --> \\</p>");
    check("&lt;3a@b.c&gt;", "\\<3a@b.c>");
    check("<b> <foo|bar> <", "\\<b> \\<foo|bar> <");
    check("a &amp; b &amp;&amp; c", "a & b && c");
    check(
        "&amp;lt; &amp;amp; &amp;copy; &amp;#35; &amp;nope",
        "&amp;lt; &amp;amp; &amp;copy; &amp;#35; &nope",
    );
    check("&copy; &", "&amp;copy; &");
    check("C:\\Users\\_x", "C:\\Users\\\\_x");
    check("\\*x\\*", "\\\\\\*x\\\\\\*");
    check("end\\\nnext\\", "end\\\\\nnext\\\\");
    check("++x++ and C++ and g++", "+\u{2060}+x++ and C++ and g++");
    check("C++ and g++", "C++ and g++");
    check("i++; ++i", "i+\u{2060}+; ++i");
}

#[test]
fn what_would_start_a_block_is_escaped() {
    check("# x", "\\# x");
    check("#general", "#general");
    check("- x\n+ y\n* z", "\\- x\n\\+ y\n\\* z");
    check("1. x\n1986. year\n1) y", "1\\. x\n1986\\. year\n1\\) y");
    check("a\n---\nb\n===", "a\n\\---\nb\n\\===");
    check("***\n___\n~~~", "\\*\\*\\*\n\\_\\_\\_\n\\~\\~\\~");
    check(
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "| a | b |\n|\\---|---|\n| 1 | 2 |",
    );
    check("    x", "\u{a0}\u{a0}\u{a0}\u{a0}x");
    check("a\n\tb", "a\n\u{a0}\u{a0}\u{a0}\u{a0}b");
    check("  x", "  x");
    check(" &gt; x", " \\> x");
    check("• x\n    ◦ y", "• x\n\u{a0}\u{a0}\u{a0}\u{a0}◦ y");
    check("<!foo|- x>", "\\- x");
    check("a\r\n# b\rc", "a\n\\# b\nc");
    check("-", "\\-");
    check("", "");
    check("\n", "\n");
    check("a\n\n\nb", "a\n\n\nb");
}

#[test]
fn links_are_translated() {
    check("<https://a.b>", "https://a.b");
    check("see <https://a.b/x_y>, ok", "see https://a.b/x_y, ok");
    check("(<https://a.b>)", "(https://a.b)");
    check("<https://a.b>です", "[https://a.b](https://a.b)です");
    check("x<https://a.b>", "x[https://a.b](https://a.b)");
    check("*<https://a.b>*", "**[https://a.b](https://a.b)**");
    check("<https://a.b|t>", "[t](https://a.b)");
    check("<https://a.b|>", "https://a.b");
    check(
        "<https://a.b|*t* [x] |y>",
        "[\\*t\\* \\[x\\] |y](https://a.b)",
    );
    check("wow!<https://a.b|t>", "wow\\![t](https://a.b)");
    check("<https://a.b/(x)|t>", "[t](<https://a.b/(x)>)");
    check(
        "<https://a.b?x=1&amp;y=2|t &amp; u>",
        "[t & u](https://a.b?x=1&y=2)",
    );
    check("<mailto:a@b.c|a@b.c>", "[a@b.c](mailto:a@b.c)");
    check("<tel:+1|+1 555>", "+1 555");
    check("<javascript:alert(1)|x>", "x");
    check("[x]<https://a.b|t>", "[x][t](https://a.b)");
    check("[x]<!foo|(t)>", "[x]\\(t)");
    check("&lt;https://a.b&gt;", "\\<[https://a.b](https://a.b)>");
}

#[test]
fn mentions_are_written_with_names() {
    let check = |text: &str, expected: &str, ids: &[&str], here: bool, channel: bool| {
        let ids = ids.iter().map(|it| (*it).to_owned()).collect();
        let expected = (expected.to_owned(), ids, here, channel);
        assert_eq!(converted(text, Style::PLAIN), expected, "of {text:?}");
    };
    check(
        "<@U1>, <@U1|x> <@U3>",
        "@Ada, @Ada @U3",
        &["U1", "U3"],
        false,
        false,
    );
    check("<@U2>", "@bob_\\*x\\*", &["U2"], false, false);
    check("<@B1>", "@Ada", &["U1"], false, false);
    check("&lt;@U1&gt; `<@U1>`", "\\<@U1> `<@U1>`", &[], false, false);
    check(
        "<!here> <!here|here> <@here>",
        "@here @here @here",
        &[],
        true,
        false,
    );
    check("<!channel>", "@channel", &[], false, true);
    check("<!everyone>", "@everyone", &[], false, true);
    check(
        "<!subteam^S1|@devs> <!subteam^S1>",
        "@devs @S1",
        &[],
        false,
        false,
    );
    check("<!date^1^{date}|May 1>", "May 1", &[], false, false);
    check("<!foo>", "\\<!foo>", &[], false, false);
    check(
        "<#C1> <#C1|> <#C2|a*b> <#C3>",
        "#general #general #a*b #C3",
        &[],
        false,
        false,
    );
}

#[test]
fn code_is_left_alone() {
    check("`c`", "`c`");
    check("`*b* _i_ &lt;b&gt; &amp;amp;`", "`*b* _i_ <b> &amp;`");
    check("`a``b`", "\\`a\\`\\`b\\`");
    check("` x `", "`  x  `");
    check("`<https://a.b|a.b>` `<https://a.b>`", "`a.b` `https://a.b`");
    check("*bold `code*x` end*", "**bold `code*x` end**");
    check("o`clock 5`s", "o\\`clock 5\\`s");
    check("```x```", "```\nx\n```");
    check("```\na\n  *b*\n```", "```\na\n  *b*\n```");
    check("before ```x``` after", "before\n```\nx\n```\nafter");
    check(
        "before\n```rust\n# x```\nafter",
        "before\n```\nrust\n# x\n```\nafter",
    );
    check("```a````", "```\na\n```\n`");
    check(
        "```&lt;b&gt;\n<https://a.b>```",
        "```\n<b>\nhttps://a.b\n```",
    );
    check("```not closed", "\\`\\`\\`not closed");
    check("``````", "\\`\\`\\`\\`\\`\\`");
    check("```<https://a.b|```>```", "```\n<https://a.b|\n```\n\\>```");
}

#[test]
fn quotes_are_translated() {
    check("&gt; q", "> q");
    check("&gt;q\n&gt; r\nnot", "> q\n> r\n\nnot");
    check("&gt; q\n\nnot", "> q\n\nnot");
    check("&gt; # x", "> \\# x");
    check("&gt;\n&gt; x", ">\n> x");
    check("&gt;&gt; x", "> \\> x");
    check("a &gt; b", "a > b");
    check("&gt;&gt;&gt; q\nr\n\ns", "> q\n> r\n>\n> s");
    check("&gt;&gt;&gt;\nq", "> q");
    check("&gt; *b*", "> **b**");
    check("&gt; ```x\n&gt; y```\nz", "> ```\n> x\n> y\n> ```\n\nz");
    check("&gt;&gt;&gt; ```x\ny```", "> ```\n> x\n> y\n> ```");
}

#[test]
fn an_action_is_in_italics() {
    let check = |text: &str, expected: &str| {
        assert_eq!(converted(text, Style::ITALIC).0, expected, "of {text:?}");
    };
    check("waves", "_waves_");
    check(" waves at <@U1> ", "_waves at @Ada_");
    check("a _b_ c_d _", "_a b c_d \\__");
    check("", "");
    check("a\nb", "_a_\n_b_");
    check("```x```", "```\nx\n```");
}

/// What a reader of Markdown shows, without any markup; markup itself is marked by brackets.
fn shown(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut text = String::new();
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(it) | Event::Html(it) | Event::InlineHtml(it) => text.push_str(&it),
            Event::Code(it) => {
                text.push_str("[code]");
                text.push_str(&it);
            }
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            Event::Rule => text.push_str("[rule]"),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => text.push('\n'),
            Event::Start(tag) => text.push_str(&format!("[{tag:?}]")),
            _ => {}
        }
    }
    text
}

/// The words, without what only separates them.
fn words(text: &str) -> String {
    let text = text.replace(WORD_JOINER, "").replace('\0', "\u{fffd}");
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

fn encode(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: testing::cases(2000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        markdown(&text);
        converted(&text, Style::ITALIC);
    }

    #[test]
    fn no_mixture_of_markup_makes_it_panic(
        text in "(&gt;|&lt;|&amp;|<@U1|<https://a.b|[|]|>|`|```|\\*|_|~|\n|\r| |a|é|\\\\|\\[|\\]|\\(|#|-|\\+|1\\.|!){0,40}"
    ) {
        markdown(&text);
        converted(&text, Style::ITALIC);
    }

    /// Lines that Slack shows as they stand are shown as they stand. Stars and the like are
    /// doubled or within words, so that Slack takes none for markup.
    #[test]
    fn literal_text_is_shown_as_it_stands(
        text in "((\\*\\*|__|~~|a\\*a|a_a|a~a|``\\.|#|-|--|---|\\+|\\+\\+|=|==|1\\.|2\\)|\\||:\\.|&|&lt;|&copy;|<|<b>|</b>|<!--|<a@b.c>|!|\\[|\\]|\\(|\\)|\\\\|\"|'|a|b|é|日|😀|\\.|,|\n| |    |\t|>x)){0,30}"
    ) {
        // At the start of a line Slack takes `>` for a quote.
        let text = text.lines().map(|line| line.trim_start_matches('>')).collect::<Vec<_>>().join("\n");
        let markdown = markdown(&encode(&text));
        prop_assert_eq!(words(&shown(&markdown)), words(&text), "{:?}", markdown);
    }

    /// Each marker is either shown, or one of the two that make a piece bold, italic or struck; and
    /// those that are shown are just those of the text without formatting.
    #[test]
    fn no_marker_gets_lost_or_doubled(
        text in "(\\*|\\*|_|_|~|~|a|b| |\\.|\\(|\\)|,|é|日|。|😀|<@U1>|<!x|y>|`c`|&lt;|\n|-){0,24}"
    ) {
        let (markdown, plain, shortened) = with_converted(&text, Style::PLAIN, |out| {
            (out.markdown.clone(), out.document.text().to_owned(), out.lost.shortened)
        });
        if shortened > 0 {
            return Ok(());
        }
        let shown = shown(&markdown);
        for marker in ['*', '_', '~'] {
            let count = |text: &str| text.matches(marker).count();
            prop_assert_eq!(count(&shown), count(&plain), "{} of {:?}", marker, markdown);
            prop_assert_eq!((count(&text) - count(&plain)) % 2, 0, "{} of {:?}", marker, markdown);
        }
    }

    /// The name in a mention and the label of a link are shown as they stand.
    #[test]
    fn labels_are_shown_as_they_stand(
        label in "[*_~`a-z\\[\\]()!&<#\\\\+.-]{1,12}",
        before in "[*_~a\\[!(# \\\\-]{0,3}",
        after in "[*_~a\\](. -]{0,3}",
    ) {
        let before = before.replace(['*', '_', '~'], "x ");
        let after = after.replace(['*', '_', '~'], " x");
        let encoded = encode(&label);
        let text = format!("{before}<!x|{encoded}>{after}");
        let markdown = markdown(&text);
        let expected = format!("{before}{label}{after}");
        prop_assert_eq!(words(&shown(&markdown)), words(&expected), "{:?}", markdown);
    }
}

#[test]
fn time_grows_with_length_only() {
    let long = |unit: &str| unit.repeat(256 * 1024 / unit.len());
    let mut late = Vec::new();
    for unit in [
        "<",
        "<a",
        "`",
        "``` ",
        "````",
        "*a ",
        "*a",
        "_",
        "~",
        "[",
        "](",
        "&gt;",
        "&amp;",
        "\n&gt;",
        "\n- ",
        "<@U1>",
        "<@U1|a",
        "<https://a.b/_x_>!",
        "<https://a.b>.",
        "++a",
        "\\",
        "\n\t",
        "=\n",
        "`a\n",
        "```a```",
        "*_~a~_*",
        "<#C1|a> ",
        "&lt;3",
        "|-",
        "é*",
        "a\r",
    ] {
        let text = long(unit);
        let start = Instant::now();
        markdown(&text);
        let took = start.elapsed();
        if took > Duration::from_secs(5) {
            late.push((unit, took));
        }
    }
    assert!(late.is_empty(), "{late:?}");
}
