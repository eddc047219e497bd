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

    /// What is wrong with it; `None`: nothing.
    pub(crate) fn fault(&self) -> Option<String> {
        let pattern = migrate_model::wording::safe(&self.0, 60);
        let is_empty = self.0.split('/').any(str::is_empty);
        let opened = self.0.matches('{').count();
        let names = self.names();
        if is_empty {
            return Some(format!("`{pattern}` has a folder without a name"));
        }
        if opened != names.len() || opened != self.0.matches('}').count() {
            return Some(format!("`{pattern}` has a brace without its other half"));
        }
        if self.0.contains("}{") || self.0.contains("*{") || self.0.contains("}*") {
            return Some(format!(
                "`{pattern}` has two stars or names side by side, so nobody can tell where one ends"
            ));
        }
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() != names.len() || names.iter().any(|name| name.is_empty()) {
            return Some(format!(
                "`{pattern}` has a name in braces that is empty or stands twice"
            ));
        }
        None
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
            // A name in braces stands for one character at least.
            Some(name) => {
                let least = match name {
                    Some(_) => rest.chars().next()?.len_utf8(),
                    None => 0,
                };
                rest.get(least..)?.find(text)? + least
            }
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
