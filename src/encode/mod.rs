//! A vorticity field to a state: signed ellipses fitted to the whole field, then what they leave to the
//! background.
//!
//! 1. Pursuit ([`seeds`]): on the carrier of what is not yet represented, bells where they take most off
//!    the misfit, a share of the budget at a time.
//! 2. Refinement ([`Fit`]): after each share a few damped Gauss-Newton steps on the parameters of all.
//! 3. Pressure: the ellipses whose loss would cost the least misfit are dropped and sown anew where the
//!    residual is largest, again and again; an exchange that makes the misfit worse is undone.
//! 4. `b` = projection of `omega - decode(A)` on the stored modes.
//!
//! Every threshold is a share of the field: `c omega` gives the atoms of `omega` with `c` times their circulation.
//!
//! The order matters: atoms fitted to the high-pass residual alone fight the background. Nothing is random:
//! equal fields and options give equal states.
//!
//! The fit runs on a grid that resolves its ellipses, [`fit_side`], whatever N is: a state of fixed size
//! costs the same however large the field. Larger fields are low-passed to it by their modes.

pub mod designs;
mod fitter;
#[cfg(feature = "gpu")]
mod gpu;
mod refine;
mod seeds;

use std::ops::ControlFlow;

pub use fitter::{Fitter, Maker, on_cpu};
#[cfg(feature = "gpu")]
pub use gpu::{Warm, on_device, on_device_warm};
pub use refine::{Bounds, Fit, bounded};
pub use seeds::seeds;

use crate::{
    error::{Error, Result},
    math::{BOX, nearness},
    ops::{
        compose,
        ellipse_fit::{Ellipse, REACH, Samples},
        window::Window,
    },
    primitives::fft::band::Band,
    spectral::{Cuts, Encoder},
    state::{Atom, Atoms, EPS_MAX, Meta, Sign, State},
};

/// Free numbers of an ellipse: circulation with sign, place, covariance.
pub const FLOATS_PER_ELLIPSE: usize = 6;
/// Bits of a free number.
pub const BITS_PER_FLOAT: f64 = 32.0;
/// Shares of the budget that are sown one after the other.
const SHARES: [f64; 7] = [0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.1];
/// Conjugate gradients of a step.
const GRADIENTS: usize = 8;
/// Steps after each share, and after each exchange.
const STEPS: usize = 5;
/// Share of the ellipses that is exchanged at once.
const EXCHANGE: f64 = 0.06;
/// Exchanges at effort 1.
const ROUNDS: f64 = 10.0;

/// How large the state may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Free numbers over N^2.
    Fraction(f64),
    /// So many free numbers.
    Floats(usize),
    /// Bits, 32 a free number.
    Bits(f64),
}

impl Budget {
    /// As free numbers for an `n x n` field.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a budget below one ellipse, above N^2, or not finite.
    pub fn floats(self, n: usize) -> Result<usize> {
        let cells = (n * n) as f64;
        let (wanted, unit, most) = match self {
            Self::Fraction(x) => (x * cells, "a fraction of N^2 up to 1", 1.0),
            Self::Floats(x) => (x as f64, "numbers", cells),
            Self::Bits(x) => (x / BITS_PER_FLOAT, "bits", cells * BITS_PER_FLOAT),
        };
        let found = match self {
            Self::Fraction(x) | Self::Bits(x) => x,
            Self::Floats(x) => x as f64,
        };
        // Rounding of the fraction may not cost an ellipse.
        let floats = (wanted + 1e-6).floor();
        if !(FLOATS_PER_ELLIPSE as f64..=cells).contains(&floats) {
            let least = FLOATS_PER_ELLIPSE;
            return Err(Error::invalid(
                "budget",
                format!("{unit}, at least {least} numbers and at most {most}"),
                found,
            ));
        }
        Ok(floats as usize)
    }
}

/// How a field is encoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Size of the state, background included.
    pub budget: Budget,
    /// Modes of the background.
    pub cuts: Cuts,
    /// Exchanges over the usual number: 0 is quick, 1 usual.
    pub effort: f64,
    /// Scalars of the state.
    pub meta: Meta,
}

impl Options {
    /// The smallest background: `|k| <= 1` and the header.
    pub fn least_cuts() -> Cuts {
        Cuts { k_cut: 1, resid_mid_cut: 1, topk_mid: 0, ..Cuts::default() }
    }
}

