//! Reads the elements of a damaged or odd JSON list one by one.
//!
//! The fast road reads a file in one piece. Where that fails, each element is tried alone, and of
//! an element that fails, each field: a wrong type in one field costs that field only, and half a
//! character itself.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::characters;
use crate::json::cut::{self, End};
use crate::json::fill::{Fill, List};
use crate::json::loose::strictly;
use crate::json::strict;

/// The list in one piece, if all of it can be read. Null is an empty list.
fn whole<'a, T: Fill<'a>>(json: &'a [u8]) -> Option<Vec<T>> {
    // Checking the encoding once spares a check of each string.
    let text = simdutf8::basic::from_utf8(cut::without_mark(json)).ok()?;
    let List(list) = strictly(|| strict::read(text)).ok()?;
    Some(list)
}

/// What was read of a list.
pub(crate) struct Rows<'m, T> {
    /// The elements, in their order.
    pub(crate) items: Vec<T>,
    /// How it was mended; `None` where that was not needed.
    pub(crate) mended: Option<&'m Mended<'m>>,
}

impl<T> Rows<'_, T> {
    /// The number, from 1, that an item has in the file.
    pub(crate) fn record(&self, item: usize) -> u32 {
        let record = match self.mended {
            Some(mended) => mended.elements.get(item).map(|element| element.record),
            None => u32::try_from(item + 1).ok(),
        };
        record.unwrap_or(u32::MAX)
    }
}

/// How the elements of a list are recognised.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Whether an object can be read as such an element.
    pub(crate) fits: fn(&[u8]) -> bool,
    /// Fields without which an element is of no use.
    pub(crate) needs: &'static [&'static str],
    /// Whether an object that stands somewhere behind damage is such an element, and none of its
    /// parts.
    pub(crate) is_element: fn(&[u8]) -> bool,
}

/// Reads a list, mending it in `slot` if that is needed.
pub(crate) fn rows<'m, T: Fill<'m> + Deserialize<'m>>(
    json: &'m [u8],
    shape: Shape,
    slot: &'m mut Option<Mended<'m>>,
) -> Rows<'m, T> {
    if let Some(items) = whole(json) {
        return Rows {
            items,
            mended: None,
        };
    }
    let mended: &'m Mended<'m> = slot.insert(elements(json, shape));
    let items = mended.elements.iter();
    let items = items.map_while(|element| serde_json::from_slice(&element.json).ok());
    Rows {
        items: items.collect(),
        mended: Some(mended),
    }
}

/// Gives each element of a list as it stands, with its number from 1, as [`rows`] numbers them.
pub(crate) fn each_element(json: &[u8], shape: Shape, mut give: impl FnMut(u32, &[u8])) {
    if let Ok(elements) = serde_json::from_slice::<Vec<&RawValue>>(cut::without_mark(json)) {
        let elements = elements.iter().zip(1..);
        return elements.for_each(|(it, record)| give(record, it.get().as_bytes()));
    }
    let cut = cut::list(json, shape.is_element);
    for (element, record) in cut.elements.into_iter().zip(1..) {
        give(record, element);
    }
}

/// A list whose elements are read alone.
pub(crate) struct Mended<'a> {
    /// The elements that can be read, perhaps without some of their fields.
    pub(crate) elements: Vec<Element<'a>>,
    /// The elements that cannot be read, by their number from 1.
    pub(crate) faults: Vec<(u32, Fault)>,
    /// How the list ended.
    pub(crate) end: End,
}

/// An element that can be read.
pub(crate) struct Element<'a> {
    /// The number of the element, from 1.
    pub(crate) record: u32,
    /// The names of the fields that were dropped.
    pub(crate) lost_fields: Vec<String>,
    /// How many characters were replaced.
    pub(crate) lost_characters: usize,
    json: Cow<'a, [u8]>,
}

/// Why an element cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is null, a text, a number or a list.
    NotAnObject,
    /// It is a text without a character.
    EmptyText,
    /// It is not JSON, or what it cannot do without is not.
    NotJson,
}

impl Mended<'_> {
    /// Whether this is `[""]`, which Slack writes for some lists that are empty.
    pub(crate) fn is_empty_list(&self) -> bool {
        self.end == End::Complete
            && self.elements.is_empty()
            && self.faults == [(1, Fault::EmptyText)]
    }
}

/// Cuts a list and mends its elements until they fit.
fn elements(json: &[u8], shape: Shape) -> Mended<'_> {
    let cut = cut::list(json, shape.is_element);
    let mut mended = Mended {
        elements: Vec::with_capacity(cut.elements.len()),
        faults: Vec::new(),
        end: cut.end,
    };
    for (json, record) in cut.elements.into_iter().zip(1..) {
        if !json.starts_with(b"{") {
            let fault = match json {
                b"\"\"" => Fault::EmptyText,
                _ => Fault::NotAnObject,
            };
            mended.faults.push((record, fault));
            continue;
        }
        let mut element = Element {
            record,
            lost_fields: Vec::new(),
            lost_characters: 0,
            json: Cow::Borrowed(json),
        };
        match element.mend(shape) {
            true => mended.elements.push(element),
            false => mended.faults.push((record, Fault::NotJson)),
        }
    }
    mended
}

impl Element<'_> {
    /// Mends it until it fits; false if nothing helps.
    fn mend(&mut self, shape: Shape) -> bool {
        if (shape.fits)(&self.json) {
            return true;
        }
        if let Some((json, lost)) = characters::repaired(&self.json) {
            self.json = Cow::Owned(json);
            self.lost_characters = lost;
            if (shape.fits)(&self.json) {
                return true;
            }
        }
        let Some((json, lost_fields)) = without_bad_fields(&self.json, shape) else {
            return false;
        };
        self.json = Cow::Owned(json);
        self.lost_fields = lost_fields;
        true
    }
}

