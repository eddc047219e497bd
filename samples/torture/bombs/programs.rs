//! Bombs that adapters of their own print.

use std::{fs, path::Path};

use anyhow::Result;

use super::{
    Bomb, Want,
    files::{DEEP, END, GIGABYTE, HELLO, MESSAGE, MILLION, list},
};

pub(super) const BOMBS: &[Bomb] = &[
    Bomb {
        what: "a program: lines without end",
        name: "in.sh",
        make: |path| program(path, &format!("yes '{MESSAGE}\"}}}}'")),
        args: "bomb",
        want: Want::Refused("could not keep the output of migrate-bomb"),
        peak: 50,
    },
    Bomb {
        what: "a program: a line of 1 GB",
        name: "in.sh",
        make: |path| program(path, &format!("head -c {GIGABYTE} /dev/zero")),
        args: "bomb",
        want: Want::Refused("line 2: the line is longer than"),
        peak: 50,
    },
    Bomb {
        what: "a program: a million lines that are no records",
        name: "in.sh",
        make: |path| program(path, &format!("yes '{{}}' | head -n {MILLION}; {}", end())),
        args: "bomb",
        want: Want::Refused("line 2"),
        peak: 50,
    },
    Bomb {
        what: "a program: a million reactions to a message that is not there",
        name: "in.sh",
        make: |path| {
            let reaction = r#"{"type":"reaction","data":{"message_id":"no","reaction_type":"a","user_id":"u1","created_at":"2025-01-01T00:00:00Z"}}"#;
            program(
                path,
                &format!(
                    "echo '{MESSAGE}\"}}}}'; yes '{reaction}' | head -n {MILLION}; echo '{{\"type\":\"end\",\"counts\":{{\"message\":1,\"reaction\":{MILLION}}}}}'"
                ),
            )
        },
        args: "bomb",
        want: Want::Written,
        peak: 200,
    },
    Bomb {
        what: "a program: a million complaints, and it fails",
        name: "in.sh",
        make: |path| program(path, &format!("yes oops | head -n {MILLION} >&2; exit 1")),
        args: "bomb",
        want: Want::Refused("migrate-bomb ended with exit status 1: oops"),
        peak: 50,
    },
    Bomb {
        what: "a program: a million users mentioned in one message",
        name: "in.sh",
        make: |path| {
            let users = list(|n| format!(",\"u{n}\""));
            let line = format!("{MESSAGE}x\",\"mentioned_user_ids\":[\"u\"{users}]}}}}\n");
            fs::write(path.with_file_name("line"), line)?;
            program(path, &format!("cat line; {}", end()))
        },
        args: "bomb",
        want: Want::Written,
        peak: 1_500,
    },
    Bomb {
        what: "a program: 100,000 lists in each other",
        name: "in.sh",
        make: |path| {
            let lists = "[".repeat(DEEP) + &"]".repeat(DEEP);
            fs::write(
                path.with_file_name("line"),
                format!("{MESSAGE}x\",\"custom\":{{\"a\":{lists}}}}}}}\n"),
            )?;
            program(path, &format!("cat line; {}", end()))
        },
        args: "bomb",
        want: Want::Refused("output of migrate-bomb, line 2"),
        peak: 50,
    },
];

/// Prints the last line.
fn end() -> String {
    format!("echo '{}'", END.trim_end())
}

/// Writes what an adapter does behind its first line, and the adapter, which does what its input says.
fn program(path: &Path, script: &str) -> Result<()> {
    fs::write(path, format!("echo '{}'\n{script}\n", HELLO.trim_end()))?;
    let adapter = path.with_file_name("migrate-bomb");
    fs::write(&adapter, "#!/bin/sh\nshift\nexec /bin/sh \"$@\"\n")?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&adapter, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
