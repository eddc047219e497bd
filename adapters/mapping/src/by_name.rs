//! Fields that need no line in a mapping file, since a query calls its columns as the model does.

use anyhow::Result;
use migrate_model::wording;

use crate::document::at_line;
use crate::mapping::{Field, Mapping};
use crate::transform::Transform;
use crate::{names, read};

impl Mapping {
    /// Adds to a section, known by its number, that reads a query all fields whose exact names its
    /// columns have, but for those that it says itself. Other sections stay as they are.
    ///
    /// # Errors
    /// If the section lacks a field that it needs even so; with its line and the query's columns.
    pub fn complete(&mut self, section: usize, columns: &[&str]) -> Result<()> {
        let file = &self.name.0;
        let Some(section) = self.sections.get_mut(section).filter(|it| it.is_query()) else {
            return Ok(());
        };
        // A column that becomes custom data by its name, or is left out, is no field as well.
        let is_taken = |name: &str| section.custom.iter().any(|(custom, _)| custom == name);
        let known = names::of_section(section.kind).into_iter();
        let named = known.filter(|(name, _)| columns.contains(name) && !is_taken(name));
        let named: Vec<&'static str> = named.map(|(name, _)| name).collect();
        for name in named {
            if section.fields.iter().all(|field| field.name != name) {
                section.fields.push(Field {
                    name,
                    value: Transform {
                        line: section.line,
                        ..Transform::column(name)
                    },
                });
            }
        }
        let Some(missing) = read::missing(section) else {
            return Ok(());
        };
        let kind = section.kind.name();
        let missing: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let missing = missing.join(" or ");
        let columns = wording::safe(&wording::list(columns), 500);
        let text = format!(
            "the query of `[[{kind}]]` has no column {missing}; its columns are {columns}: name one of them so \
             (`SELECT … AS …`), or say in the section which it is"
        );
        Err(at_line(file, section.line.0, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(section: &str, columns: &[&str]) -> Result<Mapping> {
        let toml = format!("version = 1\nsource = \"sqlite\"\n\n{section}");
        let mut mapping = Mapping::parse(&toml, "map.toml")?;
        mapping.complete(0, columns)?;
        Ok(mapping)
    }

    fn fields(section: &str, columns: &[&str]) -> Vec<String> {
        let mapping = completed(section, columns).unwrap();
        let fields = mapping.sections[0].fields.iter();
        let fields = fields.map(|it| match &it.value.source {
            crate::transform::Source::Column(column) => format!("{}={column}", it.name),
            other => format!("{}={other:?}", it.name),
        });
        fields.collect()
    }

    #[test]
    fn columns_of_a_query_are_fields_by_their_names() {
        let query = "[[users]]\nquery = \"SELECT 1\"\n";
        assert_eq!(
            fields(query, &["mood", "id", "name"]),
            ["id=id", "name=name"]
        );
        assert_eq!(
            fields(&format!("{query}name = \"nick\""), &["id", "name", "nick"]),
            ["name=nick", "id=id"]
        );
        assert_eq!(
            fields(
                &format!("{query}[users.custom]\nname = false"),
                &["id", "name"]
            ),
            ["id=id"]
        );
    }

    #[test]
    fn other_sections_stay_as_they_are() {
        let table = "[[users]]\ntable = \"people\"\nid = \"key\"\n";
        assert_eq!(fields(table, &["key", "id", "name"]), ["id=key"]);
    }

    #[test]
    fn what_a_query_lacks_is_told_with_its_columns() {
        let query = "[[messages]]\nquery_file = \"m.sql\"\n";
        let error = completed(query, &["id", "room", "created_at"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "map.toml, line 4: the query of `[[messages]]` has no column `channel_id` or \
             `channel_member_ids`; its columns are `id`, `room`, `created_at`: name one of them so \
             (`SELECT … AS …`), or say in the section which it is"
        );
    }

    #[test]
    fn where_rows_of_a_database_come_from_is_written_and_read() {
        let check = |section: &str| {
            let toml = format!("version = 1\nsource = \"sqlite\"\n\n{section}");
            let mapping = Mapping::parse(&toml, "map.toml").unwrap();
            let again = Mapping::parse(&mapping.to_toml(), "again").unwrap();
            assert_eq!(again, mapping);
            mapping
        };
        check(
            "[[users]]\ntable = \"a \\\"b\"\nid = \"id\"\n[[channels]]\nid = \"id\"\n[[users]]\nid = \"id\"",
        );
        let mapping =
            check("[[messages]]\nquery = \"SELECT 1\"\nrange = \"m\"\nid = { hash = [\"text\"] }");
        assert_eq!(mapping.sections[0].range.as_deref(), Some("m"));
    }

    #[test]
    fn mistakes_in_where_rows_come_from_are_told() {
        let check = |section: &str, expected: &str| {
            let toml = format!("version = 1\nsource = \"sqlite\"\n\n{section}");
            let error = Mapping::parse(&toml, "map.toml").unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(
            "[[users]]\ntable = \"a\"\nquery = \"SELECT 1\"",
            "line 6: a section has one of",
        );
        check(
            "[[users]]\ntable = \"a\"\nrange = \"a\"",
            "line 6: `range` is for a `query`",
        );
        check(
            "[[users]]\ntable = \"a\"",
            "line 4: `[[users]]` does not say `id`",
        );
        check(
            "[[users]]\nid = \"a\"\n[[users]]\nid = \"a\"",
            "line 6: `[[users]]` is the second section that does not say where its rows come from; write `table = \"users\"`",
        );
    }
}
