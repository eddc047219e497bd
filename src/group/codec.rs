//! Records as bytes in work files: written by one thread, read back by another. Nothing but this
//! program ever reads them, so they bear no version.
//!
//! A field is its number in [`Fields::each`] and its value; one that is empty is left away. The
//! channel of a record is not written: who reads it back knows it.

use anyhow::{Context, Error, Result, bail};
use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields, MessageKind, Pin, Rank,
    Text, Time, Value,
};

/// Stands where the number of a field would, behind the last.
const END: u8 = 0xff;

/// Writes a record's fields behind what is in `out`.
pub fn write<'a>(out: &mut Vec<u8>, record: &mut impl Fields<'a>) {
    let mut writer = Writer { out, field: 0 };
    let Ok(()) = record.each(&mut writer);
    out.push(END);
}

/// Reads a record's fields from the beginning of `bytes`, which is moved behind them.
///
/// # Errors
/// If those are not the bytes of such a record.
pub fn read<'a, R: Fields<'a> + Default>(bytes: &mut &'a [u8]) -> Result<R> {
    let mut record = R::default();
    read_into(&mut record, bytes)?;
    Ok(record)
}

/// The same into a record of which nothing is known yet: messages are large, and not moved for
/// nothing.
///
/// # Errors
/// If those are not the bytes of such a record.
pub fn read_into<'a>(record: &mut impl Fields<'a>, bytes: &mut &'a [u8]) -> Result<()> {
    let next = byte(bytes)?;
    let mut reader = Reader {
        bytes,
        field: 0,
        next,
    };
    record.each(&mut reader)?;
    if reader.next != END {
        bail!(DAMAGED);
    }
    Ok(())
}

const DAMAGED: &str = "a work file was changed by somebody else";

/// Writes a whole number, small ones in few bytes.
pub fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a whole number.
///
/// # Errors
/// If there is none.
pub fn number(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let next = byte(bytes)?;
        number |= u64::from(next & 0x7f) << shift;
        if next < 0x80 {
            return Ok(number);
        }
    }
    bail!(DAMAGED)
}

/// Writes a text.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    write_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads a text.
///
/// # Errors
/// If there is none.
pub fn text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str> {
    let len = usize::try_from(number(bytes)?).context(DAMAGED)?;
    simdutf8::basic::from_utf8(take(bytes, len)?).context(DAMAGED)
}

/// Reads a byte.
///
/// # Errors
/// If there is none.
pub fn byte(bytes: &mut &[u8]) -> Result<u8> {
    let (first, rest) = bytes.split_first().context(DAMAGED)?;
    *bytes = rest;
    Ok(*first)
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len).context(DAMAGED)?;
    *bytes = rest;
    Ok(taken)
}

/// Reads eight bytes.
///
/// # Errors
/// If there are none.
pub fn eight(bytes: &mut &[u8]) -> Result<[u8; 8]> {
    let (taken, rest) = bytes.split_first_chunk().context(DAMAGED)?;
    *bytes = rest;
    Ok(*taken)
}

fn write_custom(out: &mut Vec<u8>, it: &Custom<'_>) {
    write_number(out, it.len() as u64);
    for (name, value) in it.iter() {
        write_text(out, name);
        write_value(out, value);
    }
}

fn write_value(out: &mut Vec<u8>, it: &Value<'_>) {
    match it {
        Value::Bool(it) => out.push(u8::from(*it)),
        Value::Integer(it) => {
            out.push(2);
            out.extend_from_slice(&it.to_le_bytes());
        }
        Value::Float(it) => {
            out.push(3);
            out.extend_from_slice(&it.to_le_bytes());
        }
        Value::Text(it) => {
            out.push(4);
            write_text(out, it);
        }
        Value::List(it) => {
            out.push(5);
            write_number(out, it.len() as u64);
            it.iter().for_each(|value| write_value(out, value));
        }
        Value::Object(it) => {
            out.push(6);
            write_custom(out, it);
        }
        // There is no other kind; one that is added to the model needs a number here.
        _ => out.push(u8::MAX),
    }
}

fn read_custom<'a>(bytes: &mut &'a [u8]) -> Result<Custom<'a>> {
    let mut custom = Custom::default();
    let mut failed = None;
    let count = number(bytes)?;
    custom.extend((0..count).map_while(|_| {
        let field = read_custom_field(bytes);
        field.map_err(|error| failed = Some(error)).ok()
    }));
    match failed {
        Some(error) => Err(error),
        None => Ok(custom),
    }
}

