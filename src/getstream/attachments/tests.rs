//! What becomes of attachments: nothing goes without being named, and none is too large.

use migrate_model as model;
use proptest::prelude::*;

use super::{Rows, Told, fitted};
use crate::getstream::check::Checks;
use crate::getstream::{Spelling, encode, item, json, limits};

const CHECKS: Checks = Checks {
    spelling: Spelling::Jsonl,
    max_text_chars: 5_000,
};

/// Texts of messages that may hold long addresses.
const LONG: Checks = Checks {
    max_text_chars: limits::TEXT_CHARS,
    ..CHECKS
};

fn url(bytes: usize) -> String {
    format!("https://e.com/{}", "a".repeat(bytes.saturating_sub(14)))
}

fn card(bytes: usize) -> model::Attachment<'static> {
    let mut it = model::Attachment::default();
    it.title = "t".into();
    it.title_link = "https://e.com/a".into();
    it.text = "a".repeat(bytes).into();
    it
}

/// An attachment of one kind whose pictures, and the file itself, have addresses of so many bytes.
fn shown<'a>(kind: &'a str, image: usize, thumb: usize, asset: usize) -> model::Attachment<'a> {
    let mut it = model::Attachment::default();
    it.kind = kind.into();
    it.title = "t".into();
    let address = |bytes| {
        if bytes == 0 {
            "".into()
        } else {
            url(bytes).into()
        }
    };
    it.image_url = address(image);
    it.thumb_url = address(thumb);
    it.asset_url = address(asset);
    it
}

/// An attachment as it is written, or what is told instead of it; and what is lost.
type Fit<'a> = (Result<item::Attachment<'a>, Told<'a>>, Vec<String>);

fn fit_with<'a>(it: model::Attachment<'a>, checks: &Checks) -> Fit<'a> {
    let mut lost = Vec::new();
    let mut note = |kind: &'static str, detail: &str| {
        let detail: String = detail.chars().take(20).collect();
        lost.push(format!("{kind} {detail}"));
    };
    let mut scratch = b"left over".to_vec();
    let fit = fitted(it, checks, &mut scratch, &mut note).map(|(it, bytes)| {
        assert_eq!(bytes, encoded(&it).len(), "of {it:?}");
        assert!(bytes + 3 <= limits::ATTACHMENTS_BYTES, "{bytes}");
        it
    });
    (fit, lost)
}

fn fit(it: model::Attachment<'_>) -> (item::Attachment<'_>, Vec<String>) {
    let (fit, lost) = fit_with(it, &CHECKS);
    (fit.expect("an attachment"), lost)
}

fn encoded(it: &item::Attachment<'_>) -> String {
    let mut out = Vec::new();
    encode::attachment(&mut out, it);
    String::from_utf8(out).expect("UTF-8")
}

fn dropped(names: &[&str]) -> Vec<String> {
    let line = |name: &&str| format!("attachment_field_dropped {name}");
    names.iter().map(line).collect()
}

#[test]
fn a_text_is_as_long_as_there_is_room_for() {
    let (it, lost) = fit(card(4_900));
    assert_eq!((it.text.len(), lost.len()), (4_900, 0));
    for quote in ["a", "\"", "ä"] {
        let mut it = card(0);
        it.text = quote.repeat(9_000).into();
        it.custom.set("source_url", "https://e.com/b");
        let (it, lost) = fit(it);
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert!(lost[0].starts_with("text_shortened "));
        assert!(!it.custom.is_empty());
        let bytes = encoded(&it).len();
        assert!((4_990..=4_997).contains(&bytes), "{bytes}");
    }
}

#[test]
fn what_is_shown_least_goes_first() {
    let mut it = shown("voiceRecording", 0, 0, 2_400);
    it.waveform = vec![0.123_456_789_012_345_67; 100];
    it.mime_type = "audio/mp4".into();
    it.size_bytes = Some(7);
    it.author_icon = url(900).into();
    let (fitted, lost) = fit(it.clone());
    assert_eq!(lost, dropped(&["waveform_data"]));
    assert_eq!(fitted.author_icon.len(), 900);
    it.asset_url = url(4_900).into();
    let (fitted, lost) = fit(it.clone());
    // What is small stays where there is room.
    assert_eq!(lost, dropped(&["waveform_data", "author_icon"]));
    assert_eq!((fitted.file_size, &*fitted.title), (Some(7), "t"));
    it.asset_url = url(4_945).into();
    let (fitted, lost) = fit(it);
    let names = ["waveform_data", "author_icon", "mime_type", "file_size"];
    assert_eq!(lost, dropped(&names));
    assert_eq!((fitted.asset_url.len(), &*fitted.title), (4_945, "t"));
}

