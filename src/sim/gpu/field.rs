//! A window of the box on the device, and the passes that decode onto it.

use std::sync::Arc;

use glam::DVec2;

use crate::{
    error::Result,
    gpu::{Context, Dispatch, Latest, Uniform, buffer::storage, readback, ticket::first, upload},
    math::BOX,
    operator::{FieldChain, Operator, Watched},
    ops::{
        buffers::AtomBuffers,
        compose::{self, gpu::Composition},
        low_k, raster,
        sample::gpu::{Sampling, Source},
        window::Window,
    },
};

/// Vorticity on the nodes of a window, or another field sampled there.
pub struct FieldTarget {
    window: Uniform<Window>,
    low: DVec2,
    extent: DVec2,
    field: wgpu::Buffer,
    bytes: u64,
    raster: Vec<Dispatch>,
    low_k: Option<[Dispatch; 2]>,
    composition: Composition,
    /// Whether anything is in the background.
    awake: bool,
    /// What is summed.
    parts: u32,
    /// Parcels are shown and there is nothing beside them to draw.
    alone: bool,
    /// Stands for all of these where another grid is shown.
    sampling: Option<Sampling>,
    /// Operators of the user on field and carrier.
    chain: FieldChain,
    summary: Latest<Vec<[u32; 2]>>,
    probe: Latest<Vec<f32>>,
}

