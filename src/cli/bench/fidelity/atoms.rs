//! Atoms as the tables see them: encoded, and carried on.

use std::ops::ControlFlow;

use crate::{
    cli::fitting::encode_at,
    encode::{Budget, Options},
    error::{Error, Result},
    lab::Place,
    math::{Nearness, nearness},
    params::{Kernel, Most, Params},
    sim::{self, CpuSim, Simulator},
    state::{Meta, State},
};

/// Steps of 0.01 in a unit of time.
const STEPS: u64 = 100;
/// Steps between two words of progress.
const BLOCK: u64 = 5;

/// A field as a state.
pub struct Encoded {
    pub state: State,
    pub floats: usize,
    pub near: Nearness,
    /// Decoded on the nodes of the field.
    pub field: Vec<f64>,
}

/// Encodes within a number of floats; `tell` is told the share that is done.
///
/// # Errors
/// What `tell` returns, and what the encoder meets.
pub fn encode(
    place: &Place,
    omega: &[f64],
    n: usize,
    floats: usize,
    tell: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Encoded> {
    let meta = Meta { n, ..Meta::default() };
    let options = Options { budget: Budget::Floats(floats), cuts: Options::least_cuts(), effort: 1.0, meta };
    let mut stopped = None;
    let encoded = encode_at(place, omega, n, &options, &mut |progress| match tell(progress.done) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            stopped = Some(error);
            ControlFlow::Break(())
        }
    });
    let encoded = match (encoded, stopped) {
        (_, Some(error)) | (Err(error), None) => return Err(error),
        (Ok(encoded), None) => encoded,
    };
    let field = sim::decode(&encoded.state, n as u32);
    Ok(Encoded { near: nearness(&field, omega), floats: encoded.state.floats(), state: encoded.state, field })
}

/// A state under way, where it was encoded.
pub struct Moving {
    sim: Box<dyn Simulator>,
    n: u32,
}

/// A moment of it.
pub struct Now {
    pub field: Vec<f64>,
    pub atoms: usize,
    pub vertices: usize,
    pub floats: usize,
    /// Short-lived parcels that carried the atoms since the moment before; `None` where there were none.
    pub pieces: Option<usize>,
}

impl Moving {
    /// Begins.
    ///
    /// # Errors
    /// What the simulator refuses.
    pub fn start(place: &Place, encoded: &Encoded, n: usize) -> Result<Self> {
        let (state, basis) = (&encoded.state, encoded.state.background.basis());
        let params = Params {
            n: n as u32,
            dt: state.meta.dt,
            nu: state.meta.nu,
            kernel: Kernel::Galerkin,
            k_cut: basis.k_cut(),
            resid_mid_cut: basis.resid_mid_cut(),
            topk_mid: basis.topk_mid(),
            tracers: 0,
            // As many as a window on a hardware GPU has: 128 a side lose what 10 % of the floats hold.
            parcels: Most::Side(512),
            ..Params::default()
        };
        let n = u32::try_from(n).map_err(|_| Error::invalid("N", "a grid that is decoded", n))?;
        let sim: Box<dyn Simulator> = match place {
            Place::Cpu => Box::new(CpuSim::new(state, &params)?),
            #[cfg(feature = "gpu")]
            Place::Device(context) => Box::new(sim::GpuSim::new(context, state, &params)?),
        };
        Ok(Self { sim, n })
    }

    /// One unit of time further.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn advance(&mut self, tell: &mut dyn FnMut(f64) -> Result<()>) -> Result<Now> {
        let mut pieces = 0;
        for done in (0..STEPS).step_by(BLOCK as usize) {
            tell(done as f64 / STEPS as f64)?;
            self.sim.advance(BLOCK)?;
            pieces = pieces.max(self.sim.parcels());
        }
        let (state, field) = (self.sim.snapshot()?, self.sim.decode(self.n)?);
        Ok(Now {
            field: field.into_iter().map(f64::from).collect(),
            atoms: state.atoms.len(),
            vertices: state.atoms.vertex_count(),
            floats: state.floats(),
            pieces: Some(pieces).filter(|count| *count > 0),
        })
    }
}