#[test]
fn a_card_loses_its_picture_and_stays_a_card() {
    let mut it = shown("image", 5_200, 300, 0);
    it.title = "Report".into();
    it.title_link = "https://e.com/r".into();
    it.text = "IMPORTANT numbers".into();
    it.author_icon = url(300).into();
    let (fitted, lost) = fit(it);
    assert_eq!(lost, dropped(&["image_url"]));
    assert_eq!(fitted.text, "IMPORTANT numbers");
    assert_eq!(fitted.title_link, "https://e.com/r");
    assert_eq!(
        (fitted.thumb_url.len(), fitted.author_icon.len()),
        (300, 300)
    );
}

#[test]
fn what_is_too_large_is_told_with_its_text() {
    let mut it = shown("file", 0, 300, 5_200);
    it.title = "a*b\nc".into();
    it.text = "1. one\n*two*".into();
    it.author_name = "Ann".into();
    it.custom.set("source_id", "F1");
    let (told, lost) = fit_with(it, &LONG);
    let address = url(5_200);
    let mut names = vec![format!("attachment_as_text {}", &address[..20])];
    names.extend(dropped(&["author_name", "thumb_url", "source_id"]));
    assert_eq!(lost, names);
    let mut out = "before".to_owned();
    told.expect_err("a line").write(&mut out);
    let expected = format!("before\n\n[a\\*b c]({address})\n\n1\\. one\n\\*two\\*");
    assert_eq!(out, expected);
}

#[test]
fn an_address_that_no_text_holds_either_is_left_out_by_its_name() {
    let (it, lost) = fit(shown("file", 0, 300, 5_200));
    assert_eq!(lost, dropped(&["asset_url"]));
    assert_eq!((&*it.title, it.thumb_url.len()), ("t", 300));
    let (it, lost) = fit(shown("file", 5_100, 6_000, 5_200));
    assert_eq!(lost, dropped(&["asset_url", "image_url", "thumb_url"]));
    assert_eq!(encoded(&it), r#"{"type":"file","title":"t"}"#);
}

#[test]
fn a_kind_is_a_word() {
    let kind = "k".repeat(6_000);
    let (it, lost) = fit(shown(&kind, 0, 0, 300));
    assert_eq!(lost, dropped(&["type"]));
    assert_eq!((&*it.kind, it.asset_url.len()), ("file", 300));
}

#[test]
fn a_link_below_a_text_is_cut_nowhere_in_its_address() {
    for max in [10_000, 14_000, 20_000] {
        let checks = Checks {
            max_text_chars: max,
            ..CHECKS
        };
        let it = shown("file", 0, 0, max / 2 - "]()".len());
        let address = it.asset_url.clone();
        let (told, _) = fit_with(it, &checks);
        let told = told.expect_err("a line");
        for before in (0..=2 * max).step_by(max / 8) {
            let mut text = "word ".repeat(before / 5);
            told.write(&mut text);
            let pieces = migrate_markdown::cut(&text, max);
            let whole = pieces.iter().filter(|it| it.contains(&*address));
            assert_eq!(whole.count(), 1, "behind {before} of {max}");
            assert!(pieces.iter().all(|it| it.len() <= max));
        }
    }
}

#[test]
fn attachments_go_on_in_further_messages() {
    let check = |bytes: &[usize], expected: &[&[usize]]| {
        let mut rows = Rows::default();
        for bytes in bytes {
            let (it, _) = fit(card(*bytes));
            rows.add(encoded(&it).len());
        }
        let numbers: Vec<usize> = (0..bytes.len()).collect();
        let found: Vec<_> = (0..rows.count()).map(|n| rows.row(n, &numbers)).collect();
        assert_eq!(found, expected, "{bytes:?}");
        assert!(rows.row(rows.count(), &numbers).is_empty());
    };
    let many: Vec<usize> = (0..31).collect();
    check(&[], &[]);
    check(&[9_000], &[&[0]]);
    check(&[2_000, 2_000, 2_000, 10], &[&[0, 1], &[2, 3]]);
    check(&[9_000, 1, 9_000], &[&[0], &[1], &[2]]);
    check(&[0; 31], &[&many[..30], &many[30..]]);
}

/// A text that is nothing, short, or so long that something has to go.
fn odd_text() -> impl Strategy<Value = String> {
    let length = prop_oneof![
        4 => Just(0_usize),
        3 => 1..40_usize,
        2 => 500..2_600_usize,
        1 => 2_600..7_000_usize,
    ];
    let unit = prop_oneof![Just("a"), Just("\""), Just("ä"), Just("\u{1}"), Just("`x")];
    (length, unit).prop_map(|(length, unit)| unit.repeat(length / unit.len()))
}

fn odd_url() -> impl Strategy<Value = String> {
    odd_text().prop_map(|it| match it.replace('\u{1}', "(") {
        it if it.is_empty() => it,
        it => format!("https://e.com/{it}"),
    })
}

fn odd_attachment() -> impl Strategy<Value = model::Attachment<'static>> {
    let texts = proptest::collection::vec(odd_text(), 7);
    let urls = proptest::collection::vec(odd_url(), 7);
    let values = |count| proptest::collection::vec(any::<f64>(), count);
    let waveform = prop_oneof![values(0), values(99), values(101)];
    let numbers = (
        any::<Option<u64>>(),
        any::<Option<f64>>(),
        any::<Option<u64>>(),
    );
    (texts, urls, waveform, numbers).prop_map(|(texts, urls, waveform, numbers)| {
        let mut it = model::Attachment::default();
        let mut texts = texts.into_iter().map(Into::into);
        let mut urls = urls.into_iter().map(Into::into);
        let fields = [
            &mut it.kind,
            &mut it.title,
            &mut it.text,
            &mut it.author_name,
            &mut it.color,
            &mut it.footer,
            &mut it.mime_type,
        ];
        for field in fields {
            *field = texts.next().unwrap_or_default();
        }
        let fields = [
            &mut it.image_url,
            &mut it.thumb_url,
            &mut it.asset_url,
            &mut it.title_link,
            &mut it.og_scrape_url,
            &mut it.author_link,
            &mut it.author_icon,
        ];
        for field in fields {
            *field = urls.next().unwrap_or_default();
        }
        (it.size_bytes, it.duration, it.width) = numbers;
        it.waveform = waveform;
        it
    })
}

