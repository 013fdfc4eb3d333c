//! `dashi-vortex bench carrier`: random carriers through every operator on both sides.

use std::time::Instant;

use rand::{Rng, SeedableRng};

use crate::{
    cli::backend::Backend,
    error::{Error, Result},
    primitives::ternary::{Carrier, cpu},
};

const ABOUT: &str = "\
Five batches of fresh random carriers, N x N cells each. The results of both sides are
compared bit for bit; a difference ends with exit code 3. Times are milliseconds per operator:
on the CPU each call, on the GPU a batch of dispatches in one submit divided by their number.
Median, and the range from the 10th to the 90th percentile. Without an adapter the command
ends with exit code 4; --backend cpu measures the CPU alone.";

const BATCHES: u64 = 5;

/// Arguments of `bench carrier`.
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct CarrierArgs {
    /// Side of the carriers
    #[arg(long = "N", value_name = "N", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..=8192))]
    n: u32,
    /// Calls of each operator on each side, over all batches
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeats: u32,
    /// Carriers of one fusion
    #[arg(long = "K", value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1024))]
    k: u32,
    /// Seed of the carriers
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u32,
    /// gpu: both sides; auto: both where there is an adapter; cpu: the CPU alone
    #[arg(long, value_enum, default_value = "gpu", ignore_case = true)]
    backend: Backend,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// An operator on the inputs of a batch.
#[derive(Clone, Copy, PartialEq)]
enum Operator {
    Threshold,
    Saturate,
    Smooth,
    Fuse,
    Add,
    Diff,
}

const OPERATORS: [(Operator, &str); 6] = [
    (Operator::Threshold, "threshold"),
    (Operator::Saturate, "saturate"),
    (Operator::Smooth, "smooth"),
    (Operator::Fuse, "fuse"),
    (Operator::Add, "add"),
    (Operator::Diff, "diff"),
];

/// What a batch works on.
struct Inputs {
    n: usize,
    field: Vec<f32>,
    t: f32,
    values: Vec<i32>,
    carriers: Vec<Carrier>,
}

impl Inputs {
    fn random(n: usize, k: usize, seed: u64) -> Result<Self> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let cells = n * n;
        let field = (0..cells).map(|_| random.next_u32() as i32 as f32 / 2_147_483_648.0).collect();
        let mut values = || (0..cells).map(|_| (random.next_u32() % 5) as i32 - 2).collect::<Vec<i32>>();
        let carriers = (0..k.max(2)).map(|_| cpu::saturate(&values(), n, n)).collect::<Result<_>>()?;
        // 0.35 standard deviations of numbers spread evenly over [-1, 1].
        Ok(Self { n, field, t: 0.35 / 3.0_f32.sqrt(), values: values(), carriers })
    }

    fn on_cpu(&self, operator: Operator, k: usize) -> Result<Carrier> {
        let Self { n, carriers, .. } = self;
        match operator {
            Operator::Threshold => cpu::threshold(&self.field, *n, *n, self.t),
            Operator::Saturate => cpu::saturate(&self.values, *n, *n),
            Operator::Smooth => Ok(cpu::smooth(&carriers[0], 1)),
            Operator::Fuse => cpu::fuse(&carriers[..k].iter().collect::<Vec<_>>()),
            Operator::Add => cpu::add(&carriers[0], &carriers[1]),
            Operator::Diff => cpu::diff(&carriers[0], &carriers[1]),
        }
    }

    /// Bytes an operator reads and writes.
    fn bytes(&self, operator: Operator, k: usize) -> u64 {
        let carrier = size_of_val(self.carriers[0].words()) as u64;
        let read = match operator {
            Operator::Threshold | Operator::Saturate => 4 * self.field.len() as u64,
            Operator::Smooth => carrier,
            Operator::Fuse => k as u64 * carrier,
            Operator::Add | Operator::Diff => 2 * carrier,
        };
        read + carrier
    }
}

/// One operator on one side.
#[derive(serde::Serialize)]
struct Row {
    name: &'static str,
    backend: &'static str,
    /// Cells.
    size: usize,
    unit: &'static str,
    /// `None` before anything was measured.
    median: Option<f64>,
    spread: Option<f64>,
    /// Cells of all batches that differ from the CPU's; `None` for the CPU itself.
    error: Option<u64>,
    bytes: u64,
    floor_fraction: Option<f64>,
    #[serde(skip)]
    samples: Vec<f64>,
}

impl Row {
    fn summarise(&mut self) {
        self.samples.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = self.samples.len().checked_sub(1)?;
            self.samples.get((share * last as f64).round() as usize).copied()
        };
        (self.median, self.spread) = (at(0.5), at(0.9).zip(at(0.1)).map(|(high, low)| high - low));
    }
}

