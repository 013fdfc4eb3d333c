//! Operators of the user on the command line: `run --op FILE.toml`, and `ops`, which lists and checks.

use std::path::PathBuf;

use crate::error::{Error, Result};

#[cfg(feature = "gpu")]
pub use with_device::{Operators, act_on_z, fit_any_step, fit_pictures, open, ops};

/// Arguments of `ops`.
#[derive(clap::Args)]
pub struct OpsArgs {
    /// Manifests to check; none lists the stages of this program
    #[arg(value_name = "FILE.toml")]
    files: Vec<PathBuf>,
    /// Try each on a device too: z of D = 654, or a field of 64 x 64, all zero
    #[arg(long = "try", requires = "files")]
    attempt: bool,
    /// Any part of an adapter's name, for --try
    #[arg(long, value_name = "NAME", requires = "attempt")]
    adapter: Option<String>,
    /// JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Without a device there are none.
#[cfg(not(feature = "gpu"))]
pub type Operators = Vec<std::convert::Infallible>;

/// Says that operators need a device.
///
/// # Errors
/// [`Error::NoGpu`] in a build without GPU code; [`Error::Unreadable`] or [`Error::BadFile`] for a manifest, a module
/// or a name that stands twice.
#[cfg(not(feature = "gpu"))]
pub fn open(paths: &[PathBuf]) -> Result<Operators> {
    match paths {
        [] => Ok(Vec::new()),
        _ => Err(no_gpu_code()),
    }
}

/// There are none whose pictures could be in the way.
///
/// # Errors
/// None here.
#[cfg(not(feature = "gpu"))]
pub fn fit_pictures(_: &Operators) -> Result<()> {
    Ok(())
}

/// There are none that act once a step.
///
/// # Errors
/// None here.
#[cfg(not(feature = "gpu"))]
pub fn fit_any_step(_: &Operators) -> Result<()> {
    Ok(())
}

/// There is none.
#[cfg(not(feature = "gpu"))]
pub fn act_on_z(_: &Operators) -> Option<&str> {
    None
}

/// Says that stages need a device.
///
/// # Errors
/// [`Error::NoGpu`], always.
#[cfg(not(feature = "gpu"))]
pub fn ops(args: &OpsArgs) -> Result<()> {
    let _ = (&args.files, args.attempt, &args.adapter, args.json);
    Err(no_gpu_code())
}

#[cfg(not(feature = "gpu"))]
fn no_gpu_code() -> Error {
    Error::NoGpu(
        "stages and operators run on a device, and this build has no GPU code; build it with `--features gpu`".into(),
    )
}

#[cfg(feature = "gpu")]
mod with_device {
    use std::{path::PathBuf, sync::Arc};

    use super::{Error, OpsArgs, Result};
    use crate::{
        cli::{print, print_json},
        gpu::{
            Context, Stage,
            buffer::storage,
            stage::{Binding, EXPECTED_DEVICE, Interface},
        },
        operator::{ActsOn, Manifest, Operator, Resident, Shape},
    };

    /// Opened and checked.
    pub type Operators = Vec<Arc<Operator>>;

    /// Opens manifests and modules; a name may stand once.
    ///
    /// # Errors
    /// [`Error::NoGpu`] in a build without GPU code; [`Error::Unreadable`] or [`Error::BadFile`] for a manifest, a
    /// module or a name that stands twice.
    pub fn open(paths: &[PathBuf]) -> Result<Operators> {
        let mut operators = Operators::new();
        for path in paths {
            let operator = Operator::open(path)?;
            if operators.iter().any(|other| other.name() == operator.name()) {
                let expected = "a name that no other --op has";
                return Err(Error::bad_file(path, "name", expected, operator.name()));
            }
            operators.push(Arc::new(operator));
        }
        Ok(operators)
    }

    /// Sees that their pictures, `PREFIX_t0300_NAME.png`, do not take the place of the run's own.
    ///
    /// # Errors
    /// [`Error::BadFile`] for one that is called `compare`.
    pub fn fit_pictures(operators: &Operators) -> Result<()> {
        match operators.iter().find(|operator| operator.name() == "compare") {
            Some(one) => {
                let expected = "another name than that of the run's own pictures, PREFIX_t0300_compare.png";
                Err(Error::bad_file(&one.path, "name", expected, one.name()))
            }
            None => Ok(()),
        }
    }