/// The fields that an attachment has in the source, by the names that they have as written.
fn given(it: &model::Attachment<'_>) -> Vec<&'static str> {
    let fields = [
        ("type", !it.kind.is_empty()),
        ("image_url", !it.image_url.is_empty()),
        ("thumb_url", !it.thumb_url.is_empty()),
        ("asset_url", !it.asset_url.is_empty()),
        ("title", !it.title.is_empty()),
        ("title_link", !it.title_link.is_empty()),
        ("og_scrape_url", !it.og_scrape_url.is_empty()),
        ("text", !it.text.is_empty()),
        ("author_name", !it.author_name.is_empty()),
        ("author_link", !it.author_link.is_empty()),
        ("author_icon", !it.author_icon.is_empty()),
        ("color", !it.color.is_empty()),
        ("footer", !it.footer.is_empty()),
        ("mime_type", !it.mime_type.is_empty()),
        ("file_size", it.size_bytes.is_some()),
        ("duration", it.duration.is_some_and(f64::is_finite)),
        ("original_width", it.width.is_some()),
        ("waveform_data", it.waveform.iter().any(|it| it.is_finite())),
    ];
    fields
        .into_iter()
        .filter(|it| it.1)
        .map(|it| it.0)
        .collect()
}

proptest! {
    #[test]
    fn every_field_is_written_or_named(it in odd_attachment(), is_long in any::<bool>()) {
        let given = given(&it);
        let checks = if is_long { LONG } else { CHECKS };
        let (fit, lost) = fit_with(it, &checks);
        let is_lost = |name: &str| match name {
            "text" => lost.iter().any(|it| it.starts_with("text_shortened ")),
            _ => lost.contains(&format!("attachment_field_dropped {name}")),
        };
        for name in given {
            let is_written = match &fit {
                Ok(it) => {
                    let is_written = encoded(it).contains(&format!("\"{name}\":"));
                    let may_be_both = matches!(name, "type" | "text");
                    prop_assert!(may_be_both || is_written != is_lost(name), "{name}");
                    is_written
                }
                Err(told) => match name {
                    "title" | "text" | "type" => true,
                    "asset_url" | "image_url" | "thumb_url" => {
                        !is_lost(name) && !told.url.is_empty()
                    }
                    _ => false,
                },
            };
            prop_assert!(is_written || is_lost(name), "{name}");
        }
    }

    #[test]
    fn a_text_takes_as_many_bytes_as_are_counted(text in any::<String>()) {
        let mut out = Vec::new();
        json::string(&mut out, &text);
        prop_assert_eq!(json::text_bytes(&text) + 2, out.len());
    }
}
