//! What `encode` and `genesis` ask of a background, and the scalars its file carries.

use crate::{
    params::Params,
    spectral::Cuts,
    state::{Dtype, Meta},
};

/// Flags of the encoder.
#[derive(clap::Args)]
#[command(next_help_heading = "Background")]
pub struct CutArgs {
    /// Low modes |k| <= K are always stored (8: 197 modes) [default: 8]
    #[arg(long, value_name = "K")]
    pub k_cut: Option<u32>,
    /// Outer radius of the middle band from which modes are kept; grows where the band does not hold
    /// topk-mid modes [default: 12, or k-cut if that is larger]
    #[arg(long, value_name = "K")]
    pub resid_mid_cut: Option<u32>,
    /// Modes of the middle band to keep, largest first, up to 4096 [default: 128; 0 for genesis --spectrum]
    #[arg(long, value_name = "MODES")]
    pub topk_mid: Option<u32>,
    /// Carrier threshold: a cell of the residual counts where |R| > TAU std(R)
    #[arg(long, value_name = "TAU", default_value_t = 0.35, allow_negative_numbers = true)]
    pub dashi_tau: f64,
    /// Rounds of 3x3 majority smoothing of the carrier. Each round gives a cell the sign of the majority
    /// of the nine around it, so it removes specks but dilates: independent random signs of support 0.61
    /// come out with 0.83 after one round. Only support_frac depends on it
    #[arg(long, value_name = "ROUNDS", default_value_t = 1)]
    pub dashi_smooth_k: u32,
    /// Time step noted in the file; `run` uses it unless told otherwise [default: 0.01, or the scene's]
    #[arg(long, value_name = "DT", allow_negative_numbers = true)]
    pub dt: Option<f64>,
    /// Viscosity noted in the file [default: 5e-5, or the scene's]
    #[arg(long, value_name = "NU", alias = "nu0", allow_negative_numbers = true)]
    pub nu: Option<f64>,
}

impl CutArgs {
    /// Whether a flag says which modes to store.
    pub fn choose_modes(&self) -> bool {
        self.k_cut.or(self.resid_mid_cut).or(self.topk_mid).is_some()
    }

    /// As the encoder takes them; `topk_mid` where no flag says.
    pub fn cuts(&self, topk_mid: u32) -> Cuts {
        let k_cut = self.k_cut.unwrap_or(Cuts::default().k_cut);
        Cuts {
            k_cut,
            resid_mid_cut: self.resid_mid_cut.unwrap_or(Cuts::default().resid_mid_cut.max(k_cut)),
            topk_mid: self.topk_mid.unwrap_or(topk_mid),
            dashi_tau: self.dashi_tau,
            dashi_smooth_k: self.dashi_smooth_k,
        }
    }

    /// The cuts `modes` with the carrier of these.
    pub fn with_modes_of(&self, modes: Cuts) -> Cuts {
        Cuts { dashi_tau: self.dashi_tau, dashi_smooth_k: self.dashi_smooth_k, ..modes }
    }

    /// Step and viscosity where flags say them.
    pub fn said(&self) -> Vec<(&'static str, f64)> {
        [("dt", self.dt), ("nu", self.nu)].into_iter().filter_map(|(name, given)| Some((name, given?))).collect()
    }

    /// The scalars of the file.
    pub fn meta(&self, n: usize, seed: u64, params: &Params) -> Meta {
        let Params { dt, nu, .. } = *params;
        let Self { dashi_tau, dashi_smooth_k, .. } = *self;
        Meta { n, dashi_tau, dashi_smooth_k, dtype: Dtype::F64, seed, dt, nu }
    }
}
