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
            let (timer, run_linear) = (&self.timer, self.params.kernel == Kernel::Linear);
            if self.params.nu > 0.0 {
                timer.run(&mut pass, &self.core_spread.pass, timed);
            }
            if let Some(learned) = self.learned.as_mut().filter(|_| run_linear) {
                learned.passes(|d| timer.run(&mut pass, d, timed));
            } else if let Some(background) = self.background.as_ref().filter(|_| run_linear && self.awake) {
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
            self.step += 1;
            self.time += self.params.dt;
            if self.params.resample == 1 && self.step.is_multiple_of(resample::EVERY) {
                let round = self.step / resample::EVERY;
                self.resampling.passes(round).for_each(|d| timer.run(&mut pass, d, timed));
                drop(pass);
                self.resampling.copy_back(encoder, &self.buffers);
            } else {
                drop(pass);
            }
            self.look_at_numbers(encoder);
        }
        if steps > 0 {
            if let Some(carried) = &self.carried {
                let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
                carried.show().for_each(|d| self.timer.run(&mut pass, d, true));
            }
            self.step_beside(encoder, steps);
            self.look_for_work(true);
        }
    }

    fn encode_stages(&self, pass: &mut wgpu::ComputePass<'static>, timed: bool) {
        let run = |pass: &mut wgpu::ComputePass<'static>, d: &Dispatch| self.timer.run(pass, d, timed);
        let scheme = self.params.integrator;
        // Where parcels carry every atom the vertices follow them after the step.
        let alone = self.carried.as_ref().is_some_and(Carried::alone);
        self.mesh.iter().filter(|_| !alone).for_each(|mesh| run(pass, mesh.gate()));
        for (s, advect) in self.advect[scheme as usize].passes().enumerate() {
            match &self.mesh {
                _ if alone => {}
                Some(mesh) => [&self.quadrature].into_iter().chain(mesh.passes()).for_each(|d| run(pass, d)),
                None => [&self.quadrature].into_iter().chain(self.direct.passes()).for_each(|d| run(pass, d)),
            }
            let background = self.background.as_ref().filter(|_| self.awake);
            let staged = background.filter(|_| in_stages(self.params.kernel));
            let modes = if staged.is_some() { s } else { 0 };
            self.pushing().filter(|_| !alone).into_iter().for_each(|b| run(pass, b.velocity(modes)));
            staged
                .filter(|_| self.counters.atoms > 0)
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
        self.view.parcels_alone(context, alone);
        self.quantities.iter_mut().for_each(|quantities| quantities.parcels_alone(context, alone));
        self.flow.iter_mut().for_each(|flow| flow.target.parcels_alone(context, alone));
        self.strokes.iter_mut().for_each(|strokes| strokes.parcels_alone(context, alone));
        alone
    }

    /// Records the decode of the view: raster, low_k, compose; or what it shows instead.
    pub fn encode_decode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let alone = self.spare_raster();
        self.view.clear(encoder);
        self.quantities.iter().for_each(|quantities| quantities.clear(encoder));
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        if !alone {
            self.timer.run(&mut pass, &self.segments, true);
        }
        self.quantities.iter().flat_map(Quantities::passes).for_each(|d| self.timer.run(&mut pass, d, true));
        self.view.passes().for_each(|d| self.timer.run(&mut pass, d, true));
    }

    /// Records the dye's move over `dt`: decode on the flow grid, poisson, tracers.
    pub fn encode_tracers(&mut self, encoder: &mut wgpu::CommandEncoder, dt: f64) {
        let alone = self.spare_raster();
        let Some(flow) = &mut self.flow else { return };
        let Some((dt, fresh)) = flow.due(dt) else { return };
        flow.dye.set(&self.context, dt, [self.params.drift_x, self.params.drift_y]);
        if fresh {
            flow.target.clear(encoder);
        }
        if fresh {
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            if !alone {
                self.timer.run(&mut pass, &self.segments, true);
            }
            flow.velocity_passes().for_each(|d| self.timer.run(&mut pass, d, true));
            drop(pass);
            flow.dye.take_velocity(encoder);
        }
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.timer.run(&mut pass, &flow.dye.pass, true);
    }

    /// Records the copies of counts, summary, sums and probe; the last work of a frame's encoder.
    pub fn encode_readbacks(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.counts_back.copy(encoder, &self.buffers.counts, 0);
        self.view.copy_back(encoder, self.probe);
        if let Some(background) = &mut self.background {
            background.copy_back(encoder);
        }
        self.copy_circulation(encoder);
        self.copy_beside(encoder);
        self.copy_glimpse(encoder);
        self.copy_for_work(encoder);
        self.copy_seen(encoder);
        if let Some(flow) = &mut self.flow {
            flow.copy_back(encoder);
        }
        if let Some(quantities) = &mut self.quantities {
            quantities.copy_back(encoder);
        }
        self.timer.resolve(encoder);
    }

    /// Call once after the frame was submitted.
    pub fn after_submit(&mut self) {
        self.timer.end_frame();
        self.counts_back.after_submit();
        self.view.after_submit();
        if let Some(background) = &self.background {
            background.after_submit();
        }
        self.ask_circulation();
        self.ask_for_work();
        self.ask_seen();
        self.ask_looks();
        self.ask_copies_beside();
        self.ask_copy_of_glimpse();
        if let Some(flow) = &self.flow {
            flow.after_submit();
        }
        if let Some(quantities) = &self.quantities {
            quantities.after_submit();
        }
        if let Some(asked) = &mut self.asked {
            asked.after_submit();
        }
    }

    /// Takes in what finished since the last call, without waiting.
    pub fn harvest(&mut self) {
        // A lost device answers here too; the next blocking call reports it.
        let _ = self.context.device.poll(wgpu::PollType::Poll);
        self.heed_beside();
        self.judge_looks();
        if let Some(bytes) = self.counts_back.take() {
            let counts: Counts = bytemuck::pod_read_unaligned(&bytes);
            self.counters.vertices = counts.vertices;
            self.counters.blobs = counts.blobs;
            self.counters.atoms = counts.atoms;
            self.counters.at_capacity = counts.held != 0;
            self.counters.runaway = counts.runaway != 0 || self.winding_of_a_step().is_some();
        }
        if let Some((max_abs, nan_inf)) = self.view.take_summary() {
            (self.counters.max_abs, self.counters.nan_inf) = (Some(max_abs), Some(nan_inf));
        }
        if let Some(value) = self.view.take_probe() {
            self.counters.probe = Some(value);
        }
        if self.probe.is_none() {
            self.counters.probe = None;
        }
        if let Some(spectrum) = self.background.as_ref().and_then(DeviceBackground::take_spectrum) {
            self.spectrum = if self.awake { spectrum } else { vec![] };
        }
        let finer = self.quantities.as_ref().and_then(Quantities::take_sums);
        let coarse = self.flow.as_ref().and_then(FlowGrid::take_sums);
        if let Some((energy, enstrophy)) = finer.or(coarse) {
            (self.counters.energy, self.counters.enstrophy) = (Some(energy), Some(enstrophy));
        }
        self.harvest_circulation();
        self.harvest_work();
    }
}
