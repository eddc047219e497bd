//! The text of an attributed string that Apple's programs have put into a blob, as in the column
//! `attributedBody` of Messages.
//!
//! Such a blob is a *typed stream*: a header, then values, each with a text before it that says its
//! types. Of types and classes that come again only a number is written. Here as much is read as
//! stands before the text itself, which is the first thing in an attributed string.
//!
//! Source: no description by Apple is known; what readers of such streams agree on, such as
//! `pytypedstream` and `crabstep`, read 2026-11.

/// What stands for an attachment in a text.
const PLACEHOLDER: char = '\u{FFFC}';

/// What a stream calls itself, with the least significant byte first.
const SIGNATURE: &[u8] = b"streamtyped";

/// The only version of streams that there is.
const VERSION: i64 = 4;

/// How many classes may stand above another. Real strings have two.
const DEEPEST: usize = 8;

/// The next two bytes are a number.
const SHORT: u8 = 0x81;
/// The next four bytes are a number.
const LONG: u8 = 0x82;
/// Something that was not there before.
const NEW: u8 = 0x84;
/// Nothing.
const NIL: u8 = 0x85;
/// The first of the bytes that name what was there before; lower ones are marks.
const FIRST_NUMBER: u8 = 0x92;

/// The text of an attributed string; `None` if the bytes are not one. What is read is bounded by
/// the bytes, once.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    let mut stream = Stream {
        rest: bytes,
        words: Vec::new(),
    };
    stream.header()?;
    stream.object(&["NSAttributedString", "NSMutableAttributedString"])?;
    stream.object(&["NSString", "NSMutableString"])?;
    stream.types(b"+")?;
    let length = usize::try_from(stream.length()?).ok()?;
    let text = stream.take(length)?;
    std::str::from_utf8(text).ok()
}

/// A text without what stands for attachments in it.
pub(crate) fn without_placeholders(text: &str) -> Option<String> {
    text.contains(PLACEHOLDER)
        .then(|| text.replace(PLACEHOLDER, ""))
}

/// What is left of a stream.
struct Stream<'s> {
    rest: &'s [u8],
    /// Types and names of classes, in the order in which they came.
    words: Vec<&'s [u8]>,
}

impl<'s> Stream<'s> {
    fn header(&mut self) -> Option<()> {
        let version = self.number()?;
        let length = usize::try_from(self.number()?).ok()?;
        let signature = self.take(length)?;
        // The version of the system that wrote it; nothing hangs on it.
        self.number()?;
        (version == VERSION && signature == SIGNATURE).then_some(())
    }

    /// The head of an object of one of these classes, up to what it holds.
    fn object(&mut self, classes: &[&str]) -> Option<()> {
        self.types(b"@")?;
        (self.byte()? == NEW).then_some(())?;
        let class = self.class()?;
        let is_known = classes.iter().any(|it| it.as_bytes() == class);
        is_known.then_some(())
    }

