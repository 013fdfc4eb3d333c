//! Where transforms of whole fields run: on the CPU by rustfft, or on a device by our own.

use crate::{error::Result, ops::poisson, perf::Device};
#[cfg(feature = "gpu")]
use crate::{
    gpu::{Context, buffer::filled, readback},
    ops::poisson::gpu::Poisson,
};

/// A place for transforms.
#[derive(Clone, Default)]
pub enum Transforms {
    /// The CPU, in f64.
    #[default]
    Cpu,
    /// A device, in f32; sides that are powers of two.
    #[cfg(feature = "gpu")]
    Device(Context),
}

impl Transforms {
    /// Where that is.
    pub fn device(&self) -> Device {
        match self {
            Self::Cpu => Device::Cpu,
            #[cfg(feature = "gpu")]
            Self::Device(context) if context.report.software => Device::SoftwareGpu,
            #[cfg(feature = "gpu")]
            Self::Device(_) => Device::Gpu,
        }
    }

    /// Energy and enstrophy of a field of side `n`, means over the box, by its spectrum. `field` is row-major, `n *
    /// n` values.
    ///
    /// # Errors
    /// What the device answers.
    pub fn energies(&self, field: &[f64], n: usize) -> Result<(f64, f64)> {
        match self {
            Self::Cpu => {
                let grid = poisson::cpu::velocity(field, n);
                Ok((grid.energy, grid.enstrophy))
            }
            #[cfg(feature = "gpu")]
            Self::Device(context) => {
                let narrow: Vec<f32> = field.iter().map(|w| *w as f32).collect();
                let poisson = Poisson::new(context, &filled(context, "field", &narrow)?, n as u32)?;
                let mut encoder = context.device.create_command_encoder(&Default::default());
                {
                    let mut pass = encoder.begin_compute_pass(&Default::default());
                    poisson.passes().iter().for_each(|d| d.encode(&mut pass));
                }
                context.queue.submit([encoder.finish()]);
                let sums: Vec<[f32; 2]> = readback::read(context, &poisson.sums, n / 2 + 1)?;
                Ok(sums.iter().fold((0.0, 0.0), |s, c| (s.0 + f64::from(c[0]), s.1 + f64::from(c[1]))))
            }
        }
    }
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    use super::*;

    #[test]
    fn gpu_energies_are_those_of_the_cpu() {
        let n = 64;
        let wave = |i: usize| 0.1 + (0.3 * (i % n) as f64).sin() + 2.0 * (0.1 * (i / n) as f64).cos().powi(3);
        let field: Vec<f64> = (0..n * n).map(wave).collect();
        let device = Transforms::Device(Context::headless(None).unwrap());
        let [a, b] = [Transforms::Cpu, device].map(|t| t.energies(&field, n).unwrap());
        assert!((a.0 / b.0 - 1.0).abs() < 1e-5 && (a.1 / b.1 - 1.0).abs() < 1e-5, "{a:?} {b:?}");
    }
}
