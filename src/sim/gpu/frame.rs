//! What a frame records, in order: steps, dye, decode, read-backs; and what it takes in afterwards.

use super::{FlowGrid, GpuSim, background::DeviceBackground, carried::Carried, quantity::Quantities};
use crate::{
    gpu::Dispatch,
    ops::{device::Counts, resample},
    params::Kernel,
    sim::in_stages,
};

impl GpuSim {
    /// Records whole steps. The last one is timed.
    pub fn encode_steps(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        for n in 0..steps {
            let timed = n + 1 == steps;
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            self.encode_stages(&mut pass, timed);
            self.encode_stretch(&mut pass, timed);
            let (timer, run_linear) = (&self.probes.timer, self.params.kernel == Kernel::Linear);
            if self.params.nu > 0.0 {
                timer.run(&mut pass, &self.motion.core_spread.pass, timed);
            }
            if let Some(learned) = self.learned.as_mut().filter(|_| run_linear) {
                learned.passes(|d| timer.run(&mut pass, d, timed));
            } else if let Some(background) = self.background.as_ref().filter(|_| run_linear && self.held.awake) {
                background.linear_passes().for_each(|d| timer.run(&mut pass, d, timed));
            }
            let by_matrix = self.learned.is_some() && run_linear;
            if let Some(on_modes) = self.operators.on_modes.as_mut().filter(|_| !by_matrix) {
                on_modes.passes(|d| timer.run(&mut pass, d, timed));
            }
            if let Some(carried) = &mut self.carried {
                carried.cycle.stepped(1, 2.0 * self.params.nu * self.params.dt);
                if carried.cycle.remesh_is_due() {
                    carried.remesh().for_each(|d| timer.run(&mut pass, d, timed));
                    carried.cycle.remeshed();
                }
            }
            self.held.step += 1;
            self.held.time += self.params.dt;
            if self.params.resample == 1 && self.held.step.is_multiple_of(resample::EVERY) {
                let round = self.held.step / resample::EVERY;
                self.motion.resampling.passes(round).for_each(|d| timer.run(&mut pass, d, timed));
                drop(pass);
                self.motion.resampling.copy_back(encoder, &self.buffers);
            } else {
                drop(pass);
            }
            self.look_at_numbers(encoder);
        }
        if steps > 0 {
            if let Some(carried) = &self.carried {
                let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
                carried.show().for_each(|d| self.probes.timer.run(&mut pass, d, true));
            }
            self.step_beside(encoder, steps);
            self.look_for_work(true);
        }
    }

    fn encode_stages(&self, pass: &mut wgpu::ComputePass<'static>, timed: bool) {
        let run = |pass: &mut wgpu::ComputePass<'static>, d: &Dispatch| self.probes.timer.run(pass, d, timed);
        let scheme = self.params.integrator;
        // Where parcels carry every atom the vertices follow them after the step.
        let alone = self.carried.as_ref().is_some_and(Carried::alone);
        self.motion.mesh.iter().filter(|_| !alone).for_each(|mesh| run(pass, mesh.gate()));
        for (s, advect) in self.motion.advect[scheme as usize].passes().enumerate() {
            match &self.motion.mesh {
                _ if alone => {}
                Some(mesh) => [&self.motion.quadrature].into_iter().chain(mesh.passes()).for_each(|d| run(pass, d)),
                None => {
                    [&self.motion.quadrature].into_iter().chain(self.motion.direct.passes()).for_each(|d| run(pass, d))
                }
            }
            let background = self.background.as_ref().filter(|_| self.held.awake);
            let staged = background.filter(|_| in_stages(self.params.kernel));
            let modes = if staged.is_some() { s } else { 0 };
            self.pushing().filter(|_| !alone).into_iter().for_each(|b| run(pass, b.velocity(modes)));
            staged
                .filter(|_| self.probes.counters.atoms > 0)
                .into_iter()
                .flat_map(|b| b.atom_modes())
                .for_each(|d| run(pass, d));
            if let Some(carried) = &self.carried {
                // Adds to the atoms' modes, too.
                carried.velocity(s, modes).for_each(|d| run(pass, d));
                run(pass, carried.move_on(s));
            }
            staged.and_then(|b| b.galerkin_pass(scheme, s)).into_iter().for_each(|d| run(pass, d));
            if !alone {
                run(pass, advect);
            }
        }
        self.carried.iter().filter_map(Carried::follow).for_each(|d| run(pass, d));
    }

