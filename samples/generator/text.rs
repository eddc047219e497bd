//! What a message says: runs of words, and from these the `text` with Slack's marks and escapes.
//! The `rich_text` block, which says the same, stands in `blocks`; which message has which words
//! is left to `message`.

use std::ops::Range;

use super::{
    World,
    conversations::Conversation,
    people::Standing,
    random::{Random, code},
    words::{EMOJI, FOREIGN},
};

/// The words of one message; made anew for the next one in the same memory.
#[derive(Default)]
pub(super) struct Text {
    pub(super) letters: String,
    pub(super) runs: Vec<Run>,
    pub(super) sections: Vec<Section>,
}

pub(super) struct Section {
    pub(super) shape: Shape,
    pub(super) runs: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Paragraph,
    Code,
    Quote,
    List,
}

pub(super) struct Run {
    pub(super) style: Style,
    pub(super) letters: Range<usize>,
}

/// How a run looks or what it stands for; the letters of a link are its label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Italic,
    Strike,
    Code,
    Link(u64),
    Person(u32),
    Conversation(usize),
    Emoji(usize),
    Here,
}

impl Text {
    /// Replaces the words by those that `random` gives.
    pub(super) fn compose(&mut self, random: &mut Random, world: &World, place: &Conversation) {
        self.letters.clear();
        self.runs.clear();
        self.sections.clear();
        let words = length(random);
        self.section(Shape::Paragraph, |it| {
            for _ in 0..words {
                it.word(random, world, place);
            }
        });
        let extra = random.below(10_000);
        let shape = match extra {
            0..300 => Shape::Code,
            300..400 => Shape::Quote,
            400..500 => Shape::List,
            _ => return,
        };
        let lines = 2 + random.below(6);
        self.section(shape, |it| it.lines(random, world, shape, lines));
        if extra.is_multiple_of(2) {
            self.section(Shape::Paragraph, |it| it.word(random, world, place));
        }
    }