#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
struct Report {
    bench: &'static str,
    N: u32,
    K: u32,
    repeats: u32,
    seed: u32,
    adapter: Option<String>,
    driver: Option<String>,
    software_adapter: Option<bool>,
    rows: Vec<Row>,
    /// `None` where only one side ran.
    passed: Option<bool>,
}

/// Measures and compares.
///
/// # Errors
/// `NoGpu` without an adapter, `CheckFailed` where a cell differs.
pub fn carrier(args: &CarrierArgs) -> Result<()> {
    let device = match args.backend {
        Backend::Cpu if args.adapter.is_some() => {
            return Err(Error::Usage("--backend cpu excludes --adapter".into()));
        }
        Backend::Cpu => None,
        Backend::Gpu => Some(device::Device::open(args)?),
        Backend::Auto => match device::Device::open(args) {
            Err(Error::NoGpu(why)) => {
                crate::cli::remark(&format!("auto chose the CPU alone: {why}"));
                None
            }
            other => Some(other?),
        },
    };
    let (n, k) = (args.n as usize, args.k as usize);
    let mut rows: Vec<Row> = Vec::new();
    let per_batch = args.repeats.div_ceil(BATCHES as u32);
    for batch in 0..BATCHES {
        let inputs = Inputs::random(n, k, u64::from(args.seed) * BATCHES + batch)?;
        let uploaded = device.as_ref().map(|device| device.upload(&inputs)).transpose()?;
        for (i, (operator, name)) in OPERATORS.into_iter().enumerate() {
            let sides = 1 + usize::from(device.is_some());
            if batch == 0 {
                for backend in ["cpu", "gpu"].into_iter().take(sides) {
                    rows.push(Row {
                        name,
                        backend,
                        size: n * n,
                        unit: "ms",
                        median: None,
                        spread: None,
                        error: (backend == "gpu").then_some(0),
                        bytes: inputs.bytes(operator, k),
                        floor_fraction: None,
                        samples: vec![],
                    });
                }
            }
            let expected = inputs.on_cpu(operator, k)?;
            for _ in 0..per_batch {
                let begun = Instant::now();
                std::hint::black_box(inputs.on_cpu(operator, k)?);
                rows[sides * i].samples.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            if let Some(uploaded) = &uploaded {
                let row = &mut rows[sides * i + 1];
                let (ms, words) = uploaded.run(operator, k, per_batch)?;
                row.samples.push(ms);
                let differ = words
                    .iter()
                    .zip(expected.words())
                    .map(|(a, b)| u64::from(((a[0] ^ b[0]) | (a[1] ^ b[1])).count_ones()));
                row.error = row.error.map(|sum| sum + differ.sum::<u64>());
            }
        }
    }
    rows.iter_mut().for_each(Row::summarise);
    let different: Vec<&str> = rows.iter().filter(|r| r.error.is_some_and(|e| e > 0)).map(|r| r.name).collect();
    let verdict = match different.as_slice() {
        [] => Ok(()),
        names => Err(Error::CheckFailed(format!("CPU and GPU differ in {}", names.join(", ")))),
    };
    let report = Report {
        bench: "carrier",
        N: args.n,
        K: args.k,
        repeats: per_batch * BATCHES as u32,
        seed: args.seed,
        adapter: device.as_ref().map(|d| d.adapter()),
        driver: device.as_ref().map(|d| d.driver()),
        software_adapter: device.as_ref().map(|d| d.software()),
        passed: device.is_some().then_some(verdict.is_ok()),
        rows,
    };
    if args.json {
        crate::cli::print_json(&report)?
    } else {
        crate::cli::print(&text(&report))?
    }
    verdict
}

fn text(report: &Report) -> String {
    let Report { N, K, repeats, seed, .. } = report;
    let adapter = report.adapter.as_deref().unwrap_or("none, CPU alone");
    let driver = report.driver.as_deref().map_or(String::new(), |d| format!(", driver {d}"));
    let software = if report.software_adapter == Some(true) {
        "; software on the CPU: its times say nothing of a GPU"
    } else {
        ""
    };
    let mut text = format!(
        "adapter  {adapter}{driver}{software}\ncarriers {N} x {N}, K {K}, {repeats} repeats, seed {seed}\n\n\
         {:<12} {:<4} {:>12} {:>12} {:>10}  parity\n",
        "operator", "on", "median", "spread", "GB/s"
    );
    for r in &report.rows {
        let ms = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4} ms"));
        let rate =
            r.median.filter(|ms| *ms > 0.0).map_or("-".into(), |ms| format!("{:.1}", r.bytes as f64 / ms * 1e-6));
        let parity = match r.error {
            None => "reference".into(),
            Some(0) => "the same bits".into(),
            Some(cells) => format!("{cells} CELLS DIFFER"),
        };
        text += &format!(
            "{:<12} {:<4} {:>12} {:>12} {rate:>10}  {parity}\n",
            r.name,
            r.backend,
            ms(r.median),
            ms(r.spread)
        );
    }
    text
}

