//! Buffers and dispatches of a simulation, made once.

use super::{Held, Launches, Les, shares};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{filled, storage},
        dispatch::groups,
    },
    math::BOX,
    primitives::fft::gpu::{Kind, Plan, columns, half, rows, table},
    spectral::les::{LesOptions, LesScheme, LesStage, Precision, slope::band},
};

impl Les {
    /// Starts from `omega[j, i]`, row-major `N x N`, as [`super::Les::new`]. N is a power of two from 16 to
    /// 4096; the arithmetic is f32.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an option out of range or a field of the wrong size or with values that are not
    /// finite; [`Error::Run`] where the device has no room.
    pub fn new(context: &Context, options: &LesOptions, omega: &[f64]) -> Result<Self> {
        let cells = options.n * options.n;
        if omega.len() != cells {
            return Err(Error::invalid("first field of the LES", format!("{cells} numbers"), omega.len()));
        }
        let narrow: Vec<f32> = omega.iter().map(|w| *w as f32).collect();
        if let Some(i) = narrow.iter().position(|w| !w.is_finite()) {
            let place = format!("first field of the LES at [{}, {}]", i / options.n, i % options.n);
            return Err(Error::invalid(place, "a finite number in single precision", omega[i]));
        }
        Self::of_field(context, options, &filled(context, "first field of the LES", &narrow)?)
    }

    /// The same from a field that is on the device, f32.
    ///
    /// # Errors
    /// As [`Les::new`].
    pub fn of_field(context: &Context, options: &LesOptions, field: &wgpu::Buffer) -> Result<Self> {
        options.validate()?;
        if options.dtype == Precision::F64 {
            let expected = "f32: the device computes in single precision";
            return Err(Error::invalid("precision of the LES on the device", expected, "f64"));
        }
        let (c, n, k) = (context, options.n as u32, band(options.n));
        let (upright, across) = (columns(c, n)?, rows(c, n, 2)?);
        let modes = (k + 1) * (2 * k + 1);
        let table = table(c, n)?;
        let pairs = |name: &str, count: usize| storage::<[f32; 2]>(c, name, count);
        let summed = if options.scheme == LesScheme::Rk4 { 2 * modes } else { modes };
        let [omega, middle, saved] = [pairs("LES", modes)?, pairs("LES middle", summed)?, pairs("LES before", modes)?];
        let quads = |name: &str| storage::<[f32; 4]>(c, name, (k + 1) * options.n);
        let (flow, vorticity, slopes) = (quads("LES flow")?, quads("LES vorticity")?, quads("LES slopes")?);
        let seen = storage::<u32>(c, "LES seen", 4 + 2 * (k + 1))?;
        let spectrum = pairs("LES spectrum", half(n))?;
        let grid = storage::<f32>(c, "LES field", options.n * options.n)?;

        let eddy = (options.cs * BOX / options.n as f64).powi(2) as f32;
        let value = LesStage { nu0: options.nu0 as f32, eddy, ..Default::default() };
        let shares = shares(options.scheme);
        let stages: Vec<_> = shares.iter().map(|_| Uniform::new(c, "LES stage", value)).collect();
        let (bands, with_eddy) = (("BAND", k as f64), ("EDDY", f64::from(u8::from(options.cs > 0.0))));
        let of_rows = |stage: usize| {
            let constants = across.constants(&[bands, with_eddy, ("STAGE", stage.min(1) as f64)]);
            let buffers = [&table, stages[stage].buffer(), &flow, &vorticity, &slopes, &seen];
            Dispatch::new(c, "les_rows", &constants, &buffers, across.groups(n))
        };
        // The columns after the slopes of a stage, and those before the first.
        let of_columns = |stage: Option<usize>| {
            let (last, summed) = (shares.len() - 1, options.scheme == LesScheme::Rk4);
            let kind = stage.map_or(0, |s| {
                if s == 0 {
                    1
                } else if s < last {
                    2
                } else {
                    3
                }
            });
            let sum = stage.filter(|_| summed).map_or(0, |s| {
                if s == 1 {
                    1
                } else if s == last {
                    2
                } else {
                    0
                }
            });
            let named = [("STAGE", f64::from(kind)), ("SUM", f64::from(sum)), ("MODES", modes as f64)];
            let constants = upright.constants(&[[bands, with_eddy].as_slice(), &named].concat());
            let numbers = stages[stage.unwrap_or(0)].buffer();
            let buffers = [&table, numbers, &omega, &middle, &slopes, &flow, &vorticity];
            Dispatch::new(c, "les_columns", &constants, &buffers, upright.groups(k as u32 + 1))
        };
        let mut step = vec![];
        for stage in 0..shares.len() {
            step.extend([of_rows(stage)?, of_columns(Some(stage))?]);
        }
        let taken = [groups(modes, 64), 1, 1];
        let numbers = [("N", f64::from(n)), bands];
        let picture = rows(c, n, 2)?;
        let launches = Launches {
            start: Dispatch::new(c, "les_band", &numbers, &[&spectrum, &omega], taken)?,
            first: of_columns(None)?,
            step,
            sums: Dispatch::new(c, "les_sums", &[bands], &[&omega, &seen], [k as u32 + 1, 1, 1])?,
            picture: Dispatch::new(
                c,
                "les_field",
                &picture.constants(&[bands]),
                &[&table, &vorticity, &grid],
                picture.groups(n / 2),
            )?,
        };
        let mut les = Self {
            options: *options,
            count: 0,
            parts: 1,
            cfl: None,
            rate: 0.0,
            floor: None,
            remark: None,
            divided: false,
            unheeded: 0,
            launches,
            context: c.clone(),
            stages,
            held: Held { omega, saved, seen, field: grid },
        };
        les.divide(1);
        // The field's modes.
        let there = Plan::new(c, Kind::RealForward, n, field, &spectrum)?;
        les.submit(|pass, les| {
            let modes = [&les.launches.start, &les.launches.first, &les.launches.picture];
            there.passes().iter().chain(modes).for_each(|d| d.encode(pass));
        });
        Ok(les)
    }
}
