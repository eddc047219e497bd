//! What stands in an entry, in either spelling.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(alias = "data")]
    item: T,
}

/// The item of an entry; `None` if it cannot be read.
pub fn item<T: DeserializeOwned>(entry: &[u8]) -> Option<T> {
    let read: Result<Envelope<T>, _> = serde_json::from_slice(entry);
    read.ok().map(|it| it.item)
}

/// Reads a field that an entry may do without: nothing if it is of another type.
///
/// # Errors
/// If it is no JSON.
pub fn lenient<'de, D, T>(field: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Field<T> {
        Good(T),
        Odd(IgnoredAny),
    }
    Ok(match Option::deserialize(field)? {
        Some(Field::Good(it)) => Some(it),
        Some(Field::Odd(_)) | None => None,
    })
}
