//! What `bench scenes` prints above and around its rows.

use crate::lab::scenes::{Row, list};

/// The grid that everything is compared with.
#[derive(Debug, serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
pub struct Against {
    pub N: usize,
    pub scheme: &'static str,
    pub dtype: &'static str,
    pub place: String,
}

/// Everything that `bench scenes` prints.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    pub bench: &'static str,
    /// Where states moved; `None` on the CPU.
    pub adapter: Option<String>,
    pub driver: Option<String>,
    pub software_adapter: Option<bool>,
    pub threads: usize,
    pub reference: Against,
    pub times: Vec<f64>,
    pub budget: usize,
    pub rows: Vec<Row>,
    /// Cases that could not be measured, and why.
    pub left_out: Vec<String>,
}

impl Report {
    /// What stands above the rows.
    pub fn head(&self) -> String {
        let place = match (&self.adapter, &self.driver) {
            (Some(name), driver) => format!("{name} {}", driver.as_deref().unwrap_or("")),
            (None, _) => "no adapter".into(),
        };
        let software = if self.software_adapter == Some(true) { "; software: times say nothing of a GPU" } else { "" };
        let Against { N, scheme, dtype, place: on } = &self.reference;
        format!(
            "{place}; {} CPU threads{software}\nreference: N = {N}, {scheme}, {dtype}, on {on}; correlation at t = {}\n\
             s/unit: seconds of a unit of time, steps alone; the spectral solvers on the CPU\n",
            self.threads,
            list(&self.times, |t| t.to_string()),
        )
    }
}
