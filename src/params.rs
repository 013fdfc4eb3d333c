//! Every parameter once: name, unit, range, default, help, and whether it acts live.
//!
//! The command line, the window's panels and the uniforms all read [`TABLE`] and [`Params`];
//! a new row here appears in each of them.

mod choice;
mod value;

pub use choice::{Every, Integrator, Kernel, Most, Switch, Velocity};
pub use value::{AUTO, ParamValue};

use crate::error::{Error, Result};

/// When a changed parameter takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// At the next step, by a uniform.
    Live,
    /// Between frames, by rebuilding buffers or the spectral basis.
    Structural,
}

/// What the table says of one parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamInfo {
    /// Field name; the command line spells it with dashes.
    pub name: &'static str,
    /// Unit or the empty string.
    pub unit: &'static str,
    /// Smallest valid value.
    pub min: f64,
    /// Largest valid value.
    pub max: f64,
    /// One sentence for tooltips and `--help`.
    pub help: &'static str,
    /// Live or structural.
    pub effect: Effect,
    /// Whole numbers only.
    pub integer: bool,
    /// The words of a choice, in value order; empty for a number.
    pub choices: &'static [&'static str],
    /// Whether the program may be left to choose: the word `auto`, [`AUTO`] as a number.
    pub auto: bool,
}

macro_rules! params {
    ($($name:ident: $ty:ty = $default:expr, $unit:literal, $min:literal ..= $max:literal, $effect:ident, $help:literal;)*) => {
        /// The parameters of a run. Field docs stand in [`TABLE`].
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
        pub struct Params {
            $(#[doc = $help] pub $name: $ty,)*
        }

        impl Default for Params {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// One row a parameter, in the order of the panels.
        pub const TABLE: &[ParamInfo] = &[$(ParamInfo {
            name: stringify!($name),
            unit: $unit,
            min: $min as f64,
            max: $max as f64,
            help: $help,
            effect: Effect::$effect,
            integer: <$ty as ParamValue>::INTEGER,
            choices: <$ty as ParamValue>::CHOICES,
            auto: <$ty as ParamValue>::AUTO,
        },)*];

        impl Params {
            /// The value of a parameter as a number.
            pub fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($name) => Some(ParamValue::get(self.$name)),)*
                    _ => None,
                }
            }

            fn put(&mut self, name: &str, x: f64) {
                match name {
                    $(stringify!($name) => self.$name = ParamValue::of(x),)*
                    _ => {}
                }
            }
        }
    };
}

