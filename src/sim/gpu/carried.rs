//! Ellipses on the device: parcels carry them, and they ride along for the picture.

use glam::DVec2;

use super::{FieldTarget, background::Squares};
use crate::{
    encode::{Bounds, Fitter, Warm, on_cpu, on_device_warm},
    error::Result,
    gpu::{Context, Dispatch, ticket::items},
    math::to_turns,
    ops::{
        buffers::AtomBuffers,
        compose,
        ellipse_fit::Samples,
        parcels::{
            Ridden,
            cpu::on_nodes,
            gpu::{Backgrounds, Passes, places},
        },
        raster,
        window::Window,
    },
    params::{Integrator, Params},
    sim::cycle::{Cycle, Ended, acting},
    state::{Atoms, Lattice, State},
};

/// What the passes of a cycle depend on, beside numbers: where all of it is the same, they serve another cycle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    side: usize,
    scheme: Integrator,
    /// Whether there are atoms that parcels do not carry.
    free: bool,
    /// Whether there is a background that is awake.
    awake: bool,
    /// Whether parcels carry it.
    background: bool,
}

impl Kind {
    /// Of a cycle of these atoms.
    pub fn of(atoms: &Atoms, cycle: &Cycle, scheme: Integrator, awake: bool) -> Self {
        let free = acting(atoms, Some(cycle)).into_iter().any(|acts| acts);
        Self { side: cycle.parcels.side(), scheme, free, awake, background: cycle.carries_background() }
    }
}

/// A cycle that runs on the device.
pub(super) struct Carried {
    /// What the host knows of it: the parcels' values and the ellipses at the start.
    pub cycle: Cycle,
    kind: Kind,
    passes: Passes,
    others: Option<Others>,
    /// Between steps, and before a remesh.
    ride: [Dispatch; 2],
}

/// What is not carried, as the parcels see it: its vorticity on the nodes of their lattice, with the modes of
/// even and of odd stages.
struct Others {
    segments: Dispatch,
    targets: [FieldTarget; 2],
}

impl Others {
    /// `free` where there are atoms that parcels do not carry.
    fn new(context: &Context, b: &AtomBuffers, background: Option<&Squares>, side: u32, free: bool) -> Result<Self> {
        let target = |stage: usize| {
            let modes = background.map(|b| b.stage(stage));
            let mut target = FieldTarget::new(context, b, modes, Window::full(side))?;
            // The mean makes no velocity.
            target.without_parcels(context);
            if !free {
                target.choose(context, compose::BACKGROUND);
            }
            target.set(context, 0.0, true);
            Ok(target)
        };
        Ok(Self { segments: raster::gpu::segments(context, b, true)?, targets: [target(0)?, target(1)?] })
    }
}