fn read_custom_field<'a>(bytes: &mut &'a [u8]) -> Result<(Text<'a>, Value<'a>)> {
    Ok((text(bytes)?.into(), read_value(bytes)?))
}

fn read_value<'a>(bytes: &mut &'a [u8]) -> Result<Value<'a>> {
    Ok(match byte(bytes)? {
        0 => Value::Bool(false),
        1 => Value::Bool(true),
        2 => Value::Integer(i64::from_le_bytes(eight(bytes)?)),
        3 => Value::Float(f64::from_le_bytes(eight(bytes)?)),
        4 => Value::Text(text(bytes)?.into()),
        5 => {
            let mut list = Vec::new();
            for _ in 0..number(bytes)? {
                list.push(read_value(bytes)?);
            }
            Value::List(list)
        }
        6 => Value::Object(read_custom(bytes)?),
        _ => bail!(DAMAGED),
    })
}

const MESSAGE_KINDS: [MessageKind; 4] = [
    MessageKind::Regular,
    MessageKind::System,
    MessageKind::Deleted,
    MessageKind::Blocked,
];

const RANKS: [Rank; 4] = [Rank::Id, Rank::Label, Rank::Profile, Rank::Listed];

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    field: u8,
}

impl Writer<'_> {
    /// Begins the next field if it has a value.
    #[inline]
    fn next(&mut self, has_value: bool) -> bool {
        if has_value {
            self.out.push(self.field);
        }
        self.field += 1;
        has_value
    }

    #[inline]
    fn eight(&mut self, value: Option<[u8; 8]>) {
        if self.next(value.is_some()) {
            self.out.extend(value.into_iter().flatten());
        }
    }
}

impl<'a> FieldVisitor<'a> for Writer<'_> {
    type Error = std::convert::Infallible;

    #[inline]
    fn text(&mut self, _: &'static str, it: &mut Text<'a>) -> Result<(), Self::Error> {
        if self.next(!it.is_empty()) {
            write_text(self.out, it);
        }
        Ok(())
    }

    #[inline]
    fn texts(&mut self, _: &'static str, it: &mut Vec<Text<'a>>) -> Result<(), Self::Error> {
        if self.next(!it.is_empty()) {
            write_number(self.out, it.len() as u64);
            it.iter().for_each(|text| write_text(self.out, text));
        }
        Ok(())
    }

    #[inline]
    fn flag(&mut self, _: &'static str, it: &mut bool) -> Result<(), Self::Error> {
        self.next(*it);
        Ok(())
    }

    #[inline]
    fn time(&mut self, _: &'static str, it: &mut Option<Time>) -> Result<(), Self::Error> {
        self.eight(it.map(|it| it.micros().to_le_bytes()));
        Ok(())
    }

    fn integer(&mut self, _: &'static str, it: &mut Option<u64>) -> Result<(), Self::Error> {
        self.eight(it.map(u64::to_le_bytes));
        Ok(())
    }

    fn float(&mut self, _: &'static str, it: &mut Option<f64>) -> Result<(), Self::Error> {
        self.eight(it.map(f64::to_le_bytes));
        Ok(())
    }

    fn floats(&mut self, _: &'static str, it: &mut Vec<f64>) -> Result<(), Self::Error> {
        if self.next(!it.is_empty()) {
            write_number(self.out, it.len() as u64);
            let bytes = it.iter().flat_map(|it| it.to_le_bytes());
            self.out.extend(bytes);
        }
        Ok(())
    }

    fn channel(&mut self, _: &mut ChannelRef<'a>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn channel_type(&mut self, it: &mut ChannelType<'a>) -> Result<(), Self::Error> {
        let (number, name) = match it {
            ChannelType::Direct => (1, ""),
            ChannelType::Named(name) => (2, &**name),
            _ => (0, ""),
        };
        if self.next(number > 0) {
            self.out.push(number);
            write_text(self.out, name);
        }
        Ok(())
    }

    fn kind(&mut self, it: &mut MessageKind) -> Result<(), Self::Error> {
        let number = MESSAGE_KINDS.iter().position(|kind| kind == it);
        if self.next(number > Some(0)) {
            self.out.push(number.unwrap_or(0) as u8);
        }
        Ok(())
    }

    fn rank(&mut self, it: &mut Rank) -> Result<(), Self::Error> {
        let number = RANKS.iter().position(|rank| rank == it);
        if self.next(number > Some(0)) {
            self.out.push(number.unwrap_or(0) as u8);
        }
        Ok(())
    }

    fn pin(&mut self, it: &mut Option<Pin<'a>>) -> Result<(), Self::Error> {
        if self.next(it.is_some())
            && let Some(it) = it
        {
            write(self.out, it);
        }
        Ok(())
    }

    fn attachments(&mut self, it: &mut Vec<Attachment<'a>>) -> Result<(), Self::Error> {
        if self.next(!it.is_empty()) {
            write_number(self.out, it.len() as u64);
            it.iter_mut().for_each(|it| write(self.out, it));
        }
        Ok(())
    }

    fn custom(&mut self, it: &mut Custom<'a>) -> Result<(), Self::Error> {
        if self.next(!it.is_empty()) {
            write_custom(self.out, it);
        }
        Ok(())
    }
}

