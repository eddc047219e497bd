//! JSON as Slack's exports spell it: four spaces a level, `\/` for a slash and `\u` escapes for
//! everything beyond ASCII, so that a reader is measured on what it will meet. What is written is
//! left to the callers.

/// A document under construction.
#[derive(Default)]
pub(super) struct Json {
    out: Vec<u8>,
    depth: usize,
    /// Whether the innermost open array or object has nothing in it yet.
    fresh: bool,
    /// Whether a key waits for its value.
    keyed: bool,
}

impl Json {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.out
    }

    pub(super) fn clear(&mut self) {
        self.out.clear();
        self.depth = 0;
        self.fresh = false;
        self.keyed = false;
    }

    pub(super) fn key(&mut self, key: &str) -> &mut Self {
        self.place();
        self.quote(key);
        self.out.extend_from_slice(b": ");
        self.keyed = true;
        self
    }

    pub(super) fn begin_array(&mut self) {
        self.begin(b'[');
    }

    pub(super) fn end_array(&mut self) {
        self.end(b']');
    }

    pub(super) fn begin_object(&mut self) {
        self.begin(b'{');
    }

    pub(super) fn end_object(&mut self) {
        self.end(b'}');
    }

    pub(super) fn string(&mut self, value: &str) {
        self.place();
        self.quote(value);
    }

    pub(super) fn number(&mut self, value: u64) {
        self.place();
        push_number(&mut self.out, value, 1);
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.place();
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A time in microseconds as Slack's `ts`: seconds, a dot and six digits, in quotes.
    pub(super) fn stamp(&mut self, micros: u64) {
        self.place();
        self.out.push(b'"');
        push_number(&mut self.out, micros / 1_000_000, 1);
        self.out.push(b'.');
        push_number(&mut self.out, micros % 1_000_000, 6);
        self.out.push(b'"');
    }

    fn begin(&mut self, bracket: u8) {
        self.place();
        self.out.push(bracket);
        self.depth += 1;
        self.fresh = true;
    }

    fn end(&mut self, bracket: u8) {
        self.depth = self.depth.saturating_sub(1);
        if !self.fresh {
            self.new_line();
        }
        self.out.push(bracket);
        self.fresh = false;
    }

    /// Puts what must stand before the next key or value.
    fn place(&mut self) {
        if self.keyed {
            self.keyed = false;
        } else if self.depth > 0 {
            if !self.fresh {
                self.out.push(b',');
            }
            self.new_line();
        }
        self.fresh = false;
    }

    fn new_line(&mut self) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + 4 * self.depth, b' ');
    }

    fn quote(&mut self, value: &str) {
        self.out.push(b'"');
        let mut rest = value;
        while let Some(at) = rest.bytes().position(needs_escape) {
            let (plain, special) = rest.split_at(at);
            self.out.extend_from_slice(plain.as_bytes());
            let Some(first) = special.chars().next() else {
                break;
            };
            self.escape(first);
            rest = &special[first.len_utf8()..];
        }
        self.out.extend_from_slice(rest.as_bytes());
        self.out.push(b'"');
    }

    fn escape(&mut self, it: char) {
        match it {
            '"' => self.out.extend_from_slice(b"\\\""),
            '\\' => self.out.extend_from_slice(b"\\\\"),
            '/' => self.out.extend_from_slice(b"\\/"),
            '\n' => self.out.extend_from_slice(b"\\n"),
            '\t' => self.out.extend_from_slice(b"\\t"),
            _ => {
                for unit in it.encode_utf16(&mut [0; 2]) {
                    self.out.extend_from_slice(b"\\u");
                    for shift in [12, 8, 4, 0] {
                        let digit = usize::from((*unit >> shift) & 15);
                        self.out.push(b"0123456789abcdef"[digit]);
                    }
                }
            }
        }
    }
}

fn needs_escape(byte: u8) -> bool {
    !(b' '..0x7f).contains(&byte) || matches!(byte, b'"' | b'\\' | b'/')
}

/// Appends `value` with at least `width` digits.
fn push_number(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = value;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        if rest == 0 && used >= width {
            break;
        }
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
    }
    out.extend_from_slice(&digits[20 - used..]);
}
