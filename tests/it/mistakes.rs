//! The mistakes that people are most likely to make, and what they are told: where, why, and what to
//! do, in at most three lines. Lines that are indented show what was found, and do not count.

use std::{fs::File, io::Write};

use crate::{program::Place, zips::SAMPLE};

/// The most lines of a message.
const LINES: usize = 3;

/// A mistake: what is typed, what is told, and the exit status.
type Mistake = (&'static str, &'static str, i32);

const MISTAKES: &[Mistake] = &[
    (
        "slak export.zip -o out.json",
        "error: there is no command and no adapter `slak`; did you mean `migrate slack`?
`migrate adapters` lists all adapters; a program `migrate-slak` on PATH would be one,
and docs/writing-an-adapter.md says how to write it in ten lines",
        2,
    ),
    (
        "slack export.zip",
        "error: the following required arguments were not provided: --output <FILE>
tip: say where to, such as `-o out.jsonl`; to only see what would be written, give `--dry-run`
Usage: migrate slack --output <FILE> <INPUT>...",
        2,
    ),
    (
        "-o out.json export.zip",
        "error: `-o` stands before the input; options come behind it: `migrate INPUT -o out.json`, or `migrate slack INPUT -o out.json`",
        2,
    ),
    (
        "slack export.zip -o out.json --dryrun",
        "error: unexpected argument '--dryrun' found
tip: a similar argument exists: '--dry-run'
Usage: migrate slack --output <FILE> --dry-run <INPUT>...",
        2,
    ),
    (
        "slack missing.zip -o out.json",
        "error: `missing.zip` does not exist",
        2,
    ),
    (
        "slack export.zip -o out.txt",
        "error: the output `out.txt` should end in `.json` (one array) or `.jsonl` (JSON Lines); or say `--format`",
        2,
    ),
    (
        "slack export.zip -o folder",
        "error: the output `folder` is a folder; give the name of a file in it",
        2,
    ),
    (
        "slack export.zip -o nowhere/out.json",
        "error: the folder `nowhere` does not exist; create it first",
        2,
    ),
    (
        "slack export.zip -o there.json",
        "error: the output `there.json` exists already; use another name, or `--force` to replace it",
        2,
    ),
    (
        "slack export/general -o out.json",
        "error: `export/general` holds the files of one conversation only: give the whole export, which is the folder above it",
        2,
    ),
    (
        "slack export/users.json -o out.json",
        "error: `export/users.json` is a single JSON file, not an export: give the export's zip file or its folder",
        2,
    ),
    (
        "slack folder -o out.json",
        "error: `folder` holds no files: give the zip that Slack made, or the folder it unpacks to",
        2,
    ),
    (
        "slack cut.zip -o out.json",
        "error: the zip `cut.zip` is cut off, its end is missing: download it again",
        2,
    ),
    (
        "slack text.zip -o out.json",
        "error: `text.zip` is a single-user export in text form, which holds too little to be converted: ask Slack for the JSON form",
        2,
    ),
    (
        "slack export.zip export.zip -o out.json",
        "error: `migrate slack` reads one export at a time, and 2 were given: run it once for each",
        2,
    ),
    (
        "csv export.zip -o out.json",
        "error: there is no file of delimited text (`.csv`, `.tsv`, `.tab`, `.psv`) with anything in it in what was given; `D05CELOSK8/2024-03-04.json` is none
`migrate slack` reads such an input",
        2,
    ),
    (
        "csv chat.csv -o out.json",
        "error: chat.csv: no column is known for `user_id`
chat.csv, read as messages:
  text                     text
  date                     created_at
  room                     channel_id
write a draft of a mapping by `migrate csv init INPUT > map.toml`, mend it, and give it by `--mapping map.toml`",
        2,
    ),
    (
        "sqlite postgres.sql -o out.json",
        "error: `postgres.sql` is a dump of a Postgres database: write each table as CSV, with `\\copy TABLE TO 'TABLE.csv' CSV HEADER` in `psql`, and give these to `migrate csv`",
        2,
    ),
    (
        "jsonl cut.jsonl -o out.json",
        "error: cut.jsonl: the file ends after line 2 without an `end` line: it was cut off; let what wrote it run again, to its end",
        2,
    ),
    (
        "jsonl import.json -o out.json",
        "error: import.json: the file is a JSON array; lines have one object each\n\
         it begins as an import file does, which `migrate validate`, `migrate split` and `migrate preview` read",
        2,
    ),
    (
        "import.json -o out.json",
        "error: `import.json` is an import file already: `migrate validate import.json` checks it, and `migrate split import.json -o out.json` cuts it",
        2,
    ),
    (
        "validate export.zip",
        "error: `export.zip` is a zip file; unpack it first, or convert an export with its adapter (`migrate adapters` lists them)",
        2,
    ),
    (
        "slack export.zip -o out.json --channel genral",
        "error: `--channel genral` matches no channel; the nearest is `general`",
        2,
    ),
    (
        "slack export.zip -o out.json --since 01.03.2024",
        "error: invalid value '01.03.2024' for '--since <TIME>': give a date such as 2024-03-01, or a time such as 2024-03-01T08:00:00Z",
        2,
    ),
    (
        "slack export.zip -o out.json --max-part-size 1GB",
        "error: invalid value '1GB' for '--max-part-size <SIZE>': Stream takes no file of more than 300MB",
        2,
    ),
    (
        "slack export.zip -o out.json --format xml",
        "error: invalid value 'xml' for '--format <FORMAT>' [possible values: array, jsonl]",
        2,
    ),
    (
        "slack export.zip -o out.json --user-map people.csv",
        "error: the user map `people.csv`: line 1: no column `source`; the columns are `source` (or `source_id`, `email`, `user_id`), `id` (or `stream_id`, `user_id`) and, where wanted, `name`, `image_url`, `role`, `teams` and `custom.…`",
        2,
    ),
    (
        "slack export.zip -o out.json --file-url-prefix files",
        "error: `--file-url-prefix` takes an address that starts with `https://`, as the import fetches no other, not `files`",
        2,
    ),
    (
        "slack export.zip -o out.json --shard 2/2",
        "error: invalid value '2/2' for '--shard <I/N>': shards count from 0, so the last of 2 is 1/2",
        2,
    ),
    (
        "slack export.zip -o out.json --mapping map.toml",
        "error: unexpected argument '--mapping' found
tip: it is an option of `migrate csv`, `migrate sqlite`",
        2,
    ),
    (
        "csv picture.png -o out.json",
        "error: `picture.png` is a picture (PNG), of which no adapter makes messages",
        2,
    ),
    (
        "csv dump.sql -o out.json",
        "error: dump.sql: no column is known for `created_at`
`migrate sqlite` reads such an input",
        2,
    ),
    (
        "empty.db -o out.json",
        "error: `empty.db` is empty; export or copy it once more",
        2,
    ),
    (
        "csv chat.csv -o out.json --preset rocketchatt",
        "error: unknown preset `rocketchatt` (did you mean `rocketchat`?)",
        2,
    ),
];

