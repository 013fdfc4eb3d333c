//! The device's simulation against the CPU's in f64.

use super::*;
use crate::{
    math::BOX,
    spectral::les::{Les as CpuLes, Precision, TOLERANCE},
};

fn busy(n: usize, scale: f64) -> Vec<f64> {
    let h = BOX / n as f64;
    let at = |i: usize| (h * (i % n) as f64, h * (i / n) as f64);
    let wave = |(x, y): (f64, f64)| {
        (3.0 * x + (2.0 * y).sin()).sin() + (2.0 * y - 1.5 * x.cos()).cos() + 0.6 * (7.0 * x - 5.0 * y).sin()
    };
    (0..n * n).map(|i| scale * 3.0 * wave(at(i))).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let square = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
    (a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / square(b)).sqrt()
}

fn both(context: &Context, options: &LesOptions, scale: f64) -> (Les, CpuLes) {
    let omega = busy(options.n, scale);
    let wide = LesOptions { dtype: Precision::F64, ..*options };
    (Les::new(context, options, &omega).unwrap(), CpuLes::new(&wide, &omega).unwrap())
}

/// The parts that the first step needs.
fn measure(les: &mut Les, context: &Context) {
    let words = les.ask_first().wait(&context.device).unwrap();
    les.take_first(&words).unwrap();
}

#[test]
fn gpu_steps_are_those_of_the_cpu() {
    let context = Context::headless(None).unwrap();
    for (n, cs) in [(16, 0.17), (32, 0.0), (64, 0.17), (128, 0.0), (256, 0.17), (512, 0.17), (1024, 0.17)] {
        let options = LesOptions { n, cs, dt: 0.2 / n as f64, nu0: 1e-4, ..Default::default() };
        let (mut gpu, mut cpu) = both(&context, &options, 1.0);
        let start = distance(&gpu.field().unwrap(), &cpu.field());
        gpu.advance(1).unwrap();
        cpu.step().unwrap();
        let one = distance(&gpu.field().unwrap(), &cpu.field());
        let steps = if n > 128 { 1 } else { 20 };
        gpu.advance(steps).unwrap();
        (0..steps).for_each(|_| cpu.step().unwrap());
        let more = distance(&gpu.field().unwrap(), &cpu.field());
        println!("N = {n}, Cs = {cs}: start {start:.1e}, one step {one:.1e}, {steps} more {more:.1e}");
        assert!(start < TOLERANCE && one < TOLERANCE && more < 10.0 * TOLERANCE, "{n} {start:e} {one:e} {more:e}");
        let cfl = |x: Option<f64>| x.unwrap();
        assert!((cfl(gpu.cfl()) / cfl(cpu.cfl()) - 1.0).abs() < 0.1);
    }
}

/// 2e-6 after a step, for every scheme.
#[test]
fn gpu_every_scheme_steps_as_on_the_cpu_and_enstrophy_falls() {
    let context = Context::headless(None).unwrap();
    for scheme in LesScheme::ALL {
        for (n, cs) in [(32, 0.17), (64, 0.0), (128, 0.17)] {
            let options = LesOptions { n, cs, dt: 0.2 / n as f64, nu0: 1e-4, scheme, ..Default::default() };
            let (mut gpu, mut cpu) = both(&context, &options, 1.0);
            let mut last = f64::INFINITY;
            for (steps, most) in [(1, TOLERANCE), (10, 10.0 * TOLERANCE)] {
                gpu.advance(steps).unwrap();
                (0..steps).for_each(|_| cpu.step().unwrap());
                let off = distance(&gpu.field().unwrap(), &cpu.field());
                println!("{}, N = {n}, Cs = {cs}, {steps} steps: {off:.1e}", scheme.name());
                assert!(off < most, "{scheme:?} {n} {cs}: {off:e}");
                let sums = gpu.look().unwrap().sums;
                let own = cpu.energy_enstrophy();
                assert!((sums.0 / own.0 - 1.0).abs() < 1e-5 && (sums.1 / own.1 - 1.0).abs() < 1e-5, "{sums:?} {own:?}");
                assert!(sums.1 < last && !gpu.grew());
                last = sums.1;
            }
        }
    }
}

