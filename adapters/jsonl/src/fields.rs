//! Reads the fields of a record: its list of names is walked with the key at hand, so that keys in
//! the list's order cost one comparison each, and those in another order further walks.

use std::fmt;
use std::marker::PhantomData;

use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields, MessageKind, Pin, Rank,
    Text, Time, shape, words,
};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::json::{Object, Str};
use crate::{time, wording};

/// Reads an object into the fields of something; what is not there stays as it is.
pub(crate) struct Fill<'f, T>(pub(crate) &'f mut T);

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for Fill<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, T: Fields<'de>> Visitor<'de> for Fill<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let key = next_key(&mut map)?;
        let mut walk = Walk {
            map,
            key,
            taken: false,
            place: 0,
            seen: 0,
        };
        while walk.key.is_some() {
            walk.taken = false;
            walk.place = 0;
            self.0.each(&mut walk)?;
            if !walk.taken {
                let word = walk.key.take().unwrap_or_default();
                let names = shape::names(self.0);
                let otherwise = match names.contains(&"custom") {
                    true => "; what the model has no field for stands in `custom`".to_owned(),
                    false => format!(", expected one of {}", wording::list(&names)),
                };
                let unknown = wording::unknown("field", &word, &names, &otherwise);
                return Err(A::Error::custom(unknown));
            }
        }
        Ok(())
    }
}

/// Something with fields that stands within a record.
struct Whole<'a, T>(T, PhantomData<&'a ()>);

impl<'de: 'a, 'a, T: Fields<'de> + Default> Deserialize<'de> for Whole<'a, T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let mut it = T::default();
        Fill(&mut it).deserialize(json)?;
        Ok(Whole(it, PhantomData))
    }
}

/// An object that is being read, at a key of which the value has not been read.
struct Walk<'de, A> {
    map: A,
    /// `None` at the end of the object.
    key: Option<Text<'de>>,
    /// Whether this walk has found a key.
    taken: bool,
    /// How many names this walk has seen.
    place: u32,
    /// The names that were given, a bit each in the order of the list.
    seen: u64,
}

