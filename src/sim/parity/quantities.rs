//! What the whole box decides: stream function, pressure, and a grid sampled on the nodes of a window.

use super::{ParityRow, row};
use crate::{
    error::Result,
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{filled, storage},
        readback::read,
    },
    ops::{
        potential::{self, gpu::Potential},
        pressure::{self, gpu::Pressure},
        sample::{
            self,
            gpu::{Sampling, Source},
        },
        window::Window,
    },
};

/// From the vorticity and velocity of the flow grid.
pub(super) fn rows(context: &Context, omega: &[f32], velocity: &[[f32; 2]], side: usize) -> Result<Vec<ParityRow>> {
    let n = side as u32;
    let exact: Vec<f64> = omega.iter().map(|x| f64::from(*x)).collect();
    let field = filled(context, "omega", omega)?;
    let mut rows = vec![];

    let potential = Potential::new(context, &field, n)?;
    run(context, potential.passes());
    let got = wide1(&read::<f32>(context, &potential.field, omega.len())?);
    let single = wide1(&potential::cpu::potential(omega, side));
    let reference = potential::cpu::potential(&exact, side);
    rows.push(row("potential (psi)", &got, Some(single), &reference, potential::TOLERANCE));

    let pressure = Pressure::new(context, &field, n)?;
    run(context, pressure.passes());
    let got = wide1(&read::<f32>(context, pressure.field(), omega.len())?);
    let single = wide1(&pressure::cpu::pressure(omega, side));
    rows.push(row("pressure", &got, Some(single), &pressure::cpu::pressure(&exact, side), pressure::TOLERANCE));

    // Zoomed in across the edge of the box, with a mean flow.
    let (window, drift) = (Window::view([6.0, 1.0], [0.9, 0.4], [70, 50]), [0.25, -0.5]);
    let uniform = Uniform::new(context, "window", window);
    let speeds = filled(context, "velocity", velocity)?;
    let (to, summary) = (storage::<f32>(context, "field", window.cells())?, storage::<u32>(context, "summary", 2)?);
    let buffers = [uniform.buffer(), &to, &summary];
    let scalar = Sampling::new(context, Source::Scalar(&field), n, buffers, &window)?;
    run(context, [&scalar.pass]);
    let got = wide1(&read::<f32>(context, &to, window.cells())?);
    let single = wide1(&sample::cpu::field(omega, side, &window));
    rows.push(row("sample", &got, Some(single), &sample::cpu::field(&exact, side, &window), sample::TOLERANCE));
    let mut speed = Sampling::new(context, Source::Speed(&speeds), n, buffers, &window)?;
    speed.set(context, drift);
    run(context, [&speed.pass]);
    let got = wide1(&read::<f32>(context, &to, window.cells())?);
    let exact: Vec<[f64; 2]> = velocity.iter().map(|u| u.map(f64::from)).collect();
    let single = wide1(&sample::cpu::speed(velocity, side, drift, &window));
    let reference = sample::cpu::speed(&exact, side, drift, &window);
    rows.push(row("sample, speed", &got, Some(single), &reference, sample::TOLERANCE));
    Ok(rows)
}

fn run<'a>(context: &Context, passes: impl IntoIterator<Item = &'a Dispatch>) {
    let mut encoder = context.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        passes.into_iter().for_each(|d| d.encode(&mut pass));
    }
    context.queue.submit([encoder.finish()]);
}

fn wide1(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|x| f64::from(*x)).collect()
}