impl FieldTarget {
    /// `modes` is the background's square and its radius, if there is one.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(
        context: &Context,
        atoms: &AtomBuffers,
        modes: Option<(&wgpu::Buffer, i32)>,
        window: Window,
    ) -> Result<Self> {
        let uniform = Uniform::new(context, "window", window);
        let cells = window.cells();
        let atoms_field = storage::<f32>(context, "atoms' field", cells)?;
        let background_field = storage::<f32>(context, "background's field", if modes.is_some() { cells } else { 1 })?;
        let field = storage::<f32>(context, "field", cells)?;
        let low_k = match modes {
            Some((modes, radius)) => {
                Some(low_k::gpu::passes(context, modes, radius, uniform.buffer(), &window, &background_field)?)
            }
            None => None,
        };
        let composition = Composition::new(
            context,
            uniform.buffer(),
            &window,
            &atoms_field,
            &background_field,
            &field,
            &atoms.shown,
        )?;
        Ok(Self {
            raster: raster::gpu::passes(context, atoms, uniform.buffer(), &window, &atoms_field)?,
            bytes: atoms_field.size() + background_field.size() + field.size(),
            low: DVec2::ZERO,
            extent: DVec2::splat(BOX),
            window: uniform,
            field,
            low_k,
            composition,
            awake: true,
            parts: compose::WHOLE,
            alone: false,
            sampling: None,
            chain: FieldChain::default(),
            summary: Latest::default(),
            probe: Latest::default(),
        })
    }

    /// Binds and tries operators on what is decoded.
    ///
    /// # Errors
    /// What a trial finds; then there are none.
    pub fn set_operators(&mut self, context: &Context, operators: &[Arc<Operator>]) -> Result<()> {
        self.chain = FieldChain::default();
        self.chain = FieldChain::new(context, operators, &self.field, self.window().size)?;
        Ok(())
    }

    /// Pictures that operators made of the last decode.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn images(&self, context: &Context) -> Result<Vec<(String, Vec<u8>)>> {
        self.chain.images(context, self.window().cells())
    }

    /// Puts a field where a decode would, before the operators.
    pub fn put(&self, context: &Context, field: &[f32]) {
        upload(&context.queue, &self.field, 0, field);
    }

    /// The operators' launches alone.
    pub fn operators(&self) -> impl Iterator<Item = &Dispatch> {
        self.chain.passes()
    }

    /// Waits, and tells of an operator whose loop overran.
    ///
    /// # Errors
    /// Where one did.
    pub fn look_at_operators(&self, context: &Context) -> Result<()> {
        self.chain.look(context)
    }

    /// What is looked at for that.
    pub fn watched(&self) -> impl Iterator<Item = Watched> {
        self.chain.watched()
    }

    /// Mean vorticity that balances the net circulation, and whether anything is in the background yet: until then
    /// it is not decoded.
    pub fn set(&mut self, context: &Context, mean: f64, awake: bool) {
        self.awake = awake;
        self.composition.set(context, mean, self.low_k.is_some());
    }

    /// Draws atoms alone, never parcels in their place.
    pub fn without_parcels(&mut self, context: &Context) {
        self.composition.without_parcels(context);
    }

    /// Whether parcels are shown and there is nothing beside them, so that no atom is drawn.
    pub fn parcels_alone(&mut self, context: &Context, alone: bool) {
        self.alone = self.composition.parcels_alone(context, alone);
    }

    /// Which parts of the vorticity are decoded; the others are not computed.
    pub fn choose(&mut self, context: &Context, parts: u32) {
        self.parts = parts;
        self.composition.choose(context, parts);
    }

    /// Shows a grid of the whole box, of a side, instead of a decode; or a decode again.
    ///
    /// # Errors
    /// Where the pass cannot be bound; then nothing has changed.
    pub fn sample(&mut self, context: &Context, grid: Option<(Source<'_>, u32)>, drift: [f64; 2]) -> Result<()> {
        self.sampling = match grid {
            None => None,
            Some((source, side)) => {
                let buffers = [self.window.buffer(), &self.field, &self.composition.summary];
                let mut sampling = Sampling::new(context, source, side, buffers, self.window.value())?;
                sampling.set(context, drift);
                Some(sampling)
            }
        };
        Ok(())
    }

    /// The mean flow that a sampled speed includes.
    pub fn drift(&mut self, context: &Context, drift: [f64; 2]) {
        if let Some(sampling) = &mut self.sampling {
            sampling.set(context, drift);
        }
    }

    /// Read-backs under way are of no interest any more.
    pub fn forget_readbacks(&mut self) {
        (self.summary, self.probe) = (Latest::default(), Latest::default());
    }

    /// Moves the window; the number of nodes stays.
    pub fn look(&mut self, context: &Context, low: DVec2, extent: DVec2) {
        let window = Window::view(low.to_array(), extent.to_array(), self.window.value().size);
        (self.low, self.extent) = (low, extent.min(DVec2::splat(BOX)));
        self.window.set(&context.queue, window);
    }

    /// Lower left corner and sides of the window, box units.
    pub fn rectangle(&self) -> (DVec2, DVec2) {
        (self.low, self.extent)
    }

    /// The nodes.
    pub fn window(&self) -> &Window {
        self.window.value()
    }

    /// The uniform of the nodes.
    pub fn uniform(&self) -> &wgpu::Buffer {
        self.window.buffer()
    }

    /// `omega[j, i]`, or what stands for it, f32, row 0 at the bottom.
    pub fn field(&self) -> &wgpu::Buffer {
        self.chain.last().filter(|_| self.sampling.is_none()).unwrap_or(&self.field)
    }

    /// Bytes of the fields.
    pub fn bytes(&self) -> u64 {
        self.bytes + self.chain.bytes()
    }

    /// Before the passes.
    pub fn clear(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.clear_buffer(&self.composition.summary, 0, None);
    }

    /// raster, low_k, compose, operators of the user, the segments must be there; or sample.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        let decoded = self.sampling.is_none();
        let holds = move |part: u32| decoded && self.parts & part != 0;
        let atoms = self.raster.iter().filter(move |_| holds(compose::ATOMS) && !self.alone);
        let background = self.low_k.iter().flatten().filter(move |_| self.awake && holds(compose::BACKGROUND));
        let own = atoms.chain(background).chain([&self.composition.pass]).chain(self.chain.passes());
        own.filter(move |_| decoded).chain(self.sampling.iter().map(|sampling| &sampling.pass))
    }

    /// Records the read-backs; `probe` is a place of the box.
    pub fn ask(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder, probe: Option<DVec2>) {
        let (readbacks, summary) = (context.readbacks(), self.composition.summary.slice(..8));
        self.summary.ask(|| readbacks.ask(encoder, &[summary]).then(first));
        let Some(at) = probe else { return };
        let size = DVec2::new(f64::from(self.window().size[0]), f64::from(self.window().size[1]));
        let inside = (at - self.low).rem_euclid(DVec2::splat(BOX));
        let node = (inside / self.extent * size).round();
        // The full box wraps around; a smaller window has no value outside.
        let node = if self.extent.x >= BOX - 1e-9 { DVec2::new(node.x % size.x, node.y) } else { node };
        let node = if self.extent.y >= BOX - 1e-9 { DVec2::new(node.x, node.y % size.y) } else { node };
        if node.x < size.x && node.y < size.y {
            let cell = node.y as u64 * self.window().size[0] as u64 + node.x as u64;
            let field = self.chain.last().filter(|_| self.sampling.is_none()).unwrap_or(&self.field);
            self.probe.ask(|| readbacks.ask(encoder, &[field.slice(4 * cell..4 * cell + 4)]).then(first));
        }
    }

    /// `(max|omega|, cells not finite)` of the newest finished decode.
    pub fn take_summary(&mut self) -> Option<(f32, u32)> {
        let [max_abs, bad] = *self.summary.take()?.first()?;
        Some((f32::from_bits(max_abs), bad))
    }

    /// Vorticity at the probe.
    pub fn take_probe(&mut self) -> Option<f32> {
        self.probe.take()?.first().copied()
    }

    /// The whole field. Waits for the device.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn read(&self, context: &Context) -> Result<Vec<f32>> {
        readback::read(context, self.field(), self.window().cells())
    }
}
