//! Measures how fast a dump is loaded and read back: `load DUMP.sql`, or `load` for a dump that is
//! made for it, of 1,000,000 messages.

use std::env;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use migrate_sqlite::{Cell, Database, Settings};

fn main() -> Result<()> {
    let folder = env::temp_dir().join(format!("migrate-sqlite-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let measured = measure(&folder, env::args_os().nth(1).map(PathBuf::from));
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure(folder: &Path, given: Option<PathBuf>) -> Result<()> {
    let path = match given {
        Some(path) => path,
        None => {
            let path = folder.join("made.sql");
            write_dump(&path)?;
            path
        }
    };
    let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
    let started = Instant::now();
    let database = Database::open(&path, &Settings::new(folder.to_path_buf()))?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "loaded {megabytes:.0} MB in {seconds:.2} s: {:.0} MB/s",
        megabytes / seconds
    );
    for it in database.dump().map_or(&[][..], |dump| &dump.left_out) {
        println!(
            "  left out: {} ({}, first in line {})",
            it.reason, it.count, it.line
        );
    }
    let started = Instant::now();
    let (rows, bytes) = read(&database)?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "read {rows} rows in {seconds:.2} s: {:.0} MB/s",
        bytes as f64 / 1e6 / seconds
    );
    Ok(())
}

/// Reads every cell of every table; how many rows, and bytes of text.
fn read(database: &Database) -> Result<(u64, u64)> {
    let connection = database.connect()?;
    let (mut count, mut bytes) = (0, 0);
    for table in database.tables()? {
        let sql = format!("SELECT * FROM \"{}\"", table.name.replace('"', "\"\""));
        let mut query = connection.query(&sql)?;
        let width = query.columns().len();
        let mut rows = query.rows(&[])?;
        while let Some(row) = rows.next_row()? {
            for column in 0..width {
                if let Cell::Text(text) | Cell::Blob(text) = row.cell(column) {
                    bytes += text.len() as u64;
                }
            }
        }
        count += rows.read();
    }
    Ok((count, bytes))
}

fn write_dump(path: &Path) -> Result<()> {
    let file =
        File::create(path).with_context(|| format!("could not make `{}`", path.display()))?;
    let mut dump = BufWriter::new(file);
    writeln!(dump, "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;")?;
    writeln!(
        dump,
        "CREATE TABLE message(id INTEGER PRIMARY KEY, room_id INTEGER REFERENCES room(id), author TEXT, text TEXT, created_at INTEGER);"
    )?;
    for id in 0..1_000_000_u64 {
        let words = "it's a message of a usual length, "
            .replace('\'', "''")
            .repeat(usize::try_from(id % 5)?);
        let text = match id % 20 {
            0 => format!("replace('{words}\\nsecond line','\\n',char(10))"),
            _ => format!("'{words}'"),
        };
        let (room, author, at) = (id % 300, id % 977, 1_700_000_000_000 + id * 1234);
        writeln!(
            dump,
            "INSERT INTO message VALUES({id},{room},'user-{author}',{text},{at});"
        )?;
    }
    writeln!(dump, "COMMIT;")?;
    dump.flush()?;
    Ok(())
}
