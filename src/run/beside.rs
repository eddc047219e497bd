//! The files beside the output: which there are, what each may replace, how each appears.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use migrate_model::{Adapter, Source};

use super::adapter::Run;
use crate::cli::Conversion;
use crate::output::{check_file, is_one, refuse_foreign_file, refuse_inside, unwritten};
use crate::parts::Packed;
use crate::parts::target::Target;
use crate::preview::{self, gather::Gathered};
use crate::report::{self, Report};
use crate::staged::Staged;
use crate::{file_list, id_map, people};

/// All kinds of file beside the output. Whatever is checked of one is checked of each.
const KINDS: [Kind; 5] = [
    Kind {
        option: "report",
        name: "report",
        start: report::START,
        comes: Comes::Always,
        path: |asked| asked.report.as_deref(),
        stage: |made, path| match made.report {
            Some(report) => report.stage(path, made.run.asked.shard).map(Some),
            None => Ok(None),
        },
    },
    Kind {
        option: "people",
        name: "people file",
        start: people::START,
        comes: Comes::WithoutOutput,
        path: |asked| asked.people.as_deref(),
        stage: |made, path| people::stage(path, &made.packed.people).map(Some),
    },
    Kind {
        option: "preview",
        name: "preview",
        start: preview::START,
        comes: Comes::Always,
        path: |asked| asked.preview.as_deref(),
        stage: |made, path| made.stage_preview(path),
    },
    Kind {
        option: "id-map",
        name: "id map",
        start: id_map::START,
        comes: Comes::WithOutput,
        path: |asked| asked.id_map.as_deref(),
        stage: |made, path| made.stage_work_file(path, "id map", made.packed.id_map.as_deref()),
    },
    Kind {
        option: file_list::OPTION,
        name: "file list",
        start: file_list::START,
        comes: Comes::WithOutput,
        path: Conversion::file_list,
        stage: |made, path| {
            made.stage_work_file(path, "file list", made.packed.file_list.as_deref())
        },
    },
];

/// A kind of file beside the output.
struct Kind {
    /// The option that asks for it.
    option: &'static str,
    /// What people call it.
    name: &'static str,
    /// How such a file begins, white space apart.
    start: &'static str,
    comes: Comes,
    path: fn(&Conversion) -> Option<&Path>,
    /// Writes it under another name; `None` if there is nothing to be written.
    stage: fn(&mut Made<'_>, &Path) -> Result<Option<Staged>>,
}

/// When a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Comes {
    /// Whatever the run writes.
    Always,
    /// If the parts are; a dry run does without.
    WithOutput,
    /// By a dry run; other runs read it.
    WithoutOutput,
}

/// The kinds that were asked for, and where each file stands.
fn asked_for(asked: &Conversion) -> impl Iterator<Item = (&'static Kind, &Path)> {
    let kinds = KINDS.iter();
    kinds.filter_map(move |kind| Some((kind, (kind.path)(asked)?)))
}

/// Checks of each file beside the output that it can be written, is no part of it, and replaces
/// nothing else.
///
/// # Errors
/// If one cannot, is, or would.
pub fn check(adapter: &dyn Adapter, asked: &Conversion, target: &Target) -> Result<()> {
    let is_read = |kind: &Kind| kind.comes == Comes::WithoutOutput && !asked.is_dry_run;
    for (kind, path) in asked_for(asked) {
        check_file(path, kind.name)?;
        let folder = path.parent().filter(|_| !is_read(kind));
        for (input, folder) in asked.inputs.iter().zip(folder.into_iter().cycle()) {
            refuse_inside(input, folder, kind.name)?;
        }
        if target.may_write(path) {
            bail!(
                "the {} `{}` has a name that a part of the output may get; choose another",
                kind.name,
                path.display()
            );
        }
    }
    refuse_one_file_twice(adapter, asked)?;
    for (name, path) in read_by(adapter, asked) {
        if target.may_write(path) {
            bail!(
                "{name} `{}` has a name that a part of the output may get; choose another output",
                path.display()
            );
        }
    }
    for (kind, path) in asked_for(asked).filter(|_| !asked.force) {
        if !is_read(kind) {
            refuse_foreign_file(path, kind.name, kind.start)?;
        }
    }
    match must_be_new(asked) {
        true => refuse_existing(asked),
        false => Ok(()),
    }
}

/// The first option that asks for one file where many runs that are called alike would write it.
pub fn of_one_run(asked: &Conversion) -> Option<&'static str> {
    let (kind, _) = asked_for(asked).find(|(kind, _)| kind.comes != Comes::WithoutOutput)?;
    Some(kind.option)
}

/// What is to be said of files that were asked for and that a dry run does not write.
pub fn unwritten_remark(asked: &Conversion) -> Option<String> {
    let left: Vec<_> = asked_for(asked)
        .filter(|(kind, _)| asked.is_dry_run && kind.comes == Comes::WithOutput)
        .map(|(kind, _)| format!("`--{}`", kind.option))
        .collect();
    let is = match left.len() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    let options = left.join(" and ");
    Some(format!(
        "{options} {is} written with the output alone, so not by a dry run"
    ))
}

fn option(name: &str) -> String {
    format!("`--{name}`")
}

