//! Which conversation a folder belongs to: the numbers of conversations, by id and by name.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::foreign::Conversation;

/// The number of each conversation, by what its folder may be called.
#[derive(Default)]
pub(crate) struct Numbers {
    /// The ids of the conversations, by their number.
    pub(crate) ids: Vec<String>,
    by_id: HashMap<String, u32>,
    /// By scope and name: names are unique within a workspace only.
    by_name: HashMap<(usize, String), u32>,
    /// By name in any workspace; `None` where several have one of that name.
    anywhere: HashMap<String, Option<u32>>,
}

impl Numbers {
    /// Takes a conversation of a list, and gives it a number unless it has one or cannot have one.
    /// Whether it got one.
    pub(crate) fn add(&mut self, scope: usize, it: &Conversation<'_>) -> bool {
        if it.id.is_empty() {
            return false;
        }
        let known = self.by_id.get(&*it.id).copied();
        let number = known.unwrap_or_else(|| self.push(it.id.to_string()));
        if !it.name.is_empty() {
            let name = composed(&it.name);
            let anywhere = self.anywhere.entry(name.clone());
            let anywhere = anywhere.or_insert(Some(number));
            *anywhere = anywhere.filter(|other| *other == number);
            self.by_name.entry((scope, name)).or_insert(number);
        }
        known.is_none()
    }

    /// Gives a number to the conversation of a folder that no list names.
    pub(crate) fn push(&mut self, id: String) -> u32 {
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.by_id.insert(id.clone(), number);
        self.ids.push(id);
        number
    }

    /// The conversation of a folder: one of that id, of that name in the same workspace or at the
    /// root, or the only one of that name.
    pub(crate) fn find(&self, scope: usize, folder: &str) -> Option<u32> {
        if let Some(number) = self.by_id.get(folder) {
            return Some(*number);
        }
        let name = composed(folder);
        let mut key = (scope, name);
        if let Some(number) = self.by_name.get(&key) {
            return Some(*number);
        }
        key.0 = 0;
        let at_root = self.by_name.get(&key).copied();
        // A workspace's own channel may be called like one of another workspace.
        let only = self.anywhere.get(&key.1).copied().flatten();
        at_root.or(only.filter(|_| scope == 0))
    }

    /// The number of an id.
    pub(crate) fn of_id(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }
}

/// A name in Unicode's composed form. A folder that was unpacked on a Mac may be decomposed.
fn composed(name: &str) -> String {
    name.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::Numbers;
    use crate::foreign::Conversation;

    #[test]
    fn a_folder_is_found_by_id_and_by_its_name_in_the_same_workspace() {
        let mut numbers = Numbers::default();
        let mut add = |scope: usize, json: &str| {
            let it: Conversation<'_> = serde_json::from_str(json).unwrap();
            numbers.add(scope, &it)
        };
        assert!(add(0, r#"{"id":"C0","name":"all"}"#));
        assert!(add(1, r#"{"id":"C1","name":"general"}"#));
        assert!(add(2, r#"{"id":"C2","name":"general"}"#));
        assert!(add(2, r#"{"id":"C3","name":"caf\u00e9"}"#));
        assert!(!add(2, r#"{"id":"C0","name":"everybody"}"#));
        assert!(!add(2, r#"{"name":"x"}"#));
        for (scope, folder, number) in [
            (0, "C2", Some(2)),
            (0, "all", Some(0)),
            (1, "all", Some(0)),
            (2, "everybody", Some(0)),
            (1, "general", Some(1)),
            (2, "general", Some(2)),
            (0, "general", None),
            (0, "cafe\u{301}", Some(3)),
            (1, "cafe\u{301}", None),
            (0, "x", None),
        ] {
            assert_eq!(numbers.find(scope, folder), number, "{scope} {folder}");
        }
    }
}
