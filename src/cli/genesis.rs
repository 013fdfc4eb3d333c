//! `dashi-vortex genesis`: a state from nothing, a spectrum or a scene.

use std::path::PathBuf;

use super::{cuts::CutArgs, params::run_defaults, remark};
use crate::{
    error::{Error, Result},
    io::{Hashes, write_state},
    open::{self, Rule, Source, Start},
    sim,
    spectral::{Cuts, Encoder, RandomField, spectrum},
    state::{Atoms, State},
};

const ABOUT: &str = "\
--spectrum PEAK: random amplitudes times exp(-((|k| - PEAK)/(0.35 PEAK))^2) on the stored
modes, scaled so that the vorticity has the rms asked for. No middle modes unless --topk-mid
asks for them. One seed is one field, whatever N is.
--scene NAME: the scene's atoms and background; with --z-only both as modes of the background.
What the modes do not hold is reported as unresolved_energy.
Either runs without any reference: dashi-vortex run --z0-npz z0.npz";

/// Finest grid on which a scene's atoms are turned into modes.
const FINEST: usize = 4096;

/// Arguments of `genesis`.
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["spectrum", "scene"])))]
pub struct GenesisArgs {
    /// Random background whose spectrum peaks at this wavenumber
    #[arg(long, value_name = "PEAK")]
    spectrum: Option<f64>,
    /// Root mean square of its vorticity
    #[arg(long, value_name = "R", default_value_t = 3.0, requires = "spectrum")]
    rms: f64,
    /// A scene (see `dashi-vortex scenes`)
    #[arg(long, value_name = "NAME")]
    scene: Option<String>,
    /// Turn the scene's atoms into modes of the background
    #[arg(long)]
    z_only: bool,
    /// Seed of every random choice
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u32,
    /// Grid side that the file's indices refer to
    #[arg(long = "N", value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=8192))]
    n: u32,
    /// Where to write the state
    #[arg(long, value_name = "Z0.npz")]
    out: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cuts: CutArgs,
}

/// What was made.
#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
struct Report {
    out: String,
    N: usize,
    k_cut: u32,
    resid_mid_cut: u32,
    topk_mid: u32,
    k_keep: usize,
    atoms: usize,
    vertices: usize,
    floats: usize,
    z: usize,
    /// `None` where no encoder measured it: a scene that keeps its atoms.
    support_frac: Option<f64>,
    /// `None` where no encoder measured it.
    unresolved_energy: Option<f64>,
    #[serde(flatten)]
    hashes: Hashes,
}

/// Makes and writes a state.
///
/// # Errors
/// Anything of [`Error`].
pub fn genesis(args: &GenesisArgs) -> Result<()> {
    let (state, encoded) = match (&args.scene, args.spectrum) {
        (Some(name), _) => from_scene(args, name)?,
        (None, peak) => (from_spectrum(args, peak.unwrap_or(RandomField::default().peak))?, true),
    };
    write_state(&args.out, &state)?;
    let (basis, header) = (state.background.basis(), &state.background.header);
    let report = Report {
        out: args.out.display().to_string(),
        N: state.meta.n,
        k_cut: basis.k_cut(),
        resid_mid_cut: basis.resid_mid_cut(),
        topk_mid: basis.topk_mid(),
        k_keep: state.background.k_keep(),
        atoms: state.atoms.len(),
        vertices: state.atoms.vertex_count(),
        floats: state.background.independent_reals(),
        z: basis.dimension(),
        support_frac: encoded.then_some(header.support_frac),
        unresolved_energy: encoded.then(|| state.background.unresolved_energy()),
        hashes: Hashes::of(&state),
    };
    if args.json {
        return super::print_json(&report);
    }
    let Report { out, N, k_cut, resid_mid_cut, k_keep, atoms, z, hashes, .. } = &report;
    let unresolved = report.unresolved_energy.map_or(String::new(), |e| format!(", unresolved_energy {e:.6e}"));
    super::print(&format!(
        "{out}: N {N}, k_cut {k_cut}, resid_mid_cut {resid_mid_cut}, {k_keep} middle modes, {atoms} atoms, \
         z of {z} numbers{unresolved}\n{hashes}\n"
    ))
}

fn from_spectrum(args: &GenesisArgs, peak: f64) -> Result<State> {
    if args.z_only {
        remark("--z-only: a spectrum is modes only in any case");
    }
    let encoder = Encoder::new(args.n as usize, &args.cuts.cuts(0))?;
    let random = RandomField { peak, rms: args.rms, seed: u64::from(args.seed) };
    let background = spectrum::background(&random, &encoder)?;
    let mut params = run_defaults();
    open::speak(&args.cuts.said(), &mut params)?;
    Ok(State::new(Atoms::default(), background, args.cuts.meta(encoder.n(), random.seed, &params)))
}

/// The scene's state, and whether it was encoded.
fn from_scene(args: &GenesisArgs, name: &str) -> Result<(State, bool)> {
    let n = args.n as usize;
    let mut said = args.cuts.said();
    said.push(("seed", f64::from(args.seed)));
    if args.cuts.choose_modes() && !args.z_only {
        let Cuts { k_cut, resid_mid_cut, topk_mid, .. } = args.cuts.cuts(128).fitted(n)?;
        let cuts = [("k_cut", k_cut), ("resid_mid_cut", resid_mid_cut), ("topk_mid", topk_mid)];
        said.extend(cuts.map(|(name, value)| (name, f64::from(value))));
    }
    let rule = Rule { defaults: run_defaults(), said: &[&said], flags: true };
    let Start { mut state, params, told, .. } = Start::new(Source::scene(name), &rule)?;
    told.iter().for_each(|sentence| remark(&format!("warning: {sentence}")));
    if args.z_only {
        let cuts = args.cuts.cuts(128).fitted(n)?;
        // Fine enough for the thinnest core; the nodes of a power of two are exact for atoms.
        let needed = sim::resolving_side(&state.atoms, cuts.resid_mid_cut);
        let side = n.max(needed).next_power_of_two();
        if side > FINEST {
            let expected = format!("atoms that a grid of side {FINEST} resolves");
            return Err(Error::invalid(format!("scene {name}"), expected, format!("a side of {needed} needed")));
        }
        if side > n {
            remark(&format!(
                "atoms become modes on a grid of side {side}; energies and support_frac are those of that grid"
            ));
        }
        let encoder = Encoder::new(side, &cuts)?;
        let omega = sim::decode(&state, side as u32);
        let background = encoder.encode(&omega, &encoder.basis(&omega)?)?;
        let meta = args.cuts.meta(n, u64::from(args.seed), &params);
        return Ok((State::new(Atoms::default(), background, meta), true));
    }
    state.meta = args.cuts.meta(n, u64::from(args.seed), &params);
    Ok((state, false))
}
