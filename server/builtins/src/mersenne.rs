//! CPython's `random.Random`: the Mersenne twister, its seeds, `sample` and `randrange`. With a seed
//! these are as certain as any arithmetic.

use num_bigint::{BigInt, Sign};
use sha2::{Digest, Sha512};

use python::value::{Kind, Value};

const N: usize = 624;

/// A generator (`Modules/_randommodule.c`).
pub struct Random {
    state: [u32; N],
    at: usize,
}

impl Random {
    /// `random.seed(value)` for integers and texts (`Lib/random.py`, version 2); `None`: a seed of
    /// another type.
    pub fn seeded(seed: &Value) -> Option<Self> {
        let number = match &seed.kind {
            Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) => python::number::as_int(seed)?,
            Kind::Str(text) => {
                let mut bytes = text.text.as_bytes().to_vec();
                let digest = Sha512::digest(&bytes);
                bytes.extend_from_slice(&digest);
                BigInt::from_bytes_be(Sign::Plus, &bytes)
            }
            _ => return None,
        };
        let mut key = number.magnitude().to_u32_digits();
        if key.is_empty() {
            key.push(0);
        }
        Some(Self::by_array(&key))
    }

    fn by_array(key: &[u32]) -> Self {
        let mut state = [0_u32; N];
        state[0] = 19_650_218;
        for n in 1..N {
            let before = state[n - 1];
            state[n] =
                1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(u32::try_from(n).unwrap_or(0));
        }
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_664_525);
            state[i] = (state[i] ^ mixed).wrapping_add(key[j]).wrapping_add(u32::try_from(j).unwrap_or(0));
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_566_083_941);
            state[i] = (state[i] ^ mixed).wrapping_sub(u32::try_from(i).unwrap_or(0));
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        Self { state, at: N }
    }

    fn next(&mut self) -> u32 {
        if self.at >= N {
            for n in 0..N {
                let y = (self.state[n] & 0x8000_0000) | (self.state[(n + 1) % N] & 0x7fff_ffff);
                let odd = if y & 1 == 0 { 0 } else { 0x9908_b0df };
                self.state[n] = self.state[(n + 397) % N] ^ (y >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `_randbelow(n)`, `n` above zero.
    pub fn below(&mut self, n: u64) -> u64 {
        let bits = 64 - n.leading_zeros();
        loop {
            let drawn = if bits <= 32 {
                u64::from(self.next() >> (32 - bits.max(1)))
            } else {
                let low = u64::from(self.next());
                low | (u64::from(self.next() >> (64 - bits)) << 32)
            };
            if drawn < n {
                return drawn;
            }
        }
    }

    /// `random.sample(range(n), k)`; `k` is at most `n`.
    pub fn sample(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut limit = 21_usize;
        if k > 5 {
            let mut power = 1_usize;
            while power < k.saturating_mul(3) {
                power = power.saturating_mul(4);
            }
            limit = limit.saturating_add(power);
        }
        let draw = |this: &mut Self, n: usize| usize::try_from(this.below(n as u64)).unwrap_or(0);
        if n <= limit {
            let mut pool: Vec<usize> = (0..n).collect();
            return (0..k)
                .map(|i| {
                    let j = draw(self, n - i);
                    let last = pool[n - i - 1];
                    std::mem::replace(&mut pool[j], last)
                })
                .collect();
        }
        let mut seen = rustc_hash::FxHashSet::default();
        (0..k)
            .map(|_| {
                loop {
                    let j = draw(self, n);
                    if seen.insert(j) {
                        return j;
                    }
                }
            })
            .collect()
    }
}
