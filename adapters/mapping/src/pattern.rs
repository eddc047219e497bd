//! Patterns for the paths of files: `*` is any text within a folder, `{name}` the same, remembered.

/// A pattern for paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub String);

/// What names in braces stood for in a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures(pub Vec<(String, String)>);

impl Captures {
    /// What a name stood for.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, text)| text.as_str())
    }
}

impl Pattern {
    /// Whether a path fits, and what its names in braces then stand for. A pattern fits the last
    /// folders of a longer path; `/` stands between folders.
    pub fn captures(&self, path: &str) -> Option<Captures> {
        let parts: Vec<&str> = self.0.split('/').filter(|it| *it != ".").collect();
        let folders: Vec<&str> = path.split('/').collect();
        let skipped = folders.len().checked_sub(parts.len())?;
        let mut captures = Captures::default();
        for (part, folder) in parts.iter().zip(folders.iter().skip(skipped)) {
            fits(part, folder, &mut captures)?;
        }
        Some(captures)
    }

    /// The names in braces.
    pub fn names(&self) -> Vec<&str> {
        let pieces = self.0.split('{').skip(1);
        pieces
            .filter_map(|it| it.split_once('}'))
            .map(|it| it.0)
            .collect()
    }
}

/// Whether one name fits one part of a pattern: every text that stands between stars is looked for
/// where it comes first, but for the last, which is the end.
fn fits(part: &str, name: &str, captures: &mut Captures) -> Option<()> {
    let (mut part, mut rest) = (part, name);
    let mut star: Option<Option<&str>> = None;
    loop {
        let end = part.find(['*', '{']).unwrap_or(part.len());
        let (text, after) = part.split_at(end);
        let at = match star {
            None => rest.starts_with(text).then_some(0)?,
            Some(_) if after.is_empty() => rest.ends_with(text).then(|| rest.len() - text.len())?,
            Some(_) => rest.find(text)?,
        };
        let (found, behind) = rest.split_at(at);
        if let Some(Some(name)) = star {
            if found.is_empty() {
                return None;
            }
            captures.0.push((name.to_owned(), found.to_owned()));
        }
        rest = behind.get(text.len()..)?;
        if after.is_empty() {
            return rest.is_empty().then_some(());
        }
        (star, part) = match after.strip_prefix('*') {
            Some(after) => (Some(None), after),
            None => {
                let (name, after) = after.get(1..)?.split_once('}')?;
                (Some(Some(name)), after)
            }
        };
    }
}
