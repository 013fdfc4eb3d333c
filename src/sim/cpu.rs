//! The CPU backend: f64 throughout, rayon inside the operators.

mod flow;

use glam::DVec2;

pub(crate) use flow::targets;
pub(super) use flow::{Moving, velocity};
use flow::{ParcelFlow, add, through};

use super::{
    Simulator, cores,
    cycle::{Cycle, acting, pass, pass_is_due, too_fast},
    forced, in_stages, linear_factors, residual_fits,
    rows::{join, joins},
};
use crate::{
    encode::on_cpu,
    error::{Error, Result},
    math::{BOX, Complex64},
    ops::{
        advect, atom_modes,
        biot_savart::cpu::Target,
        core_spread,
        kernel_dense::cpu::Panels,
        kernel_galerkin::{self, cpu::Flow},
        kernel_linear,
        mesh::{self, Pyramid, cpu::Mesh},
        mode_velocity, quadrature, resample,
        stretch::{self, stretches, twists},
    },
    params::{Kernel, Params, Switch},
    state::{AtomsView, Background, Ledger, Propagator, State},
};

/// A state that runs on the CPU.
pub struct CpuSim {
    state: State,
    params: Params,
    /// What moves `z` instead of the built-in linear factors.
    propagator: Option<Panels<f64>>,
    /// The grids of the velocity, where it goes through one.
    mesh: Option<Mesh<f64>>,
    /// What carries the ellipses.
    cycle: Option<Cycle>,
    /// What passes and the transport changed.
    ledger: Ledger,
}

