//! `rich_text` blocks to Markdown: nodes become runs of a document.

use std::borrow::Cow;

use migrate_markdown::{Block, BlockKind, Style};

use crate::people::Names;
use crate::text::Converted;
use crate::text::emoji;
use crate::text::plain;
use crate::text::rich_text_json::{Node, NodeKind};
use crate::text::token;

/// How deep lists are written. Slack's own editor goes to 8.
const DEEPEST_LIST: u8 = 20;

/// Puts the `rich_text` blocks among nodes into a document. `text` is what the message has besides,
/// where names stand that blocks leave out.
pub(crate) fn push<'t>(
    nodes: &[Node<'t>],
    text: &'t str,
    names: Names<'t>,
    out: &mut Converted<'t>,
) {
    let mut filler = Filler {
        text,
        names,
        out,
        is_in_line: false,
    };
    each(nodes, |node, children| {
        if node.kind == NodeKind::Block {
            filler.blocks(children);
        }
    });
}

/// Calls `see` with each node of a list and its children.
fn each<'n, 't>(nodes: &'n [Node<'t>], mut see: impl FnMut(&'n Node<'t>, &'n [Node<'t>])) {
    let mut rest = nodes;
    while let Some((node, behind)) = rest.split_first() {
        let (children, behind) = behind
            .split_at_checked(node.children)
            .unwrap_or((behind, &[]));
        see(node, children);
        rest = behind;
    }
}

