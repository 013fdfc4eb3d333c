//! What a case found: rows, a verdict, and the same as text.

/// What a case found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// Name of the case.
    pub case: &'static str,
    /// Where the case ran.
    pub on: String,
    /// Wall time.
    pub seconds: f64,
    /// One number each.
    pub rows: Vec<Row>,
    /// Numbers behind the rows; null where there are none.
    pub details: serde_json::Value,
    /// More for people, above the table.
    #[serde(skip)]
    pub text: String,
}

impl Report {
    /// Of these rows; [`super::Case::run`] fills in the rest.
    pub fn of(rows: Vec<Row>) -> Self {
        let details = serde_json::Value::Null;
        Self { case: "", on: String::new(), seconds: 0.0, rows, details, text: String::new() }
    }

    /// Whether every verdict holds; `None` where there is no verdict.
    pub fn passed(&self) -> Option<bool> {
        self.rows.iter().filter_map(|row| row.passed).reduce(|a, b| a && b)
    }
}

/// One number and what is asked of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// What the number should be.
    pub expected: Option<f64>,
    /// What the number is.
    pub measured: f64,
    /// Distance from what is expected, in the measure of the threshold.
    pub error: Option<f64>,
    /// Largest error; `None` where there is no verdict.
    pub threshold: Option<f64>,
    /// Whether error and threshold are shares of what is expected.
    pub relative: bool,
    /// The verdict; `None` for a number that is only reported.
    pub passed: Option<bool>,
}

impl Row {
    /// `|measured - expected|` may be at most `threshold` times `|expected|`.
    pub fn relative(name: impl Into<String>, expected: f64, measured: f64, threshold: f64) -> Self {
        Self::judged(name.into(), expected, measured, threshold, true)
    }

    /// `|measured - expected|` may be at most `threshold`.
    pub fn absolute(name: impl Into<String>, expected: f64, measured: f64, threshold: f64) -> Self {
        Self::judged(name.into(), expected, measured, threshold, false)
    }

    fn judged(name: String, expected: f64, measured: f64, threshold: f64, relative: bool) -> Self {
        let scale = if relative { expected.abs() } else { 1.0 };
        let error = (measured - expected).abs() / scale;
        // A comparison with NaN is false, so NaN fails.
        let passed = Some(error <= threshold);
        Self {
            name,
            expected: Some(expected),
            measured,
            error: Some(error),
            threshold: Some(threshold),
            relative,
            passed,
        }
    }

    /// A number without a verdict; `expected` is what others found.
    pub fn reported(name: impl Into<String>, expected: Option<f64>, measured: f64) -> Self {
        let error = expected.map(|expected| (measured - expected).abs());
        Self { name: name.into(), expected, measured, error, threshold: None, relative: false, passed: None }
    }

    /// The verdict in a word.
    pub fn verdict(&self) -> &'static str {
        match self.passed {
            None => "reported",
            Some(true) => "ok",
            Some(false) => "FAILED",
        }
    }

    /// Error and threshold as people read them: a percentage of what is expected, or a number.
    pub fn error_text(&self) -> [String; 2] {
        [self.error, self.threshold].map(|x| match x {
            None => "-".into(),
            Some(x) if self.relative && x >= 1e-5 => format!("{:.3}%", 100.0 * x),
            Some(x) if self.relative => format!("{:.1e}%", 100.0 * x),
            Some(x) => number(x),
        })
    }
}

/// Six significant digits, plain where that stays short.
pub fn number(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e5).contains(&size) => {
            let decimals = (5 - size.log10().floor() as i32).clamp(0, 6) as usize;
            format!("{x:.decimals$}")
        }
        _ => format!("{x:.2e}"),
    }
}

/// The rows in columns.
pub fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).fold(32, usize::max);
    let line = |[a, b, c, d, e, f]: [&str; 6]| format!("{a:<width$} {b:>10} {c:>10} {d:>10} {e:>10}  {f}\n");
    let mut text = line(["row", "expected", "measured", "error", "threshold", "verdict"]);
    for row in rows {
        let expected = row.expected.map_or("-".into(), number);
        let [error, threshold] = row.error_text();
        text += &line([&row.name, &expected, &number(row.measured), &error, &threshold, row.verdict()]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_their_measure_and_nan_fails() {
        assert_eq!(Row::relative("a", 2.0, 2.1, 0.06).passed, Some(true));
        assert_eq!(Row::absolute("a", 2.0, 2.1, 0.06).passed, Some(false));
        assert_eq!(Row::relative("a", 2.0, f64::NAN, 0.06).passed, Some(false));
        assert_eq!(Report::of(vec![Row::reported("a", None, 1.0)]).passed(), None);
        let rows = vec![Row::reported("a", None, 1.0), Row::absolute("b", 1.0, 1.0, 0.0)];
        assert_eq!(Report::of(rows.clone()).passed(), Some(true));
        assert!(table(&rows).contains("reported") && table(&rows).lines().count() == 3);
    }

    #[test]
    fn numbers_keep_six_digits() {
        for (x, text) in [(0.0, "0"), (4.17787, "4.17787"), (0.05608, "0.056080"), (58.0, "58.0000"), (3e-7, "3.00e-7")]
        {
            assert_eq!(number(x), text);
        }
    }
}
