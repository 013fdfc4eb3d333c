//! The background on the device, and the passes that move it and let it move the atoms.

use crate::{
    error::Result,
    gpu::{
        Context, Dispatch, Latest,
        buffer::{filled, storage},
        readback,
        ticket::first,
        upload,
    },
    math::Complex64,
    ops::{
        atom_modes,
        buffers::AtomBuffers,
        kernel_galerkin::gpu::{ModeBuffers, Stages},
        kernel_linear::gpu::Linear,
        mode_velocity,
    },
    params::{Integrator, Params},
    sim::shells,
    state::Background,
};

/// Hermitian squares of modes. Clones share them.
#[derive(Clone)]
pub struct Squares {
    radius: i32,
    start: wgpu::Buffer,
    /// Of even stages and of odd ones.
    stages: [wgpu::Buffer; 2],
    atom_amplitudes: wgpu::Buffer,
}

/// What the first stage of a step left on the device.
pub(in crate::sim) struct FirstStage {
    /// Amplitudes of the atoms for `ky >= 0`, twice the background's radius.
    pub atom_modes: Vec<[f32; 2]>,
    /// Slopes of the modes times the stage's share of dt.
    pub mode_slopes: Vec<[f32; 2]>,
}

impl Squares {
    /// What decode reads, and its radius.
    pub fn decoded(&self) -> (&wgpu::Buffer, i32) {
        (&self.start, self.radius)
    }

    /// The square that stage `s` reads, and its radius.
    pub fn stage(&self, s: usize) -> (&wgpu::Buffer, i32) {
        (&self.stages[s % 2], self.radius)
    }

    /// Amplitudes of the atoms at a stage, `ky >= 0`, and their radius.
    pub fn atom_amplitudes(&self) -> (&wgpu::Buffer, i32) {
        (&self.atom_amplitudes, 2 * self.radius)
    }
}

/// The background's modes and their passes.
pub struct DeviceBackground {
    squares: Squares,
    total: wgpu::Buffer,
    velocity: [Dispatch; 2],
    atom_modes: Vec<Dispatch>,
    galerkin: [Stages; 2],
    linear: [Linear; 2],
    back: Latest<Vec<[f32; 2]>>,
}

