//! What the flow should keep, over simulated time.

use crate::{
    app::model::{PassModel, series::Series},
    sim::Vitals,
    state::Kind,
};

/// Values of one instant. What was not measured is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Simulated time.
    pub time: f64,
    /// Steps since genesis.
    pub step: u64,
    /// Of all atoms, of those with a plus, of those with a minus sign.
    pub circulation: [f64; 3],
    /// `(sum Gamma y, -sum Gamma x)` of the atoms.
    pub impulse: [f64; 2],
    /// `sum Gamma |x|^2` of the atoms.
    pub angular_impulse: f64,
    /// Mean of (u^2 + v^2)/2.
    pub energy: Option<f64>,
    /// Mean of omega^2/2.
    pub enstrophy: Option<f64>,
    /// Whether the grid of both holds every core.
    pub resolved: bool,
    /// `sum |omega_hat|^2` that the encoder saw and the state does not hold: middle band, above it.
    pub unresolved: [Option<f64>; 2],
    /// Mean of omega^2/2 that description-length passes took so far.
    pub dropped: Option<f64>,
    /// Largest |omega|.
    pub max_abs: Option<f64>,
    /// Description length after the last pass, bits.
    pub length: Option<f64>,
    /// Atoms.
    pub atoms: usize,
}

impl Sample {
    /// The values of an instant, and what passes did up to now.
    pub fn new(vitals: &Vitals, passes: &PassModel) -> Self {
        let [plus, minus] = vitals.by_sign;
        Self {
            time: vitals.time,
            step: vitals.step,
            circulation: [vitals.circulation, plus, minus],
            impulse: vitals.impulse,
            angular_impulse: vitals.angular_impulse,
            energy: vitals.energy,
            enstrophy: vitals.enstrophy,
            resolved: vitals.resolved,
            unresolved: vitals.unresolved.map_or([None; 2], |both| both.map(Some)),
            dropped: dropped(passes),
            max_abs: vitals.max_abs,
            length: passes.history.last().map(|report| report.bits_after),
            atoms: vitals.atoms,
        }
    }
}

/// Enstrophy that passes took; `None` without one, or where one did not measure it.
fn dropped(passes: &PassModel) -> Option<f64> {
    let of_passes = |kind: Kind| kind != Kind::Feed && !kind.is_of_transport();
    let sums = || passes.kinds.iter().filter(|(kind, _)| of_passes(*kind)).map(|(_, sums)| sums);
    let known = passes.count > 0 && sums().all(|sums| sums.unmeasured == 0);
    known.then(|| -sums().map(|sums| sums.enstrophy).sum::<f64>())
}

/// What the invariants tab shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvariantsModel {
    /// Samples since the scene began.
    pub samples: Series<Sample>,
    /// `[k, E(k)]` of the whole field at the last of them.
    pub spectrum: Vec<[f64; 2]>,
    /// Energy and enstrophy on a logarithmic axis.
    pub log: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Sums;

    #[test]
    fn what_no_pass_measured_is_not_zero() {
        assert_eq!(dropped(&PassModel::default()), None);
        let sums = |enstrophy, unmeasured| Sums { enstrophy, unmeasured, ..Sums::default() };
        let mut passes = PassModel { count: 1, kinds: vec![(Kind::Prune, sums(-0.25, 0))], ..PassModel::default() };
        // A refit is no pass.
        passes.kinds.push((Kind::Refit, sums(0.0, 5)));
        assert_eq!(dropped(&passes), Some(0.25));
        passes.kinds.push((Kind::Merge, sums(0.0, 3)));
        assert_eq!(dropped(&passes), None);
    }
}
