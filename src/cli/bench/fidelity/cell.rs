//! One start, budget and time ahead of a forecast.

/// One start, budget and time ahead of a forecast: medians of the seeds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Cell {
    /// When it starts.
    pub from: u32,
    /// Share of N^2 that the start may cost.
    pub share: f64,
    /// Time since the start.
    pub ahead: u32,
    /// Correlations with the true field.
    pub persistence: Option<f64>,
    pub les_from_atoms: Option<f64>,
    pub equal_floats: Option<f64>,
    pub atoms: Option<f64>,
    /// Whether the atoms are above the LES of as many numbers for every seed; `None` where one was not measured.
    pub above_equal_floats: Option<bool>,
    /// Seconds for the unit of time that ends here.
    pub seconds_atoms: Option<f64>,
    pub seconds_les: Option<f64>,
    pub seconds_equal_floats: Option<f64>,
}

impl Cell {
    pub fn name(&self, method: &str) -> String {
        format!("forecast from t = {}, {:.0} %, {method}, +{}", self.from, 100.0 * self.share, self.ahead)
    }

    pub fn head() -> String {
        format!(
            "\n{:<22} {:>8} {:>8} {:>8} {:>8} {:>6} {:>9} {:>9} {:>9}\n",
            "forecast (correlation)", "nothing", "LES", "equal", "ours", "above", "s LES", "s equal", "s ours"
        )
    }

    pub fn line(&self) -> String {
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4}"));
        let corr = [self.persistence, self.les_from_atoms, self.equal_floats, self.atoms].map(number);
        let cost = [self.seconds_les, self.seconds_equal_floats, self.seconds_atoms].map(number);
        let above = self.above_equal_floats.map_or("-", |above| if above { "yes" } else { "NO" });
        let name = format!("t = {} + {}, {:.0} %", self.from, self.ahead, 100.0 * self.share);
        let [nothing, les, equal, ours] = corr;
        let [s_les, s_equal, s_ours] = cost;
        format!(
            "{name:<22} {nothing:>8} {les:>8} {equal:>8} {ours:>8} {above:>6} {s_les:>9} {s_equal:>9} {s_ours:>9}\n"
        )
    }
}
