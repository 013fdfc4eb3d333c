//! Sizes of buffers as manifests write them: products of whole numbers and of what the operator acts on.
//!
//! `"2 * D"` on z, `"N * N"` on a field, `"3 * words"` on a carrier, `"1536"` for a table of its own length.

use super::shape::{ActsOn, Shape};

/// A size: a product of whole numbers and symbols.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    factor: u64,
    /// Exponents of D, N and words.
    powers: [u32; 3],
    text: String,
}

const SYMBOLS: [&str; 3] = ["D", "N", "words"];
/// Largest whole multiple of D, N^2 or words that state may have.
const MOST_MULTIPLE: u64 = 16;

impl Size {
    fn parse(text: &str) -> Result<Self, String> {
        let mut size = Self { factor: 1, powers: [0; 3], text: text.into() };
        for word in text.split('*').map(str::trim) {
            match (SYMBOLS.iter().position(|s| *s == word), word.parse::<u64>()) {
                (Some(i), _) => size.powers[i] += 1,
                (None, Ok(n)) if n > 0 => {
                    size.factor = size.factor.checked_mul(n).ok_or_else(|| format!("{text:?} is too large"))?;
                }
                _ => return Err(format!("a size like \"2 * D\" or \"N * N\" was expected, {text:?} found")),
            }
        }
        Ok(size)
    }

    /// Whether this size suits a buffer of such an operator, or what was expected and found.
    pub(super) fn fits(&self, acts_on: ActsOn, table: bool) -> Result<(), (String, String)> {
        let whole = match acts_on {
            ActsOn::Z => [1, 0, 0],
            ActsOn::Field => [0, 2, 0],
            ActsOn::Carrier => [0, 0, 1],
        };
        let fixed = table && self.powers == [0; 3];
        let square = table && acts_on == ActsOn::Z && self.powers == [2, 0, 0] && self.factor == 1;
        if fixed || square || (self.powers == whole && self.factor <= MOST_MULTIPLE) {
            return Ok(());
        }
        let unit = ["D", "N * N", "words"][acts_on as usize];
        let also = match (table, acts_on) {
            (true, ActsOn::Z) => ", D * D or a plain number",
            (true, _) => " or a plain number",
            _ => "",
        };
        Err((format!("1 to {MOST_MULTIPLE} times {unit}{also}"), self.text.clone()))
    }

    /// Elements for a shape; `None` beyond 64 bits.
    pub(super) fn count(&self, shape: &Shape) -> Option<u64> {
        // N * N is the field's cells, whatever its sides.
        let units = [u64::from(shape.count), 1, u64::from(shape.count)];
        let product = |size: u64, (unit, power): (u64, u32)| size.checked_mul(unit.checked_pow(power)?);
        let size = units.into_iter().zip(self.powers).try_fold(self.factor, product)?;
        if self.powers[1] == 2 { size.checked_mul(u64::from(shape.count)) } else { Some(size) }
    }
}

impl serde::Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Size {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
