//! Units: which message has which id, answers or quotes which, and what stands around it.

use migrate_model::{Kind, Message, Outcome, Person, Reaction};
use proptest::{collection::vec, prelude::*};

use super::{
    SERIAL,
    messages::{message, reaction},
    users::person,
};
use crate::memory::{Item, at};

#[derive(Clone, Debug)]
pub(super) struct UnitPlan {
    pub(super) bytes: u64,
    pub(super) items: Vec<ItemPlan>,
}

pub(super) fn unit() -> impl Strategy<Value = UnitPlan> {
    // Large ones are batches of their own, small ones share one.
    let bytes = prop_oneof![Just(10), Just(1 << 20)];
    let items = prop_oneof![
        12 => vec(item(), 0..10),
        1 => (2u8..40, any::<bool>()).prop_map(|(length, threads)| chain(length, threads)),
    ];
    (bytes, items).prop_map(|(bytes, items)| UnitPlan { bytes, items })
}

/// The numbers of messages in a channel, odd ones among them; behind them stand those of chains.
const NUMBERS: std::ops::Range<u8> = 0..24;
const CHAINED: u8 = 40;

/// Messages of which each quotes the one before.
fn chain(length: u8, in_threads: bool) -> Vec<ItemPlan> {
    let links = (0..length).map(|n| {
        let mut it = Message::default();
        it.user_id = "u1".into();
        it.text = format!("link {n}").into();
        it.created_at = Some(at(i64::from(n)));
        ItemPlan::Message {
            id: Some(n + CHAINED),
            parent: (in_threads && n % 3 == 2).then_some(n + CHAINED - 1),
            quote: n.checked_sub(1).map(|before| before + CHAINED),
            message: Box::new(it),
            reactions: Vec::new(),
            copies: 1,
        }
    });
    links.collect()
}

#[derive(Clone, Debug)]
pub(super) enum ItemPlan {
    Message {
        /// The numbers of messages in their channel.
        id: Option<u8>,
        parent: Option<u8>,
        quote: Option<u8>,
        message: Box<Message<'static>>,
        /// The reactions that stand directly behind it.
        reactions: Vec<Reaction<'static>>,
        copies: usize,
    },
    Loose {
        message: u8,
        reaction: Reaction<'static>,
    },
    Meet(Person<'static>),
    Lost(Outcome, Kind),
}

impl ItemPlan {
    /// The items in a channel whose message ids begin with that number.
    pub(super) fn build(self, prefix: usize, serial: &mut i64) -> Vec<Item> {
        let id = |n: Option<u8>| n.map_or(String::new(), |n| message_id(prefix, n));
        match self {
            ItemPlan::Meet(person) => vec![person.into()],
            ItemPlan::Lost(outcome, kind) => vec![Item::Lost(outcome, kind)],
            ItemPlan::Loose {
                message,
                mut reaction,
            } => {
                reaction.message_id = message_id(prefix, message).into();
                vec![reaction.into()]
            }
            ItemPlan::Message {
                id: own,
                parent,
                quote,
                message: mut it,
                reactions,
                copies,
            } => {
                it.id = id(own).into();
                it.parent_id = id(parent).into();
                it.quoted_message_id = id(quote).into();
                it.custom.set(SERIAL, *serial);
                *serial += 1;
                let reactions = reactions.into_iter().map(|mut reaction| {
                    reaction.message_id = it.id.clone();
                    Item::from(reaction)
                });
                let whole = std::iter::once(Item::Message(it.clone()))
                    .chain(reactions)
                    .collect::<Vec<_>>();
                (0..copies).flat_map(|_| whole.clone()).collect()
            }
        }
    }
}

fn message_id(prefix: usize, n: u8) -> String {
    match n {
        10 => format!("r{prefix} m,%"),
        11 => format!("r{prefix}-m1-p2"),
        12 => format!("r{prefix}{}", "y".repeat(300)),
        13 => format!("r{prefix}é{}", "\"\\".repeat(90)),
        n => format!("r{prefix}-m{n}"),
    }
}

fn item() -> impl Strategy<Value = ItemPlan> {
    let number = || NUMBERS;
    let sometimes = |share| prop::option::weighted(share, number());
    let reactions = prop_oneof![3 => Just(Vec::new()), 1 => vec(reaction(), 1..5)];
    let copies = prop_oneof![12 => Just(1usize), 1 => Just(2)];
    let message = (
        prop::option::weighted(0.97, number()),
        sometimes(0.45),
        sometimes(0.25),
        message(),
        reactions,
        copies,
    );
    prop_oneof![
        12 => message.prop_map(|(id, parent, quote, message, reactions, copies)| {
            ItemPlan::Message {
                id,
                parent,
                quote,
                message: Box::new(message),
                reactions,
                copies,
            }
        }),
        2 => (number(), reaction())
            .prop_map(|(message, reaction)| ItemPlan::Loose { message, reaction }),
        2 => person().prop_map(ItemPlan::Meet),
        1 => lost(),
    ]
}

fn lost() -> impl Strategy<Value = ItemPlan> {
    let outcome = prop::sample::select(vec![
        Outcome::Field,
        Outcome::LeftOut,
        Outcome::Merged,
        Outcome::Excluded,
    ]);
    (outcome, prop::sample::select(Kind::ALL.to_vec()))
        .prop_map(|(outcome, kind)| ItemPlan::Lost(outcome, kind))
}
