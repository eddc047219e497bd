//! What a message refers to among the packed ones, and what has to change in it so that it may.

use anyhow::Result;
use migrate_model::Time;

use super::Packer;
use super::log::LogNumber;
use super::waiting::Arrival;
use crate::directory::hash_id;
use crate::getstream::entry::{Changes, MessageRefs, Unquote};
use crate::getstream::limits;
use crate::selection::Exclusion;

/// What a message refers to.
#[derive(Default)]
pub(super) struct Links {
    /// The message that it replies to.
    pub(super) parent: Option<LogNumber>,
    /// The message that it quotes.
    pub(super) quote: Option<LogNumber>,
    /// How many messages are quoted one by another, with the parent's.
    pub(super) chain: u8,
    /// A later time than the entry's.
    later: Option<Time>,
    /// Another parent than the entry's, or none.
    other_parent: Option<Option<String>>,
    /// What becomes of a quote that cannot stand.
    unquoted: Option<Unquoted>,
}

/// What becomes of a quote that cannot stand.
enum Unquoted {
    /// The quoted message is not there.
    Unknown,
    /// The quoted message's text.
    Text(String),
}

impl Links {
    /// What has to change in the entry; `None` if nothing has.
    pub(super) fn changes(&self) -> Option<Changes<'_>> {
        let is_changed =
            self.later.is_some() || self.other_parent.is_some() || self.unquoted.is_some();
        is_changed.then(|| Changes {
            created_at: self.later,
            parent_id: self.other_parent.as_ref().map(Option::as_deref),
            quote: self.unquoted.as_ref().map(|it| match it {
                Unquoted::Unknown => Unquote::Unknown,
                Unquoted::Text(text) => Unquote::Text(text),
            }),
        })
    }
}

impl Packer<'_> {
    /// Decides what a message refers to, and its time; `quoted` is where the quoted message waits.
    pub(super) fn link(&mut self, it: &mut Arrival, quoted: Option<u64>) -> Result<Links> {
        let mut links = Links::default();
        self.link_parent(it, &mut links)?;
        let time = self.time_after(it, links.parent);
        if time > it.time() {
            links.later = Some(time);
            if it.continues.is_none() {
                self.lose_field(it, "time_shifted", "");
            }
        }
        self.link_quote(it, time, quoted, &mut links)?;
        it.micros = time.micros();
        Ok(links)
    }

    fn link_parent(&mut self, it: &mut Arrival, links: &mut Links) -> Result<()> {
        if self.lost_parent(it) {
            it.parent = None;
            links.other_parent = Some(None);
        }
        links.parent = it.parent.and_then(|id| self.log.find(id));
        if let Some(reply) = links.parent.filter(|parent| self.log.is_reply(*parent)) {
            // Stream knows one level of threads.
            let root_id = self.refs(reply)?.parent_id.unwrap_or_default();
            links.parent = self.log.find(hash_id(&root_id));
            self.lose_field(it, "reply_to_reply", &root_id);
            if !root_id.is_empty() {
                links.other_parent = Some(Some(root_id));
            }
        }
        Ok(())
    }

    fn link_quote(
        &mut self,
        it: &mut Arrival,
        time: Time,
        quoted: Option<u64>,
        links: &mut Links,
    ) -> Result<()> {
        let weight = links
            .parent
            .map_or(0, |parent| self.log.quote_chain(parent));
        links.chain = weight;
        let Some(id) = it.quote else {
            return Ok(());
        };
        let text = match (self.log.find(id), quoted) {
            (None, None) => {
                links.unquoted = Some(Unquoted::Unknown);
                self.lose_field(it, "quote_missing", "");
                return Ok(());
            }
            (None, Some(at)) => MessageRefs::of(&self.waiting.get(at)?.1)?.text,
            (Some(number), _) => {
                let chain = self.log.quote_chain(number) + 1 + weight;
                if self.may_quote(number, time, chain) {
                    (links.quote, links.chain) = (Some(number), chain);
                    return Ok(());
                }
                self.refs(number)?.text
            }
        };
        links.unquoted = Some(Unquoted::Text(text));
        self.lose_field(it, "quote_as_text", "");
        Ok(())
    }

    /// Whether a message of this time may quote another, so that `chain` messages hang together.
    fn may_quote(&self, number: LogNumber, time: Time, chain: u8) -> bool {
        let is_excluded = self.why_aside(number).is_some_and(Exclusion::unquotes);
        !is_excluded && self.log.get(number).time <= time && chain < limits::QUOTE_CHAIN
    }

    /// Whether a message continues one that is no reply any more, since it was in a ring.
    fn lost_parent(&self, it: &Arrival) -> bool {
        let whole = it.continues.and_then(|(whole, _)| self.log.find(whole));
        it.parent.is_some() && whole.is_some_and(|whole| !self.log.is_reply(whole))
    }

    /// The time of a message, which is later than its parent's, and of a continuation than that
    /// of what it continues.
    fn time_after(&self, it: &Arrival, parent: Option<LogNumber>) -> Time {
        let parent = parent.map(|parent| self.log.get(parent).time.plus_micros(1));
        let whole = it.continues.and_then(|(whole, n)| {
            let whole = self.log.get(self.log.find(whole)?);
            Some(whole.time.plus_micros(i64::from(n)))
        });
        let earliest = parent.max(whole).unwrap_or(Time::MIN);
        it.time().max(earliest)
    }
}
