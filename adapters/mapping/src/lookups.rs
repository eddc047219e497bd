//! Ids of rows by other values of theirs, such as those of users by e-mail address.

use std::collections::HashMap;

use crate::cell::Row;
use crate::ids::Meant;
use crate::mapping::SectionKind;
use crate::notes::Notes;
use crate::plan::Plan;
use crate::survey::Settled;
use crate::transform::Lookup;

/// Ids of rows by other values of theirs. It has as many entries as those tables have rows, and
/// none where no mapping asks for them.
#[derive(Clone, Debug, Default)]
pub struct Lookups {
    tables: Vec<(SectionKind, String, Table)>,
    /// The names of users, by id, where texts mention them.
    names: HashMap<String, String>,
}

/// The ids of the rows of one section by one of their values.
#[derive(Clone, Debug, Default)]
struct Table {
    ids: HashMap<String, String>,
    /// The same by e-mail addresses in lower case; `None` where several have one.
    by_address: HashMap<String, Option<String>>,
}

impl Table {
    fn note(&mut self, value: String, id: &str) {
        if value.contains('@') {
            let known = self.by_address.entry(value.to_lowercase());
            let known = known.or_insert_with(|| Some(id.to_owned()));
            if known.as_deref().is_some_and(|known| known != id) {
                *known = None;
            }
        }
        { self.ids.entry(value) }.or_insert_with(|| id.to_owned());
    }

    /// The id of a value: of an e-mail address in any case, if only one has it.
    fn find(&self, value: &str) -> Option<&str> {
        let exact = self.ids.get(value);
        let folded = || self.by_address.get(&value.to_lowercase())?.as_ref();
        let found = exact.or_else(|| value.contains('@').then(folded).flatten());
        found.map(String::as_str)
    }
}

impl Lookups {
    /// Whether rows of this plan have to be shown to [`Lookups::note`] before messages are read.
    pub fn wants(&self, plan: &Plan) -> bool {
        !plan.looked_up.is_empty() || plan.name.is_some()
    }

    /// Takes note of a row. The first row that has a value counts.
    pub fn note(&mut self, plan: &Plan, row: &(impl Row + ?Sized), settled: &Settled) {
        let nothing = Lookups::default();
        let mut notes = Notes::default();
        let Some(step) = plan.id_step() else { return };
        let id = step.text(row, &nothing, &mut notes);
        let id = match step.id.map(|it| settled.ids().meant(it, id.clone())) {
            Some(Meant::Id(id)) => id,
            Some(Meant::Nothing) | None => id,
        };
        if id.is_empty() || !plan.stands(row) {
            return;
        }
        if let Some(step) = &plan.name {
            let name = step.text(row, &nothing, &mut notes);
            if !name.is_empty() {
                { self.names.entry(id.to_string()) }.or_insert_with(|| name.into_owned());
            }
        }
        for (by, step) in &plan.looked_up {
            let value = step.text(row, &nothing, &mut notes);
            if value.is_empty() {
                continue;
            }
            let is = |it: &&mut (SectionKind, String, _)| it.0 == plan.kind() && it.1 == *by;
            if !self.tables.iter_mut().any(|it| is(&it)) {
                let table = (plan.kind(), by.clone(), Table::default());
                self.tables.push(table);
            }
            if let Some((_, _, table)) = self.tables.iter_mut().find(is) {
                table.note(value.into_owned(), &id);
            }
        }
    }

    /// The name of a user.
    pub(crate) fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Lookups that know nothing but names.
    #[cfg(test)]
    pub(crate) fn of_names(names: &[(&str, &str)]) -> Lookups {
        let owned = |(id, name): &(&str, &str)| ((*id).to_owned(), (*name).to_owned());
        Lookups {
            names: names.iter().map(owned).collect(),
            ..Lookups::default()
        }
    }

    /// The id of the row that has a value.
    pub(crate) fn find(&self, lookup: &Lookup, value: &str) -> Option<&str> {
        let mut tables = self.tables.iter();
        let (_, _, table) = tables.find(|it| it.0 == lookup.section && it.1 == lookup.by)?;
        table.find(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_any_case_if_one_row_has_them() {
        let mut table = Table::default();
        for (value, id) in [
            ("Ann@Example.com", "u1"),
            ("bo@x", "u2"),
            ("Bo@x", "u3"),
            ("Cyd", "u4"),
        ] {
            table.note(value.to_owned(), id);
        }
        let check = |value, expected| assert_eq!(table.find(value), expected, "{value}");
        check("ann@example.com", Some("u1"));
        check("Ann@Example.com", Some("u1"));
        check("bo@x", Some("u2"));
        check("Bo@x", Some("u3"));
        check("BO@x", None);
        check("Cyd", Some("u4"));
        check("cyd", None);
    }
}
