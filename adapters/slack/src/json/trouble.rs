//! Reports what had to be mended in a file.

use migrate_model::{Kind, Outcome, Sink, Stop};

use crate::json::cut::End;
use crate::json::mend::{Element, Fault, Mended};
use crate::losses::{self, left_out, loss};

/// Reports what is lost of a list of users or conversations. `[""]` is an empty list.
pub(crate) fn of_list(
    mended: Option<&Mended<'_>>,
    of: Kind,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let Some(mended) = mended.filter(|mended| !mended.is_empty_list()) else {
        return Ok(());
    };
    of_elements(mended, of, sink)?;
    for element in &mended.elements {
        of_fields(element, of, sink)?;
    }
    Ok(())
}

/// Reports the elements that cannot be read, and what is lost at the end.
pub(crate) fn of_elements(mended: &Mended<'_>, of: Kind, sink: &mut dyn Sink) -> Result<(), Stop> {
    for (record, fault) in &mended.faults {
        let kind = match (fault, of) {
            (Fault::NotJson, _) => losses::NOT_JSON,
            (_, Kind::Message) => losses::NOT_A_MESSAGE,
            _ => losses::NOT_AN_ENTRY,
        };
        sink.lose(*record, left_out(kind, of, ""))?;
    }
    let next = mended.elements.len() + mended.faults.len() + 1;
    let next = u32::try_from(next).unwrap_or(u32::MAX);
    match mended.end {
        End::Complete => Ok(()),
        End::CutOff => sink.lose(next, left_out(losses::CUT_OFF_FILE, of, "")),
        End::TextBehind => {
            let detail = "something follows the list";
            sink.lose(next, left_out(losses::NOT_JSON, of, detail))
        }
        End::NotAList => sink.lose(0, left_out(losses::NOT_A_LIST, of, "")),
    }
}

/// Reports that a list of documents, which are no records, could not be read as a whole. `[""]` is
/// an empty list.
pub(crate) fn of_documents(mended: Option<&Mended<'_>>, sink: &mut dyn Sink) -> Result<(), Stop> {
    let Some(mended) = mended.filter(|mended| !mended.is_empty_list()) else {
        return Ok(());
    };
    let kind = match mended.end {
        End::CutOff => losses::CUT_OFF_FILE,
        End::NotAList => losses::NOT_A_LIST,
        End::TextBehind => losses::NOT_JSON,
        End::Complete if mended.faults.is_empty() => return Ok(()),
        End::Complete => losses::NOT_AN_ENTRY,
    };
    sink.lose(0, loss(kind, Outcome::Field, Kind::Channel, 1, ""))
}

/// Reports the fields and the characters that an element lost.
pub(crate) fn of_fields(element: &Element<'_>, of: Kind, sink: &mut dyn Sink) -> Result<(), Stop> {
    let characters = element.lost_characters;
    if characters > 0 {
        let kind = losses::CHARACTER_REPLACED;
        sink.lose(
            element.record,
            loss(kind, Outcome::Field, of, characters, ""),
        )?;
    }
    let fields = &element.lost_fields;
    if fields.is_empty() {
        return Ok(());
    }
    let (kind, detail) = (losses::FIELD_NOT_READ, fields.join(", "));
    let loss = loss(kind, Outcome::Field, of, fields.len(), detail);
    sink.lose(element.record, loss)
}
