//! The command line, one subcommand a file. Data goes to stdout, progress and remarks to stderr.

mod backend;
mod bench;
mod check;
mod clock;
mod cuts;
mod decode;
mod encode;
mod fitting;
mod folder;
mod genesis;
mod learn;
mod les;
mod operators;
mod params;
mod patient;
mod progress;
mod run;
mod scenes;
mod soak;
mod source;
mod validate;

use std::{
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
};

use clap::{Parser, Subcommand};

use crate::{
    error::{Error, Result},
    io::image::SOFTWARE,
    process::{remark, signal},
};

const EXAMPLES: &str = "\
Examples:
  dashi-vortex                                         the window
  dashi-vortex --scene dipole                          the window, another scene
  dashi-vortex scenes                                  what there is to start from
  dashi-vortex run --scene pair --steps 600 --stride 60 --N 256 --out-dir out --apng
  dashi-vortex --session evening.toml                  the window as it was saved with Ctrl+Shift+S
  dashi-vortex run --session evening.toml --steps 600  the same without a window; flags beat the file
  dashi-vortex run --scene sheet --preset fine         with a named set of parameters
  dashi-vortex run --scene dipole --steps 900 --stride 3 --movie dipole.mp4 --fps 30
  dashi-vortex run --z0-npz out/z0.npz --steps 600 --metrics-json out/metrics.json
  dashi-vortex learn --N 64 --steps 300 --out-dir out
  dashi-vortex genesis --spectrum 6 --rms 3 --seed 1 --out z0.npz
  dashi-vortex encode omega.npy --out z0.npz           a field or picture you have, as atoms
  dashi-vortex decode z0.npz --N 512 --out omega.npz   and back, on any grid
  dashi-vortex bench carrier                           ternary operators: parity and times
  dashi-vortex bench fidelity                          what a state keeps of a field, and for how long
  dashi-vortex bench scenes --scene jet                how long a scene stays true, beside solvers on a grid
  dashi-vortex check                                   does this GPU compute what it should?
  dashi-vortex validate krasny kirchhoff               known flows, expected and measured
  dashi-vortex soak --minutes 60                       does it hold, whatever goes wrong?
  dashi-vortex ops examples/operators/diff.toml        is this operator of mine fit to run?

Exit codes:
  0 done                     3 a check found a row outside its tolerance
  1 the run failed           4 no suitable GPU
  2 wrong command line       5 an input file is missing, damaged or foreign
  130 interrupted (Ctrl-C), 143 terminated; the state was saved first";

/// Watch two-dimensional vortices live: signed vortex filaments on a spectral background. Without a
/// subcommand the window opens.
#[derive(Parser)]
#[command(name = "dashi-vortex", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: WindowArgs,
}

#[derive(Subcommand)]
enum Command {
    /// A rollout without a window: pictures, the final state, metrics
    Run(Box<run::RunArgs>),
    /// Learn a linear kernel from a reference LES or a trajectory: z0.npz and A.npz
    Learn(Box<learn::LearnArgs>),
    /// Compare every operator on the GPU with its CPU reference, and time every pass
    Check(check::CheckArgs),
    /// Compare what the program computes with known numbers: named cases and their verdicts
    Validate(validate::ValidateArgs),
    /// A field (arrays of NumPy, NetCDF, HDF5, MATLAB, TIFF) or a picture to a state file: atoms, or modes alone
    Encode(Box<encode::EncodeArgs>),
    /// A state file to a field (.npy, .npz) or a picture (.png) on any grid
    Decode(decode::DecodeArgs),
    /// A state file from nothing: a random spectrum, or a scene
    Genesis(genesis::GenesisArgs),
    /// Measure: times, and parity of CPU and GPU
    Bench(bench::BenchArgs),
    /// List the stages of this program, or check operators of your own (.toml)
    Ops(operators::OpsArgs),
    /// List the initial conditions
    Scenes(scenes::ScenesArgs),
    /// Use a window without rest and hurt it on purpose: faults recovered, memory, frame times, hashes
    Soak(soak::SoakArgs),
}

/// What the window starts with.
#[derive(clap::Args)]
struct WindowArgs {
    /// Scene to start from (see `dashi-vortex scenes`)
    #[arg(long, value_name = "NAME", conflicts_with = "z0_npz")]
    scene: Option<String>,
    /// State file to start from
    #[arg(long, value_name = "FILE")]
    z0_npz: Option<PathBuf>,
    /// Session to go on with: state, parameters, view, kernel and operators
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["scene", "z0_npz"])]
    session: Option<PathBuf>,
    /// Parameters by the name of a preset, or from its file
    #[arg(long, value_name = "NAME|FILE")]
    preset: Option<String>,
    /// Neither read nor write settings, recent files and presets of the user
    #[arg(long)]
    no_settings: bool,
    /// Start with the default scene and without settings but the look, operators, sessions and presets
    #[arg(long, conflicts_with_all = ["scene", "z0_npz", "session", "preset", "op"])]
    safe_mode: bool,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// An operator of your own; may be repeated
    #[arg(long, value_name = "FILE.toml")]
    op: Vec<PathBuf>,
    /// Keep what the window shows in this file, for scripts
    #[arg(long, value_name = "FILE")]
    status_json: Option<PathBuf>,
}

