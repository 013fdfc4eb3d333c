//! A fit on the device: steps run there, seeds and exchanges are chosen here.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex},
};

use super::{Bounds, Fitter};
use crate::{
    error::Result,
    gpu::Context,
    ops::ellipse_fit::{Ellipse, LIST, Samples, gpu::Passes},
};

struct DeviceFit {
    context: Context,
    passes: Held,
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

/// Buffers and launches of the last fit, for the next one of the same size. Clones share them.
#[derive(Clone, Default)]
pub struct Warm(Arc<Mutex<Option<Passes>>>);

/// Passes in use, which go back to where the next fit finds them.
struct Held {
    passes: Option<Passes>,
    warm: Option<Warm>,
}

impl Deref for Held {
    type Target = Passes;

    fn deref(&self) -> &Passes {
        // Proof: made with passes, which only the drop takes out.
        self.passes.as_ref().expect("passes are held")
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Passes {
        // Proof: as above.
        self.passes.as_mut().expect("passes are held")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(warm) = &self.warm
            && let Ok(mut kept) = warm.0.lock()
        {
            *kept = self.passes.take();
        }
    }
}

/// [`on_device`], warm: what the last fit left in `warm` is taken where the samples fit into it. The outcome is the
/// same, bit for bit.
///
/// # Errors
/// As [`on_device`].
pub fn on_device_warm(
    context: &Context,
    warm: &Warm,
    samples: Samples,
    room: usize,
    bounds: Bounds,
) -> Result<Box<dyn Fitter>> {
    let list = LIST.min(room.max(1));
    // What a fault left half done is made anew.
    let left = warm.0.lock().ok().and_then(|mut kept| kept.take());
    let renewed = left.and_then(|mut passes| {
        let fits = passes.renew(&samples, room, list, [bounds.least, bounds.most]);
        fits.then_some(passes)
    });
    let mut fit = match renewed {
        Some(passes) => DeviceFit::of(context, passes, samples, room, bounds)?,
        None => DeviceFit::new(context, samples, room, bounds, list)?,
    };
    fit.passes.warm = Some(warm.clone());
    Ok(Box::new(fit))
}

impl DeviceFit {
    fn new(context: &Context, samples: Samples, room: usize, bounds: Bounds, list: usize) -> Result<Self> {
        let list = list.min(room.max(1));
        let passes = Passes::new(context, &samples, room, list, [bounds.least, bounds.most])?;
        Self::of(context, passes, samples, room, bounds)
    }

    /// Without ellipses all is left.
    fn of(context: &Context, mut passes: Passes, samples: Samples, room: usize, bounds: Bounds) -> Result<Self> {
        passes.set(&[])?;
        let (context, list) = (context.clone(), passes.list());
        let passes = Held { passes: Some(passes), warm: None };
        Ok(Self { context, passes, room, bounds, list, samples, ellipses: vec![], rel_l2: 1.0 })
    }

    /// Takes what the device came to; false where lists were too short: then they are longer, and the last good
    /// ellipses are to be fitted again.
    fn took(&mut self) -> Result<bool> {
        let (ellipses, rel_l2, crowded) = self.passes.outcome()?;
        if crowded {
            self.list = (2 * self.list).min(self.room);
            let span = [self.bounds.least, self.bounds.most];
            *self.passes = Passes::new(&self.context, &self.samples, self.room, self.list, span)?;
            return Ok(false);
        }
        (self.ellipses, self.rel_l2) = (ellipses, rel_l2);
        Ok(true)
    }
}

impl Fitter for DeviceFit {
    fn set(&mut self, ellipses: Vec<Ellipse>) -> Result<()> {
        self.passes.set(&ellipses)?;
        while !self.took()? {
            self.passes.set(&ellipses)?;
        }
        // As they were given, not as the device rounds them.
        self.ellipses = ellipses;
        Ok(())
    }

    fn steps(&mut self, steps: usize, gradients: usize) -> Result<()> {
        self.passes.steps(steps, gradients);
        while !self.took()? {
            self.passes.set(&self.ellipses)?;
            self.passes.steps(steps, gradients);
        }
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
    fn gpu_warm_fit_leaves_the_bits_of_a_fresh_one() {
        let (context, warm, n) = (Context::headless(None).unwrap(), Warm::default(), 64);
        let samples = |t: f64| {
            let field: Vec<f32> = (0..n * n).map(|c| ((0.2 + t) * (c % n) as f64).sin() as f32 - 0.3).collect();
            let places: Vec<[f64; 2]> =
                (0..n * n).map(|c| [(c % n) as f64 + 9.0 * (t + c as f64 * 0.0015).sin(), (c / n) as f64]).collect();
            let samples = Samples::scattered(&places, &field, n);
            // The one in the middle counts the mean, which those beside it do not.
            if t == 0.1 { samples.with_mean() } else { samples }
        };
        let run = |mut fit: Box<dyn Fitter>, count: usize| {
            fit.set(ellipses()[..count].to_vec()).unwrap();
            fit.steps(3, 4).unwrap();
            (fit.rel_l2(), fit.ellipses().to_vec(), fit.gains().unwrap(), fit.gridded().unwrap())
        };
        // Later ones find more and fewer ellipses, and longer lists, than they need.
        for (t, count) in [(0.0, 40), (0.1, 25), (0.2, 40)] {
            let fresh = run(on_device(&context, samples(t), count, bounds(n)).unwrap(), count);
            let again = run(on_device_warm(&context, &warm, samples(t), count, bounds(n)).unwrap(), count);
            assert_eq!(fresh, again, "{t}");
            assert!(warm.0.lock().unwrap().is_some(), "nothing was kept");
        }
        let mut kept = warm.0.lock().unwrap().take().unwrap();
        assert!(kept.renew(&samples(0.3), 40, 40, [bounds(n).least, bounds(n).most]));
        let heap = Samples::scattered(&vec![[3.0, 3.0]; n * n], &vec![1.0; n * n], n);
        assert!(!kept.renew(&heap, 40, 40, [bounds(n).least, bounds(n).most]), "a heap has no room in these launches");
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
        let moved = Samples::scattered(&places, &values, n);
        for samples in [Samples::grid(&field, n), moved.clone(), moved.with_mean()] {
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
