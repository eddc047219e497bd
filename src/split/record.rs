//! The form of a message or a reaction in the work files: what the packer has to know of it, and
//! its entry behind that.

use anyhow::{Context, Result};

/// How long a head is, without its users, in bytes.
pub const HEAD_BYTES: usize = 41;

/// What the packer knows of an entry beside its bytes. Keys are 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Whether it is a message, else a reaction.
    pub is_message: bool,
    /// When it was written, in microseconds since 1970; the greatest number if that is not said.
    pub micros: i64,
    /// The key of its id; of a reaction, of its message's.
    pub key: u64,
    /// The key of the parent's id.
    pub parent: u64,
    /// The key of the quoted message's id.
    pub quote: u64,
    /// Its channel.
    pub channel: u32,
    /// How many users it refers to.
    pub users: u32,
}

/// A record that was read back.
pub struct Record<'r> {
    /// Its head.
    pub head: Head,
    /// The users that it refers to.
    pub users: Vec<u32>,
    /// Its entry.
    pub entry: &'r [u8],
}

impl Head {
    /// Appends the head of an entry that refers to these users.
    pub fn write(&self, users: &[u32], out: &mut Vec<u8>) {
        out.push(u8::from(self.is_message));
        out.extend_from_slice(&self.micros.to_le_bytes());
        for key in [self.key, self.parent, self.quote] {
            out.extend_from_slice(&key.to_le_bytes());
        }
        out.extend_from_slice(&self.channel.to_le_bytes());
        out.extend_from_slice(&(users.len() as u32).to_le_bytes());
        for user in users {
            out.extend_from_slice(&user.to_le_bytes());
        }
    }

    /// Reads a head.
    ///
    /// # Errors
    /// If the bytes are none, which means that a work file was changed from outside.
    pub fn read(bytes: &[u8]) -> Result<Head> {
        let head: &[u8; HEAD_BYTES] = bytes.first_chunk().context(CHANGED)?;
        let eight = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&head[at..at + 8]);
            eight
        };
        let four =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Ok(Head {
            is_message: head[0] == 1,
            micros: i64::from_le_bytes(eight(1)),
            key: u64::from_le_bytes(eight(9)),
            parent: u64::from_le_bytes(eight(17)),
            quote: u64::from_le_bytes(eight(25)),
            channel: four(33),
            users: four(37),
        })
    }
}

impl Record<'_> {
    /// Reads a whole record.
    ///
    /// # Errors
    /// If the bytes are none, which means that a work file was changed from outside.
    pub fn read(bytes: &[u8]) -> Result<Record<'_>> {
        let head = Head::read(bytes)?;
        let end = HEAD_BYTES.saturating_add((head.users as usize).saturating_mul(4));
        let users = bytes.get(HEAD_BYTES..end).context(CHANGED)?;
        let users = users.chunks_exact(4);
        Ok(Record {
            head,
            users: users
                .map(|user| u32::from_le_bytes([user[0], user[1], user[2], user[3]]))
                .collect(),
            entry: &bytes[end..],
        })
    }
}

const CHANGED: &str = "a work file was changed while it was used";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let head = Head {
            is_message: true,
            micros: -5,
            key: 1 << 60,
            parent: 2,
            quote: 3,
            channel: 4,
            users: 2,
        };
        let mut bytes = Vec::new();
        head.write(&[7, 8], &mut bytes);
        assert_eq!(bytes.len(), HEAD_BYTES + 8);
        bytes.extend_from_slice(b"entry");
        let record = Record::read(&bytes).unwrap();
        assert_eq!((record.head, &record.users[..]), (head, &[7, 8][..]));
        assert_eq!(record.entry, b"entry");
        assert!(Record::read(&bytes[..44]).is_err());
    }
}