    /// Appends the text with Slack's marks, where `&`, `<` and `>` are escaped.
    pub(super) fn write_marked(&self, out: &mut String, world: &World) {
        for (number, section) in self.sections.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let runs = &self.runs[section.runs.clone()];
            match section.shape {
                Shape::Code => {
                    out.push_str("```");
                    self.write_runs(runs, out, world);
                    out.push_str("```");
                }
                Shape::Quote => {
                    for (line, run) in runs.iter().enumerate() {
                        out.push_str(if line == 0 { "&gt; " } else { "\n&gt; " });
                        escape(&self.letters[run.letters.clone()], out);
                    }
                }
                Shape::List => {
                    for (line, run) in runs.iter().enumerate() {
                        out.push_str(if line == 0 { "• " } else { "\n• " });
                        escape(&self.letters[run.letters.clone()], out);
                    }
                }
                Shape::Paragraph => self.write_runs(runs, out, world),
            }
        }
    }

    fn section(&mut self, shape: Shape, fill: impl FnOnce(&mut Self)) {
        let first = self.runs.len();
        // A new section never goes on with the last run of the one before.
        self.sections.push(Section {
            shape,
            runs: first..first,
        });
        fill(self);
        if let Some(section) = self.sections.last_mut() {
            section.runs.end = self.runs.len();
        }
    }

    fn lines(&mut self, random: &mut Random, world: &World, shape: Shape, lines: u64) {
        for line in 0..lines {
            let begin = self.letters.len();
            if shape == Shape::Code && line > 0 {
                self.letters.push_str("\n    ");
            }
            for word in 0..2 + random.below(6) {
                if word > 0 {
                    self.letters
                        .push_str(if shape == Shape::Code { " && " } else { " " });
                }
                self.letters.push_str(world.words.pick(random));
            }
            let end = self.letters.len();
            match self.runs.last_mut() {
                Some(run) if shape == Shape::Code && line > 0 => run.letters.end = end,
                _ => self.runs.push(Run {
                    style: Style::Plain,
                    letters: begin..end,
                }),
            }
        }
    }

    /// Adds a word, or what stands for one.
    fn word(&mut self, random: &mut Random, world: &World, place: &Conversation) {
        let style = style(random, world, place);
        let first = self
            .sections
            .last()
            .is_none_or(|it| it.runs.start == self.runs.len());
        if !first && !self.letters.ends_with('\n') {
            self.plain(" ");
        }
        if style == Style::Plain {
            match random.below(10_000) {
                0..200 => self.plain(random.pick(&FOREIGN)),
                200..250 => self.plain("&"),
                250..280 => self.plain("<tag>"),
                280..330 => self.plain(random.pick(&["2*3*4", "snake_case_name", "a|b", "[x](y)"])),
                _ => self.plain(world.words.pick(random)),
            }
            match random.below(10_000) {
                0..900 => self.plain(","),
                900..1_500 => self.plain("."),
                1_500..1_700 => self.plain("\n"),
                1_700..1_750 => self.plain("’s “so” – 5 €"),
                _ => {}
            }
            return;
        }
        let begin = self.letters.len();
        match style {
            Style::Bold | Style::Italic | Style::Strike | Style::Code => {
                self.letters.push_str(world.words.pick(random));
                if random.chance(3_000) {
                    self.letters.push(' ');
                    self.letters.push_str(world.words.pick(random));
                }
            }
            Style::Link(_) if random.chance(4_000) => {
                self.letters.push_str(world.words.pick(random));
            }
            _ => {}
        }
        self.runs.push(Run {
            style,
            letters: begin..self.letters.len(),
        });
    }

    /// Adds letters without a style to the last run, or to a new one.
    fn plain(&mut self, letters: &str) {
        let begin = self.letters.len();
        self.letters.push_str(letters);
        let end = self.letters.len();
        let first = self.sections.last().map_or(0, |it| it.runs.start);
        match self.runs.get_mut(first..).and_then(|runs| runs.last_mut()) {
            Some(run) if run.style == Style::Plain => run.letters.end = end,
            _ => self.runs.push(Run {
                style: Style::Plain,
                letters: begin..end,
            }),
        }
    }

    fn write_runs(&self, runs: &[Run], out: &mut String, world: &World) {
        for run in runs {
            let letters = &self.letters[run.letters.clone()];
            match run.style {
                Style::Plain => escape(letters, out),
                Style::Bold => wrap(letters, "*", out),
                Style::Italic => wrap(letters, "_", out),
                Style::Strike => wrap(letters, "~", out),
                Style::Code => wrap(letters, "`", out),
                Style::Here => out.push_str("<!here>"),
                Style::Emoji(number) => wrap(EMOJI[number].0, ":", out),
                Style::Link(number) => {
                    out.push('<');
                    escape(&link(number), out);
                    if !letters.is_empty() {
                        out.push('|');
                        out.push_str(letters);
                    }
                    out.push('>');
                }
                Style::Person(index) => {
                    let person = world.people.get(index);
                    out.push_str("<@");
                    out.push_str(&person.id);
                    if person.standing == Standing::Mentioned {
                        out.push('|');
                        out.push_str(&person.handle);
                    }
                    out.push('>');
                }
                Style::Conversation(index) => {
                    let it = &world.conversations[index];
                    out.push_str(&format!("<#{}|{}>", it.id, it.name));
                }
            }
        }
    }
}

/// How many words a message has.
fn length(random: &mut Random) -> u64 {
    match random.below(100_000) {
        0..38_000 => 1 + random.below(6),
        38_000..85_000 => 7 + random.below(12),
        85_000..98_000 => 19 + random.below(27),
        98_000..99_965 => 46 + random.below(105),
        _ => 900 + random.below(1_100),
    }
}

fn style(random: &mut Random, world: &World, place: &Conversation) -> Style {
    match random.below(10_000) {
        0..100 => Style::Bold,
        100..150 => Style::Italic,
        150..165 => Style::Strike,
        165..385 => Style::Code,
        385..525 => Style::Link(random.next()),
        525..685 => Style::Emoji(random.below(EMOJI.len() as u64) as usize),
        685..690 => Style::Here,
        690..715 => {
            let index = random.below(world.conversations.len() as u64) as usize;
            let it = &world.conversations[index];
            if it.kind.is_channel() {
                Style::Conversation(index)
            } else {
                Style::Plain
            }
        }
        715..915 => {
            let person = random.pick(&place.members);
            match world.people.get(person).standing {
                Standing::Profiled | Standing::Unknown => Style::Plain,
                _ => Style::Person(person),
            }
        }
        _ => Style::Plain,
    }
}

pub(super) fn link(number: u64) -> String {
    format!(
        "https://example.com/{}/{}?a=1&b=2",
        number % 97,
        code(number, 8)
    )
}

fn wrap(letters: &str, mark: &str, out: &mut String) {
    out.push_str(mark);
    escape(letters, out);
    out.push_str(mark);
}

fn escape(letters: &str, out: &mut String) {
    let mut rest = letters;
    while let Some(at) = rest.find(['&', '<', '>']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