/// A folder as people have it who make such mistakes.
fn place() -> Place {
    let place = Place::with("export.zip", SAMPLE);
    place.put("cut.zip", &SAMPLE[..3_000]);
    place.put("export/users.json", b"[]");
    place.put("export/general/2024-03-04.json", b"[]");
    place.put("there.json", b"[]");
    place.put("chat.csv", b"text,date,room\nhello,2024-03-04,general\n");
    place.put("picture.png", b"\x89PNG\r\n\x1a\n");
    place.put("empty.db", b"");
    place.put(
        "dump.sql",
        b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE a (b TEXT);\nCOMMIT;\n",
    );
    place.put("people.csv", b"who,id\nU05MAREN01,maren\n");
    place.put(
        "postgres.sql",
        b"--\n-- PostgreSQL database dump\n--\nCOPY public.users (id) FROM stdin;\n1\n\\.\n",
    );
    place.put(
        "cut.jsonl",
        b"{\"type\":\"hello\",\"protocol\":\"migrate\",\"version\":1,\"adapter\":\"acme\"}\n{\"type\":\"user\",\"data\":{\"id\":\"ann\"}}\n",
    );
    place.put(
        "import.json",
        b"[{\"type\":\"user\",\"item\":{\"id\":\"ann\"}}]",
    );
    std::fs::create_dir(place.path("folder")).unwrap();
    let mut text = zip::ZipWriter::new(std::fs::File::create(place.path("text.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let options = options.compression_method(zip::CompressionMethod::Stored);
    text.start_file("channels/general.txt", options).unwrap();
    text.write_all(b"general\n####\nMessages:\n").unwrap();
    text.finish().unwrap();
    place
}

#[test]
fn the_likeliest_mistakes_are_told_with_place_cause_and_cure() {
    assert!(MISTAKES.len() >= 20);
    for (typed, told, status) in MISTAKES {
        let place = place();
        let before = place.names();
        let outcome = place.run(typed);
        assert_eq!(outcome.stderr.trim_end(), *told, "migrate {typed}");
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (*status, ""),
            "migrate {typed}"
        );
        let lines = told.lines().filter(|line| !line.starts_with(' '));
        assert!(lines.count() <= LINES, "migrate {typed}");
        assert_eq!(place.names(), before, "migrate {typed}");
    }
}

#[test]
fn an_export_from_a_pipe_is_called_standard_input() {
    let place = Place::with("text", b"no zip");
    let mut command = place.command(["slack", "-", "-o", "out.json"]);
    command.stdin(File::open(place.path("text")).unwrap());
    let outcome = place.outcome(&command.output().unwrap());
    assert_eq!(outcome.code, 2);
    let expected = "error: standard input is a text file, not a zip: ";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);

    let name = b"general/2024-03-04.json";
    let mut zip = SAMPLE.to_vec();
    let at = zip.windows(name.len()).position(|it| it == name);
    zip[at.expect("the file") + name.len() + 20] ^= 1;
    place.put("damaged.zip", &zip);
    let mut command = place.command(["slack", "-", "-o", "out.json", "-q"]);
    command.stdin(File::open(place.path("damaged.zip")).unwrap());
    let outcome = place.outcome(&command.output().unwrap());
    let expected = "error: could not read `general/2024-03-04.json` in standard input: ";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
}
