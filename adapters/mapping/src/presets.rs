//! Mappings that come with the program, as their adapters list them.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use migrate_model::wording;

use crate::mapping::Mapping;

/// A mapping that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// What it reads, in one line.
    pub title: &'static str,
    /// The mapping file.
    pub text: &'static str,
}

impl Preset {
    /// Its mapping.
    ///
    /// # Errors
    /// Never in a program that was tested.
    pub fn mapping(&self) -> Result<Mapping> {
        Mapping::parse(self.text, &format!("preset {}", self.name))
    }

    /// The one of that name.
    ///
    /// # Errors
    /// If there is none; with the name that was probably meant.
    pub fn by_name<'p>(
        mut presets: impl Iterator<Item = &'p Preset> + Clone,
        name: &str,
    ) -> Result<&'p Preset> {
        let names = presets.clone().map(|preset| preset.name);
        let found = presets.find(|preset| preset.name == name);
        found.with_context(|| {
            let names: Vec<_> = names.collect();
            let known = format!("; there are {}", wording::list(&names));
            wording::unknown("preset", name, &names, &known)
        })
    }

    /// Names and titles, one line each.
    pub fn listed<'p>(presets: impl Iterator<Item = &'p Preset> + Clone) -> String {
        let width = presets.clone().map(|it| it.name.len()).max();
        let width = width.unwrap_or_default();
        let mut text = String::new();
        for it in presets {
            _ = writeln!(text, "{:width$}  {}", it.name, it.title);
        }
        text
    }
}
