//! The options of an adapter, as data: the core builds the command line from them.

use std::collections::BTreeMap;

/// An option of an adapter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opt {
    /// The long name, without dashes.
    pub name: &'static str,
    /// What the value is called in the help; `None` for a flag.
    pub value: Option<&'static str>,
    /// The values that may be given; empty for any.
    pub choices: &'static [&'static str],
    /// The value where none is given; `None`: there is none.
    pub default: Option<&'static str>,
    /// What it does, in one sentence.
    pub help: &'static str,
}

/// The values that were given for an adapter's options.
#[derive(Clone, Debug, Default)]
pub struct Options(BTreeMap<&'static str, String>);

impl Options {
    /// Sets an option; a flag that was given has the value `true`.
    pub fn set(&mut self, name: &'static str, value: String) {
        self.0.insert(name, value);
    }

    /// The value that was given or is the default.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a flag was given.
    pub fn flag(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
