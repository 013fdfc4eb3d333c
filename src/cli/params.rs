//! The parameter table as command-line arguments: one flag a row, with unit, range, default and help.

use std::{path::Path, sync::LazyLock};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::remark;
use crate::{
    error::Result,
    io::preset as files,
    params::{ParamInfo, Params, TABLE},
};

/// Rows that only a hand at the window uses.
const WINDOW_ONLY: [&str; 4] = ["substeps", "eps", "gamma", "tracers"];

/// What `run` starts from where it differs from the table: a smaller grid, no dye.
pub fn run_defaults() -> Params {
    Params { n: 64, tracers: 0, ..Params::default() }
}

/// Parameters that were given, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given(Vec<(&'static str, f64)>);

impl Given {
    /// All parameters that were given.
    pub fn list(&self) -> &crate::open::Said {
        &self.0
    }

    /// Whether a parameter was given.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| *given == name)
    }

    /// What was given, and of `file` what was not and is no business of a window alone.
    pub fn over(&self, file: &[(&'static str, f64)]) -> Self {
        let others = file.iter().filter(|(name, _)| !self.has(name) && !WINDOW_ONLY.contains(name));
        Self(self.0.iter().chain(others).copied().collect())
    }

    /// Whether a parameter is left to the start of the run.
    pub fn is_auto(&self, name: &str) -> bool {
        crate::open::left_to_start(&self.0, name)
    }

    /// Puts what was given over `params`; a step that is left to the start stays as it is.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a number out of range.
    pub fn apply(&self, params: &mut Params) -> Result<()> {
        crate::open::speak(&self.0, params)
    }
}

/// Parameters of a preset by its name or file.
///
/// # Errors
/// [`crate::Error::Usage`] for a name that no preset has; [`crate::Error::Unreadable`] or [`crate::Error::BadFile`]
/// for a file that is none.
pub fn preset(word: &str, config: Option<&Path>) -> Result<Vec<(&'static str, f64)>> {
    let (preset, lost) = files::find(word, config)?;
    lost.iter().for_each(|sentence| remark(&format!("warning: {sentence}")));
    Ok(preset.params)
}

/// A row's texts, made once: clap borrows them for ever.
struct Row {
    info: &'static ParamInfo,
    flag: String,
    help: String,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let defaults = run_defaults();
    let rows = TABLE.iter().filter(|info| !WINDOW_ONLY.contains(&info.name));
    rows.map(|info| Row { info, flag: info.flag(), help: help(info, &defaults) }).collect()
});

fn help(info: &ParamInfo, defaults: &Params) -> String {
    let value = defaults.get(info.name).unwrap_or(f64::NAN);
    let default = match info.word(value) {
        Some(word) => word.to_owned(),
        None => value.to_string(),
    };
    let unit = if info.unit.is_empty() { String::new() } else { format!("{}; ", info.unit) };
    format!("{} [{unit}{}; default {default}]", info.help, info.said_range())
}

fn parse(info: &'static ParamInfo, text: &str) -> std::result::Result<f64, String> {
    info.said(text).map_err(|_| format!("expected {}", info.said_range()))
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        self.0 = TABLE
            .iter()
            .filter_map(|info| Some((info.name, *matches.try_get_one::<f64>(info.name).ok().flatten()?)))
            .collect();
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        let mut command = command.next_help_heading(
            "Parameters (a flag beats the state file, which beats the scene, which beats the default)",
        );
        for row in ROWS.iter() {
            let info = row.info;
            let arg = Arg::new(info.name)
                .long(row.flag.as_str())
                .value_name(if info.choices.is_empty() { "X" } else { "WORD" })
                .help(row.help.as_str())
                .aliases(if info.name == "nu" { &["nu0"][..] } else { &[] })
                .allow_negative_numbers(true)
                .value_parser(move |text: &str| parse(info, text));
            command = command.arg(arg);
        }
        command.next_help_heading(None::<&str>)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(args: &[&str]) -> std::result::Result<Given, clap::Error> {
        let matches = Given::augment_args(Command::new("x")).try_get_matches_from([&["x"], args].concat())?;
        Given::from_arg_matches(&matches)
    }

    #[test]
    fn every_row_of_the_table_is_a_flag_with_its_range() {
        let mut params = run_defaults();
        given(&["--N", "128", "--kernel", "linear", "--drift-x", "-0.5", "--k-cut", "6", "--integrator", "rk2"])
            .unwrap()
            .apply(&mut params)
            .unwrap();
        assert_eq!((params.n, params.k_cut, params.drift_x), (128, 6, -0.5));
        let auto = given(&["--dt", "auto"]).unwrap();
        assert!(auto.is_auto("dt") && auto.has("dt") && !given(&["--dt", "0.1"]).unwrap().is_auto("dt"));
        auto.apply(&mut params).unwrap();
        assert_eq!(params.dt, run_defaults().dt);
        let help = Given::augment_args(Command::new("x")).render_long_help().to_string();
        for row in ROWS.iter() {
            assert!(help.contains(&format!("--{} ", row.flag)), "{} is not in the help", row.flag);
        }
    }

    #[test]
    fn a_value_outside_its_range_is_refused() {
        for args in [
            ["--N", "0"],
            ["--N", "1000000000"],
            ["--N", "20.5"],
            ["--dt", "nan"],
            ["--dt", "-1"],
            ["--kernel", "magic"],
        ] {
            let message = given(&args).unwrap_err().to_string();
            assert!(message.contains("expected"), "{message}");
        }
    }
}
