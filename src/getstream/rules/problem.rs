//! That an entry breaks a rule, told in the words of either side.

use std::fmt;

use super::RuleId;

/// How much of a foreign text a problem keeps, in bytes.
const SHOWN_BYTES: usize = 4_000;

/// That an entry breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub rule: RuleId,
    /// What stands for the words in braces.
    pub values: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem whose texts have nothing to fill in.
    pub fn plain(rule: RuleId) -> Problem {
        Problem {
            rule,
            values: Vec::new(),
        }
    }

    /// The same problem with one value more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Problem {
        let mut value = value.to_string();
        if value.len() > SHOWN_BYTES {
            value.truncate(value.floor_char_boundary(SHOWN_BYTES));
            value.push('…');
        }
        self.values.push((name, value));
        self
    }

    fn fill(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(start) = rest.find('{') {
            text.push_str(&rest[..start]);
            rest = &rest[start..];
            let known = self.values.iter().find(|(name, _)| {
                let word = rest[1..].strip_prefix(name);
                word.is_some_and(|behind| behind.starts_with('}'))
            });
            let (shown, len) = match known {
                Some((name, value)) => (value.as_str(), name.len() + 2),
                None => ("{", 1),
            };
            text.push_str(shown);
            rest = &rest[len..];
        }
        text.push_str(rest);
        text
    }

    /// The import's own text.
    pub fn server(&self) -> String {
        self.fill(self.rule.rule().server)
    }

    /// What to do about it.
    pub fn cure(&self) -> String {
        self.fill(self.rule.rule().cure)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fill(self.rule.rule().cli))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_in_both_words() {
        let problem = Problem::plain(RuleId::ChannelIdPattern).with("id", "a {b}");
        assert_eq!(
            problem.to_string(),
            r#"validation error: channel.id "a {b}" invalid ("^[\w-]*$" allowed)"#
        );
        assert_eq!(
            problem.server(),
            "Validation error: 'a {b}' is not a valid channel.id"
        );
    }
}