/// The object without the fields that do not fit, and their names; `None` if it is no JSON object,
/// or of no use without them.
fn without_bad_fields(object: &[u8], shape: Shape) -> Option<(Vec<u8>, Vec<String>)> {
    let fields = cut::object(object)?;
    let mut json = vec![b'{'];
    let mut alone = Vec::new();
    let mut lost: Vec<String> = Vec::new();
    // By name: a name may be written in several ways.
    let mut kept: HashSet<String> = HashSet::new();
    for (key, value) in fields {
        alone.clear();
        alone.push(b'{');
        for part in [key, b":", value] {
            alone.extend_from_slice(part);
        }
        alone.push(b'}');
        let name: String = serde_json::from_slice(key).unwrap_or_else(|_| "?".to_owned());
        if !(shape.fits)(&alone) || kept.contains(&name) {
            lost.push(name.chars().take(LONGEST_NAME).collect());
            continue;
        }
        kept.insert(name);
        if json.len() > 1 {
            json.push(b',');
        }
        json.extend_from_slice(alone.get(1..alone.len() - 1).unwrap_or_default());
    }
    json.push(b'}');
    // What stands twice is there all the same.
    let is_missing = |name: &str| lost.iter().any(|it| it == name) && !kept.contains(name);
    let is_useful = !shape.needs.iter().any(|name| is_missing(name));
    (is_useful && (shape.fits)(&json)).then_some((json, lost))
}

/// How much of a lost field's name is reported, in characters.
const LONGEST_NAME: usize = 40;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Fault, Shape, elements, rows, whole};
    use crate::json::fill::filled_by_value;
    use crate::json::lenient::Text;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Pair<'a> {
        #[serde(borrow)]
        a: Text<'a>,
        b: Vec<u8>,
    }

    filled_by_value!(Pair);

    const PAIR: Shape = Shape {
        fits: |json| serde_json::from_slice::<Pair<'_>>(json).is_ok(),
        needs: &["c"],
        is_element: |_| true,
    };

    #[test]
    fn a_wrong_type_costs_its_field_only() {
        let json = br#"[{"a":"x","b":7},{"a":{},"b":[1]},{"a":"y","b":[1],"a":"z"}]"#;
        let mut slot = None;
        let rows = rows::<Pair<'_>>(json, PAIR, &mut slot);
        let read: Vec<_> = rows.items.iter().map(|it| (&*it.a, it.b.len())).collect();
        assert_eq!(read, [("x", 0), ("", 1), ("y", 1)]);
        let mended = rows.mended.unwrap();
        let lost = mended.elements.iter().map(|it| it.lost_fields.join(" "));
        assert_eq!(lost.collect::<Vec<_>>(), ["b", "a", "a"]);
        assert!(mended.faults.is_empty());
    }

    #[test]
    fn an_element_that_cannot_be_read_costs_only_itself() {
        let json = b"[null, \"\", {\"a\":\"\xff\"}, {\"a\":\"\\ud800\"}, {a}, {\"a\":\"ok\"}]";
        let mended = elements(json, PAIR);
        let records: Vec<_> = mended.elements.iter().map(|it| it.record).collect();
        assert_eq!(records, [3, 4, 6]);
        let replaced = mended.elements.iter().map(|it| it.lost_characters);
        assert_eq!(replaced.collect::<Vec<_>>(), [1, 1, 0]);
        assert_eq!(
            mended.faults,
            [
                (1, Fault::NotAnObject),
                (2, Fault::EmptyText),
                (5, Fault::NotJson)
            ]
        );
    }

    #[test]
    fn an_element_without_a_field_that_it_needs_is_a_fault() {
        let mended = elements(br#"[{"a":"x","c":nul}]"#, PAIR);
        assert_eq!(mended.faults, [(1, Fault::NotJson)]);
    }

    #[test]
    fn a_field_that_is_needed_and_stands_twice_counts_once() {
        let mended = elements(
            br#"[{"a":"x","c":1,"c":2,"a":"y"},{"a":{},"c":nul,"c":1}]"#,
            PAIR,
        );
        let lost = mended.elements.iter().map(|it| it.lost_fields.join(" "));
        assert_eq!(lost.collect::<Vec<_>>(), ["c a", "a c"]);
        assert!(mended.faults.is_empty());
    }

    #[test]
    fn null_is_an_empty_list_and_so_is_a_list_of_one_empty_text() {
        assert_eq!(whole::<Pair<'_>>(b"null"), Some(vec![]));
        assert_eq!(whole::<Pair<'_>>(b"\xef\xbb\xbf[]"), Some(vec![]));
        for other in ["{}", "[5]", r#"[["x",[1]]]"#] {
            assert_eq!(whole::<Pair<'_>>(other.as_bytes()), None, "{other}");
        }
        assert!(elements(br#"[""]"#, PAIR).is_empty_list());
        for other in [r#"["", ""]"#, "[5]", r#"["x"]"#, "[[1]]", "[null]"] {
            assert!(!elements(other.as_bytes(), PAIR).is_empty_list(), "{other}");
        }
    }

    #[test]
    fn records_are_numbered_as_in_the_file() {
        let check = |json: &[u8], expected: &[u32]| {
            let mut slot = None;
            let rows = rows::<Pair<'_>>(json, PAIR, &mut slot);
            let records = (0..rows.items.len()).map(|item| rows.record(item));
            assert_eq!(records.collect::<Vec<_>>(), expected);
        };
        check(b"[{}, {}]", &[1, 2]);
        check(b"[null, {}, 1, {}]", &[2, 4]);
    }
}
