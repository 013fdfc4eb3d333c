//! How far a decoded field is from the reference at the same time.

use std::io::Write;

use super::reference::Frame;
use crate::{error::Result, io::atomic::Pending, math::nearness, sim::Transforms};

/// Numbers of one picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distance {
    /// `|omega - reference| / |reference|`.
    pub rel_l2: f64,
    /// Correlation of the two, means left out.
    pub corr: f64,
    /// `(E - E_ref) / E_ref`, E the mean of `(u^2 + v^2)/2`.
    pub d_energy: f64,
    /// `(Z - Z_ref) / Z_ref`, Z the mean of `omega^2/2`.
    pub d_enstrophy: f64,
}

impl Distance {
    /// Of a decoded field from the reference's.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn of(field: &[f32], reference: &Frame, transforms: &Transforms) -> Result<Self> {
        let wide: Vec<f64> = field.iter().map(|w| f64::from(*w)).collect();
        let near = nearness(&wide, &reference.field);
        let (energy, enstrophy) = transforms.energies(&wide, wide.len().isqrt())?;
        Ok(Self {
            rel_l2: near.rel_l2,
            corr: near.corr,
            d_energy: (energy - reference.energy) / reference.energy,
            d_enstrophy: (enstrophy - reference.enstrophy) / reference.enstrophy,
        })
    }
}

/// `--metrics-csv`: one line a picture, written as the run goes and put in place at its end.
pub struct Csv(Pending);

impl Csv {
    /// With its heading.
    ///
    /// # Errors
    /// [`crate::Error::Unwritable`].
    pub fn begin(path: &std::path::Path) -> Result<Self> {
        let mut file = Pending::begin(path)?;
        file.write(|out| writeln!(out, "step,time,max_abs,l2_norm_z,rel_l2,corr,dE,dZ"))?;
        Ok(Self(file))
    }

    /// One picture; what was not measured stays empty.
    ///
    /// # Errors
    /// [`crate::Error::Unwritable`].
    pub fn push(&mut self, step: u64, time: f64, max_abs: f32, norm: f64, distance: Option<Distance>) -> Result<()> {
        let distance = distance
            .map_or(",,,".into(), |d| format!("{:e},{:e},{:e},{:e}", d.rel_l2, d.corr, d.d_energy, d.d_enstrophy));
        self.0.write(|out| writeln!(out, "{step},{time},{max_abs:e},{norm:e},{distance}"))
    }

    /// Puts the file in place.
    ///
    /// # Errors
    /// [`crate::Error::Unwritable`].
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
