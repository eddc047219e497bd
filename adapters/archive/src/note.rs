//! What is noticed about an archive while it is opened, short of an error.

/// Something about one name in the archive that the user may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The name as the archive spells it, wrapping folders included. It is foreign text: make it
    /// safe before a terminal sees it.
    pub name: String,
    /// What was noticed.
    pub kind: NoteKind,
}

/// What was noticed about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// The zip has several entries of this name. The last one counts, as with Python's `zipfile`
    /// and most unzip programs; one note stands for each of the others.
    RepeatedName,
    /// The name is absolute, has a drive letter or leads out of the archive by `..`: the entry is
    /// left out.
    RefusedName,
    /// The file's name in the folder is not Unicode. It is read, and this is its name with the
    /// strange bytes replaced.
    LossyName,
    /// It is not a file: a link to a folder, a link to nothing, a pipe or a device, or any link
    /// inside a zip. It is left out.
    NotAFile,
    /// The file is at least 1 MiB and unpacks to more than 100 times its packed size, where chats
    /// usually have 4 to 20 times. It is read all the same.
    HighRatio,
}