params! {
    dt: f64 = 0.01, "time", 1e-6 ..= 0.5, Live, "Time step; never depends on the frame rate. The word auto is heard once, when a run starts: of 1, 2, 5 times a power of ten the longest with max |omega| dt at most 0.5, for flows that parcels carry, and with rk4 unless an integrator is said (rk2: at most 0.05)";
    substeps: u32 = 1, "steps/frame", 1 ..= 64, Live, "Simulated steps for each drawn frame";
    integrator: Integrator = Integrator::Rk4, "", 0 ..= 1, Live, "Runge-Kutta scheme: rk2 is twice as fast, rk4 far more exact";
    velocity: Velocity = Velocity::Auto, "", 0 ..= 3, Structural, "How atoms move one another: direct sums all pairs, mesh goes through a grid and FFTs (error 1e-4 of the largest speed), fine likewise (1e-5), auto takes mesh from 2 million pairs on";
    nu: f64 = 5e-5, "length^2/time", 0.0 ..= 1.0, Live, "Kinematic viscosity: cores widen by 2 nu dt a step, modes decay";
    drift_x: f64 = 0.0, "length/time", -10.0 ..= 10.0, Live, "Mean flow along x; atoms and background drift together";
    drift_y: f64 = 0.0, "length/time", -10.0 ..= 10.0, Live, "Mean flow along y";
    kernel: Kernel = Kernel::Galerkin, "", 0 ..= 2, Live, "How the spectral background moves: frozen, linear (decay, drift, spin) or galerkin (truncated vorticity equation)";
    spin: f64 = 0.0, "rad/time", -10.0 ..= 10.0, Live, "Phase rotation of the linear kernel: mode k turns by spin |k| sign(k) dt, its modulus kept";
    eps: f64 = 0.06, "length", 0.01 ..= 1.0, Live, "Core radius (standard deviation) of filaments drawn by mouse";
    gamma: f64 = 1.0, "length^2/time", 0.0 ..= 50.0, Live, "Total circulation of a vortex or filament drawn by mouse";
    resample: u32 = 1, "", 0 ..= 1, Live, "1 keeps segments within their bound by inserting and dropping vertices, 0 leaves them";
    segment_bound: f64 = 2.25, "eps", 0.5 ..= 2.25, Live, "Longest segment in core radii; 2.25 keeps the velocity quadrature at 1e-5";
    stretch: Switch = Switch::Off, "", 0 ..= 1, Structural, "Cores of filaments thin where the flow stretches them: core times length stays, but for viscosity";
    eps_min: f64 = 0.01, "length", 1e-4 ..= 1.0, Structural, "Thinnest core that stretching leaves; thinner ones stay as they are";
    alpha: f64 = 0.0, "", -4.0 ..= 4.0, Structural, "Circulation of a segment grows with its length to this power; 0 keeps it, as in any flow of two dimensions";
    twist: Switch = Switch::Off, "", 0 ..= 1, Structural, "Filaments sum up the shear across them, for colours and files; one to two velocities more a step";
    refit_every: Every = Every::Auto, "steps", 0 ..= 10000, Live, "Ellipses are carried by fluid parcels and refitted to them every so many steps; auto waits for a winding of 16 of the root mean square of vorticity and remeshes the parcels on the way, 0 moves each ellipse rigidly";
    ellipses: Switch = Switch::On, "", 0 ..= 1, Structural, "With refit_every auto: filaments and points become rows of ellipses when a run starts, and beside description-length passes refits grow them to max_atoms where the flow asks; off moves vertices, with cores that stay round. Filaments with stretch, twist or alpha stay filaments";
    parcels: Most = Most::Auto, "a side", 64 ..= 1024, Structural, "Most parcels that carry the ellipses, a side of their lattice: a power of two from 64 on, as many as the thinnest cores ask for; auto is 512 beside a number of refit_every, else 128, and 512 in a window on a hardware GPU";
    mdl: Switch = Switch::Off, "", 0 ..= 1, Structural, "Description-length passes: merge, prune, split and feed atoms; scenes switch it on, a loaded file does not";
    mdl_every: u32 = 20, "steps", 1 ..= 1000000, Live, "Steps between two passes, counted from step 0, so that runs repeat";
    tol: f64 = 0.01, "vorticity*length", 1e-6 ..= 1e3, Live, "Field error worth 0.72 bits: a pass may change the field by more the larger it is";
    c_atom: f64 = 96.0, "bits", 0.0 ..= 1e6, Live, "Description length of an atom without its vertices";
    c_vertex: f64 = 64.0, "bits", 0.0 ..= 1e6, Live, "Description length of a vertex";
    gamma_min: f64 = 0.01, "length^2/time", 0.0 ..= 50.0, Live, "Atoms weaker than this are candidates for pruning, whatever their shape";
    length_min: f64 = 0.314, "length", 0.0 ..= 3.0, Live, "Filaments shorter than this are candidates for becoming a blob";
    merge_dist: f64 = 0.314, "length", 0.0 ..= 3.0, Live, "Farthest ends that may join and cores that may fuse";
    merge_angle_cos: f64 = 0.95, "", 0.0 ..= 1.0, Live, "Cosine of the largest angle between tangents of filaments that merge";
    kappa_max: f64 = 40.0, "1/length", 0.1 ..= 1e6, Live, "Sharpest curvature of a filament; it is split there";
    aspect_max: f64 = 16.0, "", 1.5 ..= 100.0, Live, "Longest core, in its widths; a longer one is split in two";
    max_atoms: u32 = 4096, "atoms", 1 ..= 1048576, Live, "Atom budget of a pass; the weakest go first";
    relaxation: f64 = 1.0, "", 0.01 ..= 1.0, Live, "Share of the possible edits that one pass takes";
    k_cut: u32 = 8, "", 1 ..= 64, Structural, "Low modes |k| <= k_cut of the background are always stored (k_cut 8: 197 modes)";
    resid_mid_cut: u32 = 12, "", 1 ..= 96, Structural, "Outer radius of the middle band from which topk_mid modes are kept";
    topk_mid: u32 = 128, "modes", 0 ..= 4096, Structural, "How many modes of the middle band are kept, largest first";
    n: u32 = 256, "cells", 16 ..= 8192, Structural, "Decode grid side N: a picture of the state, never part of it; in the window the most nodes along a side of the canvas";
    max_vertices: u32 = 8192, "vertices", 64 ..= 1048576, Structural, "Vertex budget; insertion stops there and the panel says so";
    tracers: u32 = 100000, "particles", 0 ..= 4000000, Structural, "Dye particles carried by the flow";
    filaments: u32 = 40, "filaments", 2 ..= 100000, Structural, "Filaments of the turbulence scene: more are smaller ones, of the same vorticity";
    seed: u32 = 0, "", 0 ..= 4294967295.0, Structural, "Seed of every random choice; equal seeds give equal runs";
}

