//! Times that the first rows do not tell how to read.

use super::Doubts;
use super::seen::Seen;
use crate::cell::Cell;
use crate::column::TimeNotes;
use crate::time_form::TimeForm;
use crate::transform::{Source, Transform};
use crate::write;

impl Seen<'_> {
    /// Whether days and months, or days and years, cannot be told apart in some column by its first
    /// rows; if so, people may be asked.
    pub(super) fn doubt_times(&mut self, doubts: Doubts) -> bool {
        let found: Vec<(&'static str, String)> = { self.fields.iter() }
            .filter(|held| held.field.ends_with("_at"))
            .filter_map(|held| Some((held.field, self.doubt(&held.places)?)))
            .collect();
        let is_any = !found.is_empty();
        for (field, text) in found {
            let mut fields = self.section.fields.iter();
            let known = fields.find(|it| it.name == field && doubts == Doubts::Ask);
            let Some(value) = known.map(|it| it.value.clone()) else {
                continue;
            };
            let is_asked = self.faults.iter().any(|fault| fault.field == Some(field));
            if is_asked || !matches!(value.source, Source::Column(_) | Source::Template(_)) {
                continue;
            }
            let written = |form: TimeForm| {
                write::transform(&Transform {
                    time: Some(form),
                    ..value.clone()
                })
            };
            let choice = format!(
                "{} or {}",
                written(TimeForm::DayFirst),
                written(TimeForm::MonthFirst)
            );
            self.ask(field, format!("`{field}`: {text}"), choice);
        }
        is_any
    }

    /// What is in doubt of times that stand in these columns together.
    fn doubt(&self, places: &[usize]) -> Option<String> {
        let probe = TimeNotes::probe(&TimeForm::Auto);
        let mut notes = TimeNotes::default();
        for row in &self.rows {
            let cells = places.iter().filter_map(|place| row.get(*place));
            let cells: Vec<&str> = cells.map(String::as_str).collect();
            notes.note(Cell::Text(&cells.join(" ")), &probe);
        }
        let doubt = notes.decide(&TimeForm::Auto).err()?;
        Some(doubt.to_string())
    }
}
