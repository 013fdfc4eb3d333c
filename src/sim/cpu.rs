//! The CPU backend: f64 throughout, rayon inside the operators.

use glam::DVec2;

use super::{Simulator, in_stages, linear_factors, residual_fits};
use crate::{
    error::{Error, Result},
    math::Complex64,
    ops::{
        advect, atom_modes,
        biot_savart::{self, cpu::Target},
        core_spread,
        kernel_dense::cpu::Panels,
        kernel_galerkin::{self, cpu::Flow},
        kernel_linear, mode_velocity, quadrature, resample,
    },
    params::{Kernel, Params},
    state::{AtomsView, Background, Propagator, State},
};

/// A state that runs on the CPU.
pub struct CpuSim {
    state: State,
    params: Params,
    /// What moves `z` instead of the built-in linear factors.
    propagator: Option<Panels<f64>>,
}

impl CpuSim {
    /// From a prepared state.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a state or parameters that are not valid, or a residual basis that the kernel
    /// does not move.
    pub fn new(state: &State, params: &Params) -> Result<Self> {
        Self::with(state, params, None)
    }

    fn with(state: &State, params: &Params, propagator: Option<Panels<f64>>) -> Result<Self> {
        params.validate()?;
        state.validate()?;
        residual_fits(state, params, propagator.is_some())?;
        Ok(Self { state: state.clone(), params: *params, propagator })
    }

    /// From a prepared state whose background, not its atoms, moves by `z' = z A` under the linear kernel.
    pub fn with_propagator(state: &State, params: &Params, propagator: &Propagator) -> Result<Self> {
        propagator.fits(state.background.basis())?;
        Self::with(state, params, Some(Panels::new(propagator.side(), propagator.matrix())))
    }

    /// The state itself.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The background after a step of the propagator.
    fn propagated(&self, propagator: &Panels<f64>) -> Result<Background> {
        let (z, mut next) = (self.state.background.to_z(), vec![0.0; propagator.side()]);
        propagator.step(&z, &mut next, 1);
        Background::from_z(self.state.background.basis().clone(), &next)
            .map_err(|error| Error::Run(format!("step {}: {error}; the state before it is kept", self.state.step + 1)))
    }

    fn one_step(&mut self) -> Result<()> {
        let params = self.params;
        let basis = self.state.background.basis().clone();
        let background = !self.state.background.is_zero();
        let staged = background && in_stages(params.kernel);
        let dense = self.state.background.dense();
        let mask = self.state.background.dense_mask();

        // One flat vector: places, then modes.
        let count = self.state.atoms.vertex_count();
        let mut y: Vec<f64> = self.state.atoms.view().vertex.iter().flat_map(|v| v.to_array()).collect();
        if background {
            y.extend(dense.iter().flat_map(|c| [c.re, c.im]));
        }
        let view = self.state.atoms.view();
        advect::cpu::step(params.integrator, &mut y, params.dt, |y| {
            let (places, modes) = split(y, count);
            let blobs = quadrature::cpu::blobs(view, &places);
            let mut slope = biot_savart::cpu::velocity(&targets(view, &places), &blobs);
            if background {
                let flow = mode_velocity::cpu::velocity(&places, &modes, basis.radius());
                for (a, b) in slope.iter_mut().zip(flow) {
                    *a = [a[0] + b[0], a[1] + b[1]];
                }
            }
            let mut dy: Vec<f64> = slope.iter().flat_map(|s| [s[0] + params.drift_x, s[1] + params.drift_y]).collect();
            if staged {
                let atoms = (!blobs.is_empty()).then(|| atom_modes::cpu::amplitudes(&blobs, 2 * basis.radius()));
                let flow = Flow { atoms: atoms.as_deref(), drift: [params.drift_x, params.drift_y], nu: params.nu };
                let rate = kernel_galerkin::cpu::slope(&modes, &mask, basis.radius(), &flow);
                dy.extend(rate.iter().flat_map(|c| [c.re, c.im]));
            } else {
                dy.resize(y.len(), 0.0);
            }
            dy
        });
        if let Some(bad) = y.iter().position(|x| !x.is_finite()) {
            let what = if bad < 2 * count { "a vertex" } else { "a mode" };
            return Err(Error::Run(format!(
                "step {}: {what} is no longer finite; the state before it is kept: lower dt (now {})",
                self.state.step + 1,
                params.dt
            )));
        }
        let next = match &self.propagator {
            Some(propagator) if params.kernel == Kernel::Linear => Some(self.propagated(propagator)?),
            _ => None,
        };
        let (places, mut modes) = split(&y, count);
        for (v, p) in self.state.atoms.vertices_mut().iter_mut().zip(places) {
            *v = DVec2::from_array(p);
        }
        self.state.atoms.follow_nearest();
        core_spread::cpu::spread(&mut self.state.atoms, params.nu, params.dt);
        if let Some(next) = next {
            self.state.background = next;
        } else if background {
            if params.kernel == Kernel::Linear {
                kernel_linear::cpu::step(&mut modes, &linear_factors(&self.state.background, &params));
            }
            if params.kernel != Kernel::Frozen {
                self.state.background.set_dense(&modes);
            }
        }
        self.state.step += 1;
        self.state.time += params.dt;
        if params.resample == 1 && self.state.step.is_multiple_of(resample::EVERY) {
            let round = (self.state.step / resample::EVERY % 2) as u32;
            let next = resample::cpu::pass(&self.state.atoms, params.segment_bound, round, true)?;
            self.state.atoms = if next.vertex_count() <= params.max_vertices as usize {
                next
            } else {
                resample::cpu::pass(&self.state.atoms, params.segment_bound, round, false)?
            };
        }
        Ok(())
    }
}

/// Places of `count` vertices and the modes behind them.
fn split(y: &[f64], count: usize) -> (Vec<[f64; 2]>, Vec<Complex64>) {
    let places = y[..2 * count].chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    let modes = y[2 * count..].chunks_exact(2).map(|p| Complex64::new(p[0], p[1])).collect();
    (places, modes)
}

/// Every vertex asks with its own core.
pub(crate) fn targets<R: crate::math::Real>(atoms: AtomsView<'_>, places: &[[R; 2]]) -> Vec<Target<R>> {
    let mut targets = Vec::with_capacity(places.len());
    for i in 0..atoms.gamma.len() {
        let last = atoms.segment_start[i + 1] - 1;
        for (v, place) in places[atoms.start[i]..atoms.start[i + 1]].iter().enumerate() {
            let eps = atoms.eps[i] * atoms.core[(atoms.segment_start[i] + v).min(last)];
            targets.push(Target { x: *place, eps2: R::of(eps * eps) });
        }
    }
    targets
}

impl Simulator for CpuSim {
    fn advance(&mut self, steps: u64) -> Result<()> {
        (0..steps).try_for_each(|_| self.one_step())
    }

    fn decode(&mut self, n: u32) -> Result<Vec<f32>> {
        Ok(super::decode(&self.state, n).iter().map(|w| *w as f32).collect())
    }

    fn snapshot(&mut self) -> Result<State> {
        Ok(self.state.clone())
    }

    fn time(&self) -> f64 {
        self.state.time
    }

    fn step(&self) -> u64 {
        self.state.step
    }
}
