//! Reference: see the module above.

use crate::{
    math::{BOX, Complex, Complex64, Real},
    ops::{low_k, raster, window::Window},
    state::{Atoms, Background},
};

/// The whole decode in one precision, row by row, row 0 at the bottom.
pub fn field<R: Real>(atoms: &Atoms, background: &Background, window: &Window) -> Vec<R> {
    let vertex: Vec<[R; 2]> = atoms.view().vertex.iter().map(|v| [R::of(v.x), R::of(v.y)]).collect();
    let mut field = raster::cpu::field(atoms.view(), &vertex, window);
    let mean = R::of(atoms.circulation() / (BOX * BOX));
    for cell in &mut field {
        *cell -= mean;
    }
    if !background.is_zero() {
        let narrow = |c: &Complex64| Complex::new(R::of(c.re), R::of(c.im));
        let dense: Vec<Complex<R>> = background.dense().iter().map(narrow).collect();
        let low = low_k::cpu::field(&dense, background.basis().radius(), window);
        for (cell, low) in field.iter_mut().zip(low) {
            *cell += low;
        }
    }
    field
}
