//! Where a fit runs: one set of operations, on the CPU or on the device.

use super::{Bounds, Fit};
use crate::{
    error::Result,
    ops::ellipse_fit::{Ellipse, Samples},
};

/// Ellipses under refinement, wherever.
pub trait Fitter {
    /// Other ellipses for the same samples.
    ///
    /// # Errors
    /// What the device answers.
    fn set(&mut self, ellipses: Vec<Ellipse>) -> Result<()>;
    /// Damped steps of so many conjugate gradients each.
    ///
    /// # Errors
    /// What the device answers.
    fn steps(&mut self, steps: usize, gradients: usize) -> Result<()>;
    /// The ellipses.
    fn ellipses(&self) -> &[Ellipse];
    /// Distance of the model from the values, relative to the values without their mean.
    fn rel_l2(&self) -> f64;
    /// How much the misfit would rise without each ellipse, the others unchanged.
    ///
    /// # Errors
    /// What the device answers.
    fn gains(&mut self) -> Result<Vec<f64>>;
    /// The residual averaged over the samples of each cell.
    ///
    /// # Errors
    /// What the device answers.
    fn gridded(&mut self) -> Result<Vec<f32>>;
}

impl Fitter for Fit {
    fn set(&mut self, ellipses: Vec<Ellipse>) -> Result<()> {
        Self::set(self, ellipses);
        Ok(())
    }

    fn steps(&mut self, steps: usize, gradients: usize) -> Result<()> {
        (0..steps).for_each(|_| {
            self.step(gradients);
        });
        Ok(())
    }

    fn ellipses(&self) -> &[Ellipse] {
        Self::ellipses(self)
    }

    fn rel_l2(&self) -> f64 {
        Self::rel_l2(self)
    }

    fn gains(&mut self) -> Result<Vec<f64>> {
        Ok(Self::gains(self))
    }

    fn gridded(&mut self) -> Result<Vec<f32>> {
        Ok(Self::gridded(self))
    }
}

/// What makes a fit from samples, room for so many ellipses, and bounds.
pub type Maker<'a> = &'a dyn Fn(Samples, usize, Bounds) -> Result<Box<dyn Fitter>>;

/// Fits on the CPU.
///
/// # Errors
/// None; the device's maker has some.
pub fn on_cpu(samples: Samples, _room: usize, bounds: Bounds) -> Result<Box<dyn Fitter>> {
    Ok(Box::new(Fit::new(samples, vec![], bounds)))
}