impl Carried {
    /// Uploads a cycle of these atoms. `background` is one that is awake.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn new(
        context: &Context,
        b: &AtomBuffers,
        background: Option<&Squares>,
        scheme: Integrator,
        atoms: &Atoms,
        cycle: Cycle,
    ) -> Result<Self> {
        let side = cycle.parcels.side() as u32;
        let modes = background.map(Squares::atom_amplitudes);
        let kind = Kind::of(atoms, &cycle, scheme, background.is_some());
        // A background that is carried pushes nothing by itself, and pictures draw it apart from the parcels.
        let (background, taken) = match cycle.carries_background() {
            true => (None, background),
            false => (background, None),
        };
        let others = (kind.free || background.is_some())
            .then(|| Others::new(context, b, background, side, kind.free))
            .transpose()?;
        let fields: Vec<&wgpu::Buffer> = others.iter().flat_map(|o| &o.targets).map(FieldTarget::field).collect();
        let taken = taken.map(Squares::decoded);
        let mut passes = Passes::new(context, b, side, scheme, Backgrounds { modes, taken }, &fields)?;
        passes.begin(context, cycle.parcels.values(), cycle.parcels.places());
        let ride = passes.ride(context, b, &ridden(atoms, &cycle))?;
        Ok(Self { cycle, kind, passes, others, ride })
    }

    /// What its passes depend on.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The same buffers and passes with another cycle of the same kind.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn with(mut self, context: &Context, b: &AtomBuffers, atoms: &Atoms, cycle: Cycle) -> Result<Self> {
        match self.cycle.pace.is_whole() && cycle.pace.is_whole() {
            // They stand on the nodes already.
            true => self.passes.carry(context, cycle.parcels.values()),
            false => self.passes.begin(context, cycle.parcels.values(), cycle.parcels.places()),
        }
        self.ride = self.passes.ride(context, b, &ridden(atoms, &cycle))?;
        Ok(Self { cycle, ..self })
    }

    /// Whether the parcels are shown and stand for all atoms: from the first step of a cycle on.
    pub fn shows_all(&self) -> bool {
        !self.kind.free && self.cycle.pace.steps() > 0
    }

    /// The scheme whose stages it has.
    pub fn scheme(&self) -> Integrator {
        self.kind.scheme
    }

    /// Live numbers.
    pub fn set(&mut self, context: &Context, params: &Params) {
        let steps = f64::from(self.cycle.pace.remesh_every().unwrap_or(0));
        self.passes.set(context, params.dt, [params.drift_x, params.drift_y], params.nu * params.dt * steps);
    }

    /// Whether parcels carry every atom: then no vertex has a velocity of its own.
    pub fn alone(&self) -> bool {
        self.cycle.carries_all()
    }

    /// The velocity of the parcels and what they do to the vertices at stage `s`, where any moves by it; `modes` is the
    /// stage whose modes the background has then. The sum of the atoms alone must be there.
    pub fn velocity(&self, s: usize, modes: usize) -> impl Iterator<Item = &Dispatch> {
        let which = modes % 2;
        let others = self.others.iter().flat_map(move |others| {
            [&others.segments]
                .into_iter()
                .chain(others.targets[which].passes())
                .chain(self.passes.velocity_of_others(which))
        });
        self.passes.velocity(s).chain((!self.alone()).then(|| self.passes.push(s))).chain(others)
    }

    /// The ellipses where their parcels are, after a step in which no vertex moved by itself.
    pub fn follow(&self) -> Option<&Dispatch> {
        self.alone().then_some(&self.ride[0])
    }

    /// What the parcels, as they stand between steps, do to the vertices; then the same at other places.
    pub fn at_vertices(&self) -> [Vec<&Dispatch>; 2] {
        let push = self.passes.push(0);
        [self.passes.velocity(0).chain([push]).collect(), vec![push]]
    }

    /// Moves the parcels on at the end of stage `s`.
    pub fn move_on(&self, s: usize) -> &Dispatch {
        self.passes.move_on(s)
    }

    /// The ellipses where their parcels are, and the parcels' vorticity for pictures.
    pub fn show(&self) -> impl Iterator<Item = &Dispatch> {
        [&self.ride[0]].into_iter().chain(self.passes.show())
    }

    /// The same, submitted on its own.
    pub fn show_now(&self, context: &Context) {
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.show().for_each(|d| d.encode(&mut pass));
        drop(pass);
        context.queue.submit([encoder.finish()]);
    }

    /// New parcels on the nodes, the ellipses having ridden to where they are.
    pub fn remesh(&self) -> impl Iterator<Item = &Dispatch> {
        [&self.ride[1]].into_iter().chain(self.passes.remesh())
    }

    /// Buffers that hold what the parcels carry, and where they are.
    pub fn sources(&self) -> [&wgpu::Buffer; 3] {
        [self.passes.values(), self.passes.start(), self.passes.winding()]
    }

    /// The first of them.
    pub fn values(&self) -> &wgpu::Buffer {
        self.passes.values()
    }

    /// Buffers of the velocities that move the parcels, pairs on the nodes: their own, and that of the others where
    /// there are any.
    pub fn grids(&self) -> impl Iterator<Item = &wgpu::Buffer> {
        [self.passes.grid()].into_iter().chain(self.others.is_some().then(|| self.passes.grid_of_others()))
    }

    /// Bytes of its buffers.
    pub fn bytes(&self) -> u64 {
        self.passes.bytes() + self.others.iter().flat_map(|o| &o.targets).map(FieldTarget::bytes).sum::<u64>()
    }
}

/// Compiles what cycles on a lattice of this side need as soon as a background that they carry wakes.
///
/// # Errors
/// Where a shader does not compile.
pub(super) fn foresee(context: &Context, side: u32, background: &Squares) -> Result<()> {
    Passes::foresee(context, side, [background.atom_amplitudes().1, background.decoded().1])
}