/// Largest side of a mesh here.
const MOST: usize = 512;

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
        let mut ledger = Ledger::new(&state.atoms);
        ledger.follow_proxy(params.alpha != 0.0);
        let cycle = state.parcels.as_ref().and_then(|_| Cycle::of(state, params, true));
        let state = State { parcels: None, ..state.clone() };
        Ok(Self { state, params: *params, propagator, mesh: None, cycle, ledger })
    }

    /// From a prepared state whose background, not its atoms, moves by `z' = z A` under the linear kernel.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a matrix that does not fit the background's basis, and what a state or parameters out
    /// of range give.
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

    /// Chooses the mesh of the next step, or the direct sum.
    fn plan(&mut self) {
        let choice = chosen(&self.state, &self.params);
        if choice.as_ref() != self.mesh.as_ref().map(Mesh::pyramid) {
            self.mesh = choice.map(Mesh::new);
        }
    }

    /// The state with its ellipses where the parcels are now.
    fn seen(&self) -> Result<State> {
        match &self.cycle {
            Some(cycle) => Ok(cycle.end(&on_cpu, &self.state, cycle.budget())?.state),
            None => Ok(self.state.clone()),
        }
    }

    /// Refits the ellipses after step `step`, for the ledger too.
    fn refit(&mut self, cycle: &Cycle, step: u64) -> Result<()> {
        let ended = cycle.end(&on_cpu, &self.state, cycle.budget())?;
        if let Some(change) = forced::refit(step, &self.state.atoms, &ended, &self.params) {
            self.ledger.enter(&change);
        }
        self.state = ended.state;
        Ok(())
    }

    /// Shear across every segment in the flow as it is, from the velocity at the probes.
    fn shear(&self, modes: &[Complex64], carried: Option<&mut Cycle>) -> Vec<f64> {
        let (view, radius) = (self.state.atoms.view(), self.state.background.basis().radius());
        let alone = acting(&self.state.atoms, carried.as_deref());
        let view = AtomsView { support: &alone, ..view };
        let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
        let probes = stretch::cpu::probes(view, &places);
        let asking: Vec<Target<f64>> = probes.iter().flat_map(|probes| targets(view, probes)).collect();
        let mut velocity = through(&self.mesh, &asking, &quadrature::cpu::blobs(view, &places));
        let probes = probes.concat();
        let whole = carried.as_deref().is_some_and(Cycle::carries_background);
        if let Some(cycle) = carried {
            let (at, cells) = (cycle.parcels.places().to_vec(), cycle.parcels.side() as f64 / BOX);
            cycle.parcels.spread(&at);
            cycle.parcels.mesh().solve();
            let cores: Vec<_> = asking.iter().map(|t| (t.x.map(|x| x * cells), t.eps2.sqrt() * cells)).collect();
            add(&mut velocity, &cycle.parcels.mesh().over(&cores));
        }
        if !whole && !self.state.background.is_zero() {
            add(&mut velocity, &mode_velocity::cpu::velocity(&probes, modes, radius));
        }
        let (left, right) = velocity.split_at(places.len());
        stretch::cpu::shear(view, &places, left, right)
    }

    fn one_step(&mut self) -> Result<()> {
        self.plan();
        let params = self.params;
        if self.cycle.is_none() {
            self.cycle = Cycle::start(&self.state, &params, true);
        }
        if let Some(winding) = self.cycle.as_ref().and_then(|cycle| cycle.pace.too_fast(&params)) {
            return Err(too_fast(self.state.step + 1, winding));
        }
        let mut carried = self.cycle.take();
        let carries = carried.is_some();
        let basis = self.state.background.basis().clone();
        let background = !self.state.background.is_zero();
        // Parcels that carry the background push for it.
        let whole = carried.as_ref().is_some_and(Cycle::carries_background);
        let staged = background && in_stages(params.kernel);
        let dense = self.state.background.dense();
        let mask = self.state.background.dense_mask();

        // One flat vector: places, then modes.
        let count = self.state.atoms.vertex_count();
        let mut y: Vec<f64> = self.state.atoms.view().vertex.iter().flat_map(|v| v.to_array()).collect();
        if background {
            y.extend(dense.iter().flat_map(|c| [c.re, c.im]));
        }
        let places_and_modes = y.len();
        if let Some(cycle) = &carried {
            y.extend(cycle.parcels.places().iter().flatten());
        }
        // Parcels stand for the ellipses: only the other atoms induce by themselves.
        let alone = acting(&self.state.atoms, carried.as_ref());
        let view = AtomsView { support: &alone, ..self.state.atoms.view() };
        advect::cpu::step(params.integrator, &mut y, params.dt, |all| {
            let (y, parcels) = all.split_at(places_and_modes);
            let (places, modes) = split(y, count);
            let blobs: Vec<_> =
                quadrature::cpu::blobs(view, &places).into_iter().filter(|b| b.circulation != 0.0).collect();
            let mut slope = through(&self.mesh, &targets(view, &places), &blobs);
            let mut pushed = Vec::new();
            let mut parcel_modes = None;
            if let Some(cycle) = &mut carried {
                let flow = ParcelFlow { view, places: &places, modes: &modes, radius: basis.radius() };
                let wide = staged.then_some(2 * basis.radius());
                (pushed, parcel_modes) = flow.velocities(cycle, parcels, &mut slope, wide, background && !whole);
            }
            if background && !whole {
                let flow = mode_velocity::cpu::velocity(&places, &modes, basis.radius());
                for (a, b) in slope.iter_mut().zip(flow) {
                    *a = [a[0] + b[0], a[1] + b[1]];
                }
            }
            let mut dy: Vec<f64> = slope.iter().flat_map(|s| [s[0] + params.drift_x, s[1] + params.drift_y]).collect();
            if staged {
                let mut atoms = (!blobs.is_empty()).then(|| atom_modes::cpu::amplitudes(&blobs, 2 * basis.radius()));
                match (&mut atoms, parcel_modes) {
                    (Some(atoms), Some(more)) => atoms.iter_mut().zip(more).for_each(|(a, b)| *a += b),
                    (atoms, more) => *atoms = atoms.take().or(more),
                }
                let drift = [params.drift_x, params.drift_y];
                let flow = Flow { atoms: atoms.as_deref(), whole, drift, nu: params.nu };
                let rate = kernel_galerkin::cpu::slope(&modes, &mask, basis.radius(), &flow);
                dy.extend(rate.iter().flat_map(|c| [c.re, c.im]));
            } else {
                dy.resize(y.len(), 0.0);
            }
            // Parcels move in cells of their lattice.
            let cells = (pushed.len() as f64).sqrt() / BOX;
            dy.extend(pushed.iter().flat_map(|u| [cells * (u[0] + params.drift_x), cells * (u[1] + params.drift_y)]));
            dy
        });
        if let Some(bad) = y.iter().position(|x| !x.is_finite()) {
            let what = match bad {
                _ if bad < 2 * count => "a vertex",
                _ if bad < places_and_modes => "a mode",
                _ => "a parcel",
            };
            return Err(Error::Run(format!(
                "step {}: {what} is no longer finite; the state before it is kept",
                self.state.step + 1
            )));
        }
        // The rule of the device: what moves further has left what a step can say.
        let before = self.state.atoms.view().vertex.iter().flat_map(|v| v.to_array());
        if y.iter().zip(before).any(|(new, old)| (new - old).abs() >= 0.25 * BOX) {
            return Err(Error::Run(format!(
                "step {}: a vertex moved a quarter of the box in one step; the state before it is kept",
                self.state.step + 1
            )));
        }
        let next = match &self.propagator {
            Some(propagator) if params.kernel == Kernel::Linear => Some(self.propagated(propagator)?),
            _ => None,
        };
        if let Some(cycle) = &mut carried {
            cycle.parcels.move_to(y[places_and_modes..].chunks_exact(2).map(|p| [p[0], p[1]]).collect());
            cycle.pace.stepped(1, 2.0 * params.nu * params.dt);
            if cycle.pace.remesh_is_due() {
                cycle.remesh();
            }
        }
        let (places, mut modes) = split(&y[..places_and_modes], count);
        let moved = self.state.atoms.vertices_mut().iter_mut().zip(places).map(|(v, p)| {
            let before = std::mem::replace(v, DVec2::from_array(p));
            (*v - before).to_array()
        });
        let moved: Vec<[f64; 2]> = moved.collect();
        self.state.atoms.follow_nearest();
        if twists(&params) {
            let shear = self.shear(&modes, carried.as_mut());
            stretch::cpu::twist(&mut self.state.atoms, &shear, params.dt);
        }
        if stretches(&params) {
            let (thin, growth) = (params.stretch == Switch::On, 2.0 * params.nu * params.dt);
            let rule = stretch::cpu::Rule { thin, growth, eps_min: params.eps_min, alpha: params.alpha };
            stretch::cpu::stretch(&mut self.state.atoms, &moved, &rule);
        }
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
        let mut joined = false;
        match carried {
            Some(cycle) if cycle.left(&params) == 0 => {
                joined = pass_is_due(self.state.step + 1, Some(&cycle), &params);
                self.refit(&cycle, self.state.step + 1)?;
            }
            carried => self.cycle = carried,
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
        if joined || pass_is_due(self.state.step, self.cycle.as_ref(), &params) {
            // A pass edits ellipses, not parcels: it ends their cycle.
            if let Some(cycle) = self.cycle.take() {
                self.refit(&cycle, self.state.step)?;
            }
            let done = pass(&self.state, &params)?;
            let after = &done.state.atoms;
            self.ledger.record(&self.state.atoms, &done.events, after, after, done.report);
            self.state = done.state;
        }
        if self.cycle.is_none() && (carries || joins(self.state.step)) {
            join(&mut self.state, &params)?.iter().for_each(|joined| self.ledger.enter(&joined.change));
        }
        Ok(())
    }
}