    /// Leaves the raster out of what windows decode where parcels are shown in place of every atom.
    /// Says whether it is so.
    pub(super) fn spare_raster(&mut self) -> bool {
        let (context, alone) = (&self.context, self.carried.as_ref().is_some_and(Carried::shows_all));
        self.views.view.parcels_alone(context, alone);
        self.views.quantities.iter_mut().for_each(|quantities| quantities.parcels_alone(context, alone));
        self.views.flow.iter_mut().for_each(|flow| flow.target.parcels_alone(context, alone));
        self.views.strokes.iter_mut().for_each(|strokes| strokes.parcels_alone(context, alone));
        alone
    }

    /// Records the decode of the view: raster, low_k, compose; or what it shows instead.
    pub fn encode_decode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let alone = self.spare_raster();
        self.views.view.clear(encoder);
        self.views.quantities.iter().for_each(|quantities| quantities.clear(encoder));
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        if !alone {
            self.probes.timer.run(&mut pass, &self.views.segments, true);
        }
        self.views
            .quantities
            .iter()
            .flat_map(Quantities::passes)
            .for_each(|d| self.probes.timer.run(&mut pass, d, true));
        self.views.view.passes().for_each(|d| self.probes.timer.run(&mut pass, d, true));
    }

    /// Records the dye's move over `dt`: decode on the flow grid, poisson, tracers.
    pub fn encode_tracers(&mut self, encoder: &mut wgpu::CommandEncoder, dt: f64) {
        let alone = self.spare_raster();
        let Some(flow) = &mut self.views.flow else { return };
        let Some((dt, fresh)) = flow.due(dt) else { return };
        flow.dye.set(&self.context, dt, [self.params.drift_x, self.params.drift_y]);
        if fresh {
            flow.target.clear(encoder);
        }
        if fresh {
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            if !alone {
                self.probes.timer.run(&mut pass, &self.views.segments, true);
            }
            flow.velocity_passes().for_each(|d| self.probes.timer.run(&mut pass, d, true));
            drop(pass);
            flow.dye.take_velocity(encoder);
        }
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.probes.timer.run(&mut pass, &flow.dye.pass, true);
    }

    /// Records the copies of counts, summary, sums and probe; the last work of a frame's encoder.
    pub fn encode_readbacks(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.probes.counts_back.copy(encoder, &self.buffers.counts, 0);
        self.views.view.copy_back(encoder, self.probes.probe);
        if let Some(background) = &mut self.background {
            background.copy_back(encoder);
        }
        self.copy_circulation(encoder);
        self.copy_beside(encoder);
        self.copy_glimpse(encoder);
        self.copy_for_work(encoder);
        self.copy_seen(encoder);
        if let Some(flow) = &mut self.views.flow {
            flow.copy_back(encoder);
        }
        if let Some(quantities) = &mut self.views.quantities {
            quantities.copy_back(encoder);
        }
        self.probes.timer.resolve(encoder);
    }

    /// Takes in what finished since the last call, without waiting.
    pub fn harvest(&mut self) {
        // A lost device answers here too; the next blocking call reports it.
        let _ = self.context.device.poll(wgpu::PollType::Poll);
        self.probes.timer.end_frame();
        self.heed_beside();
        self.judge_looks();
        if let Some(bytes) = self.probes.counts_back.take() {
            let counts: Counts = bytemuck::pod_read_unaligned(&bytes);
            self.probes.counters.vertices = counts.vertices;
            self.probes.counters.blobs = counts.blobs;
            self.probes.counters.atoms = counts.atoms;
            self.probes.counters.at_capacity = counts.held != 0;
            self.probes.counters.runaway = counts.runaway != 0 || self.winding_of_a_step().is_some();
        }
        if let Some((max_abs, nan_inf)) = self.views.view.take_summary() {
            (self.probes.counters.max_abs, self.probes.counters.nan_inf) = (Some(max_abs), Some(nan_inf));
        }
        if let Some(value) = self.views.view.take_probe() {
            self.probes.counters.probe = Some(value);
        }
        if self.probes.probe.is_none() {
            self.probes.counters.probe = None;
        }
        if let Some(spectrum) = self.background.as_ref().and_then(DeviceBackground::take_spectrum) {
            self.probes.spectrum = if self.held.awake { spectrum } else { vec![] };
        }
        let finer = self.views.quantities.as_ref().and_then(Quantities::take_sums);
        let coarse = self.views.flow.as_ref().and_then(FlowGrid::take_sums);
        if let Some((energy, enstrophy)) = finer.or(coarse) {
            (self.probes.counters.energy, self.probes.counters.enstrophy) = (Some(energy), Some(enstrophy));
        }
        self.harvest_circulation();
        self.harvest_work();
    }
}
