//! Generated things with fields, for tests: every field that a list of names shows is filled, or
//! is not, as a string of choices says, so that a new field is tested without a new line here.

use std::convert::Infallible;

use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields, Kind, Loss, MessageKind,
    Outcome, Person, Pin, Rank, Record, Text, Time, Value,
};

/// Texts with all that JSON escapes, and more.
const TEXTS: &[&str] = &[
    "m1",
    "user_id",
    "a longer text, as people write them",
    "\"quoted\" \\ and / and \u{8}\u{c}\n\r\t",
    "\u{0}\u{1f}\u{7f}",
    "grüße, 文字, 🙂, \u{2028}",
    "{\"type\":\"end\"}",
    "null",
];

const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    0.1,
    -2.5e-7,
    123_456_789.123_456_79,
    1e22,
    f64::MAX,
    f64::MIN_POSITIVE,
    9_007_199_254_740_993.0,
    0.300_000_000_000_000_04,
];

/// A string of choices, 0 without end once it is used up.
pub(crate) struct Choices<'c>(pub(crate) std::slice::Iter<'c, u8>);

impl<'c> Choices<'c> {
    pub(crate) fn new(bytes: &'c [u8]) -> Self {
        Choices(bytes.iter())
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % end
    }

    fn is_given(&mut self) -> bool {
        self.below(3) == 2
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn word(&mut self) -> Text<'static> {
        self.of(TEXTS).into()
    }

    fn words(&mut self) -> Vec<Text<'static>> {
        (0..1 + self.below(3)).map(|_| self.word()).collect()
    }

    fn number(&mut self) -> u64 {
        (0..self.below(9)).fold(0, |number, _| number << 8 | self.below(256) as u64)
    }

    fn any_time(&mut self) -> Time {
        let micros = self.number() as i64 % Time::MAX.micros();
        let unit = self.of(&[1, 1_000, 1_000_000]);
        Time::from_micros(micros / unit * unit).unwrap_or(Time::MIN)
    }

    fn any_custom(&mut self, depth: usize) -> Custom<'static> {
        let mut custom = Custom::default();
        for _ in 0..self.below(4) {
            let name = self.word();
            let value = self.value(depth);
            custom.set(name, value);
        }
        custom
    }

    fn value(&mut self, depth: usize) -> Value<'static> {
        match self.below(if depth < 3 { 6 } else { 4 }) {
            0 => Value::Bool(self.below(2) == 1),
            1 => Value::Integer(self.number() as i64),
            2 => Value::Float(self.of(NUMBERS)),
            3 => Value::Text(self.word()),
            4 => Value::List((0..self.below(4)).map(|_| self.value(depth + 1)).collect()),
            _ => Value::Object(self.any_custom(depth + 1)),
        }
    }

    /// A record of any kind.
    pub(crate) fn record(&mut self) -> Record<'static> {
        let mut it = Record::from(self.of(&Kind::ALL));
        let Ok(()) = it.each(self);
        it
    }

    pub(crate) fn person(&mut self) -> Person<'static> {
        let mut it = Person {
            id: "".into(),
            rank: Rank::Id,
            name: "".into(),
            image_url: "".into(),
            seen_at: Time::MAX,
            custom: Custom::default(),
        };
        let Ok(()) = it.each(self);
        it
    }

    pub(crate) fn loss(&mut self) -> Loss<'static> {
        let mut channel = ChannelRef::Unit;
        let Ok(()) = self.channel(&mut channel);
        let outcomes = [
            Outcome::Field,
            Outcome::LeftOut,
            Outcome::Merged,
            Outcome::Excluded,
        ];
        Loss {
            kind: self.of(&["acme.one", "acme.two"]),
            outcome: self.of(&outcomes),
            of: self.of(&Kind::ALL),
            channel,
            count: self.of(&[1, 2, u32::MAX]),
            detail: self.of(&["", "plan.pdf", "a\nb"]).into(),
        }
    }

    /// A place in the source.
    pub(crate) fn place(&mut self) -> Option<(&'static str, u32)> {
        self.is_given()
            .then(|| (self.of(TEXTS), self.of(&[0, 1, u32::MAX])))
    }
}

impl FieldVisitor<'static> for Choices<'_> {
    type Error = Infallible;

    fn text(&mut self, _: &'static str, it: &mut Text<'static>) -> Result<(), Infallible> {
        if self.is_given() {
            *it = self.word();
        }
        Ok(())
    }

    fn texts(&mut self, _: &'static str, it: &mut Vec<Text<'static>>) -> Result<(), Infallible> {
        if self.is_given() {
            *it = self.words();
        }
        Ok(())
    }

    fn flag(&mut self, _: &'static str, it: &mut bool) -> Result<(), Infallible> {
        *it = self.is_given();
        Ok(())
    }

    fn time(&mut self, _: &'static str, it: &mut Option<Time>) -> Result<(), Infallible> {
        if self.is_given() {
            *it = Some(self.any_time());
        }
        Ok(())
    }

    fn integer(&mut self, _: &'static str, it: &mut Option<u64>) -> Result<(), Infallible> {
        if self.is_given() {
            *it = Some(self.number());
        }
        Ok(())
    }

    fn float(&mut self, _: &'static str, it: &mut Option<f64>) -> Result<(), Infallible> {
        if self.is_given() {
            *it = Some(self.of(NUMBERS));
        }
        Ok(())
    }

    fn floats(&mut self, _: &'static str, it: &mut Vec<f64>) -> Result<(), Infallible> {
        if self.is_given() {
            *it = (0..3).map(|_| self.of(NUMBERS)).collect();
        }
        Ok(())
    }

    fn channel(&mut self, it: &mut ChannelRef<'static>) -> Result<(), Infallible> {
        *it = match self.below(3) {
            0 => ChannelRef::Unit,
            1 => ChannelRef::Id(self.word()),
            _ => ChannelRef::Members(self.words()),
        };
        Ok(())
    }

    fn channel_type(&mut self, it: &mut ChannelType<'static>) -> Result<(), Infallible> {
        *it = match self.below(3) {
            0 => ChannelType::Channel,
            1 => ChannelType::Direct,
            _ => ChannelType::Named(self.word()),
        };
        Ok(())
    }

    fn kind(&mut self, it: &mut MessageKind) -> Result<(), Infallible> {
        let all = [
            MessageKind::Regular,
            MessageKind::System,
            MessageKind::Deleted,
            MessageKind::Blocked,
        ];
        *it = self.of(&all);
        Ok(())
    }

    fn rank(&mut self, it: &mut Rank) -> Result<(), Infallible> {
        *it = self.of(&[Rank::Id, Rank::Label, Rank::Profile]);
        Ok(())
    }

    fn pin(&mut self, it: &mut Option<Pin<'static>>) -> Result<(), Infallible> {
        match self.is_given() {
            true => it.insert(Pin::default()).each(self),
            false => Ok(()),
        }
    }

    fn attachments(&mut self, it: &mut Vec<Attachment<'static>>) -> Result<(), Infallible> {
        for _ in 0..self.below(3) {
            let mut attachment = Attachment::default();
            attachment.each(self)?;
            it.push(attachment);
        }
        Ok(())
    }

    fn custom(&mut self, it: &mut Custom<'static>) -> Result<(), Infallible> {
        *it = self.any_custom(0);
        Ok(())
    }
}