/// The files that are read, the inputs first, and what each is called.
fn read_by<'a>(
    adapter: &'a dyn Adapter,
    asked: &'a Conversion,
) -> impl Iterator<Item = (String, &'a Path)> {
    let inputs = asked.inputs.iter();
    let inputs = inputs.map(|path| ("the input".to_owned(), path.as_path()));
    let user_map = asked.user_map.as_deref();
    let user_map = user_map.map(|path| (option("user-map"), path));
    let own = adapter.about().options.iter().filter(|it| {
        let is_file = it.value.is_some_and(|value| value.starts_with("FILE"));
        is_file && it.name != file_list::OPTION
    });
    let own = own.filter_map(|it| Some((option(it.name), Path::new(asked.options.get(it.name)?))));
    let config = asked.config.as_deref();
    let config = config.map(|path| (option("config"), path));
    inputs.chain(own).chain(user_map).chain(config)
}

/// Fails if one file is to be read and written, or written twice.
fn refuse_one_file_twice(adapter: &dyn Adapter, asked: &Conversion) -> Result<()> {
    let output = asked.output.as_deref().map(|path| (option("output"), path));
    let beside = asked_for(asked).map(|(kind, path)| (option(kind.option), path));
    let read = read_by(adapter, asked);
    let files: Vec<_> = read.chain(output).chain(beside).collect();
    for (at, (name, path)) in files.iter().enumerate().skip(asked.inputs.len()) {
        let same = files[..at].iter().find(|(_, other)| is_one(path, other));
        if let Some((other, _)) = same {
            bail!("{other} and {name} are the same file, `{}`", path.display());
        }
    }
    Ok(())
}

/// Whether the files beside the output must be new, as those of a shard that is one of several.
fn must_be_new(asked: &Conversion) -> bool {
    !asked.force && asked.shard.is_some_and(|shard| !shard.is_whole())
}

/// Fails if a shard would replace a file beside the output: it may be that of another one, which
/// belongs to this one's.
fn refuse_existing(asked: &Conversion) -> Result<()> {
    let mut written = asked_for(asked).filter(|(kind, _)| kind.comes != Comes::WithoutOutput);
    if let Some((kind, path)) = written.find(|(_, path)| path.is_file()) {
        bail!(
            "`{}` exists already, and may be another shard's; give each shard a `--{}` of its own, or `--force` to replace it",
            path.display(),
            kind.option
        );
    }
    Ok(())
}

/// What files beside the output are made of.
pub struct Made<'r> {
    pub run: &'r Run<'r>,
    pub source: &'r dyn Source,
    pub packed: &'r Packed,
    /// The names of the parts.
    pub paths: &'r [PathBuf],
    pub report: Option<&'r Report>,
    /// What was gathered for a preview, until that is made.
    pub gathered: Option<Gathered>,
}

impl Made<'_> {
    /// Writes all files that come at such a time, each beside its name.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn stage(&mut self, comes: &[Comes]) -> Result<Waiting> {
        let mut staged = Vec::new();
        for (kind, path) in asked_for(&self.run.asked) {
            if comes.contains(&kind.comes) {
                staged.extend((kind.stage)(self, path)?);
            }
        }
        Ok(Waiting(staged))
    }

    /// The page that shows what was written, or would be.
    fn stage_preview(&mut self, path: &Path) -> Result<Option<Staged>> {
        let Some(gathered) = self.gathered.take() else {
            return Ok(None);
        };
        let Run { asked, adapter, .. } = self.run;
        let inputs = asked.inputs.iter();
        let names = inputs.map(|path| asked.options.name_of(path));
        let names = names.map(|name| preview::conversion::file_name(Path::new(&name)));
        let names: Vec<_> = names.collect();
        let it = preview::conversion::Conversion {
            title: names.join(", "),
            source: self.source,
            losses: adapter.about().losses,
            packed: self.packed,
            paths: self.paths,
            part_limit: asked.part_bytes,
            is_dry_run: asked.is_dry_run || self.run.refuses(self.packed),
        };
        let shows_addresses = self.source.shows_addresses();
        preview::stage(&it.preview(gathered), shows_addresses, path, asked.shard).map(Some)
    }

    /// A file that was written while the source was converted.
    fn stage_work_file(
        &self,
        path: &Path,
        name: &str,
        work_file: Option<&Path>,
    ) -> Result<Option<Staged>> {
        let Some(work_file) = work_file else {
            return Ok(None);
        };
        Staged::of_file(path, self.run.asked.shard, work_file)
            .map(Some)
            .with_context(|| format!("could not write the {name} `{}`", path.display()))
    }
}

/// Files that wait for their names.
pub struct Waiting(Vec<Staged>);

impl Waiting {
    /// Takes in others.
    pub fn extend(&mut self, more: Waiting) {
        self.0.extend(more.0);
    }

    /// Takes their names, if these must be new; another shard may want them as well.
    ///
    /// # Errors
    /// If one of them is there by now.
    pub fn reserve(&mut self, asked: &Conversion) -> Result<()> {
        if !must_be_new(asked) {
            return Ok(());
        }
        for file in &mut self.0 {
            let reserved = file.reserve();
            let shown = file.path().display();
            match reserved {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
                    "`{shown}` has appeared while this run was working; nothing was written, give each shard files of its own"
                ),
                reserved => reserved.with_context(|| unwritten(file.path()))?,
            }
        }
        Ok(())
    }

    /// Gives them their names.
    ///
    /// # Errors
    /// If one cannot be renamed.
    pub fn publish(self) -> Result<()> {
        for file in self.0 {
            let path = file.path().to_path_buf();
            file.publish().with_context(|| unwritten(&path))?;
        }
        Ok(())
    }
}