impl DeviceBackground {
    /// Uploads a background.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, atoms: &AtomBuffers, background: &Background) -> Result<Self> {
        let radius = background.basis().radius();
        let dense = narrow(background);
        let mask = filled(context, "mode mask", &background.dense_mask())?;
        let start = filled(context, "modes", &dense)?;
        let (even, odd) =
            (filled(context, "modes, even stages", &dense)?, filled(context, "modes, odd stages", &dense)?);
        let total = storage::<[f32; 2]>(context, "mode slopes", dense.len())?;
        let wide = 2 * radius as usize;
        let atom_amplitudes = storage::<[f32; 2]>(context, "atom modes", (wide + 1) * (2 * wide + 1))?;
        let modes = ModeBuffers {
            mask: &mask,
            start: &start,
            stage: [&even, &odd],
            total: &total,
            atom_amplitudes: &atom_amplitudes,
            radius,
        };
        let velocity = |stage| mode_velocity::gpu::pass(context, atoms, stage, radius);
        Ok(Self {
            velocity: [velocity(&even)?, velocity(&odd)?],
            atom_modes: atom_modes::gpu::passes(context, atoms, &atom_amplitudes, 2 * radius)?,
            galerkin: [Stages::new(context, &modes, Integrator::Rk2)?, Stages::new(context, &modes, Integrator::Rk4)?],
            linear: [Linear::new(context, &start, dense.len())?, Linear::new(context, &even, dense.len())?],
            back: Latest::default(),
            squares: Squares { radius, start, stages: [even, odd], atom_amplitudes },
            total,
        })
    }

    /// Live numbers of both kernels: whether there are atoms, and whether the amplitudes of these hold the background.
    pub fn set(&mut self, context: &Context, params: &Params, factors: &[Complex64], atoms: [bool; 2]) {
        let drift = [params.drift_x, params.drift_y];
        for stages in &mut self.galerkin {
            stages.set(context, params.dt, drift, params.nu, atoms);
        }
        let narrow: Vec<[f32; 2]> = factors.iter().map(|f| [f.re as f32, f.im as f32]).collect();
        for linear in &self.linear {
            linear.set(context, &narrow);
        }
    }

    /// Its modes alone.
    pub fn modes(&self) -> &Squares {
        &self.squares
    }

    /// What decode reads, and its radius.
    pub fn decoded(&self) -> (&wgpu::Buffer, i32) {
        self.squares.decoded()
    }

    /// What decode and the first stage read: a kernel of another kind writes both.
    pub fn squares(&self) -> [&wgpu::Buffer; 2] {
        [&self.squares.start, &self.squares.stages[0]]
    }

    /// Velocity at the vertices from the modes of stage `s`.
    pub fn velocity(&self, s: usize) -> &Dispatch {
        &self.velocity[s % 2]
    }

    /// Amplitudes of the atoms.
    pub fn atom_modes(&self) -> &[Dispatch] {
        &self.atom_modes
    }

    /// Stage `s` of the galerkin kernel.
    pub fn galerkin_pass(&self, scheme: Integrator, s: usize) -> Option<&Dispatch> {
        self.galerkin[scheme as usize].passes().nth(s)
    }

    /// One step of the linear kernel.
    pub fn linear_passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.linear.iter().map(|l| &l.pass)
    }

    /// Records a copy of the modes.
    pub fn ask(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder) {
        let modes = self.squares.start.slice(..);
        self.back.ask(|| context.readbacks().ask(encoder, &[modes]).then(first));
    }

    /// The newest finished copy as `[k, E(k)]`.
    pub fn take_spectrum(&mut self) -> Option<Vec<[f64; 2]>> {
        let square = self.back.take()?.into_iter().map(|[re, im]| Complex64::new(f64::from(re), f64::from(im)));
        Some(shells(&square.collect::<Vec<_>>(), self.squares.radius))
    }

    /// What the stages left in scratch.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn read_stage(&self, context: &Context) -> Result<FirstStage> {
        let read = |b: &wgpu::Buffer| readback::read(context, b, (b.size() / 8) as usize);
        Ok(FirstStage { atom_modes: read(&self.squares.atom_amplitudes)?, mode_slopes: read(&self.total)? })
    }

    /// Reads the amplitudes back into a background of the same basis.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn download(&self, context: &Context, background: &mut Background) -> Result<()> {
        let start = &self.squares.start;
        Self::read_into(&readback::read(context, start, (start.size() / 8) as usize)?, background);
        Ok(())
    }

    /// Takes a square of modes as the device holds it into a background of the same basis.
    pub fn read_into(modes: &[[f32; 2]], background: &mut Background) {
        // The device moves k and -k apart, each with its own rounding: their mean is the real field,
        // rounded so that it goes back as it came.
        let real = |a: &[f32; 2], b: &[f32; 2]| {
            let mean = [0.5 * (f64::from(a[0]) + f64::from(b[0])), 0.5 * (f64::from(a[1]) - f64::from(b[1]))];
            Complex64::new(f64::from(mean[0] as f32), f64::from(mean[1] as f32))
        };
        let dense: Vec<Complex64> = modes.iter().zip(modes.iter().rev()).map(|(a, b)| real(a, b)).collect();
        background.set_dense(&dense);
    }

    /// A background as a device would hold it.
    pub fn held(background: &Background) -> Background {
        let mut held = background.clone();
        Self::read_into(&narrow(background), &mut held);
        held
    }

    /// Replaces the amplitudes by those of a background of the same basis.
    pub fn upload(&self, context: &Context, background: &Background) {
        let dense = narrow(background);
        for square in self.squares() {
            upload(&context.queue, square, 0, &dense);
        }
    }
}

/// The square of modes in single precision.
fn narrow(background: &Background) -> Vec<[f32; 2]> {
    background.dense().iter().map(|c| [c.re as f32, c.im as f32]).collect()
}