/// As the window takes steps: recorded, heeded a frame later, nothing divided in hindsight; without any viscosity.
#[test]
fn gpu_recorded_steps_follow_the_flow_and_do_not_blow_up_without_viscosity() {
    let context = Context::headless(None).unwrap();
    for scheme in [LesScheme::Rk4, LesScheme::SspRk3] {
        let options = LesOptions { n: 64, dt: 0.02, cs: 0.0, nu0: 0.0, scheme, substeps: 64, ..Default::default() };
        // A dt that is twice as long as a part may be.
        let (mut slow, _) = both(&context, &options, 1.0);
        measure(&mut slow, &context);
        let options = LesOptions { dt: 2.0 * scheme.cfl_limit() * 0.02 / slow.cfl().unwrap(), ..options };
        let (mut gpu, mut cpu) = both(&context, &options, 1.0);
        measure(&mut gpu, &context);
        assert!(gpu.parts() > 1 && gpu.cfl().unwrap() > scheme.cfl_limit());
        for _ in 0..10 {
            let mut encoder = context.device.create_command_encoder(&Default::default());
            gpu.record(&mut encoder.begin_compute_pass(&Default::default()), 2);
            context.queue.submit([encoder.finish()]);
            let words = gpu.seen_buffer().size() as usize / size_of::<u32>();
            let bits: Vec<u32> = readback::read(&context, gpu.seen_buffer(), words).unwrap();
            gpu.held.see_nothing(&context);
            gpu.heed(&bits).unwrap();
        }
        gpu.submit(|pass, les| les.picture().encode(pass));
        (0..20).for_each(|_| cpu.step().unwrap());
        let off = distance(&gpu.field().unwrap(), &cpu.field());
        println!("{}: {off:.1e} after 20 recorded steps, growth {:.1e}", scheme.name(), gpu.growth());
        assert!(off < 0.02 && !gpu.grew() && gpu.step_count() == 20, "{scheme:?}: {off:e}");
    }
}

#[test]
fn gpu_growth_ends_the_run_and_the_field_before_the_batch_stays() {
    let context = Context::headless(None).unwrap();
    for scheme in LesScheme::ALL {
        let options = LesOptions { n: 64, scheme, ..Default::default() };
        let (mut gpu, _) = both(&context, &options, 0.3);
        gpu.advance(2).unwrap();
        let before = gpu.field().unwrap();
        let (energy, enstrophy) = gpu.look().unwrap().sums;
        gpu.floor = Some(Floor::new((energy, 0.9 * enstrophy)));
        let ended = gpu.advance(3);
        assert_eq!(ended.is_ok(), scheme == LesScheme::Rk2 && gpu.grew() && gpu.step_count() == 5);
        if let Err(error) = ended {
            let message = error.to_string();
            assert!(message.contains("step 3") && message.contains("enstrophy grew by 1."), "{message}");
            gpu.submit(|pass, les| les.picture().encode(pass));
            assert_eq!((gpu.step_count(), gpu.field().unwrap()), (2, before));
        }
    }
}

#[test]
fn gpu_steps_that_are_too_long_are_divided_or_end_the_run() {
    let context = Context::headless(None).unwrap();
    let options = LesOptions { n: 64, dt: 0.05, nu0: 1e-4, substeps: 1, ..Default::default() };
    let (mut gpu, _) = both(&context, &options, 3.0);
    let before = gpu.field().unwrap();
    let message = gpu.advance(40).unwrap_err().to_string();
    for part in ["step 1", "CFL", "lower dt to", "or allow substeps"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(gpu.step_count(), 0);
    gpu.submit(|pass, les| les.picture().encode(pass));
    assert_eq!(gpu.field().unwrap(), before, "the field before the batch is kept");

    let options = LesOptions { substeps: 64, ..options };
    let (mut gpu, mut cpu) = both(&context, &options, 3.0);
    gpu.advance(3).unwrap();
    (0..3).for_each(|_| cpu.step().unwrap());
    assert!(gpu.parts() > 1 && gpu.cfl().unwrap() > 1.2);
    let said = gpu.remark().unwrap();
    assert!(said.contains("divides its steps of dt 0.05") && gpu.remark().is_none(), "{said}");
    assert!(distance(&gpu.field().unwrap(), &cpu.field()) < 1e-3);
}

#[test]
fn gpu_refuses_what_the_cpu_refuses_and_double_precision() {
    let context = Context::headless(None).unwrap();
    let options = LesOptions { n: 64, ..Default::default() };
    let mut omega = busy(64, 1.0);
    assert!(Les::new(&context, &LesOptions { dtype: Precision::F64, ..options }, &omega).is_err());
    assert!(Les::new(&context, &LesOptions { n: 48, ..options }, &busy(48, 1.0)).is_err());
    assert!(Les::new(&context, &options, &omega[1..]).is_err());
    omega[65] = f64::NAN;
    assert!(Les::new(&context, &options, &omega).err().unwrap().to_string().contains("[1, 1]"));
}
