//! Numbers that look random and are the same on every machine. What they decide is left to the
//! callers.
//!
//! Source: the public descriptions of xoshiro256++ and SplitMix64 by D. Blackman and S. Vigna.

/// A stream of numbers: xoshiro256++.
#[derive(Clone)]
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut state = [0; 4];
        for (place, slot) in state.iter_mut().enumerate() {
            *slot = mix(seed, place as u64 + 1);
        }
        Self { state }
    }

    pub(super) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        (product >> 64) as u64
    }

    /// True in `parts` of ten thousand cases.
    pub(super) fn chance(&mut self, parts: u64) -> bool {
        self.below(10_000) < parts
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// A number that hangs on both arguments: the output step of SplitMix64.
pub(super) fn mix(seed: u64, salt: u64) -> u64 {
    let mut z = seed.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `number` in capital letters and digits, its last `length` places.
pub(super) fn code(number: u64, length: usize) -> String {
    let mut out = String::with_capacity(length);
    let mut rest = number;
    for _ in 0..length {
        out.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    out
}

/// As [`code`], and no two indexes below two thousand million share one.
pub(super) fn unique_code(index: u32, seed: u64) -> String {
    // The multiplier has no factor in common with 36, so multiplying shuffles the residues.
    const PLACES: u64 = 36_u64.pow(6);
    let shuffled = u64::from(index) * 1_234_567_891 % PLACES;
    code(mix(seed, 0x1d5), 3) + &code(shuffled, 6)
}

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