    /// Sees that none acts once a step, where the program is left to choose how long that is.
    ///
    /// # Errors
    /// [`Error::Usage`] for one on z.
    pub fn fit_any_step(operators: &Operators) -> Result<()> {
        match act_on_z(operators) {
            Some(name) => Err(Error::Usage(format!(
                "--dt auto excludes an operator on z: {name} acts once a step, however long that is; give --dt as a number"
            ))),
            None => Ok(()),
        }
    }

    /// The first that acts on z, after every step.
    pub fn act_on_z(operators: &Operators) -> Option<&str> {
        operators.iter().find(|operator| operator.manifest.acts_on == ActsOn::Z).map(|operator| operator.name())
    }

    /// A row of the register.
    #[derive(serde::Serialize)]
    struct Row {
        name: &'static str,
        title: String,
        expected_device: &'static str,
        #[serde(flatten)]
        interface: Interface,
    }

    /// A checked operator.
    #[derive(serde::Serialize)]
    struct Found {
        path: PathBuf,
        manifest: Manifest,
        #[serde(flatten)]
        interface: Interface,
        guarded: bool,
        /// Of a whole launch; `None` where it was not tried.
        launch_ms: Option<f64>,
        adapter: Option<String>,
    }

    /// Lists the register, or checks manifests.
    ///
    /// # Errors
    /// The first fault of a manifest, module or trial.
    pub fn ops(args: &OpsArgs) -> Result<()> {
        if args.files.is_empty() { list(args.json) } else { check(args) }
    }

    fn list(json: bool) -> Result<()> {
        let row = |stage: Stage| {
            let (name, title, interface) = (stage.name, stage.title(), stage.interface()?);
            Ok(Row { name, title, expected_device: EXPECTED_DEVICE, interface })
        };
        let rows: Vec<Row> = Stage::all().map(row).collect::<Result<_>>()?;
        if json {
            return print_json(&rows);
        }
        let mut text = String::new();
        for row in rows {
            let threads = row.interface.workgroup.map_or("draws".into(), |[x, y, z]| format!("{x} x {y} x {z}"));
            let bindings: Vec<String> = row.interface.bindings.iter().map(binding).collect();
            text += &format!("{:<22} {threads:<12} {}\n{:35} {}\n", row.name, row.title, "", bindings.join(", "));
        }
        print(&text)
    }

    fn binding(binding: &Binding) -> String {
        let way = match (binding.read, binding.written) {
            (true, true) => "read, written",
            (false, true) => "written",
            _ => "read",
        };
        format!("{} ({way})", binding.name)
    }

    fn check(args: &OpsArgs) -> Result<()> {
        let context = args.attempt.then(|| Context::headless(args.adapter.as_deref())).transpose()?;
        let mut found = Vec::new();
        for operator in open(&args.files)? {
            let launch_ms = context.as_ref().map(|context| attempt(context, &operator)).transpose()?;
            let adapter = context.as_ref().map(|context| context.report.name.clone());
            let checked = &operator.checked;
            found.push(Found {
                path: operator.path.clone(),
                manifest: operator.manifest.clone(),
                interface: checked.interface.clone(),
                guarded: checked.guarded,
                launch_ms,
                adapter,
            });
        }
        if args.json {
            return print_json(&found);
        }
        let mut text = String::new();
        for one in found {
            let bindings: Vec<String> = one.interface.bindings.iter().map(binding).collect();
            let tried = one.launch_ms.zip(one.adapter).map(|(ms, name)| format!(", {ms:.2} ms on {name}"));
            text += &format!(
                "{}: fine, acts on {}{}\n  {}\n  {}\n",
                one.manifest.name,
                format!("{:?}", one.manifest.acts_on).to_lowercase(),
                tried.unwrap_or_default(),
                one.manifest.title,
                bindings.join(", ")
            );
        }
        print(&text)
    }

    /// Milliseconds of a launch on zeros.
    fn attempt(context: &Context, operator: &Arc<Operator>) -> Result<f64> {
        let shape = match operator.manifest.acts_on {
            ActsOn::Z => Shape::z(654, 197),
            ActsOn::Field => Shape::field([64, 64]),
            ActsOn::Carrier => Shape::carrier([64, 64]),
        };
        let resident = Resident::new(context, operator, shape)?;
        let [from, to] = ["in", "out"].map(|label| storage::<[u32; 2]>(context, label, 4096));
        let (from, to) = (from?, to?);
        Ok(resident.trial(context, &from, &to)? * 1e3)
    }
}
