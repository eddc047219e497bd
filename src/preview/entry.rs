//! What stands in an entry, in either spelling.

use serde::Deserialize;
use serde::de::DeserializeOwned;

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
