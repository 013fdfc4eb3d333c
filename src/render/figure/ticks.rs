//! Where ticks stand and what they say.

use std::f64::consts::PI;

/// A place and its words.
pub type Tick = (f64, String);

/// The round number 1, 2 or 5 times a power of ten that is not below `x`.
fn nice(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    let mantissa = x / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|m| mantissa <= m * (1.0 + 1e-9)).unwrap_or(10.0);
    round * power
}

/// At most about `most` round values in `[low, high]`, in order.
pub fn round(low: f64, high: f64, most: f64) -> Vec<Tick> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return vec![];
    }
    let step = nice(span / most);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let slack = 1e-9 * span;
    let (first, last) = (((low - slack) / step).ceil() as i64, ((high + slack) / step).floor() as i64);
    let size = low.abs().max(high.abs());
    let word = |value: f64| match value {
        0.0 => "0".into(),
        _ if !(1e-3..1e5).contains(&size) => minus(&format!("{value:.1e}")),
        _ => minus(&format!("{value:.decimals$}")),
    };
    (first..=last).map(|i| i as f64 * step).map(|value| (value, word(value))).collect()
}

/// Ticks of a coordinate: fractions of pi where there is room for some, decimals else.
pub fn axis(low: f64, high: f64) -> Vec<Tick> {
    let span = high - low;
    if !(span.is_finite() && span > 0.7 * PI) {
        return round(low, high, 4.0);
    }
    // In quarters of pi.
    let step = [1_i64, 2, 4, 8, 16].into_iter().find(|step| span / (*step as f64 * PI / 4.0) <= 5.01).unwrap_or(32);
    let quarter = PI / 4.0;
    let slack = 1e-9 * span;
    let first = ((low - slack) / quarter / step as f64).ceil() as i64;
    let last = ((high + slack) / quarter / step as f64).floor() as i64;
    (first..=last).map(|i| (i * step) as f64 * quarter).zip((first..=last).map(|i| pi(i * step))).collect()
}

/// So many quarters of pi in words.
fn pi(quarters: i64) -> String {
    let divisor = match quarters % 4 {
        0 => 1,
        2 | -2 => 2,
        _ => 4,
    };
    let (sign, parts) = (if quarters < 0 { "−" } else { "" }, quarters.abs() * divisor / 4);
    match (parts, divisor) {
        (0, _) => "0".into(),
        (1, 1) => format!("{sign}π"),
        (_, 1) => format!("{sign}{parts}π"),
        (1, _) => format!("{sign}π/{divisor}"),
        _ => format!("{sign}{parts}π/{divisor}"),
    }
}

/// A true minus sign.
fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|(_, word)| word.as_str()).collect()
    }

    #[test]
    fn the_box_is_told_in_fractions_of_pi_and_a_close_look_in_decimals() {
        assert_eq!(words(&axis(0.0, 2.0 * PI)), ["0", "π/2", "π", "3π/2", "2π"]);
        assert_eq!(words(&axis(-1.5 * PI, 1.5 * PI)), ["−π", "0", "π"]);
        assert_eq!(words(&axis(0.9, 0.9 + PI)), ["π/2", "3π/4", "π", "5π/4"]);
        assert_eq!(words(&axis(1.0, 2.0)), ["1.0", "1.5", "2.0"]);
        assert_eq!(words(&axis(-0.2, 0.2)), ["−0.2", "−0.1", "0", "0.1", "0.2"]);
        assert!(axis(1.0, 1.0).is_empty() && axis(f64::NAN, 1.0).is_empty());
    }

    #[test]
    fn a_scale_has_a_few_round_values() {
        assert_eq!(words(&round(-7.3, 7.3, 5.0)), ["−5", "0", "5"]);
        assert_eq!(words(&round(0.0, 1e-4, 4.0)), ["0", "5.0e−5", "1.0e−4"]);
        for limit in [1e-6, 0.3, 1.0, 64.0, 1e7] {
            let all = round(-limit, limit, 5.0);
            assert!((3..=9).contains(&all.len()), "{limit}: {all:?}");
        }
    }
}