/// The mesh that a step of a state takes here, `None` for the direct sum. The state alone decides.
pub(super) fn chosen(state: &State, params: &Params) -> Option<Pyramid> {
    let [targets, blobs] = cores(state, params);
    mesh::choose(params.velocity, &targets, &blobs, MOST)
}

/// Places of `count` vertices and the modes behind them.
fn split(y: &[f64], count: usize) -> (Vec<[f64; 2]>, Vec<Complex64>) {
    let places = y[..2 * count].chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    let modes = y[2 * count..].chunks_exact(2).map(|p| Complex64::new(p[0], p[1])).collect();
    (places, modes)
}

impl Simulator for CpuSim {
    fn parcels(&self) -> usize {
        self.cycle.as_ref().map_or(0, |cycle| cycle.parcels.places().len())
    }

    fn advance(&mut self, steps: u64) -> Result<()> {
        (0..steps).try_for_each(|_| self.one_step())
    }

    fn decode(&mut self, n: u32) -> Result<Vec<f32>> {
        Ok(super::decode(&self.seen()?, n).iter().map(|w| *w as f32).collect())
    }

    fn snapshot(&mut self) -> Result<State> {
        self.seen()
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.ledger)
    }

    fn time(&self) -> f64 {
        self.state.time
    }

    fn step(&self) -> u64 {
        self.state.step
    }
}
