//! How large everything is: messages and day files of each conversation, and on which days they
//! fall. All in whole numbers, so that every machine gets the same. Who writes what is left to
//! the other files.

use anyhow::{Result, ensure};

use super::{Slack, random::mix};

/// Days from the first of January 1970 to the first day of any export, 2021-01-04.
const FIRST_DAY: u64 = 18_631;

/// How many days an export spans at most: five years.
pub(super) const SPAN: u64 = 1_826;

/// The size of every conversation, the largest first.
pub(super) struct Layout {
    pub(super) channels: Vec<Size>,
}

/// The size of one conversation.
#[derive(Clone, Debug)]
pub(super) struct Size {
    /// How many messages it has.
    pub(super) messages: u64,
    /// How many day files they stand in.
    pub(super) day_files: u64,
}

impl Layout {
    /// # Errors
    /// When there are more day files than the conversations can fill, or the largest conversation
    /// would not be the largest.
    pub(super) fn new(options: &Slack) -> Result<Self> {
        let weights = match options.largest {
            None => weights(options.channels),
            Some(largest) => even_weights(options, largest)?,
        };
        let messages = share(options.messages, &weights);
        let most = most_day_files(&messages);
        ensure!(
            options.day_files <= most,
            "`--day-files {}` is more than {} conversations with {} messages can fill: at most {most}",
            options.day_files,
            options.channels,
            options.messages,
        );
        let least = least_day_files(&messages);
        ensure!(
            options.day_files >= least,
            "`--day-files {}` is too few for {least} conversations with messages",
            options.day_files,
        );
        let files = spread(options.day_files, &weights, &messages);
        let channels = messages
            .into_iter()
            .zip(files)
            .map(|(messages, day_files)| Size {
                messages,
                day_files,
            })
            .collect();
        Ok(Self { channels })
    }

    /// The number of day files nearest to `wanted` that so many messages can fill.
    pub(super) fn possible_day_files(wanted: u64, messages: u64, channels: u32) -> u64 {
        let messages = share(messages, &weights(channels));
        wanted.clamp(least_day_files(&messages), most_day_files(&messages))
    }
}

impl Size {
    /// The first day with messages, in days since 1970.
    pub(super) fn first_day(&self, salt: u64) -> u64 {
        let window = self.window();
        FIRST_DAY + mix(salt, 0xda) % (SPAN - window + 1)
    }

    /// Each day file: its day, in days since 1970, and how many messages it holds.
    pub(super) fn days(&self, salt: u64) -> impl Iterator<Item = (u64, u64)> + use<> {
        // No weight is less than half of another, so no day gets less than half of the mean.
        let weight = move |file: u64| 4 + mix(salt, file) % 5;
        let (messages, files, window) = (self.messages, self.day_files, self.window());
        let total: u64 = (0..files).map(weight).sum();
        let first = self.first_day(salt);
        let mut before = 0;
        let mut given = 0;
        (0..files).map(move |file| {
            before += weight(file);
            let until = messages * before / total;
            let count = until - given;
            given = until;
            (first + file * window / files, count)
        })
    }

    /// How many days lie between the first and the last day file: five of seven days have one,
    /// unless there are more files than that.
    fn window(&self) -> u64 {
        (self.day_files * 7 / 5).clamp(1, SPAN)
    }
}

/// Year, month and day of a day that is given in days since 1970.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub(super) fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, date)
}

/// Zipf's law, shifted so that the first of `channels` weighs a fifth of all; with five or fewer
/// it weighs as little more than the others as the shift allows. The last of four or more
/// conversations weighs nothing: the quiet one.
fn weights(channels: u32) -> Vec<u64> {
    let channels = u64::from(channels);
    let talking = if channels >= 4 {
        channels - 1
    } else {
        channels
    };
    let weight = |rank: u64, shift: u64| (1_u64 << 40) / (64 * rank + shift - 63);
    for shift in 0..16_384 {
        let total: u64 = (1..=talking).map(|rank| weight(rank, shift)).sum();
        if weight(1, shift) * 5 <= total || shift == 16_383 {
            let quiet = (talking < channels).then_some(0);
            return (1..=talking)
                .map(|rank| weight(rank, shift))
                .chain(quiet)
                .collect();
        }
    }
    Vec::new()
}

/// As many messages as each conversation is to have: `largest` for the first, none for the quiet one
/// at the end, the same for all others.
fn even_weights(options: &Slack, largest: u64) -> Result<Vec<u64>> {
    let others = u64::from(options.channels).saturating_sub(2);
    let rest = options.messages.saturating_sub(largest);
    ensure!(
        others > 0 && largest <= options.messages && rest.div_ceil(others) <= largest,
        "{} conversations with {} messages cannot have a largest one with {largest}",
        options.channels,
        options.messages,
    );
    let mut weights = vec![1; others as usize];
    let rest = share(rest, &weights);
    weights.clear();
    weights.push(largest);
    weights.extend(rest);
    weights.push(0);
    Ok(weights)
}

/// Cuts `total` in proportion to `weights`; the pieces add up to it.
fn share(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&it| u128::from(it)).sum();
    let mut before = 0_u128;
    let mut given = 0;
    let mut cut = |weight: u64| {
        before += u128::from(weight);
        let until = (u128::from(total) * before / sum.max(1)) as u64;
        let piece = until - given;
        given = until;
        piece
    };
    weights.iter().map(|&weight| cut(weight)).collect()
}

/// Two messages a file on average are the least for which every file gets one.
fn room(messages: u64) -> u64 {
    (messages / 2).clamp(messages.min(1), SPAN)
}

fn least_day_files(messages: &[u64]) -> u64 {
    messages.iter().map(|&it| it.min(1)).sum()
}

fn most_day_files(messages: &[u64]) -> u64 {
    messages.iter().map(|&it| room(it)).sum()
}

/// Gives every conversation with messages a number of day files in proportion to its weight, but
/// one at least and no more than it has room for; they add up to `total`.
fn spread(total: u64, weights: &[u64], messages: &[u64]) -> Vec<u64> {
    let heaviest = weights.iter().copied().max().unwrap_or(0).max(1);
    let files = |scale: u64| -> Vec<u64> {
        let of = |(&weight, &messages): (&u64, &u64)| {
            let wanted = (u128::from(weight) * u128::from(scale) / u128::from(heaviest)) as u64;
            wanted.clamp(messages.min(1), room(messages))
        };
        weights.iter().zip(messages).map(of).collect()
    };
    let (mut low, mut high) = (0_u64, 1_u64 << 45);
    while low + 1 < high {
        let middle = (low + high) / 2;
        if files(middle).iter().sum::<u64>() <= total {
            low = middle;
        } else {
            high = middle;
        }
    }
    let mut result = files(low);
    let mut missing = total - result.iter().sum::<u64>();
    for (count, &messages) in result.iter_mut().zip(messages) {
        if missing > 0 && *count < room(messages) {
            *count += 1;
            missing -= 1;
        }
    }
    result
}
