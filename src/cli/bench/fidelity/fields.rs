//! The fields that fidelity is measured on: decaying turbulence from a seeded random field.
//!
//! N = 256, nu = 5e-5, Cs = 0.17, spectrum factor exp(-((k - 6)/2.1)^2), rms vorticity 3. The step is 0.01, divided
//! where the scheme asks for it. Under rk2 it is a quarter of that: with 0.01 the midpoint rule is not stable for
//! this field (spots of grid size grow from t = 1.5 on, and the enstrophy with them), with 0.0025 the enstrophy falls
//! all the way.

use std::path::{Path, PathBuf};

use super::Talk;
use crate::{
    error::{Error, Result},
    io::{
        Array, array,
        field_file::{Field, read_field},
    },
    lab::Place,
    spectral::{Les, LesOptions, RandomField, les::LesScheme},
};

/// Side of the grid.
pub const N: usize = 256;
/// Times at which fields are asked for.
const TIMES: [u32; 9] = [6, 7, 8, 9, 20, 21, 22, 23, 24];
/// Viscosity of the LES.
pub const NU: f64 = 5e-5;
/// Smagorinsky's constant.
pub const CS: f64 = 0.17;
/// Steps of the LES in a unit of time.
fn steps_a_unit(scheme: LesScheme) -> u32 {
    if scheme == LesScheme::Rk2 { 400 } else { 100 }
}
/// Side of the young field.
pub const YOUNG_N: usize = 640;
/// Steps of 0.01 after which it is young.
const YOUNG_STEPS: u32 = 30;

/// Floats of a share of N^2.
pub fn floats(share: f64) -> usize {
    (share * (N * N) as f64).round() as usize
}

/// Makes fields, or finds them where an earlier run left them; and where atoms are fitted to them.
pub struct Fields {
    cache: Option<PathBuf>,
    place: Place,
    scheme: LesScheme,
    /// The seed asked for last, and its fields at [`TIMES`].
    last: Option<(u64, Vec<Vec<f64>>)>,
}

impl Fields {
    /// With a folder that keeps fields between runs; it is created.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn new(cache: Option<&Path>, place: Place, scheme: LesScheme) -> Result<Self> {
        if let Some(folder) = cache {
            let unwritable = |source| Error::Unwritable { path: folder.into(), source };
            std::fs::create_dir_all(folder).map_err(unwritable)?;
        }
        Ok(Self { cache: cache.map(Path::to_path_buf), place, scheme, last: None })
    }

    /// Where atoms are fitted.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What that is: `cpu` or `device`.
    pub fn device(&self) -> &'static str {
        if matches!(self.place, Place::Cpu) { "cpu" } else { "device" }
    }

    /// The field of a seed at each of these times of [`TIMES`]. The first call for a seed runs its LES once for all.
    ///
    /// # Errors
    /// [`Error::Interrupted`], and what the LES and the cache meet.
    pub fn at(&mut self, seed: u64, times: &[u32], talk: &mut Talk) -> Result<Vec<Vec<f64>>> {
        let les = self.prefix();
        let name = |t: u32| format!("{les}_N{N}_seed{seed}_t{t:02}.npy");
        if self.last.as_ref().is_none_or(|last| last.0 != seed) {
            let kept = TIMES.iter().map(|t| self.kept(&name(*t), N)).collect::<Result<Option<Vec<_>>>>()?;
            let fields = match kept {
                Some(fields) => fields,
                None => self.simulated(seed, &name, talk)?,
            };
            self.last = Some((seed, fields));
        }
        let fields = self.last.iter().flat_map(|last| TIMES.iter().zip(&last.1));
        Ok(fields.filter(|(t, _)| times.contains(t)).map(|(_, field)| field.clone()).collect())
    }

    /// What names of kept fields begin with; those of rk2 as before there was a choice.
    fn prefix(&self) -> String {
        if self.scheme == LesScheme::Rk2 { "les".into() } else { format!("les_{}", self.scheme.name()) }
    }

    /// A simulation that starts from a field.
    ///
    /// # Errors
    /// What the LES refuses.
    pub fn simulate(&self, omega: &[f64], n: usize) -> Result<Les> {
        let dt = 1.0 / f64::from(steps_a_unit(self.scheme));
        Les::new(&LesOptions { n, nu0: NU, cs: CS, dt, scheme: self.scheme, ..Default::default() }, omega)
    }

    /// Takes a simulation one unit of time further.
    ///
    /// # Errors
    /// What ends it.
    pub fn advance(&self, les: &mut Les) -> Result<()> {
        (0..steps_a_unit(self.scheme)).try_for_each(|_| les.step())
    }

    /// The fields of a seed at [`TIMES`], kept.
    fn simulated(&self, seed: u64, name: &dyn Fn(u32) -> String, talk: &mut Talk) -> Result<Vec<Vec<f64>>> {
        let mut les = self.simulate(&random(N, seed)?, N)?;
        let last = TIMES[TIMES.len() - 1];
        let mut fields = vec![];
        for t in 1..=last {
            self.advance(&mut les)?;
            talk.step(&format!("LES of seed {seed}"), f64::from(t) / f64::from(last))?;
            if TIMES.contains(&t) {
                fields.push(self.keep(&name(t), les.field(), N)?);
            }
        }
        Ok(fields)
    }

    /// A young field, side [`YOUNG_N`], after 30 steps of 0.01.
    ///
    /// # Errors
    /// As [`Fields::at`].
    pub fn young(&self, seed: u64, talk: &mut Talk) -> Result<Vec<f64>> {
        let name = format!("{}_N{YOUNG_N}_seed{seed}_step{YOUNG_STEPS}.npy", self.prefix());
        if let Some(field) = self.kept(&name, YOUNG_N)? {
            return Ok(field);
        }
        let mut les = self.simulate(&random(YOUNG_N, seed)?, YOUNG_N)?;
        let steps = YOUNG_STEPS * steps_a_unit(self.scheme) / 100;
        for step in 1..=steps {
            les.step()?;
            talk.step(&format!("LES of seed {seed}, N = {YOUNG_N}"), f64::from(step) / f64::from(steps))?;
        }
        self.keep(&name, les.field(), YOUNG_N)
    }

    fn kept(&self, name: &str, n: usize) -> Result<Option<Vec<f64>>> {
        let Some(path) = self.cache.as_ref().map(|folder| folder.join(name)).filter(|path| path.exists()) else {
            return Ok(None);
        };
        let field = read_field(&path, None)?;
        match field.n == n {
            true => Ok(Some(field.omega)),
            false => Err(Error::bad_file(&path, "array", format!("[{n}, {n}]"), format!("[{0}, {0}]", field.n))),
        }
    }

    /// As f32 in any case, so that a cached run repeats the first one.
    fn keep(&self, name: &str, field: Vec<f64>, n: usize) -> Result<Vec<f64>> {
        let field: Vec<f32> = field.into_iter().map(|x| x as f32).collect();
        if let Some(folder) = &self.cache {
            array::write_npy(&folder.join(name), &Array::new(&[n, n], &field)?)?;
        }
        Ok(Field { n, omega: field.into_iter().map(f64::from).collect() }.omega)
    }
}

/// The random field of a seed.
fn random(n: usize, seed: u64) -> Result<Vec<f64>> {
    RandomField { seed, ..Default::default() }.field(n)
}