#[cfg(feature = "gpu")]
mod device {
    use super::{CarrierArgs, Inputs, Instant, Operator, Result};
    use crate::{
        gpu::{Context, buffer::filled, readback},
        primitives::ternary::gpu::Passes,
    };

    /// An adapter.
    pub struct Device(Context);

    /// The inputs of a batch on it.
    pub struct Uploaded<'a> {
        context: &'a Context,
        passes: Passes<'a>,
        t: f32,
        field: wgpu::Buffer,
        values: wgpu::Buffer,
        carriers: wgpu::Buffer,
        pair: [wgpu::Buffer; 2],
        out: wgpu::Buffer,
    }

    impl Device {
        /// The device that was asked for.
        ///
        /// # Errors
        /// [`crate::Error::NoGpu`].
        pub fn open(args: &CarrierArgs) -> Result<Self> {
            Context::headless(args.adapter.as_deref()).map(Self)
        }

        pub fn adapter(&self) -> String {
            self.0.report.name.clone()
        }

        pub fn driver(&self) -> String {
            let report = &self.0.report;
            format!("{} {} ({})", report.driver, report.driver_info, report.backend)
        }

        pub fn software(&self) -> bool {
            self.0.report.software
        }

        /// What the operators work on, in the device's memory.
        ///
        /// # Errors
        /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
        pub fn upload(&self, inputs: &Inputs) -> Result<Uploaded<'_>> {
            let context = &self.0;
            let passes = Passes::new(context, inputs.n, inputs.n)?;
            let all: Vec<[u32; 2]> = inputs.carriers.iter().flat_map(|c| c.words().iter().copied()).collect();
            let one = |i: usize| filled(context, "carrier", inputs.carriers[i].words());
            Ok(Uploaded {
                t: inputs.t,
                field: filled(context, "field", &inputs.field)?,
                values: filled(context, "values", &inputs.values)?,
                carriers: filled(context, "carriers", &all)?,
                pair: [one(0)?, one(1)?],
                out: passes.buffer("out", 1)?,
                context,
                passes,
            })
        }
    }

    impl Uploaded<'_> {
        /// Milliseconds a dispatch, and the words the last one left.
        ///
        /// # Errors
        /// [`crate::Error::Run`] where the device does not answer.
        pub fn run(&self, operator: Operator, k: usize, count: u32) -> Result<(f64, Vec<[u32; 2]>)> {
            let (passes, out, [a, b]) = (&self.passes, &self.out, &self.pair);
            let dispatch = match operator {
                Operator::Threshold => passes.threshold(&self.field, self.t, out),
                Operator::Saturate => passes.saturate(&self.values, out),
                Operator::Smooth => passes.smooth(a, out),
                Operator::Fuse => passes.fuse(&self.carriers, k, out),
                Operator::Add => passes.add(a, b, out),
                Operator::Diff => passes.diff(a, b, out),
            }?;
            let submit = |count: u32| {
                let mut encoder = self.context.device.create_command_encoder(&Default::default());
                let mut pass = encoder.begin_compute_pass(&Default::default());
                (0..count).for_each(|_| dispatch.encode(&mut pass));
                drop(pass);
                self.context.queue.submit([encoder.finish()]);
                self.context.wait()
            };
            // Uploads and compilation are over before time is taken.
            submit(1)?;
            let begun = Instant::now();
            submit(count)?;
            let ms = begun.elapsed().as_secs_f64() * 1e3 / f64::from(count);
            Ok((ms, readback::read(self.context, out, passes.words())?))
        }
    }
}

#[cfg(not(feature = "gpu"))]
mod device {
    use super::{CarrierArgs, Error, Inputs, Operator, Result};

    /// There is none in this build.
    pub enum Device {}

    impl Device {
        /// Says that there is none.
        ///
        /// # Errors
        /// [`Error::NoGpu`].
        pub fn open(_: &CarrierArgs) -> Result<Self> {
            let why = "this build has no GPU code; build it with `--features gpu` or use --backend cpu";
            Err(Error::NoGpu(why.into()))
        }

        pub fn adapter(&self) -> String {
            match *self {}
        }

        pub fn driver(&self) -> String {
            match *self {}
        }

        pub fn software(&self) -> bool {
            match *self {}
        }

        /// Never called: there is no device.
        ///
        /// # Errors
        /// [`Error::Run`] where the device has no room, or a shader does not compile there.
        pub fn upload(&self, _: &Inputs) -> Result<&Self> {
            match *self {}
        }

        /// Never called: there is no device.
        ///
        /// # Errors
        /// [`Error::Run`] where the device does not answer.
        pub fn run(&self, _: Operator, _: usize, _: u32) -> Result<(f64, Vec<[u32; 2]>)> {
            match *self {}
        }
    }
}
