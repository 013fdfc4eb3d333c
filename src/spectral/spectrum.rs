//! A background from nothing: random amplitudes with a chosen spectrum, on the stored modes alone.
//!
//! The modes are those of [`RandomField`] at this seed, cut to the basis and scaled so that the field they
//! make has the rms asked for. That field is all there is, so its residual energies are 0.

use super::{Encoder, RandomField};
use crate::{
    error::{Error, Result},
    math::Complex64,
    primitives::fft::band::Band,
    state::{Background, Header},
};

/// Least share of the spectrum's energy that the stored modes must hold.
const LEAST: f64 = 1e-3;

/// The background and its header, `support_frac` being that of the grid of `encoder`.
///
/// # Errors
/// [`Error::Invalid`] for numbers out of range, or a spectrum that the cuts leave nothing of.
pub fn background(random: &RandomField, encoder: &Encoder) -> Result<Background> {
    let field = random.field(encoder.n())?;
    let whole = encoder.encode(&field, &encoder.basis(&field)?)?;
    let stored: f64 = whole.modes().map(|(_, c)| c.norm_sqr()).sum::<f64>();
    let wanted = random.rms * random.rms;
    if stored < LEAST * wanted {
        let cut = whole.basis().radius();
        return Err(Error::invalid("peak of the spectrum", format!("one the modes up to {cut} hold"), random.peak));
    }
    let scale = if stored > 0.0 { (wanted / stored).sqrt() } else { 0.0 };
    let amplitudes: Vec<Complex64> = whole.modes().map(|(_, c)| c * scale).collect();
    let bare = Background::from_amplitudes(whole.basis().clone(), &amplitudes, whole.header)?;
    let (dense, r) = (bare.dense(), bare.basis().radius());
    let seen = Band::new(encoder.n()).field(r as usize, |k| dense[crate::state::dense_index(k, r)]);
    let support_frac = encoder.encode(&seen, bare.basis())?.header.support_frac;
    let header = Header { support_frac, resid_mid_e: 0.0, resid_high_e: 0.0, k_keep: bare.header.k_keep };
    Background::from_amplitudes(bare.basis().clone(), &amplitudes, header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::Cuts;

    #[test]
    fn the_stored_field_has_the_rms_asked_for_and_nothing_beyond() {
        let random = RandomField { peak: 5.0, rms: 2.0, seed: 4 };
        let made = |n: usize, topk_mid: u32| {
            background(&random, &Encoder::new(n, &Cuts { topk_mid, ..Default::default() }).unwrap()).unwrap()
        };
        for (n, topk) in [(64, 0), (64, 40), (128, 4096)] {
            let z = made(n, topk);
            let energy: f64 = z.modes().map(|(_, c)| c.norm_sqr()).sum();
            assert!((energy - 4.0).abs() < 1e-12, "{energy}");
            assert_eq!((z.k_keep(), z.unresolved_energy()), (topk as usize, 0.0));
            assert_eq!(z.header.support_frac > 0.0, topk > 0);
        }
        let far = RandomField { peak: 40.0, ..random };
        let message = background(&far, &Encoder::new(128, &Cuts::default()).unwrap()).unwrap_err().to_string();
        assert!(message.contains("peak of the spectrum: expected one the modes up to 12 hold"), "{message}");
    }
}