    /// A class and all above it, each with its version; the name of the first.
    fn class(&mut self) -> Option<&'s [u8]> {
        let mut first = None;
        for _ in 0..DEEPEST {
            match self.byte()? {
                NEW => {
                    let name = self.word()?;
                    self.number()?;
                    first.get_or_insert(name);
                }
                // The end, or a class that was there before with all above it.
                NIL | FIRST_NUMBER.. => return first,
                _ => return None,
            }
        }
        None
    }

    /// The types of the values that follow; they must be these.
    fn types(&mut self, expected: &[u8]) -> Option<()> {
        (self.word()? == expected).then_some(())
    }

    /// A word: the first time its length and bytes, then its number.
    fn word(&mut self) -> Option<&'s [u8]> {
        match self.byte()? {
            NEW => {
                let length = usize::try_from(self.length()?).ok()?;
                let word = self.take(length)?;
                self.words.push(word);
                Some(word)
            }
            byte @ FIRST_NUMBER.. => {
                let number = usize::from(byte - FIRST_NUMBER);
                self.words.get(number).copied()
            }
            _ => None,
        }
    }

    /// How long something is: as a number, but never less than nothing.
    fn length(&mut self) -> Option<u32> {
        match self.byte()? {
            SHORT => Some(u32::from(u16::from_le_bytes(self.array()?))),
            LONG => Some(u32::from_le_bytes(self.array()?)),
            byte @ 0..SHORT => Some(u32::from(byte)),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<i64> {
        match self.byte()? {
            SHORT => Some(i64::from(i16::from_le_bytes(self.array()?))),
            LONG => Some(i64::from(i32::from_le_bytes(self.array()?))),
            byte @ (0..SHORT | FIRST_NUMBER..) => Some(i64::from(byte.cast_signed())),
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    fn take(&mut self, length: usize) -> Option<&'s [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The head of every stream.
    const HEAD: &[u8] = b"\x04\x0bstreamtyped\x81\xe8\x03";

    /// The classes of a string that cannot be changed, up to its length.
    const FIXED: &[u8] =
        b"\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85\
        \x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+";

    /// The same for strings that can be changed, which have a class more.
    const MUTABLE: &[u8] = b"\x84\x01@\x84\x84\x84\x19NSMutableAttributedString\x00\
        \x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85\
        \x92\x84\x84\x84\x0fNSMutableString\x01\x84\x84\x08NSString\x01\x95\x84\x01+";

    /// What comes behind a text: its ranges and their attributes.
    const TAIL: &[u8] =
        b"\x86\x84\x02iI\x01\x05\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x86\x86";

    /// A stream with a text whose length is written as shortly as it can be.
    pub(crate) fn stream(text: &str) -> Vec<u8> {
        with_length(FIXED, &shortest(text.len()), text.as_bytes())
    }

    fn shortest(length: usize) -> Vec<u8> {
        match length {
            0..0x80 => vec![u8::try_from(length).unwrap()],
            0x80..0x1_0000 => {
                let length = u16::try_from(length).unwrap().to_le_bytes();
                [&[SHORT][..], &length].concat()
            }
            _ => {
                let length = u32::try_from(length).unwrap().to_le_bytes();
                [&[LONG][..], &length].concat()
            }
        }
    }

    fn with_length(classes: &[u8], length: &[u8], text: &[u8]) -> Vec<u8> {
        [HEAD, classes, length, text, TAIL].concat()
    }

    #[test]
    fn texts_are_read_whatever_class_and_length_they_have() {
        let check = |bytes: &[u8], expected: Option<&str>| assert_eq!(text(bytes), expected);
        check(&with_length(FIXED, b"\x05", b"Hello"), Some("Hello"));
        check(&with_length(FIXED, b"\x00", b""), Some(""));
        check(
            &with_length(FIXED, b"\x81\x05\x00", b"Hello"),
            Some("Hello"),
        );
        check(
            &with_length(FIXED, b"\x82\x05\x00\x00\x00", b"Hello"),
            Some("Hello"),
        );
        check(&with_length(MUTABLE, b"\x05", b"Hello"), Some("Hello"));
        check(
            &with_length(FIXED, b"\x06", "h\u{fc}\u{2026}".as_bytes()),
            Some("h\u{fc}\u{2026}"),
        );
        let long = "\u{e9}".repeat(40_000);
        check(&stream(&long), Some(&long));
    }

    #[test]
    fn what_is_no_attributed_string_has_no_text() {
        let sound = stream("Hello");
        let other = |from: &[u8], to: &[u8]| {
            let at = sound.windows(from.len()).position(|it| it == from).unwrap();
            [&sound[..at], to, &sound[at + from.len()..]].concat()
        };
        for bytes in [
            b"".to_vec(),
            b"bplist00".to_vec(),
            // Another version, signature, class, type and name.
            other(b"\x04\x0b", b"\x03\x0b"),
            other(b"streamtyped", b"typedstream"),
            other(b"NSAttributedString", b"NSUnarchivedString"),
            other(b"\x84\x01+", b"\x84\x01*"),
            other(b"\x92\x84", b"\x99\x84"),
            // A length of less than nothing, one that is too long, and no UTF-8.
            other(b"\x05Hello", b"\x83Hello"),
            other(b"\x05Hello", b"\x82\xff\xff\xff\xffHello"),
            other(b"\x05Hello", b"\x05H\xffllo"),
            // More classes than any string has.
            [HEAD, b"\x84\x01@\x84", &b"\x84\x84\x01A\x00".repeat(9)].concat(),
        ] {
            assert_eq!(text(&bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn placeholders_of_attachments_go() {
        assert_eq!(
            without_placeholders("\u{fffc}a\u{fffc}b"),
            Some("ab".to_owned())
        );
        assert_eq!(without_placeholders("ab"), None);
    }

    proptest! {
        #[test]
        fn every_text_reads_back(it in any::<String>(), times in 1..300_usize) {
            let it = it.repeat(times);
            let bytes = stream(&it);
            prop_assert_eq!(text(&bytes), Some(it.as_str()));
        }

        #[test]
        fn no_bytes_end_the_program(
            it in "[a-z]{0,20}",
            at in any::<prop::sample::Index>(),
            with in prop::collection::vec(any::<u8>(), 0..6),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = stream(&it);
            let at = at.index(bytes.len());
            let end = at + end.index(bytes.len() - at);
            bytes.splice(at..end, with);
            let _ = text(&bytes);
            // What is cut off behind the text is not missed; within it, it is.
            let cut = stream(&it);
            let length = cut.len() - TAIL.len();
            prop_assert_eq!(text(&cut[..length]), Some(it.as_str()));
            for length in 0..length {
                prop_assert_eq!(text(&cut[..length]), None);
            }
        }
    }
}
