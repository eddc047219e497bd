//! HTML as Markdown: a table of cases, and properties of what is not well made.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::tests::cases;
use crate::{Document, html};

fn markdown(source: &str) -> String {
    let mut document = Document::default();
    html::read(source, &mut document);
    let mut out = String::new();
    let _ = document.write(&mut out);
    out
}

fn check(source: &str, expected: &str) {
    assert_eq!(markdown(source), expected, "of {source:?}");
}

#[test]
fn inline_elements_become_runs() {
    check(
        "a <b>b</b> <i>i</i> <s>s</s> <code>c*</code>",
        "a **b** _i_ ~~s~~ `c*`",
    );
    check("<strong>a <em>b</em></strong>", "**a _b_**");
    check("<B CLASS='x>y'>b</B>", "**b**");
    check("<b>a", "**a**");
    check("<b>a<i>b</b>c</i>", "**a*b***c");
    check("<font color=red>a</font><blink>b</blink>", "ab");
    check(
        "2*3 &lt;b&gt; &amp;lt; R&D &eacute;",
        "2*3 \\<b> &amp;lt; R&D é",
    );
    check(
        "Ann <ann.b@example.org> wrote",
        "Ann \\<ann.b@example.org> wrote",
    );
    check(
        "see <https://example.org/a>",
        "see \\<https://example.org/a>",
    );
    check("<o:p>a</o:p>", "a");
    check(
        "<video src='https://x.y/v.mp4'></video>",
        "https://x.y/v.mp4",
    );
    check(
        "<audio><source src=\"https://x.y/v.ogg\"></audio>",
        "https://x.y/v.ogg",
    );
    check("<video src='v.mp4'></video>a", "a");
    check("a < b <3 </ x", "a < b <3 \\</ x");
    check("a<!-- c -->b<!-->c<!--->d", "abcd");
    check("a <script>x < y</script>b<style>p{}</style>", "a b");
    check("<p>a\n   b\tc</p>", "a b c");
    check("a<br>b<br/>c", "a\nb\nc");
    check("a <code>b c</code> d<code> e </code>f", "a `b c` d`  e  `f");
    check("x<b> a </b>y", "x **a** y");
}

#[test]
fn what_browsers_do_not_show_is_left_away() {
    check("<script>if(a<b)c()</script>Hello", "Hello");
    check("<SCRIPT>'</scripts>' </b></Script >Hello", "Hello");
    check("<title>a <b></title>b", "b");
    check("<head><title>a</title></head><body>b", "b");
    check("a<template><p>b</p></template><iframe>c</iframe>d", "ad");
    check("<script src='x'/>a", "a");
    check("<noscript>a</noscript><object>b</object>", "ab");
    check("<svg><text>a</text></svg> <math><mi>x</mi></math>", "a x");
}

#[test]
fn what_has_no_end_is_text() {
    check("if a <b then all of this", "if a \\<b then all of this");
    check("a <b then <i>c</i>", "a \\<b then _c_");
    check("a<!-- b <i>c</i>", "a\\<!-- b _c_");
    check("<script>a <b>b</b>", "a **b**");
    check("<a title='b>c</a>", "c");
    check("<a title=it's>c</a> d's", "c d's");
}

#[test]
fn links_and_pictures_are_kept() {
    check(
        "<a href=\"https://a.b/?x=1&amp;y\">t</a>",
        "[t](https://a.b/?x=1&y)",
    );
    check("<a href=https://a.b>https://a.b</a> x", "https://a.b x");
    check(
        "<a href='https://a.b'>a <b>b</b></a>",
        "[a **b**](https://a.b)",
    );
    check(
        "<ul><li><a href=https://a.b>a<li>b</ul><p>c",
        "- [a](https://a.b)\n- b\n\nc",
    );
    check("<a href='javascript:x()'>t</a>", "t");
    check("<a name=x>t</a>", "t");
    check(
        "<img src='https://a.b/c.png' alt='C'>",
        "[C](https://a.b/c.png)",
    );
    check("<img alt='C'>", "C");
    check(
        "<a href='https://a.b'><img src='https://a.b/c.png' alt='C'></a>",
        "[C](https://a.b)",
    );
}