/// Puts the parcels of a cycle where the device had them: copies of [`Carried::sources`], of the values alone where they
/// stand on the nodes.
pub(super) fn take(cycle: &mut Cycle, values: &[u8], moved: Option<[&[u8]; 2]>, riding: &Atoms) {
    let places = match moved {
        Some([start, winding]) => places(&items(start, usize::MAX), &items(winding, usize::MAX), cycle.parcels.side()),
        None => cycle.parcels.nodes(),
    };
    cycle.take(places, items(values, usize::MAX), riding);
}

/// Parcels of a copy of [`AtomBuffers::shown`], and the atoms that rode on them; `None` where none were shown.
pub(super) fn lattice(shown: &[u8], atoms: &Atoms) -> Option<Lattice> {
    let shown: Vec<u32> = items(shown, usize::MAX);
    let side = *shown.first()? as usize;
    let splines: Vec<f32> = shown.get(4..4 + side * side)?.iter().map(|bits| f32::from_bits(*bits)).collect();
    (side > 0).then(|| Lattice { side, values: on_nodes(&splines, side), atoms: atoms.clone() })
}

/// The state at the end of a cycle, `now` being how it rides. Refits run on the device where it is hardware, beside a software adapter on the
/// CPU, which is faster then. What a device cannot fit is an error: work that was to run there never moves
/// elsewhere in silence.
///
/// # Errors
/// As [`Cycle::end`].
pub(super) fn end(context: &Context, warm: &Warm, cycle: &Cycle, now: &State) -> Result<Ended> {
    if context.report.software {
        return cycle.end(&on_cpu, now, cycle.budget());
    }
    let make = |samples: Samples, room: usize, bounds: Bounds| -> Result<Box<dyn Fitter>> {
        on_device_warm(context, warm, samples, room, bounds)
    };
    cycle.end(&make, now, cycle.budget())
}

