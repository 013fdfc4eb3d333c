//! What `learn` says at its end.

use super::{Fit, Gathered, LearnArgs, WithBasis};
use crate::{
    cli::source::Facts,
    perf::{Flag, peak_rss_mb},
    spectral::{les::LesScheme, modal::Clamped},
    state::Dtype,
};

/// What a script should know before it believes the figures.
fn flags(facts: &Facts, gathered: &Gathered) -> Vec<Flag> {
    let grown = gathered.met.grown().map(|_| Flag::LesEnstrophyGrows);
    let assumed = (facts.clock.from == "assumed").then_some(Flag::TrajectoryDtAssumed);
    grown.into_iter().chain(assumed).collect()
}

/// The summary; `None` is written as `null`.
#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "keys are the names that scripts read")]
pub struct Summary {
    source: String,
    N: usize,
    steps: u64,
    dt: f64,
    dt_from: &'static str,
    les_scheme: Option<&'static str>,
    dtype: &'static str,
    D: usize,
    ridge: f64,
    normal_residual: f64,
    normal_residual_worst_column: f64,
    spectral_radius_fitted: Option<f64>,
    spectral_radius: Option<f64>,
    clamp: &'static str,
    eigenvalues_moved: Option<usize>,
    one_step_relL2: f64,
    one_step_relL2_persistence: f64,
    forecast_relL2: f64,
    forecast_corr: f64,
    forecast_relL2_persistence: f64,
    forecast_corr_persistence: f64,
    field_relL2: f64,
    field_corr: f64,
    field_relL2_persistence: f64,
    field_corr_persistence: f64,
    residual_basis: Option<BasisSummary>,
    unresolved_energy: f64,
    cfl_max: Option<f64>,
    substeps_max: Option<u32>,
    enstrophy_growth: Option<f64>,
    perf_flags: Vec<Flag>,
    wall_time_s: f64,
    rss_max_mb: Option<f64>,
    z0_npz: String,
    A_npz: String,
    traj_npz: Option<String>,
}

/// The residual basis, and the errors of the fit without it.
#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "keys are the names that scripts read")]
struct BasisSummary {
    rank_asked_for: usize,
    rank: usize,
    /// `None` where the fields have no residual.
    cut: Option<u32>,
    captured: Option<f64>,
    one_step_relL2_without: f64,
    forecast_relL2_without: f64,
    forecast_corr_without: f64,
    field_relL2_without: f64,
    field_corr_without: f64,
}

/// How A was made stable, and how many eigenvalues were moved.
pub fn clamp_words(clamped: Option<Clamped>) -> (&'static str, Option<usize>) {
    match clamped {
        None => ("not asked for", None),
        Some(Clamped::Unchanged) => ("not needed", Some(0)),
        Some(Clamped::Moved(count)) => ("eigenvalues moved onto the unit circle", Some(count)),
        Some(Clamped::Scaled(_)) => ("all of A divided by its spectral radius (ill-conditioned)", None),
    }
}

impl BasisSummary {
    fn new(args: &LearnArgs, gathered: &Gathered, basis: &WithBasis) -> Self {
        let WithBasis { captured, without } = basis;
        Self {
            rank_asked_for: args.residual_rank,
            rank: captured.rank,
            cut: gathered.learner.first().basis().residual().map(|b| b.cut()),
            captured: captured.share,
            one_step_relL2_without: without.one_step,
            forecast_relL2_without: without.forecast.rel_l2,
            forecast_corr_without: without.forecast.corr,
            field_relL2_without: without.field.rel_l2,
            field_corr_without: without.field.corr,
        }
    }

    fn text(&self) -> String {
        let (Some(cut), Some(captured)) = (self.cut, self.captured) else {
            return "B: none, the stored modes hold the fields in full\n".into();
        };
        let fewer = match self.rank {
            rank if rank < self.rank_asked_for => format!(" (the data have no more of the {})", self.rank_asked_for),
            _ => String::new(),
        };
        format!(
            "B: {} fields{fewer} with |k| up to {cut} hold {:.3} % of the residual's energy\n\
             without B: one step {:.3e}, stored modes relL2 {:.4}, corr {:.4}, the whole field relL2 {:.4}, corr {:.4}\n",
            self.rank,
            100.0 * captured,
            self.one_step_relL2_without,
            self.forecast_relL2_without,
            self.forecast_corr_without,
            self.field_relL2_without,
            self.field_corr_without,
        )
    }
}