/// How far an encoding is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Share that is done, 0 to 1.
    pub done: f64,
    /// What is being done.
    pub stage: &'static str,
    /// Relative L2 distance on the grid of the fit.
    pub rel_l2: f64,
    /// Ellipses so far.
    pub atoms: usize,
}

/// A state and how near its decode is to the field.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The state.
    pub state: State,
    /// Free numbers of the state.
    pub floats: usize,
    /// Relative L2 distance of the decoded field; NaN for a field that is zero.
    pub rel_l2: f64,
    /// Correlation of the decoded field; NaN where one of them is constant.
    pub corr: f64,
}

/// Side of the grid that `count` ellipses are fitted on, for an `n x n` field: 8 cells a side of the square
/// that each has for itself.
pub fn fit_side(count: usize, n: usize) -> usize {
    let wanted = (8.0 * (count as f64).sqrt()).max(64.0) as usize;
    let side = wanted.next_power_of_two();
    if 3 * side >= 2 * n { n } else { side }
}

/// Encodes on the CPU; see [`encode_with`]. `field` is row-major, `n * n` values, row 0 at the bottom.
///
/// # Errors
/// As [`encode_with`].
pub fn encode(
    field: &[f64],
    n: usize,
    options: &Options,
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Encoded> {
    encode_with(&on_cpu, field, n, options, progress)
}

/// Encodes `omega[j, i]` on `n x n` nodes by fits that `make` makes. `progress` is called many times and may stop the work.
///
/// # Errors
/// [`Error::Invalid`] for a field, budget or cuts that are not valid; [`Error::Interrupted`]; what a device
/// answers.
pub fn encode_with(
    make: Maker<'_>,
    field: &[f64],
    n: usize,
    options: &Options,
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Encoded> {
    let encoder = Encoder::new(n, &options.cuts)?;
    // Also checks the field.
    let probe = encoder.encode(field, &encoder.basis(field)?)?;
    let floats = options.budget.floats(n)?;
    let room = floats.saturating_sub(probe.independent_reals());
    let count = room / FLOATS_PER_ELLIPSE;
    if count == 0 {
        return Err(Error::invalid(
            "budget",
            format!("room for one ellipse beside the {} numbers of the background", probe.independent_reals()),
            format!("{floats} numbers"),
        ));
    }
    let side = fit_side(count, n);
    let unit = unit(field);
    let mut small = if side == n {
        field.to_vec()
    } else {
        let modes = Band::new(n).analyse(field, side / 2 - 1);
        Band::new(side).field(side / 2 - 1, |k| modes.at(k))
    };
    small.iter_mut().for_each(|w| *w /= unit);
    let mut ellipses = fit(make, &small, side, count, options.effort, progress)?;
    ellipses.iter_mut().for_each(|e| e.peak *= unit);
    let atoms = atoms(&ellipses, BOX / side as f64)?;
    let mut state = State::new(atoms, probe, options.meta);
    state.meta.n = n;
    state.background = crate::state::Background::zero(state.background.basis().clone());
    let window = Window::full(n as u32);
    let decode = |state: &State| compose::cpu::field::<f64>(&state.atoms, &state.background, &window);
    let decoded = decode(&state);
    let rest: Vec<f64> = field.iter().zip(&decoded).map(|(w, d)| w - d).collect();
    state.background = encoder.encode(&rest, &encoder.basis(&rest)?)?;
    let near = nearness(&decode(&state), field);
    let floats = state.atoms.len() * FLOATS_PER_ELLIPSE + state.background.independent_reals();
    Ok(Encoded { state, floats, rel_l2: near.rel_l2, corr: near.corr })
}

/// The power of two next to the root mean square of a field; 1 for one that is zero. The fit works in this unit, in
/// float32: no field is too weak or too strong for it, and to divide by it rounds nothing.
fn unit(field: &[f64]) -> f64 {
    let rms = (field.iter().map(|w| w * w).sum::<f64>() / field.len() as f64).sqrt();
    if rms.is_normal() { libm::exp2(libm::round(libm::log2(rms))) } else { 1.0 }
}

/// Ellipses of a field, lengths in cells.
fn fit(
    make: Maker<'_>,
    field: &[f64],
    n: usize,
    count: usize,
    effort: f64,
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Vec<Ellipse>> {
    let bounds = bounds(n);
    let rounds = (ROUNDS * effort.clamp(0.0, 100.0)).round() as usize;
    let total = SHARES.len() + rounds + 2;
    let mut taken = 0;
    let mut steps = |fit: &mut dyn Fitter, stage: &'static str| -> Result<()> {
        fit.steps(STEPS, GRADIENTS)?;
        taken += 1;
        let (done, atoms) = ((f64::from(taken) / total as f64).min(1.0), fit.ellipses().len());
        match progress(&Progress { done, stage, rel_l2: fit.rel_l2(), atoms }) {
            ControlFlow::Break(()) => Err(Error::Interrupted("the field was not encoded".into())),
            ControlFlow::Continue(()) => Ok(()),
        }
    };
    let mut fit = make(Samples::grid(field, n), count, bounds)?;
    let mut wanted = 0.0;
    for share in SHARES {
        wanted += share;
        let more = (wanted * count as f64).round() as usize - fit.ellipses().len();
        let mut all = fit.ellipses().to_vec();
        all.extend(seeds(&fit.gridded()?, n, more, bounds));
        fit.set(all)?;
        steps(fit.as_mut(), "sowing")?;
    }
    for _ in 0..rounds {
        let drop = ((EXCHANGE * count as f64).ceil() as usize + fit.ellipses().len()).saturating_sub(count);
        exchange(fit.as_mut(), n, drop, count, bounds, |fit| steps(fit, "exchanging"))?;
    }
    steps(fit.as_mut(), "refining")?;
    steps(fit.as_mut(), "refining")?;
    Ok(fit.ellipses().to_vec())
}

/// Gives the `drop` ellipses whose loss costs least for new ones where the residual on the `n x n` grid is
/// largest, `count` in all; undone where the misfit is larger after `settle`.
///
/// # Errors
/// What the fit or `settle` answers.
pub fn exchange(
    fit: &mut dyn Fitter,
    n: usize,
    drop: usize,
    count: usize,
    bounds: Bounds,
    mut settle: impl FnMut(&mut dyn Fitter) -> Result<()>,
) -> Result<()> {
    let before = (fit.rel_l2(), fit.ellipses().to_vec());
    let gains = fit.gains()?;
    let mut order: Vec<usize> = (0..gains.len()).collect();
    order.sort_by(|a, b| gains[*a].total_cmp(&gains[*b]).then(a.cmp(b)));
    let mut keep = order.split_off(drop.min(order.len()));
    keep.sort_unstable();
    let mut all: Vec<Ellipse> = keep.into_iter().map(|i| before.1[i]).collect();
    fit.set(all.clone())?;
    all.extend(seeds(&fit.gridded()?, n, count.saturating_sub(all.len()), bounds));
    fit.set(all)?;
    settle(fit)?;
    if fit.rel_l2() > before.0 {
        fit.set(before.1)?;
    }
    Ok(())
}

/// Bounds of a fit on an `n x n` grid: from what the grid shows to where a bell, which the fit follows as far as
/// [`REACH`], would meet its own image.
pub fn bounds(n: usize) -> Bounds {
    let images = 0.99 * EPS_MAX / BOX * n as f64;
    Bounds { least: 0.7, most: images.min(n as f64 / (2.0 * REACH)) }
}

/// Ellipses with lengths in cells of side `h` as atoms; those without strength are left out.
///
/// # Errors
/// [`Error::Invalid`] where one breaks an atom's invariants.
pub fn atoms(ellipses: &[Ellipse], h: f64) -> Result<Atoms> {
    let area = h * h;
    Atoms::try_from_iter(ellipses.iter().filter(|e| e.peak != 0.0).map(|e| {
        let (minor, major, angle) = e.axes();
        let gamma = BOX * minor * major * area * e.peak;
        let sign = if gamma < 0.0 { Sign::Minus } else { Sign::Plus };
        let at = glam::DVec2::from_array(e.center.map(|x| x * h));
        Atom::ellipse(sign, gamma.abs(), minor * h, major / minor, angle, at)
    }))
}

/// The other way: every supported ellipse and point as a Gaussian in cells of side `h`; `None` for a filament.
pub fn ellipse_of(atoms: &Atoms, i: usize, h: f64) -> Option<Ellipse> {
    let a = atoms.view();
    if a.topology[i] != crate::state::Topology::Point {
        return None;
    }
    let minor = a.eps[i] * a.core[a.segment_start[i]] / h;
    let major = minor * a.aspect[i];
    let gamma = if a.support[i] { a.sign[i].value() * a.gamma[i] } else { 0.0 };
    let peak = gamma / (BOX * minor * major * h * h);
    let at = a.vertex[a.start[i]];
    Some(Ellipse::from_axes(peak, [at.x / h, at.y / h], minor, major, a.angle[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(floats: usize) -> Options {
        let meta = Meta::default();
        Options { budget: Budget::Floats(floats), cuts: Options::least_cuts(), effort: 0.5, meta }
    }

    fn bells(n: usize) -> (Vec<Ellipse>, Vec<f64>) {
        let scale = n as f64 / 64.0;
        let bells: Vec<Ellipse> = (0..6)
            .map(|i| {
                let t = f64::from(i);
                let at = [(9.0 + 19.0 * t) % 64.0 * scale, (12.0 + 31.0 * t) % 64.0 * scale];
                let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
                Ellipse::from_axes(sign * (1.0 + 0.2 * t), at, 2.0 * scale, (2.5 + 0.8 * t) * scale, t)
            })
            .collect();
        let atoms = atoms(&bells, BOX / n as f64).unwrap();
        let field = compose::cpu::field(&atoms, &crate::state::Background::empty(), &Window::full(n as u32));
        (bells, field)
    }

    #[test]
    fn bells_are_found_again() {
        let (_, field) = bells(64);
        let found = encode(&field, 64, &options(6 * 6 + 9), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!((found.state.atoms.len(), found.floats), (6, 45));
        assert!(found.rel_l2 < 0.01 && found.corr > 0.9999, "{} {}", found.rel_l2, found.corr);
        let again = encode(&field, 64, &options(6 * 6 + 9), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(found.state, again.state);
    }

    #[test]
    fn a_larger_field_of_the_same_flow_gives_the_same_quality() {
        let quality =
            |n: usize| encode(&bells(n).1, n, &options(45), &mut |_| ControlFlow::Continue(())).unwrap().rel_l2;
        assert!((quality(128) - quality(256)).abs() < 1e-3);
    }

    #[test]
    fn a_field_in_other_units_has_the_same_atoms() {
        let (_, field) = bells(64);
        let of = |scale: f64| {
            let field: Vec<f64> = field.iter().map(|w| w * scale).collect();
            encode(&field, 64, &options(6 * 6 + 9), &mut |_| ControlFlow::Continue(())).unwrap()
        };
        let one = of(1.0);
        // A power of two changes no bit but the exponents.
        for scale in [-17, 20, 66].map(|k| 2.0_f64.powi(k)) {
            for (a, b) in one.state.atoms.iter().zip(of(scale).state.atoms.iter()) {
                assert_eq!((a.gamma * scale, a.eps, a.vertices), (b.gamma, b.eps, b.vertices));
            }
        }
        // Other factors round the numbers of the fit otherwise, which is float32.
        for scale in [1e-5, 1e6, 1e20] {
            let other = of(scale);
            assert_eq!(other.state.atoms.len(), one.state.atoms.len(), "{scale:e}");
            assert!((other.rel_l2 / one.rel_l2 - 1.0).abs() < 0.01, "{scale:e}: {} {}", other.rel_l2, one.rel_l2);
            for (a, b) in one.state.atoms.iter().zip(other.state.atoms.iter()) {
                assert!((b.gamma / (a.gamma * scale) - 1.0).abs() < 0.02, "{scale:e}: {} {}", a.gamma, b.gamma);
                assert!(a.vertices[0].distance(b.vertices[0]) < 0.02 && (a.eps / b.eps - 1.0).abs() < 0.02);
            }
        }
    }

    #[test]
    fn an_ellipse_survives_the_way_to_an_atom_and_back() {
        let (bells, _) = bells(64);
        let h = BOX / 64.0;
        let atoms = atoms(&bells, h).unwrap();
        for (i, e) in bells.iter().enumerate() {
            let back = ellipse_of(&atoms, i, h).unwrap();
            assert!((back.peak - e.peak).abs() < 1e-12);
            assert!(back.covariance.iter().zip(&e.covariance).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn it_stops_when_told_and_refuses_what_cannot_be() {
        let (_, field) = bells(64);
        let mut calls = 0;
        let stopped = encode(&field, 64, &options(45), &mut |_| {
            calls += 1;
            if calls == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(Error::Interrupted(_))) && calls == 3);
        for floats in [3, 10, 64 * 64 + 1] {
            let refused = encode(&field, 64, &options(floats), &mut |_| ControlFlow::Continue(()));
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{floats}");
        }
        let zero = encode(&vec![0.0; 4096], 64, &options(45), &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(zero.state.atoms.is_empty());
    }
}
