//! Reads a user map: a CSV file with a header.
//!
//! Everything that is wrong in it is an error with the line, since its author can mend it.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use csv::{ReaderBuilder, StringRecord, Trim};
use migrate_model::{Kind, User};

use super::{AppUser, Row, UserMap};
use crate::getstream::custom::{self, Owner};
use crate::getstream::{ids, legal, limits};
use crate::whole;

/// What the error about a header says.
const COLUMNS: &str = "the columns are `source` (or `source_id`, `email`, `user_id`), `id` (or `stream_id`, `user_id`) and, where wanted, `name`, `image_url`, `role`, `teams` and `custom.…`";

/// Most columns of a user map. Ours: more custom fields than this have no room in a user.
const MOST_COLUMNS: usize = 1_000;

/// Which column holds what.
#[derive(Debug, Default)]
struct Columns {
    source: usize,
    id: usize,
    name: Option<usize>,
    image_url: Option<usize>,
    role: Option<usize>,
    teams: Option<usize>,
    custom: Vec<(usize, Box<str>)>,
    count: usize,
}

impl UserMap {
    /// Reads a map.
    ///
    /// # Errors
    /// If the file cannot be read, its header names other columns, or a row cannot be used; the
    /// text has the file and the line.
    pub fn read(path: &Path) -> Result<UserMap> {
        let bytes = whole::read(path)
            .with_context(|| format!("could not read the user map `{}`", path.display()))?;
        UserMap::parse(&bytes).with_context(|| format!("the user map `{}`", path.display()))
    }

    /// Reads a map from the bytes of its file.
    ///
    /// # Errors
    /// As [`read`](UserMap::read), without the file.
    pub fn parse(bytes: &[u8]) -> Result<UserMap> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter(bytes))
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(bytes);
        let mut record = StringRecord::new();
        let mut columns = None;
        let mut map = UserMap::default();
        let mut lines = Lines::of(bytes);
        while reader
            .read_record(&mut record)
            .map_err(|error| plain(error, &mut lines))?
        {
            let line = lines.of_record(record.position());
            let place = || format!("line {line}");
            match &columns {
                None => columns = Some(Columns::of(&record).with_context(place)?),
                Some(columns) => map.take(line, &record, columns).with_context(place)?,
            }
        }
        ensure!(columns.is_some(), "it is empty; {COLUMNS}");
        for user in &map.users {
            let line = || {
                let mut rows = map.rows.iter();
                let row = rows.find(|row| *map.users[row.user as usize].id == *user.id);
                format!("line {}", row.map_or(0, |row| row.line))
            };
            check(user).with_context(line)?;
        }
        Ok(map)
    }

    fn take(&mut self, line: u64, record: &StringRecord, columns: &Columns) -> Result<()> {
        let cell = |at: usize| record.get(at).unwrap_or_default();
        if record.iter().all(str::is_empty) {
            return Ok(());
        }
        ensure!(
            record.iter().skip(columns.count).all(str::is_empty),
            "has more cells than the header has columns; a text that holds the delimiter needs quotes"
        );
        let (key, id) = (cell(columns.source), cell(columns.id));
        ensure!(
            !key.is_empty(),
            "the row of `{id}` does not say whose it is; its first column is the source's user id or an e-mail address"
        );
        check_id(id).with_context(|| format!("`{key}`"))?;
        let user = self.user(id);
        self.row(line, key, user)?;
        let it = &mut self.users[user as usize];
        let optional = |at: Option<usize>| at.map(cell).unwrap_or_default();
        fill(&mut it.name, optional(columns.name));
        fill(&mut it.image_url, optional(columns.image_url));
        fill(&mut it.role, optional(columns.role));
        if it.teams.is_empty() {
            let teams = optional(columns.teams).split(';').map(str::trim);
            let teams = teams.filter(|team| !team.is_empty());
            it.teams = teams.map(Box::from).collect();
        }
        for (at, name) in &columns.custom {
            let text = cell(*at);
            let is_known = it.custom.iter().any(|(known, _)| known == name);
            if !text.is_empty() && !is_known {
                it.custom.push((name.clone(), text.into()));
            }
        }
        Ok(())
    }

    /// The place of a user of the app, who gets one if new.
    fn user(&mut self, id: &str) -> u32 {
        if let Some(user) = self.ids.get(id) {
            return *user;
        }
        let user = self.users.len() as u32;
        self.ids.insert(id.into(), user);
        self.users.push(AppUser {
            id: id.into(),
            ..AppUser::default()
        });
        user
    }

    fn row(&mut self, line: u64, key: &str, user: u32) -> Result<()> {
        let address = key.contains('@').then(|| key.to_lowercase());
        let same_address = address.as_deref().and_then(|it| self.addresses.get(it));
        let same = self.keys.get(key).or(same_address).copied();
        if let Some(row) = same.and_then(|same| self.rows.get(same as usize)) {
            let (other, id) = (
                &self.users[row.user as usize].id,
                &self.users[user as usize].id,
            );
            ensure!(
                row.user == user,
                "`{key}` is `{id}` here and `{other}` in line {}; each may have one id",
                row.line
            );
        }
        if self.keys.contains_key(key) {
            return Ok(());
        }
        let number = u32::try_from(self.rows.len()).context("it has too many rows")?;
        self.keys.insert(key.into(), number);
        if let Some(address) = address {
            self.addresses.entry(address.into()).or_insert(number);
        }
        self.rows.push(Row {
            key: key.into(),
            line,
            user,
        });
        Ok(())
    }
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns> {
        let count = header.len();
        ensure!(
            count <= MOST_COLUMNS,
            "it has {count} columns, and at most {MOST_COLUMNS} are read: take out those that are not needed"
        );
        // Names of custom fields keep their case.
        let lower = |name: &str| match name.to_lowercase() {
            lower if lower.starts_with(CUSTOM) => name.to_owned(),
            lower => lower,
        };
        let names: Vec<String> = header.iter().map(lower).collect();
        for (at, name) in names.iter().enumerate() {
            let is_twice = !name.is_empty() && names[..at].contains(name);
            ensure!(!is_twice, "the column `{name}` stands there twice");
        }
        let find = |name: &str| names.iter().position(|it| it == name);
        let ambiguous = find("user_id");
        let mut source = one(&find, &["source", "source_id", "email"])?;
        let mut id = one(&find, &["id", "stream_id"])?;
        match (source, id, ambiguous) {
            (None, Some(_), Some(_)) => source = ambiguous,
            (Some(_), None, Some(_)) => id = ambiguous,
            (_, _, None) => {}
            _ => bail!("`user_id` may be the source's id or the app's; {COLUMNS}"),
        }
        let source = source.with_context(|| format!("no column `source`; {COLUMNS}"))?;
        let id = id.with_context(|| format!("no column `id`; {COLUMNS}"))?;
        let mut columns = Columns {
            source,
            id,
            name: find("name"),
            image_url: find("image_url"),
            role: find("role"),
            teams: find("teams"),
            custom: Vec::new(),
            count,
        };
        for (at, name) in header.iter().enumerate() {
            let known = [columns.name, columns.image_url, columns.role, columns.teams];
            if at == source || at == id || known.contains(&Some(at)) || name.is_empty() {
                continue;
            }
            let prefix = name.get(..CUSTOM.len()).map(str::to_lowercase);
            let custom = name.get(CUSTOM.len()..).unwrap_or_default();
            ensure!(
                prefix.as_deref() == Some(CUSTOM) && !custom.is_empty(),
                "the column `{name}` is not known; {COLUMNS}"
            );
            ensure!(
                !custom::is_taken(Owner::Entry(Kind::User), custom),
                "the column `{name}` has a name that Stream keeps for itself; choose another"
            );
            columns.custom.push((at, custom.into()));
        }
        Ok(columns)
    }
}