struct Reader<'b, 'a> {
    bytes: &'b mut &'a [u8],
    field: u8,
    /// The number of the next field that has a value.
    next: u8,
}

impl<'a> Reader<'_, 'a> {
    /// Reads the next field if it has a value; most have none.
    #[inline]
    fn field<T>(
        &mut self,
        it: &mut T,
        read: impl FnOnce(&mut &'a [u8]) -> Result<T>,
    ) -> Result<()> {
        if self.field == self.next {
            *it = read(self.bytes)?;
            self.next = byte(self.bytes)?;
        }
        self.field += 1;
        Ok(())
    }
}

impl<'a> FieldVisitor<'a> for Reader<'_, 'a> {
    type Error = Error;

    #[inline]
    fn text(&mut self, _: &'static str, it: &mut Text<'a>) -> Result<()> {
        self.field(it, |bytes| Ok(text(bytes)?.into()))
    }

    #[inline]
    fn texts(&mut self, _: &'static str, it: &mut Vec<Text<'a>>) -> Result<()> {
        self.field(it, |bytes| {
            let count = number(bytes)?;
            (0..count).map(|_| Ok(text(bytes)?.into())).collect()
        })
    }

    #[inline]
    fn flag(&mut self, _: &'static str, it: &mut bool) -> Result<()> {
        self.field(it, |_| Ok(true))
    }

    #[inline]
    fn time(&mut self, _: &'static str, it: &mut Option<Time>) -> Result<()> {
        self.field(it, |bytes| {
            Ok(Time::from_micros(i64::from_le_bytes(eight(bytes)?)))
        })
    }

    fn integer(&mut self, _: &'static str, it: &mut Option<u64>) -> Result<()> {
        self.field(it, |bytes| Ok(Some(u64::from_le_bytes(eight(bytes)?))))
    }

    fn float(&mut self, _: &'static str, it: &mut Option<f64>) -> Result<()> {
        self.field(it, |bytes| Ok(Some(f64::from_le_bytes(eight(bytes)?))))
    }

    fn floats(&mut self, _: &'static str, it: &mut Vec<f64>) -> Result<()> {
        self.field(it, |bytes| {
            let count = number(bytes)?;
            (0..count)
                .map(|_| Ok(f64::from_le_bytes(eight(bytes)?)))
                .collect()
        })
    }

    fn channel(&mut self, _: &mut ChannelRef<'a>) -> Result<()> {
        Ok(())
    }

    fn channel_type(&mut self, it: &mut ChannelType<'a>) -> Result<()> {
        self.field(it, |bytes| {
            let number = byte(bytes)?;
            let name = text(bytes)?;
            Ok(match number {
                1 => ChannelType::Direct,
                _ => ChannelType::Named(name.into()),
            })
        })
    }

    fn kind(&mut self, it: &mut MessageKind) -> Result<()> {
        self.field(it, |bytes| {
            let kind = MESSAGE_KINDS.get(usize::from(byte(bytes)?));
            kind.copied().context(DAMAGED)
        })
    }

    fn rank(&mut self, it: &mut Rank) -> Result<()> {
        self.field(it, |bytes| {
            let rank = RANKS.get(usize::from(byte(bytes)?));
            rank.copied().context(DAMAGED)
        })
    }

    fn pin(&mut self, it: &mut Option<Pin<'a>>) -> Result<()> {
        self.field(it, |bytes| read(bytes).map(Some))
    }

    fn attachments(&mut self, it: &mut Vec<Attachment<'a>>) -> Result<()> {
        self.field(it, |bytes| {
            let count = number(bytes)?;
            (0..count).map(|_| read(bytes)).collect()
        })
    }

    fn custom(&mut self, it: &mut Custom<'a>) -> Result<()> {
        self.field(it, read_custom)
    }
}