#[test]
fn blocks_become_blocks() {
    check("<p>a</p><p>b</p>", "a\n\nb");
    check("<div>a</div><div>b</div>c", "a\nb\nc");
    check("<h2>a</h2>b", "**a**\n\nb");
    check("<blockquote>a<br>b</blockquote>c", "> a\n> b\n\nc");
    check("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b");
    check(
        "a<ul><li>b<li>c <ul><li>d</ul></ul>e",
        "a\n- b\n- c\n  - d\n\ne",
    );
    check("<ol start=3><li>a</li><li>b</li></ol>", "3. a\n4. b");
    check("<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n- b");
    check("<ul><li><div>a</div><div>b</div></li></ul>", "- a\n  b");
    check(
        "<pre>\na *b*\n  c &lt; d</pre>e",
        "```\na *b*\n  c < d\n```\ne",
    );
    check("<pre><code>a\nb</code></pre>", "```\na\nb\n```");
    check("a<hr>b", "a\n\n---\nb");
    check(
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        "a b\nc",
    );
    check("# a<br>- b<br>1. c", "\\# a\n\\- b\n1\\. c");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(1000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_html_makes_it_panic(
        source in "(<b>|</b>|<i|<a href='https://a.b'>|</a>|<ul>|<ol>|<li>|</ul>|<pre>|</pre>|<blockquote>|</blockquote>|<p>|<br>|<hr>|<img src=https://a.b>|<h1>|</h1>|<td>|<!--|-->|<script>|</script>|<|>|'|\"|&|&amp;|=|a|b| |\n|é|\\PC){0,40}"
    ) {
        markdown(&source);
    }

    /// No byte is read into more than one text, and what is written before a line is bounded.
    #[test]
    fn what_is_written_is_bounded(
        units in proptest::collection::vec("<b>|</b>|<a x='|'|\"|>|<a '>'|<ul>|<ol start=999999999>|<li>|</ul>|<pre>|<blockquote>|<br>|\n|<!--|-->|<script>|</script>|<a href='https://a.b'>|<img src='https://a.b' alt=a>|<title|a|&lt;", 1..6),
        times in 1_usize..200
    ) {
        // A line takes its marks, and a picture its address twice.
        const WRITTEN_BYTES: usize = 20 * "> ".len() + 20 * "999999999. ".len() + 8;
        let source = units.concat().repeat(times);
        let mut document = Document::default();
        html::read(&source, &mut document);
        prop_assert!(document.text().len() <= 2 * source.len());
        let mut out = String::new();
        let _ = document.write(&mut out);
        prop_assert!(out.len() <= WRITTEN_BYTES * (source.len() + 1), "{} of {}", out.len(), source.len());
    }

    /// All letters are kept, in their order, whatever elements are around them.
    #[test]
    fn no_text_is_lost(
        pieces in proptest::collection::vec("<b>|</b>|<i>|</i>|<ul>|<ol>|<li>|</ol>|<pre>|</pre>|<blockquote>|</blockquote>|<p>|</p>|<br>|<div>|</div>|<h1>|</h1>|<td>|<x y='z'>|[b-g ]{1,5}", 0..30)
    ) {
        let source = pieces.concat();
        let letters = |text: &str| text.chars().filter(|it| it.is_alphabetic()).collect::<String>();
        let texts: String = pieces.iter().filter(|it| !it.starts_with('<')).map(String::as_str).collect();
        prop_assert_eq!(letters(&markdown(&source)), letters(&texts), "{:?}", source);
    }
}

#[test]
fn time_grows_with_length_only() {
    let mut late = Vec::new();
    for unit in [
        "<",
        "<b>",
        "</b>",
        "<b",
        "<a '",
        "<a \">",
        "<a '>'",
        "<a x='<b' ",
        "<a x='<b' y=\"<c\" <",
        "<script></script",
        "<title>",
        "<!--",
        "&",
        "&amp;",
        "<ul><li>",
        "<li>",
        "<blockquote>a",
        "<pre>",
        "<a href=https://a.b>x",
        "<p>a",
        "<b><i>a</b></i>",
        "<script>",
        "a ",
        "\n",
        "<br>",
        "<td>",
    ] {
        let source = unit.repeat(128 * 1024 / unit.len());
        let start = Instant::now();
        markdown(&source);
        if start.elapsed() > Duration::from_secs(5) {
            late.push((unit, start.elapsed()));
        }
    }
    assert!(late.is_empty(), "{late:?}");
}