/// How the header of a custom field begins.
const CUSTOM: &str = "custom.";

/// The one column of those names; `None` if there is none.
fn one(find: &impl Fn(&str) -> Option<usize>, names: &[&str]) -> Result<Option<usize>> {
    let mut found = names.iter().filter_map(|name| Some((name, find(name)?)));
    let first = found.next();
    if let (Some((one, _)), Some((other, _))) = (first, found.next()) {
        bail!("the columns `{one}` and `{other}` are the same thing; {COLUMNS}");
    }
    Ok(first.map(|(_, at)| at))
}

/// `;` is what spreadsheets write where a comma stands in numbers.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |of: u8| header.iter().filter(|byte| **byte == of).count();
    if count(b';') > count(b',') {
        b';'
    } else {
        b','
    }
}

fn check_id(id: &str) -> Result<()> {
    ensure!(
        !id.is_empty(),
        "the id is missing; leave the row away for somebody who keeps the source's id"
    );
    ensure!(
        id.len() <= limits::USER_ID_BYTES && id.bytes().all(ids::in_user_id),
        "`{id}` is no user id of Stream, which has letters, digits, `@`, `_` and `-`, at most {}",
        limits::USER_ID_BYTES
    );
    Ok(())
}

/// Fails for what Stream would not take whole.
fn check(user: &AppUser) -> Result<()> {
    let mut it = User::default();
    user.overlay(&mut it);
    let mut problem = None;
    let mut scratch = Vec::new();
    let id = Cow::Borrowed(&*user.id);
    legal::user_as(id, it, &mut scratch, &mut |kind, detail| {
        problem.get_or_insert_with(|| match kind {
            "name_shortened" => "the name is longer than 1,000 bytes".to_owned(),
            _ => format!("`{detail}` is too long: name, picture and custom fields of a user may have 5 KB together"),
        });
    });
    match problem {
        Some(problem) => bail!("{problem}"),
        None => Ok(()),
    }
}

/// Takes a text unless an earlier row gave one.
fn fill(field: &mut Box<str>, text: &str) {
    if field.is_empty() {
        *field = text.into();
    }
}

/// An error of the CSV reader in our words.
fn plain(error: csv::Error, lines: &mut Lines<'_>) -> anyhow::Error {
    let line = lines.of_record(error.position());
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => {
            anyhow::anyhow!("line {line}: it is not UTF-8; save the file as CSV in UTF-8")
        }
        _ => anyhow::Error::new(error),
    }
}