/// Atoms as they ride; the numbers of those that are not carried are never read.
fn ridden(atoms: &Atoms, cycle: &Cycle) -> Vec<Ridden> {
    let a = atoms.view();
    let one = |i: usize| {
        if !cycle.carries(i) {
            return Ridden::default();
        }
        let (at, axis) = (a.vertex[a.start[i]], DVec2::from_angle(a.angle[i]));
        let minor = a.eps[i] * a.core[a.segment_start[i]];
        let half = |v: DVec2| v.to_array().map(|x| x as f32);
        // As the device has it in fixed point.
        let core = (minor * minor) as f32;
        Ridden {
            place: [to_turns(at.x).0, to_turns(at.y).0],
            major: half(axis * (minor * a.aspect[i])),
            minor: half(axis.perp() * minor),
            core,
            pad0: 0.0,
        }
    };
    (0..atoms.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        encode::ellipse_of,
        math::{BOX, nearest},
        params::Params,
        sim::{GpuSim, Simulator},
        state::{Atom, Background, Meta, Sign, State},
    };

    /// Who turns a threshold sees what it does after `mdl_every` steps, however long the cycle is.
    #[test]
    fn gpu_a_turned_threshold_ends_a_long_cycle() {
        let ellipse = |gamma, at: [f64; 2]| Atom::ellipse(Sign::Plus, gamma, 0.25, 1.6, 0.4, DVec2::from_array(at));
        let atoms = [ellipse(2.0, [2.0, 3.0]), ellipse(1e-3, [4.9, 3.1])];
        let state = State::new(Atoms::try_from_iter(atoms).unwrap(), Background::empty(), Meta::default());
        let params = Params {
            dt: 0.002,
            mdl: crate::params::Switch::On,
            mdl_every: 5,
            gamma_min: 0.0,
            c_atom: 0.0,
            c_vertex: 0.0,
            tracers: 0,
            n: 16,
            ..Params::default()
        };
        let mut sim = GpuSim::new(&Context::headless(None).unwrap(), &state, &params).unwrap();
        sim.advance(12).unwrap();
        assert_eq!(sim.between.ledger().passes(), 0, "passes wait for the end of the cycle");
        // Numbers that passes do not read end nothing.
        sim.set_params(&Params { nu: 1e-6, ..params });
        sim.advance(1).unwrap();
        assert_eq!(sim.between.ledger().passes(), 0);
        let turned = Params { c_atom: 300.0, gamma_min: 0.1, ..params };
        sim.set_params(&turned);
        sim.advance(1).unwrap();
        assert_eq!(sim.between.ledger().passes(), 1);
        // The next cycle is young: the pass comes with the fifth step of it.
        sim.set_params(&Params { c_atom: 200.0, ..turned });
        sim.advance(4).unwrap();
        assert!(sim.between.ledger().passes() <= 2);
        sim.advance(2).unwrap();
        assert_eq!(sim.between.ledger().passes(), 2);
        sim.advance(20).unwrap();
        assert_eq!(sim.between.ledger().passes(), 2, "one turn ends one cycle");
    }

    /// Where parcels stand for every atom, a decode without the raster is the decode with it; where atoms move beside
    /// them, or before the first step, the raster stays.
    #[test]
    fn gpu_no_raster_is_needed_where_parcels_stand_for_every_atom() {
        let ellipse = |sign, at: [f64; 2]| Atom::ellipse(sign, 2.0, 0.25, 1.6, 0.4, DVec2::from_array(at));
        let both = [ellipse(Sign::Plus, [2.6, 3.0]), ellipse(Sign::Minus, [3.9, 3.1])];
        let point = Atom::point(Sign::Plus, 0.5, 0.2, DVec2::new(1.0, 5.0));
        let params =
            Params { dt: 0.02, refit_every: crate::params::Every::Steps(100), tracers: 0, n: 32, ..Params::default() };
        let context = Context::headless(None).unwrap();
        let decode = |sim: &mut GpuSim, spare: bool| {
            let mut encoder = context.device.create_command_encoder(&Default::default());
            match spare {
                true => sim.encode_decode(&mut encoder),
                false => {
                    sim.views.view.parcels_alone(&context, false);
                    let mut pass = encoder.begin_compute_pass(&Default::default());
                    [&sim.views.segments].into_iter().chain(sim.views.view.passes()).for_each(|d| d.encode(&mut pass));
                }
            }
            context.queue.submit([encoder.finish()]);
            sim.views.view.read(&context).unwrap()
        };
        for (atoms, alone) in [(both.to_vec(), true), ([both.to_vec(), vec![point]].concat(), false)] {
            let state = State::new(Atoms::try_from_iter(atoms).unwrap(), Background::empty(), Meta::default());
            let mut sim = GpuSim::new(&context, &state, &params).unwrap();
            let rasters = |sim: &GpuSim| sim.views.view.passes().any(|d| d.label() == "raster");
            decode(&mut sim, true);
            assert!(rasters(&sim), "before a step the atoms are shown");
            sim.advance(3).unwrap();
            let spared = decode(&mut sim, true);
            assert_eq!(rasters(&sim), !alone);
            assert!(spared.iter().any(|w| w.abs() > 1.0));
            assert_eq!(spared, decode(&mut sim, false));
        }
    }

    /// The shape of an ellipse that rides is that which the affine map of its parcels gives it.
    #[test]
    fn gpu_ellipses_ride_where_their_parcels_go() {
        let ellipse = |sign, at: [f64; 2], angle| Atom::ellipse(sign, 2.0, 0.25, 1.6, angle, DVec2::from_array(at));
        let atoms = [ellipse(Sign::Plus, [2.6, 3.0], 0.4), ellipse(Sign::Minus, [3.9, 3.1], 2.0)];
        let state = State::new(Atoms::try_from_iter(atoms).unwrap(), Background::empty(), Meta::default());
        let params =
            Params { dt: 0.02, refit_every: crate::params::Every::Steps(100), tracers: 0, n: 16, ..Params::default() };
        let mut sim = GpuSim::new(&Context::headless(None).unwrap(), &state, &params).unwrap();
        sim.advance(15).unwrap();
        let copied = sim.held.read(crate::sim::gpu::copies::Parcels::Whole, None).unwrap();
        let (riding, cycle) = (copied.state, copied.cycle.unwrap());
        let h = BOX / cycle.parcels.side() as f64;
        for (i, exact) in cycle.ellipses_now().iter().enumerate() {
            let (start, now) = (ellipse_of(&state.atoms, i, h).unwrap(), ellipse_of(&riding.atoms, i, h).unwrap());
            let moved = |e: &crate::ops::ellipse_fit::Ellipse| {
                [0, 1].map(|k| nearest(h * (e.center[k] - start.center[k]))).iter().map(|d| d * d).sum::<f64>().sqrt()
            };
            assert!(moved(exact) > 0.05 && (moved(exact) - moved(&now)).abs() < 0.01, "{exact:?} {now:?}");
            for k in 0..3 {
                let [was, is, should] = [start, now, *exact].map(|e| e.covariance[k]);
                assert!(
                    (is - should).abs() < 0.15 * exact.covariance[0].max(exact.covariance[2]),
                    "{was} {is} {should}"
                );
            }
        }
    }
}
