//! A fit on the device: steps run there, seeds and exchanges are chosen here.

use super::{Bounds, Fitter};
use crate::{
    error::Result,
    gpu::Context,
    ops::ellipse_fit::{Ellipse, LIST, Samples, gpu::Passes},
};

struct DeviceFit {
    context: Context,
    passes: Passes,
    room: usize,
    bounds: Bounds,
    /// Ellipses that may reach into a tile.
    list: usize,
    samples: Samples,
    ellipses: Vec<Ellipse>,
    rel_l2: f64,
}

/// Fits on a device.
///
/// # Errors
/// Where the device has no room, or the side of the samples is no multiple of 8.
pub fn on_device(context: &Context, samples: Samples, room: usize, bounds: Bounds) -> Result<Box<dyn Fitter>> {
    Ok(Box::new(DeviceFit::new(context, samples, room, bounds, LIST)?))
}

impl DeviceFit {
    fn new(context: &Context, samples: Samples, room: usize, bounds: Bounds, list: usize) -> Result<Self> {
        let list = list.min(room.max(1));
        let mut passes = Passes::new(context, &samples, room, list, [bounds.least, bounds.most])?;
        passes.set(&[])?;
        let rel_l2 = passes.rel_l2()?;
        let context = context.clone();
        Ok(Self { context, passes, room, bounds, list, samples, ellipses: vec![], rel_l2 })
    }

    /// Twice the room in the tiles' lists, and the last good ellipses; whether that was needed.
    fn made_room(&mut self) -> Result<bool> {
        if !self.passes.crowded()? {
            return Ok(false);
        }
        self.list = (2 * self.list).min(self.room);
        let span = [self.bounds.least, self.bounds.most];
        self.passes = Passes::new(&self.context, &self.samples, self.room, self.list, span)?;
        Ok(true)
    }
}

impl Fitter for DeviceFit {
    fn set(&mut self, ellipses: Vec<Ellipse>) -> Result<()> {
        self.passes.set(&ellipses)?;
        while self.made_room()? {
            self.passes.set(&ellipses)?;
        }
        self.rel_l2 = self.passes.rel_l2()?;
        self.ellipses = ellipses;
        Ok(())
    }

    fn steps(&mut self, steps: usize, gradients: usize) -> Result<()> {
        self.passes.steps(steps, gradients);
        while self.made_room()? {
            self.passes.set(&self.ellipses)?;
            self.passes.steps(steps, gradients);
        }
        self.ellipses = self.passes.ellipses()?;
        self.rel_l2 = self.passes.rel_l2()?;
        Ok(())
    }

    fn ellipses(&self) -> &[Ellipse] {
        &self.ellipses
    }

    fn rel_l2(&self) -> f64 {
        self.rel_l2
    }

    fn gains(&mut self) -> Result<Vec<f64>> {
        let slopes = self.passes.slopes()?;
        let gain = |(e, slope): (&Ellipse, [f32; 6])| {
            // The first product is that with the bell over sqrt nu.
            let nu = std::f64::consts::PI * e.determinant().sqrt();
            e.peak * e.peak * nu + 2.0 * e.peak * f64::from(slope[0]) * nu.sqrt()
        };
        Ok(self.ellipses.iter().zip(slopes).map(gain).collect())
    }

    fn gridded(&mut self) -> Result<Vec<f32>> {
        Ok(self.samples.averaged(&self.passes.residual()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Fit, bounds};

    fn ellipses() -> Vec<Ellipse> {
        (0..40)
            .map(|i| {
                let t = f64::from(i);
                let place = [(t * 17.3) % 64.0, (t * 41.9) % 64.0];
                let sign = if i % 3 == 0 { -1.0 } else { 1.0 };
                Ellipse::from_axes(sign * (1.0 + 0.03 * t), place, 1.0 + 0.05 * t, 1.5 + 0.15 * t, 0.7 * t)
            })
            .collect()
    }

    #[test]
    fn crowded_tiles_get_longer_lists() {
        let context = Context::headless(None).unwrap();
        let n = 64;
        let field: Vec<f64> = (0..n * n).map(|c| (0.2 * (c % n) as f64).sin() * (0.1 * (c / n) as f64).cos()).collect();
        let of = |list| {
            let mut fit = DeviceFit::new(&context, Samples::grid(&field, n), 64, bounds(n), list).unwrap();
            fit.set(ellipses()).unwrap();
            fit.steps(3, 4).unwrap();
            (fit.list, fit.rel_l2, fit.ellipses)
        };
        let (short, ample) = (of(2), of(64));
        assert!(short.0 > 2, "lists of 2 cannot have held {} ellipses", short.2.len());
        assert_eq!((short.1, short.2), (ample.1, ample.2));
    }

    #[test]
    fn gpu_fit_is_that_of_the_cpu() {
        let context = Context::headless(None).unwrap();
        let n = 64;
        let field: Vec<f64> = (0..n * n)
            .map(|c| {
                let (x, y) = ((c % n) as f64 * 0.098, (c / n) as f64 * 0.098);
                3.0 * (2.0 * x + y.sin()).sin() + 2.0 * (3.0 * y - 1.5 * x.cos()).cos() + 0.3
            })
            .collect();
        // The nodes, and nodes that a flow has moved.
        let places: Vec<[f64; 2]> = (0..n * n)
            .map(|c| {
                let (x, y) = ((c % n) as f64, (c / n) as f64);
                [x + 3.0 * (y * 0.196).sin(), y + 2.0 * (x * 0.098).cos()]
            })
            .collect();
        let values: Vec<f32> = field.iter().map(|w| *w as f32).collect();
        for samples in [Samples::grid(&field, n), Samples::scattered(&places, &values, n)] {
            let mut cpu = Fit::new(samples.clone(), vec![], bounds(n));
            let mut gpu = on_device(&context, samples, 64, bounds(n)).unwrap();
            cpu.set(ellipses());
            gpu.set(ellipses()).unwrap();
            assert!((cpu.rel_l2() / gpu.rel_l2() - 1.0).abs() < 1e-4, "{} {}", cpu.rel_l2(), gpu.rel_l2());
            let scale = cpu.gains().iter().fold(0.0_f64, |m, g| m.max(g.abs()));
            for (a, b) in cpu.gains().iter().zip(gpu.gains().unwrap()) {
                assert!((a - b).abs() < crate::ops::ellipse_fit::TOLERANCE * scale, "gain {a} {b}");
            }
            for (a, b) in cpu.gridded().iter().zip(gpu.gridded().unwrap()) {
                assert!((a - b).abs() < 5e-3, "residual {a} {b}");
            }
            // One step is compared by its outcome, more by how far they come.
            cpu.steps(1, 4).unwrap();
            gpu.steps(1, 4).unwrap();
            assert!((cpu.rel_l2() / gpu.rel_l2() - 1.0).abs() < 2e-3, "{} {}", cpu.rel_l2(), gpu.rel_l2());
            let begun = gpu.rel_l2();
            cpu.steps(12, 6).unwrap();
            gpu.steps(12, 6).unwrap();
            assert!(gpu.rel_l2() < 0.7 * begun && (cpu.rel_l2() / gpu.rel_l2() - 1.0).abs() < 0.1);
        }
    }
}
