//! What is asked of each case: correlation with the reference at t = 1, 2, 4, 8.
//!
//! ```text
//! asked = min( max(figure, spectral - 0.001), ceiling - 0.002 )
//! ```
//!
//! with the correlation of the spectral solver of as many floats, and as the ceiling that of the reference on N/2
//! nodes: no more is asked than the reference knows of itself. Figures hold for states of up to 6,554 floats; where
//! 1,966 or fewer are allowed, and for a start that is no scene, there is none.

/// Times that the figures are for.
pub const TIMES: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
/// Budget of the figures.
pub const BUDGET: usize = 6554;
/// Budget up to which there is no figure, and the spectral solver of 1,849 numbers is the one of as many floats.
pub const SMALL: usize = 1966;

const SMOOTH: [Option<f64>; 4] = [Some(0.999), Some(0.998), Some(0.99), Some(0.97)];
const MIXING: [Option<f64>; 4] = [Some(0.999), Some(0.995), Some(0.99), Some(0.95)];
const COMPACT: [Option<f64>; 4] = [Some(0.999), Some(0.998), Some(0.995), Some(0.98)];
/// Until its cores touch: two radii of 0.09 are the shortest side, 1.13 sqrt(1 - t/5.69), at t = 5.5.
const COLLAPSE: [Option<f64>; 4] = [Some(0.999), Some(0.998), Some(0.995), None];
const GAS: [Option<f64>; 4] = [Some(0.995), Some(0.98), Some(0.90), Some(0.60)];

/// Every case and its figures.
pub const FIGURES: [(&str, [Option<f64>; 4]); 18] = [
    ("default", SMOOTH),
    ("dipole", COMPACT),
    ("pair", COMPACT),
    ("sheet", SMOOTH),
    ("street", COMPACT),
    ("lattice", SMOOTH),
    ("ring", SMOOTH),
    ("turbulence", MIXING),
    ("cells", SMOOTH),
    ("galaxy", SMOOTH),
    ("merger", MIXING),
    ("jet", SMOOTH),
    ("wing", COMPACT),
    ("leapfrog", COMPACT),
    ("tripole", SMOOTH),
    ("ellipse", SMOOTH),
    ("collapse", COLLAPSE),
    ("gas", GAS),
];

/// The figure of a case at a time; `None` where there is none.
pub fn figure(case: &str, t: f64, budget: usize) -> Option<f64> {
    if budget <= SMALL {
        return None;
    }
    let figures = FIGURES.iter().find(|(name, _)| *name == case)?.1;
    TIMES.iter().position(|time| *time == t).and_then(|i| figures[i])
}

/// Whether anything is asked of a case at a time: not of the collapse once its cores have touched.
pub fn is_asked(case: &str, t: f64) -> bool {
    case != "collapse" || t <= 5.5
}

/// What is asked; `None` where neither a figure nor the spectral solver says anything.
pub fn asked(figure: Option<f64>, spectral: Option<f64>, ceiling: Option<f64>) -> Option<f64> {
    let wanted = figure.into_iter().chain(spectral.map(|corr| corr - 0.001)).reduce(f64::max)?;
    Some(ceiling.map_or(wanted, |most| wanted.min(most - 0.002)))
}

/// Largest error of energy and enstrophy, percent.
pub const WITHIN: f64 = 2.0;

/// Whether an error in percent is within [`WITHIN`]; `None` where the reference on N/2 nodes, whose error is `ceiling`,
/// is not so near itself.
pub fn within(ours: Option<f64>, ceiling: Option<f64>) -> Option<bool> {
    let near = |percent: f64| percent.abs() <= WITHIN;
    ceiling.filter(|percent| near(*percent)).map(|_| ours.is_some_and(near))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_has_figures_and_nothing_else_has() {
        let names: Vec<&str> = crate::genesis::scenes().iter().map(|scene| scene.name).collect();
        assert_eq!(FIGURES.map(|(name, _)| name).to_vec(), names);
        assert_eq!(figure("gas", 8.0, BUDGET), Some(0.60));
        assert_eq!(figure("dipole", 4.0, BUDGET), Some(0.995));
        assert_eq!(figure("collapse", 8.0, BUDGET), None);
        assert!(is_asked("collapse", 4.0) && !is_asked("collapse", 8.0) && is_asked("gas", 8.0));
        assert_eq!(figure("gas", 3.0, BUDGET), None);
        assert_eq!((figure("gas", 1.0, SMALL), figure("stroke.npz", 1.0, BUDGET)), (None, None));
    }

    #[test]
    fn no_more_is_asked_than_the_reference_knows() {
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12, "{a:?} {b}");
        near(asked(Some(0.97), Some(0.9), Some(1.0)), 0.97);
        near(asked(Some(0.97), Some(0.999), Some(1.0)), 0.998);
        near(asked(Some(0.97), Some(0.999), Some(0.95)), 0.948);
        near(asked(None, Some(0.5), None), 0.499);
        assert_eq!(asked(None, None, Some(1.0)), None);
    }

    #[test]
    fn what_the_reference_has_not_nobody_is_asked_for() {
        let of = |ours: f64, ceiling: f64| within(Some(ours), Some(ceiling));
        assert_eq!((of(1.9, 0.1), of(-2.1, -1.9), of(-2.1, 2.1)), (Some(true), Some(false), None));
        assert_eq!((within(None, Some(0.0)), within(Some(0.0), None)), (Some(false), None));
    }
}