impl<'de, A: MapAccess<'de>> Walk<'de, A> {
    /// The value of the key at hand if that is `name`; null is none.
    #[inline]
    fn value<T: Deserialize<'de>>(&mut self, name: &str) -> Result<Option<T>, A::Error> {
        let place = self.place;
        self.place += 1;
        match self.key.as_deref() == Some(name) {
            true => self.take(name, place),
            false => Ok(None),
        }
    }

    #[inline(never)]
    fn take<T: Deserialize<'de>>(&mut self, name: &str, place: u32) -> Result<Option<T>, A::Error> {
        let bit = 1_u64.checked_shl(place).unwrap_or(0);
        if self.seen & bit != 0 {
            return Err(A::Error::custom(format!("`{name}` stands twice")));
        }
        self.seen |= bit;
        self.taken = true;
        let value = self.map.next_value::<Option<T>>();
        let value = value.map_err(|error| in_field(name, error))?;
        self.key = next_key(&mut self.map)?;
        Ok(value)
    }

    /// A value of which there are a few.
    fn word<T: Copy>(
        &mut self,
        name: &str,
        all: &[(T, &'static str)],
    ) -> Result<Option<T>, A::Error> {
        let Some(Str(word)) = self.value(name)? else {
            return Ok(None);
        };
        let value = words::value(all, &word);
        value.map(Some).ok_or_else(|| {
            let names = words::all(all);
            let otherwise = format!(", expected one of {}", wording::list(&names));
            in_field(name, wording::unknown("word", &word, &names, &otherwise))
        })
    }
}

fn next_key<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Text<'de>>, A::Error> {
    Ok(map.next_key::<Str<'de>>()?.map(|key| key.0))
}

/// An error that names the field in which it happened.
fn in_field<E: Error>(name: &str, error: impl fmt::Display) -> E {
    E::custom(format!("`{name}`: {error}"))
}

impl<'de, A: MapAccess<'de>> FieldVisitor<'de> for Walk<'de, A> {
    type Error = A::Error;

    fn text(&mut self, name: &'static str, it: &mut Text<'de>) -> Result<(), A::Error> {
        if let Some(Str(text)) = self.value(name)? {
            *it = text;
        }
        Ok(())
    }

    fn texts(&mut self, name: &'static str, it: &mut Vec<Text<'de>>) -> Result<(), A::Error> {
        if let Some(texts) = self.value::<Vec<Str<'de>>>(name)? {
            *it = texts.into_iter().map(|text| text.0).collect();
        }
        Ok(())
    }

    fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), A::Error> {
        if let Some(flag) = self.value(name)? {
            *it = flag;
        }
        Ok(())
    }

    fn time(&mut self, name: &'static str, it: &mut Option<Time>) -> Result<(), A::Error> {
        let Some(Str(text)) = self.value(name)? else {
            return Ok(());
        };
        *it = time::parse(&text);
        if it.is_some() {
            return Ok(());
        }
        let text = wording::safe(&text, 40);
        Err(in_field(name, format!("`{text}` is not {}", time::FORM)))
    }

    fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), A::Error> {
        *it = self.value(name)?.or(*it);
        Ok(())
    }

    fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), A::Error> {
        *it = self.value(name)?.or(*it);
        Ok(())
    }

    fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), A::Error> {
        if let Some(floats) = self.value(name)? {
            *it = floats;
        }
        Ok(())
    }

    fn channel(&mut self, it: &mut ChannelRef<'de>) -> Result<(), A::Error> {
        if let Some(Str(id)) = self.value("channel_id")? {
            name_channel(it, channel_of_id(id))?;
        }
        if let Some(ids) = self.value::<Vec<Str<'de>>>("channel_member_ids")? {
            name_channel(it, channel_of_members(ids))?;
        }
        Ok(())
    }

    fn channel_type(&mut self, it: &mut ChannelType<'de>) -> Result<(), A::Error> {
        let mut given = ChannelType::Channel;
        if let Some(Str(name)) = self.value("channel_type")?
            && !name.is_empty()
        {
            given = ChannelType::Named(name);
        }
        if let Some(true) = self.value("direct")? {
            if given != ChannelType::Channel {
                return Err(two_types());
            }
            given = ChannelType::Direct;
        }
        if given == ChannelType::Channel {
            return Ok(());
        }
        if *it != ChannelType::Channel {
            return Err(two_types());
        }
        *it = given;
        Ok(())
    }

    fn kind(&mut self, it: &mut MessageKind) -> Result<(), A::Error> {
        *it = self.word("kind", words::MESSAGE_KINDS)?.unwrap_or(*it);
        Ok(())
    }

    fn rank(&mut self, it: &mut Rank) -> Result<(), A::Error> {
        *it = self.word("rank", words::RANKS)?.unwrap_or(*it);
        Ok(())
    }

    fn pin(&mut self, it: &mut Option<Pin<'de>>) -> Result<(), A::Error> {
        if let Some(Whole(pin, _)) = self.value("pin")? {
            *it = Some(pin);
        }
        Ok(())
    }

    fn attachments(&mut self, it: &mut Vec<Attachment<'de>>) -> Result<(), A::Error> {
        if let Some(all) = self.value::<Vec<Whole<'de, Attachment<'de>>>>("attachments")? {
            *it = all.into_iter().map(|it| it.0).collect();
        }
        Ok(())
    }

    fn custom(&mut self, it: &mut Custom<'de>) -> Result<(), A::Error> {
        if let Some(Object(custom)) = self.value("custom")? {
            *it = custom;
        }
        Ok(())
    }
}

/// The channel of this id; an empty one names none.
pub(crate) fn channel_of_id(id: Text<'_>) -> ChannelRef<'_> {
    match id.is_empty() {
        true => ChannelRef::Unit,
        false => ChannelRef::Id(id),
    }
}

/// The distinct channel of these members; none name none.
pub(crate) fn channel_of_members(ids: Vec<Str<'_>>) -> ChannelRef<'_> {
    match ids.is_empty() {
        true => ChannelRef::Unit,
        false => ChannelRef::Members(ids.into_iter().map(|id| id.0).collect()),
    }
}

/// Sets the channel of something, once.
pub(crate) fn name_channel<'a, E: Error>(
    it: &mut ChannelRef<'a>,
    channel: ChannelRef<'a>,
) -> Result<(), E> {
    if channel == ChannelRef::Unit {
        return Ok(());
    }
    if *it != ChannelRef::Unit {
        return Err(E::custom(
            "a channel is named by `channel_id` or by `channel_member_ids`, not by both",
        ));
    }
    *it = channel;
    Ok(())
}

fn two_types<E: Error>() -> E {
    E::custom("a channel has a `channel_type` or is `direct`, not both")
}