/// Whether any node stands in lines of its own.
fn holds_blocks(nodes: &[Node<'_>]) -> bool {
    let first = nodes.first().map(|it| it.kind);
    matches!(
        first,
        Some(NodeKind::Section | NodeKind::List | NodeKind::Quote | NodeKind::Preformatted)
    )
}

struct Filler<'f, 't> {
    text: &'t str,
    names: Names<'t>,
    out: &'f mut Converted<'t>,
    /// Whether elements without a section of their own stand in the block at hand.
    is_in_line: bool,
}

impl<'t> Filler<'_, 't> {
    /// Fills in what stands in a block.
    fn blocks(&mut self, nodes: &[Node<'t>]) {
        self.is_in_line = false;
        each(nodes, |node, children| self.block(node, children));
        self.out.document.trim_line_break();
    }

    fn block(&mut self, node: &Node<'t>, children: &[Node<'t>]) {
        let quote = u8::from(node.has_border || node.kind == NodeKind::Quote);
        let kind = match node.kind {
            NodeKind::List => return self.list(node, children),
            NodeKind::Block => return self.blocks(children),
            NodeKind::Unknown if holds_blocks(children) => {
                return each(children, |node, children| self.block(node, children));
            }
            NodeKind::Section | NodeKind::Quote => BlockKind::Paragraph,
            NodeKind::Preformatted => BlockKind::Code,
            _ => {
                if !std::mem::replace(&mut self.is_in_line, true) {
                    self.begin(0, 0, BlockKind::Paragraph);
                }
                return self.inline(node, children, false);
            }
        };
        self.is_in_line = false;
        self.begin(quote, 0, kind);
        let is_code = kind == BlockKind::Code;
        each(children, |node, children| {
            self.inline(node, children, is_code)
        });
    }

    fn list(&mut self, list: &Node<'t>, items: &[Node<'t>]) {
        self.is_in_line = false;
        let quote = u8::from(list.has_border);
        let mut number = list.offset;
        each(items, |node, children| {
            if node.kind == NodeKind::List {
                return self.list(node, children);
            }
            number = number.saturating_add(1);
            let kind = BlockKind::Item(list.is_ordered.then_some(number));
            self.begin(quote, list.indent.min(DEEPEST_LIST), kind);
            match children.is_empty() {
                true if node.kind == NodeKind::Section => {}
                true => self.inline(node, &[], false),
                false => each(children, |node, children| {
                    self.inline(node, children, false)
                }),
            }
        });
    }

    fn begin(&mut self, quote: u8, level: u8, kind: BlockKind) {
        // Slack ends a section with a line break where another block follows.
        self.out.document.trim_line_break();
        self.out.document.begin(Block { quote, level, kind });
    }

    fn inline(&mut self, node: &Node<'t>, children: &[Node<'t>], is_code: bool) {
        let style = if is_code { Style::PLAIN } else { node.style };
        let is_literal = is_code || style.has(Style::CODE);
        self.out.lost.underlined += usize::from(node.is_underlined);
        let document = &mut self.out.document;
        match node.kind {
            NodeKind::Text => document.push(&node.text, style),
            NodeKind::Emoji => self.emoji(node, style, is_literal),
            NodeKind::User => self.user(node, style, is_literal),
            NodeKind::UserGroup => {
                let label = self.label("<!subteam^", &node.id).trim_start_matches('@');
                let group = if label.is_empty() { &node.id } else { label };
                document_name(self.out, '@', group, style);
            }
            NodeKind::Channel => {
                let known = self.names.directory.channel_name(&node.id);
                let name = match known.unwrap_or_else(|| self.label("<#", &node.id)) {
                    "" => &node.id,
                    name => name,
                };
                document_name(self.out, '#', name, style);
            }
            NodeKind::Broadcast => {
                document.push("@", style);
                document.push(&node.text, style);
                match &*node.text {
                    _ if is_literal => {}
                    "here" => self.out.here = true,
                    _ => self.out.channel = true,
                }
            }
            _ if !children.is_empty() => {
                each(children, |node, children| {
                    self.inline(node, children, is_code)
                });
            }
            _ if !node.id.is_empty() && !is_code && token::is_link(&node.id) => {
                self.out.link(&node.id, &node.text, style);
            }
            NodeKind::Link if !node.text.is_empty() || plain::phone_number(&node.id).is_some() => {
                let number = plain::phone_number(&node.id);
                let says_address = plain::says_address(&node.text, &node.id);
                let is_shown = number.is_some() || says_address || node.id.is_empty();
                document.push_with(style, |out| {
                    plain::push_unlinked(&node.text, number, out);
                });
                self.out.lost.links += usize::from(!is_shown);
            }
            _ if !node.text.is_empty() => document.push(&node.text, style),
            NodeKind::Section => {}
            _ if !node.id.is_empty() => document.push(&node.id, style),
            _ => self.out.lost.elements += 1,
        }
    }

    fn emoji(&mut self, node: &Node<'t>, style: Style, is_literal: bool) {
        let custom = self.names.emoji;
        let document = &mut self.out.document;
        let is_written = |out: &mut String| {
            let is_picture = node.id.contains(':');
            if is_literal || is_picture {
                return false;
            }
            let tone = Some(node.skin_tone).filter(|it| *it > 0);
            let has_tone = tone.is_some() && !node.id.contains("-1f3f");
            let by_name = |out: &mut String| custom.write(&node.text, tone, out);
            (has_tone && by_name(out))
                || (!node.id.is_empty() && emoji::write_code_points(&node.id, out))
                || by_name(out)
        };
        document.push_with(style, |out| {
            if !is_written(out) && !node.text.is_empty() {
                out.extend([":", &node.text, ":"]);
            }
        });
    }

    fn user(&mut self, node: &Node<'t>, style: Style, is_literal: bool) {
        // An id without escapes is borrowed, and no other is an id.
        let Cow::Borrowed(id) = node.id else {
            document_name(self.out, '@', &node.id, style);
            return;
        };
        let id = self.names.bots.user_of(id);
        let name = self.names.directory.user_name(id).unwrap_or(id);
        match is_literal {
            true => document_name(self.out, '@', name, style),
            false => {
                self.out.document.mention(name, style);
                self.out.mentions.push(id);
            }
        }
    }

    /// The label that the message's text has for an id, as in `<#C1|label>`; empty if none.
    fn label(&mut self, start: &str, id: &str) -> &'t str {
        // Each costs a search through the text.
        const MOST: u32 = 100;
        self.out.searches = self.out.searches.saturating_add(1);
        if id.is_empty() || self.out.searches > MOST {
            return "";
        }
        let mut starts = self.text.match_indices(start);
        let label = starts.find_map(|(at, _)| {
            let rest = self.text.get(at + start.len()..)?.strip_prefix(id)?;
            let rest = rest.strip_prefix('|')?;
            rest.split_once('>').map(|(label, _)| label)
        });
        // What is encoded is not worth the trouble.
        label.filter(|it| !it.contains(['&', '<'])).unwrap_or("")
    }
}

fn document_name(out: &mut Converted<'_>, sign: char, name: &str, style: Style) {
    out.document.push_with(style, |text| {
        text.push(sign);
        text.push_str(name);
    });
}