impl ParamInfo {
    /// The row of a parameter.
    pub fn named(name: &str) -> Option<&'static ParamInfo> {
        TABLE.iter().find(|info| info.name == name)
    }

    /// The command-line spelling, without the dashes in front.
    pub fn flag(&self) -> String {
        if self.name == "n" { "N".into() } else { self.name.replace('_', "-") }
    }

    /// Smallest value that stands for something: [`AUTO`] where there is such.
    pub fn least(&self) -> f64 {
        if self.auto { AUTO } else { self.min }
    }

    /// The word of a value; `None` where it is a number.
    pub fn word(&self, x: f64) -> Option<&'static str> {
        if (self.auto || self.auto_at_start()) && x == AUTO {
            Some("auto")
        } else {
            self.choices.get(x as usize).copied()
        }
    }

    /// The value of a word, in small or capital letters.
    pub fn of_word(&self, text: &str) -> Option<f64> {
        if self.auto && text.eq_ignore_ascii_case("auto") {
            return Some(AUTO);
        }
        self.choices.iter().position(|word| word.eq_ignore_ascii_case(text)).map(|index| index as f64)
    }

    /// Whether a value is in range.
    pub fn allows(&self, x: f64) -> bool {
        let number = (self.min..=self.max).contains(&x) && (!self.integer || x.fract() == 0.0);
        number || (self.auto && x == AUTO)
    }

    /// Whether the word `auto` is heard when a run starts, which then has a number of its own: [`AUTO`] stands among what
    /// is said, never in [`Params`].
    pub fn auto_at_start(&self) -> bool {
        self.name == "dt"
    }

    /// The value of a text among what is said for a run: a number or a word.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is neither, or a number out of range.
    pub fn said(&self, text: &str) -> Result<f64> {
        if self.auto_at_start() && text == "auto" {
            return Ok(AUTO);
        }
        let mut params = Params::default();
        params.set_text(self.name, text)?;
        Ok(params.get(self.name).unwrap_or(f64::NAN))
    }

    /// What may be said for a run, in words.
    pub fn said_range(&self) -> String {
        if self.auto_at_start() { format!("auto, or {}", self.range()) } else { self.range() }
    }

    /// The range in words.
    pub fn range(&self) -> String {
        if self.choices.is_empty() {
            let what = if self.integer { "a whole number" } else { "a number" };
            let auto = if self.auto { "auto, or " } else { "" };
            format!("{auto}{what} from {} to {}", self.min, self.max)
        } else {
            format!("one of {}", self.choices.join(", "))
        }
    }
}

impl Params {
    /// Sets a parameter after checking it against its range.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that no parameter has, or a number out of range.
    pub fn set(&mut self, name: &str, x: f64) -> Result<()> {
        let info = ParamInfo::named(name).ok_or_else(|| Error::invalid(name, "a parameter's name", "no such one"))?;
        if !info.allows(x) {
            return Err(Error::invalid(format!("parameter {}", info.flag()), info.range(), x));
        }
        self.put(name, x);
        Ok(())
    }

