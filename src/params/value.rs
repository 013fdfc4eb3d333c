//! A value that fits the table, as a number.

/// What stands for the word `auto` among numbers.
pub const AUTO: f64 = -1.0;

/// A value that fits the table: a number, a whole number or a choice.
pub trait ParamValue: Copy {
    /// Whole numbers only.
    const INTEGER: bool;
    /// The words of a choice.
    const CHOICES: &'static [&'static str] = &[];
    /// Whether [`AUTO`] is one of its values.
    const AUTO: bool = false;
    /// As a number; a choice gives its index.
    fn get(self) -> f64;
    /// From a number already inside the range.
    fn of(x: f64) -> Self;
}

impl ParamValue for f64 {
    const INTEGER: bool = false;
    fn get(self) -> f64 {
        self
    }
    fn of(x: f64) -> Self {
        x
    }
}

impl ParamValue for u32 {
    const INTEGER: bool = true;
    fn get(self) -> f64 {
        f64::from(self)
    }
    fn of(x: f64) -> Self {
        x as u32
    }
}
