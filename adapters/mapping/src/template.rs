//! Text with the names of columns in braces.

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Column(String),
}

/// The pieces of a template: `{name}` is a column, `{{` and `}}` are braces.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn pieces(template: &str) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = after.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some(after) = after.strip_prefix("}}") {
            text.push('}');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let (column, after) = after.split_once('}').ok_or("`{` has no `}`")?;
            if column.is_empty() || column.contains('{') {
                return Err("the name of a column belongs between `{` and `}`");
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Column(column.to_owned()));
            rest = after;
        } else {
            return Err("`}` has no `{`; write `}}` for a brace");
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}