    /// Sets a parameter from its text: a number, or a choice's word.
    ///
    /// # Errors
    /// As [`Params::set`]; [`Error::Invalid`] for a text that is neither a number nor a word of the parameter.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<()> {
        let info = ParamInfo::named(name).ok_or_else(|| Error::invalid(name, "a parameter's name", "no such one"))?;
        let x = match info.of_word(text).filter(|x| info.word(*x) == Some(text)) {
            Some(x) => x,
            None if info.choices.is_empty() => text
                .parse::<f64>()
                .map_err(|_| Error::invalid(format!("parameter {}", info.flag()), info.range(), text))?,
            None => return Err(Error::invalid(format!("parameter {}", info.flag()), info.range(), text)),
        };
        self.set(name, x)
    }

    /// Checks every range and the relations between parameters.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first parameter that is out of range or does not fit another.
    pub fn validate(&self) -> Result<()> {
        let mut copy = *self;
        for info in TABLE {
            copy.set(info.name, self.get(info.name).unwrap_or(f64::NAN))?;
        }
        if self.resid_mid_cut < self.k_cut {
            return Err(Error::invalid(
                "parameter resid-mid-cut",
                format!("at least k-cut = {}", self.k_cut),
                self.resid_mid_cut,
            ));
        }
        Ok(())
    }

    /// Most ellipses that a refit or rows of them may come to.
    pub fn most_ellipses(&self) -> usize {
        self.max_atoms.min(self.max_vertices) as usize
    }

    /// Whether filaments become rows of ellipses: parcels would carry these for cycles of the program's choice, and
    /// nothing acts along them.
    pub fn in_rows(&self) -> bool {
        let along = self.stretch == Switch::On || self.twist == Switch::On || self.alpha != 0.0;
        self.ellipses == Switch::On && self.refit_every == Every::Auto && !along
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_every_row_round_trips() {
        let mut params = Params::default();
        params.validate().unwrap();
        for info in TABLE {
            params.set(info.name, info.max).unwrap();
            assert_eq!(params.get(info.name), Some(info.max), "{}", info.name);
            assert!(params.set(info.name, info.max * 2.0 + 1.0).is_err(), "{} takes too large a value", info.name);
            assert!(params.set(info.name, f64::NAN).is_err(), "{} takes NaN", info.name);
        }
    }

    #[test]
    fn ellipses_have_nothing_along_them() {
        let on = Params::default();
        assert!(on.in_rows());
        for stay in [
            Params { twist: Switch::On, ..on },
            Params { stretch: Switch::On, ..on },
            Params { alpha: 1.0, ..on },
            Params { refit_every: Every::Steps(50), ..on },
            Params { ellipses: Switch::Off, ..on },
        ] {
            stay.validate().unwrap();
            assert!(!stay.in_rows());
        }
    }

    #[test]
    fn auto_is_a_word_and_a_value_of_two_rows() {
        let mut params = Params::default();
        assert_eq!(params.refit_every, Every::Auto);
        params.set_text("refit_every", "0").unwrap();
        assert_eq!((params.refit_every, params.get("refit_every")), (Every::Steps(0), Some(0.0)));
        params.set_text("refit_every", "auto").unwrap();
        assert_eq!((params.refit_every, params.get("refit_every")), (Every::Auto, Some(AUTO)));
        assert_eq!(serde_json::to_value(params.refit_every).unwrap(), "auto");
        params.set_text("parcels", "256").unwrap();
        assert_eq!((params.parcels, params.parcels.or(128)), (Most::Side(256), 256));
        params.set_text("parcels", "auto").unwrap();
        assert_eq!((params.parcels, params.parcels.or(128)), (Most::Auto, 128));
        assert!(params.set("refit_every", -2.0).is_err() && params.set("mdl_every", AUTO).is_err());
        assert!(params.set_text("mdl_every", "auto").is_err());
    }

    #[test]
    fn a_run_is_told_auto_and_has_a_number() {
        let (dt, nu) = (ParamInfo::named("dt").unwrap(), ParamInfo::named("nu").unwrap());
        assert_eq!((dt.said("auto").unwrap(), dt.said("0.02").unwrap(), dt.word(AUTO)), (AUTO, 0.02, Some("auto")));
        for text in ["Auto", "-1", "0", "0.6", "nan", ""] {
            assert!(dt.said(text).is_err(), "{text}");
        }
        assert!(
            nu.said("auto").is_err() && dt.said_range().starts_with("auto, or a number") && nu.word(AUTO).is_none()
        );
        let mut params = Params::default();
        assert!(params.set("dt", AUTO).is_err() && params.set_text("dt", "auto").is_err());
        assert!(Params { dt: AUTO, ..params }.validate().is_err());
    }

    #[test]
    fn choices_read_their_words() {
        let mut params = Params::default();
        params.set_text("kernel", "linear").unwrap();
        assert_eq!(params.kernel, Kernel::Linear);
        let message = params.set_text("kernel", "magic").unwrap_err().to_string();
        assert!(message.contains("one of frozen, linear, galerkin"), "{message}");
    }
}
