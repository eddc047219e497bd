//! What a character is to CommonMark's rules of emphasis.

/// A kind of character.
///
/// Readers of Markdown differ in their Unicode tables, and in whether symbols count as punctuation
/// (CommonMark 0.31 says so, 0.30 did not), so what is not sure is said to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// White space, also the start and the end of a line.
    Space,
    /// Neither white space nor punctuation.
    Letter,
    /// Punctuation for every reader.
    Punctuation,
    /// Punctuation, a letter or white space, depending on the reader.
    Unclear,
}

impl Class {
    /// The class of a character.
    pub(crate) fn of(it: char) -> Class {
        match it {
            ' ' | '\t' | '\n' | '\r' | '\u{c}' => Class::Space,
            _ if it.is_ascii_alphanumeric() => Class::Letter,
            _ if it.is_ascii_punctuation() => Class::Punctuation,
            _ if it.is_ascii() => Class::Unclear,
            '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}' => Class::Space,
            // Letters in circles and squares are symbols as well.
            '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}' => Class::Unclear,
            _ if it.is_alphanumeric() => Class::Letter,
            // Marks that join the character before them.
            '\u{300}'..='\u{36f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{200c}'
            | '\u{200d}'
            | '\u{2060}' => Class::Letter,
            '\u{2044}' | '\u{2052}' | '\u{ff04}' | '\u{ff0b}' => Class::Unclear,
            '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' => Class::Punctuation,
            '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205e}'
            | '\u{3001}'..='\u{3003}'
            | '\u{3008}'..='\u{3011}'
            | '\u{3014}'..='\u{301f}'
            | '\u{ff01}'..='\u{ff0f}' => Class::Punctuation,
            '：' | '；' | '？' | '＠' | '［' | '＼' | '］' | '＿' | '｛' | '｝' => {
                Class::Punctuation
            }
            '\u{ff5f}'..='\u{ff65}' => Class::Punctuation,
            _ => Class::Unclear,
        }
    }

    /// Whether some reader takes it for a letter.
    pub(crate) fn may_be_letter(self) -> bool {
        matches!(self, Class::Letter | Class::Unclear)
    }

    /// Whether some reader takes it for punctuation.
    pub(crate) fn may_be_punctuation(self) -> bool {
        matches!(self, Class::Punctuation | Class::Unclear)
    }
}