/// Parses the arguments, the program's name first, and does what they say.
///
/// # Errors
/// Whatever went wrong; [`Error::exit_code`] is the status to end with.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Result<()> {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        // Help and version are answers, not errors.
        Err(error) if !error.use_stderr() => return print(&error.render().to_string()),
        Err(error) => {
            let sentence = one_sentence(&error.render().to_string());
            return Err(Error::Usage(sentence + of_run(&error).unwrap_or_default()));
        }
    };
    signal::survive_full_files();
    let done = match cli.command {
        None => window(&cli.window),
        Some(Command::Run(args)) => run::run(*args),
        Some(Command::Learn(args)) => learn::learn(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Validate(args)) => validate::validate(&args),
        Some(Command::Encode(args)) => encode::encode(&args),
        Some(Command::Decode(args)) => decode::decode(&args),
        Some(Command::Genesis(args)) => genesis::genesis(&args),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Ops(args)) => operators::ops(&args),
        Some(Command::Scenes(args)) => scenes::scenes(&args),
        Some(Command::Soak(args)) => soak::soak(&args),
    };
    done.map_err(signal::named)
}

/// Where Linux programs learn of a display.
#[cfg(feature = "app")]
const DISPLAYS: [&str; 3] = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"];

/// Sees that there is a display.
#[cfg(feature = "app")]
fn display() -> Result<()> {
    if cfg!(target_os = "linux") && DISPLAYS.iter().all(|name| std::env::var_os(name).is_none_or(|v| v.is_empty())) {
        let names = DISPLAYS.join(", ");
        return Err(Error::Run(format!("no display: none of {names} is set; `dashi-vortex run` computes without one")));
    }
    Ok(())
}

/// Opens the window.
#[cfg(feature = "app")]
fn window(args: &WindowArgs) -> Result<()> {
    // What cannot be opened is refused before a window shows.
    if let Some(name) = &args.scene {
        crate::genesis::scene(name)?;
    }
    if let Some(path) = &args.z0_npz {
        let rule = crate::open::Rule { defaults: Default::default(), said: &[], flags: false };
        crate::open::Start::new(crate::open::Source::file(path)?, &rule)?;
    }
    if let Some(path) = &args.session {
        crate::io::read_session(path)?;
    }
    let config = if args.no_settings { None } else { crate::io::config::folder() };
    let preset = args.preset.as_deref().map(|word| params::preset(word, config.as_deref())).transpose()?;
    operators::open(&args.op)?;
    display()?;
    crate::app::window::events::open(
        crate::app::Options {
            scene: args.scene.clone(),
            z0: args.z0_npz.clone(),
            adapter: args.adapter.clone(),
            operators: args.op.clone(),
            status_json: args.status_json.clone(),
            session: args.session.clone(),
            preset: preset.unwrap_or_default(),
            config,
            safe_mode: args.safe_mode,
            ..Default::default()
        },
        None,
    )
}

/// Says that there is no window.
#[cfg(not(feature = "app"))]
fn window(_: &WindowArgs) -> Result<()> {
    Err(Error::Run("this build does not have a window; `dashi-vortex run` computes without one".into()))
}

/// clap's message in one line: its first paragraph and its first tip.
fn one_sentence(message: &str) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = message.split("\n\n");
    let what = paragraphs.next().unwrap_or_default();
    let tip = paragraphs.find_map(|p| p.trim().strip_prefix("tip: ").map(line));
    let what = line(what.strip_prefix("error: ").unwrap_or(what));
    match tip {
        Some(tip) => format!("{what} ({tip})"),
        None => what,
    }
}

/// Where a flag of `run` was given to the window: what stands for it there.
fn of_run(error: &clap::Error) -> Option<&'static str> {
    use clap::{CommandFactory, error::ContextKind, error::ContextValue, error::ErrorKind};
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(flag))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let mut command = Cli::command();
    command.build();
    let has = |command: &clap::Command| {
        let name = flag.trim_start_matches("--").split('=').next();
        command
            .get_arguments()
            .any(|arg| arg.get_long_and_visible_aliases().into_iter().flatten().any(|l| Some(l) == name))
    };
    // What a subcommand refuses names it in its usage; the window has none.
    let of_window = error.get(ContextKind::Usage).is_none_or(|usage| {
        !command.get_subcommands().any(|sub| usage.to_string().contains(&format!(" {} ", sub.get_name())))
    });
    (of_window && !has(&command) && command.find_subcommand("run").is_some_and(has)).then_some(
        "; it is a flag of `dashi-vortex run`: in the window a session, a preset or Ctrl+P sets parameters, and the canvas \
         is decoded on its own pixels",
    )
}

/// Writes to stdout. A reader that went away is no error: `dashi-vortex scenes | head -1`.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Unwritable { path: "stdout".into(), source: error })
        }
        _ => Ok(()),
    }
}

/// Any value as indented JSON on stdout.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    print(&format!("{}\n", json(value)?))
}

/// Any value as indented JSON.
fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|e| Error::Run(format!("the result does not fit into JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn messages_of_clap_become_one_sentence() {
        let parsed = |args: &str| main(args.split(' ').map(OsString::from)).unwrap_err();
        for (args, expected) in [
            (
                "dashi-vortex run --stepz 3",
                "unexpected argument '--stepz' found (a similar argument exists: '--steps')",
            ),
            ("dashi-vortex run --backend warp", "invalid value 'warp' for '--backend <BACKEND>' [possible values:"),
            ("dashi-vortex run --N 0", "a whole number from 16 to 8192"),
            ("dashi-vortex --scene pair --N 6400", "'--N' found; it is a flag of `dashi-vortex run`"),
            ("dashi-vortex --nu=1e-3", "it is a flag of `dashi-vortex run`"),
        ] {
            let error = parsed(args);
            assert_eq!(error.exit_code(), 2, "{error}");
            assert!(error.to_string().contains(expected) && !error.to_string().contains('\n'), "{error}");
        }
        for args in ["dashi-vortex --stepz 3", "dashi-vortex decode --dt 0.1", "dashi-vortex run --steps x"] {
            assert!(!parsed(args).to_string().contains("a flag of"), "{args}: {}", parsed(args));
        }
    }
}