/// Counts lines. The CSV reader counts too, but takes empty lines for a part of what follows.
struct Lines<'b> {
    bytes: &'b [u8],
    /// How far the lines are counted.
    at: usize,
    /// The line there, from 1.
    line: u64,
}

impl<'b> Lines<'b> {
    fn of(bytes: &'b [u8]) -> Lines<'b> {
        Lines {
            bytes,
            at: 0,
            line: 1,
        }
    }

    /// The line in which a record begins; records come in order.
    fn of_record(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.at) {
            if self.at >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            let next = self.bytes.get(self.at + 1);
            let is_end = *byte == b'\n' || *byte == b'\r' && next != Some(&b'\n');
            self.line += u64::from(is_end);
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> UserMap {
        UserMap::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"))
    }

    fn id_of<'m>(map: &'m UserMap, source: &str) -> Option<&'m str> {
        let own = || map.claim_by_stream_id(source);
        let claim = map.claim_by_key(source).or_else(own)?;
        Some(&map.users()[map.user_of(claim) as usize].id)
    }

    #[test]
    fn the_columns_may_have_other_names_and_any_order() {
        for text in [
            "source,id\nU1,ann\n",
            "\u{feff}source;id\r\nU1;ann\r\n",
            "id,name,source\nann,Ann,U1\n",
            "Source_ID , Stream_ID\n U1 , ann\n\n",
            "user_id,stream_id\nU1,ann\n",
            "email,user_id\nU1,ann\n",
            "user_id,id\nU1,ann",
            "\"source\",\"id\"\n\"U1\",\"ann\"\n",
        ] {
            assert_eq!(id_of(&parsed(text), "U1"), Some("ann"), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_an_error_with_its_line() {
        let check = |text: &str, expected: &str| {
            let error = UserMap::parse(text.as_bytes()).expect_err(text);
            let error = format!("{error:#}");
            assert!(error.starts_with(expected), "{text}: {error}");
        };
        check("", "it is empty; the columns are");
        check("name,id\n", "line 1: no column `source`; the columns are");
        check("source,name\n", "line 1: no column `id`");
        check(
            "source,email,id\n",
            "line 1: the columns `source` and `email`",
        );
        check(
            "source,id,stream_id\n",
            "line 1: the columns `id` and `stream_id`",
        );
        check("source,id,user_id\n", "line 1: `user_id` may be");
        check(
            "source,id,source\n",
            "line 1: the column `source` stands there twice",
        );
        check("source,id,nam\n", "line 1: the column `nam` is not known");
        check(
            "source,id,custom.\n",
            "line 1: the column `custom.` is not known",
        );
        check(
            "source,id,custom.online\n",
            "line 1: the column `custom.online` has a name",
        );
        check("source,id\nU1,\n", "line 2: `U1`: the id is missing");
        check(
            "source,id\n\nU1,bob smith\n",
            "line 3: `U1`: `bob smith` is no user id",
        );
        check("source,id\n,bob\n", "line 2: the row of `bob`");
        check("source,id\nU1,bob,x\n", "line 2: has more cells");
        check(
            "source,id\nU1,a\nU2,b\nU1,c\n",
            "line 4: `U1` is `c` here and `a` in line 2",
        );
        check(
            "source,id\nA@b.c,a\na@B.c,b\n",
            "line 3: `a@B.c` is `b` here and `a` in line 2",
        );
        let long = "x".repeat(1_001);
        check(
            &format!("source,id,name\nU1,a,\nU1,a,{long}\n"),
            "line 2: the name",
        );
        let long = "x".repeat(5_000);
        check(
            &format!("source,id,custom.x\nU1,a,{long}\n"),
            "line 2: `x` is too long",
        );
        let latin = UserMap::parse(b"source,id,name\nU1,a,M\xfcller\n").expect_err("not UTF-8");
        assert!(latin.to_string().starts_with("line 2: it is not UTF-8"));
    }

    #[test]
    fn rows_of_one_user_fill_each_other_and_the_first_counts() {
        let map = parsed(
            "source,id,name,teams,custom.a,custom.B\nU1,x,,red; blue;,1,\nU2,x,Ann,green,2,3\nU1,x,,,,\n",
        );
        let user = &map.users()[0];
        assert_eq!((map.rows().len(), map.users().len()), (2, 1));
        assert_eq!(&*user.name, "Ann");
        assert_eq!(user.teams, ["red".into(), "blue".into()]);
        let custom: Vec<_> = user.custom.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(custom, [("a", "1"), ("B", "3")]);
    }

    #[test]
    fn ids_come_before_addresses_and_case_counts_only_in_ids() {
        let map = parsed("source,id\nAnn@example.com,ann\nU1,bob\n");
        assert_eq!(id_of(&map, "Ann@example.com"), Some("ann"));
        assert_eq!(id_of(&map, "ann@example.com"), None);
        assert!(map.claim_by_address(" aNN@Example.com").is_some());
        assert_eq!(id_of(&map, "bob"), Some("bob"), "has the id anyway");
        assert_eq!(id_of(&map, "u1"), None);
    }
}