impl Summary {
    /// Everything in one place.
    pub fn new(
        args: &LearnArgs,
        facts: &Facts,
        gathered: &Gathered,
        fit: &Fit,
        basis: Option<&WithBasis>,
        wall_time_s: f64,
    ) -> Self {
        let file = |name: &str| args.out_dir.join(name).display().to_string();
        let (clamp, moved) = clamp_words(fit.clamped);
        Self {
            source: match &args.traj_npz {
                Some(path) => path.display().to_string(),
                None => format!("LES, seed {}", facts.seed.unwrap_or_default()),
            },
            N: facts.n,
            steps: facts.steps,
            dt: facts.clock.dt,
            dt_from: facts.clock.from,
            les_scheme: gathered.met.scheme.map(LesScheme::name),
            dtype: if facts.dtype == Dtype::F32 { "float32" } else { "float64" },
            D: fit.propagator.side(),
            ridge: args.ridge,
            normal_residual: fit.residual,
            normal_residual_worst_column: fit.worst_column,
            spectral_radius_fitted: fit.radius_fitted,
            spectral_radius: fit.radius,
            clamp,
            eigenvalues_moved: moved,
            one_step_relL2: fit.one_step,
            one_step_relL2_persistence: fit.one_step_still,
            forecast_relL2: fit.forecast.rel_l2,
            forecast_corr: fit.forecast.corr,
            forecast_relL2_persistence: fit.persistence.rel_l2,
            forecast_corr_persistence: fit.persistence.corr,
            field_relL2: fit.field.rel_l2,
            field_corr: fit.field.corr,
            field_relL2_persistence: fit.persistence_field.rel_l2,
            field_corr_persistence: fit.persistence_field.corr,
            residual_basis: basis.map(|b| BasisSummary::new(args, gathered, b)),
            unresolved_energy: gathered.learner.first().unresolved_energy(),
            cfl_max: gathered.met.cfl_max,
            substeps_max: gathered.met.parts_max,
            enstrophy_growth: gathered.met.growth,
            perf_flags: flags(facts, gathered),
            wall_time_s,
            rss_max_mb: peak_rss_mb(),
            z0_npz: file("z0.npz"),
            A_npz: file("A.npz"),
            traj_npz: args.save_traj.as_ref().map(|path| match path {
                Some(path) => path.display().to_string(),
                None => file("traj.npz"),
            }),
        }
    }

    /// A few lines for people.
    pub fn text(&self) -> String {
        let or_none = |x: Option<String>| x.unwrap_or_else(|| "not measured".into());
        let radius = |x: Option<f64>| or_none(x.map(|x| format!("{x:.9}")));
        let cfl = or_none(self.cfl_max.map(|x| format!("{x:.2}")));
        let scheme = self.les_scheme.map_or(String::new(), |scheme| format!(" by {scheme}"));
        let parts =
            self.substeps_max.filter(|n| *n > 1).map_or(String::new(), |n| format!(", steps in up to {n} parts"));
        let dt = if self.dt_from == "assumed" { " (assumed)" } else { "" };
        let moved = self.eigenvalues_moved.filter(|n| *n > 0).map_or(String::new(), |n| format!("{n} "));
        let traj = self.traj_npz.as_ref().map_or(String::new(), |path| format!(", {path}"));
        format!(
            "{}: N = {}, {} steps of dt {}{dt} in {}{scheme}, largest CFL {cfl}{parts}\n\
             A: D = {}, ridge {:e}, residual of the normal equations {:.1e} (worst column {:.1e})\n\
             spectral radius {} as fitted, {} as written; clamp: {moved}{}\n\
             one step, on the data learned from: relL2 {:.3e} (no change: {:.3e})\n\
             {} steps from z0: relL2 {:.4}, corr {:.4} (no change: {:.4}, {:.4}); stored modes only\n\
             the whole field: relL2 {:.4}, corr {:.4} (no change: {:.4}, {:.4})\n\
             {}energy of z0 that is not held: {:.3e}\n\
             [timing] wall={:.3} rss_max_mb={}\n\
             wrote {}, {}{traj}\n",
            self.source,
            self.N,
            self.steps,
            self.dt,
            self.dtype,
            self.D,
            self.ridge,
            self.normal_residual,
            self.normal_residual_worst_column,
            radius(self.spectral_radius_fitted),
            radius(self.spectral_radius),
            self.clamp,
            self.one_step_relL2,
            self.one_step_relL2_persistence,
            self.steps,
            self.forecast_relL2,
            self.forecast_corr,
            self.forecast_relL2_persistence,
            self.forecast_corr_persistence,
            self.field_relL2,
            self.field_corr,
            self.field_relL2_persistence,
            self.field_corr_persistence,
            self.residual_basis.as_ref().map_or(String::new(), BasisSummary::text),
            self.unresolved_energy,
            self.wall_time_s,
            or_none(self.rss_max_mb.map(|x| format!("{x:.1}"))),
            self.z0_npz,
            self.A_npz,
        )
    }
}
