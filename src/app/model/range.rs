//! The colour range of a field: from zero to a limit, or symmetric about zero; never flickering.

/// Who chooses the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeMode {
    /// The user.
    Fixed,
    /// The first field of the scene, then fixed.
    Once,
    /// The field, smoothed over a second.
    Follow,
}

impl RangeMode {
    /// All, as a list shows them.
    pub const ALL: [Self; 3] = [Self::Follow, Self::Once, Self::Fixed];

    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Once => "once",
            Self::Follow => "follow",
        }
    }
}

/// Sizes up to `limit` are coloured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Who chooses.
    pub mode: RangeMode,
    /// The value of the last colour, `> 0`.
    pub limit: f64,
    /// Share of the largest size that gets the last colour.
    share: f64,
    set: bool,
}

/// That of vorticity: cores saturate a little so that filaments show.
const SHARE: f64 = 0.7;
/// Time constant of [`RangeMode::Follow`].
const SMOOTH_S: f64 = 1.0;

impl Default for Range {
    fn default() -> Self {
        Self { mode: RangeMode::Follow, limit: 5.0, share: SHARE, set: false }
    }
}

impl Range {
    /// One that gives a share of the largest size the last colour.
    pub fn saturating(share: f64) -> Self {
        Self { share, ..Self::default() }
    }

    /// One that stays.
    pub fn fixed(limit: f64) -> Self {
        Self { mode: RangeMode::Fixed, limit, ..Self::default() }
    }

    /// A new field begins: the next measured maximum is taken at once.
    pub fn restart(&mut self) {
        self.set = false;
    }

    /// Takes a measured maximum, `frame_s` after the last.
    pub fn measure(&mut self, max_abs: Option<f64>, frame_s: f64) {
        let Some(target) = max_abs.filter(|x| x.is_finite() && *x > 0.0).map(|x| x * self.share) else { return };
        let blend = match (self.mode, self.set) {
            (RangeMode::Fixed, _) | (RangeMode::Once, true) => 0.0,
            (_, false) => 1.0,
            (RangeMode::Follow, true) => 1.0 - (-frame_s.max(0.0) / SMOOTH_S).exp(),
        };
        self.limit += (target - self.limit) * blend;
        self.set = true;
    }
}

/// Zero-centred round ticks inside `[-limit, limit]`, lowest first.
pub fn ticks(limit: f64) -> Vec<f64> {
    if !(limit.is_finite() && limit > 0.0) {
        return vec![0.0];
    }
    let step = nice(limit / 3.5);
    let count = (limit / step).floor() as i32;
    (-count..=count).map(|i| f64::from(i) * step).collect()
}

/// Round ticks from 0 to `limit`, lowest first.
pub fn ticks_above_zero(limit: f64) -> Vec<f64> {
    if !(limit.is_finite() && limit > 0.0) {
        return vec![0.0];
    }
    let step = nice(limit / 6.0);
    (0..=(limit / step * (1.0 + 1e-9)).floor() as i32).map(|i| f64::from(i) * step).collect()
}

/// The round number 1, 2 or 5 times a power of ten that is not below `x`.
pub fn nice(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    let mantissa = x / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|m| mantissa <= m * (1.0 + 1e-9)).unwrap_or(10.0);
    round * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_starts_at_once_and_then_moves_smoothly() {
        let mut range = Range::default();
        range.measure(Some(10.0), 0.02);
        assert!((range.limit - 7.0).abs() < 1e-12);
        range.measure(Some(20.0), 0.02);
        assert!(range.limit > 7.0 && range.limit < 7.2, "{}", range.limit);
        range.measure(None, 0.02);
        range.measure(Some(f64::NAN), 0.02);
        assert!(range.limit.is_finite());
    }

    #[test]
    fn fixed_and_once_hold_still() {
        let mut range = Range { mode: RangeMode::Fixed, ..Range::default() };
        range.measure(Some(100.0), 1.0);
        assert_eq!(range.limit, 5.0);
        range.mode = RangeMode::Once;
        range.restart();
        range.measure(Some(10.0), 1.0);
        range.measure(Some(90.0), 1.0);
        assert!((range.limit - 7.0).abs() < 1e-12);
    }

    #[test]
    fn ticks_are_symmetric_and_contain_zero() {
        for limit in [1e-6, 0.3, 1.0, 7.3, 64.0, 1e5] {
            let all = ticks(limit);
            assert!((3..=9).contains(&all.len()) && all.contains(&0.0), "{limit}: {all:?}");
            assert!(all.iter().zip(all.iter().rev()).all(|(a, b)| (a + b).abs() < 1e-12 * limit));
        }
        assert_eq!(ticks(f64::NAN), [0.0]);
    }

    #[test]
    fn ticks_of_a_magnitude_begin_at_zero() {
        for limit in [1e-6, 0.3, 1.0, 7.3, 1e5] {
            let all = ticks_above_zero(limit);
            assert!(
                (3..=8).contains(&all.len()) && all[0] == 0.0 && all.iter().all(|x| *x <= limit * 1.001),
                "{all:?}"
            );
        }
        assert_eq!(ticks_above_zero(-1.0), [0.0]);
    }
}
