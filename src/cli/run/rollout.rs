//! The loop: steps between events, where an event is a picture, a hash or the end.

use std::time::{Duration, Instant};

use super::{
    RunArgs,
    compare::{Csv, Distance},
    output,
    picture::{self, Frames, Snapshot},
    reference::Reference,
    start::Start,
};
use crate::{
    cli::{backend::Chosen, remark, signal},
    error::{Error, Result},
    io::{RowWriter, hash_state},
    params::Kernel,
    perf::{Device, Finding, Ledger, flag},
    sim::{Growth, Transforms, diagnose},
    state::State,
};

/// How a rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All steps were taken.
    Done,
    /// Ctrl-C or a termination signal.
    Interrupted,
    /// Something went wrong on the way.
    Failed,
}

/// What a rollout leaves behind.
pub struct Outcome {
    /// How the run ended.
    pub end: End,
    /// What went wrong on the way.
    pub failure: Option<Error>,
    /// The final state, or after a failure the last one that was read back.
    pub last: State,
    /// The state one event before, for a fixed point of the kernel.
    before: Option<(u64, Vec<f64>)>,
    /// Pictures written.
    pub frames: Frames,
    /// Largest |omega| of the last decode, and how many of its cells are not finite.
    pub field: Option<(f32, u64)>,
    /// Distance of the last decoded field from the reference.
    pub distance: Option<Distance>,
    csv: Option<Csv>,
    /// The last field, where it is to be saved.
    pub last_field: Option<Vec<f32>>,
    /// Hash of the state every `--hash-every` steps.
    pub hashes: Vec<String>,
    /// Smallest and largest value of the header's statistics, in its order.
    header: [[f64; 2]; 3],
    /// Largest size of the device's buffers, bytes.
    pub device_bytes: Option<u64>,
    /// What cannot grow, from the first state on.
    pub growth: Growth,
    /// Growth was told of.
    told: bool,
}

/// Time between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(2);
/// A CFL number that is told of before the first step; of at most so many vertices, which takes a second.
const TOO_FAST: f64 = 1.5;
const LOOKED_AT: usize = 8192;
/// How often at most the state is looked at in the course of a run where nothing is written on the way; at least an
/// eighth as often, but no more than every [`FEW`] steps.
const LOOKS: u64 = 64;
const FEW: u64 = 100;
/// Longest stretch without asking whether to stop.
const STRETCH: Duration = Duration::from_millis(200);

/// Runs until the end, an interrupt or a failure.
pub fn rollout(
    args: &RunArgs,
    start: &Start,
    reference: Option<&Reference>,
    transforms: &Transforms,
    chosen: &mut Chosen,
    ledger: &mut Ledger,
) -> Outcome {
    if chosen.kernel().is_none() && start.state.atoms.vertex_count() <= LOOKED_AT {
        let found = diagnose(&start.state, &start.params);
        if found.cfl > TOO_FAST {
            remark(&format!("warning: {}", found.cause().replace("; dt ", "; --dt ")));
        }
    }
    ledger.announce("rollout", chosen.device);
    ledger.announce("decode", chosen.device);
    let mut outcome = Outcome {
        end: End::Done,
        failure: None,
        last: start.state.clone(),
        before: None,
        frames: Frames::default(),
        field: None,
        distance: None,
        csv: None,
        last_field: None,
        hashes: Vec::new(),
        header: statistics(&start.state).map(|x| [x, x]),
        device_bytes: chosen.engine.device_bytes(),
        growth: looked(&start.state, transforms, ledger, || Growth::begin(&start.state, transforms)),
        told: false,
    };
    if let Err(error) = outcome.steps(args, start, reference, transforms, chosen, ledger) {
        // A file that cannot be written says nothing of the numbers.
        let numbers = matches!(error, Error::Run(_) | Error::Invalid { .. });
        let kept = chosen.engine.kept().filter(|state| state.validate().is_ok());
        if let Some(state) = kept.filter(|state| numbers && state.step > outcome.last.step) {
            outcome.last = State { meta: outcome.last.meta, ..state };
        }
        // A matrix has no step that is too large.
        let explained = numbers && chosen.kernel().is_none();
        let found = explained.then(|| diagnose(&outcome.last, &start.params));
        let of_numbers = |text: &str| ["finite", "moved"].iter().any(|word| text.contains(word));
        let found = found.filter(|found| found.cfl > 0.5 || of_numbers(&error.to_string()));
        let why = found.map_or_else(String::new, |found| format!("; {}", found.cause().replace("; dt ", "; --dt ")));
        outcome.end = End::Failed;
        outcome.failure = Some(match error {
            // The state came in valid: what is not valid now is the run's doing.
            Error::Invalid { .. } => Error::Run(format!("step {}: {error}{why}", chosen.engine.sim().step())),
            Error::Run(what) => Error::Run(format!("{what}{why}")),
            other => other,
        });
    }
    outcome
}

impl Outcome {
    /// All steps. What grew with the run is put in place however it ends.
    fn steps(
        &mut self,
        args: &RunArgs,
        start: &Start,
        reference: Option<&Reference>,
        transforms: &Transforms,
        chosen: &mut Chosen,
        ledger: &mut Ledger,
    ) -> Result<()> {
        self.csv = args.output.metrics_csv.as_deref().map(Csv::begin).transpose()?;
        let mut history = output::history(args, &start.state)?;
        let walked = self.walk(args, start, (reference, transforms), chosen, ledger, &mut history);
        let closed = self.csv.take().map_or(Ok(()), Csv::finish);
        walked.and(closed).and(history.map_or(Ok(()), RowWriter::finish))
    }

    fn walk(
        &mut self,
        args: &RunArgs,
        start: &Start,
        (reference, transforms): (Option<&Reference>, &Transforms),
        chosen: &mut Chosen,
        ledger: &mut Ledger,
        history: &mut Option<RowWriter>,
    ) -> Result<()> {
        let (mut done, mut batch) = (0_u64, 1_u64);
        let (mut told, mut told_at) = (Instant::now(), 0);
        let pictures = if args.no_decode { None } else { Some(args.decode_every()) };
        let rows = history.is_some().then_some(args.stride);
        // Where nothing is written on the way, growth, the header and a fixed point are looked for now and then.
        let seldom = (8 * start.steps / LOOKS).max(FEW);
        let looks = start.steps.div_ceil(LOOKS).next_multiple_of(args.stride).max(args.stride).min(seldom);
        self.row(history)?;
        self.picture(args, start, reference, chosen, ledger)?;
        while done < start.steps {
            let next = |every: u64| (done - done % every).saturating_add(every);
            let events = [pictures, rows, args.hash_every, args.progress_every, Some(looks)].into_iter().flatten();
            let event = events.map(next).fold(start.steps, u64::min);
            while done < event {
                let count = batch.min(event - done);
                let stretch = Instant::now();
                ledger.time("rollout", chosen.device, || chosen.engine.sim().advance(count))?;
                done += count;
                batch = if stretch.elapsed() < STRETCH / 2 { (2 * batch).min(4096) } else { (batch / 2).max(1) };
                let due = args.progress_every.map_or(told.elapsed() > PROGRESS, |every| done - told_at >= every);
                if !args.quiet && due {
                    let rate = (done - told_at) as f64 / told.elapsed().as_secs_f64();
                    progress(done, start.steps, chosen.engine.sim().time(), rate);
                    (told, told_at) = (Instant::now(), done);
                }
                if signal::asked_to_stop() {
                    self.end = End::Interrupted;
                    self.snapshot(chosen, ledger)?;
                    return self.row(history);
                }
            }
            self.snapshot(chosen, ledger)?;
            if args.hash_every.is_some_and(|k| done % k == 0) {
                self.hashes.push(ledger.time("hash", Device::Cpu, || hash_state(&self.last)));
            }
            let due = |every: Option<u64>| every.is_some_and(|k| done % k == 0 || done == start.steps);
            if due(rows) {
                ledger.time("history", Device::Cpu, || self.row(history))?;
            }
            if due(pictures) {
                self.picture(args, start, reference, chosen, ledger)?;
            }
            if done % looks == 0 || done == start.steps {
                looked(&self.last, transforms, ledger, || self.growth.look(&self.last, transforms));
                self.judge(start, chosen)?;
            }
        }
        if args.output.save_field.is_some() && self.last_field.is_none() {
            self.last_field =
                Some(ledger.time("decode", chosen.device, || chosen.engine.sim().decode(start.params.n))?);
        }
        Ok(())
    }

    /// Tells once of what grew, and ends a run whose forecast is lost.
    fn judge(&mut self, start: &Start, chosen: &Chosen) -> Result<()> {
        let Some(grown) = self.growth.worst().filter(|_| !start.forced) else { return Ok(()) };
        if grown.blown_up() {
            return Err(Error::Run(format!(
                "step {}: the {} is {} times that of the start, which nothing here can make it: the run stops (STATE_GROWS)",
                self.last.step,
                grown.name,
                number(grown.factor())
            )));
        }
        if !std::mem::replace(&mut self.told, true) && self.last.step < start.state.step + start.steps {
            remark(&format!("warning: {}", self.growing(chosen)));
        }
        Ok(())
    }

    fn row(&self, history: &mut Option<RowWriter>) -> Result<()> {
        history.as_mut().map_or(Ok(()), |history| history.push(&self.last.background.to_z()))
    }

    /// Range of a statistic of the header, for a state that an encoder made.
    pub fn range(&self, start: &Start, which: usize) -> Option<[f64; 2]> {
        start.encoded.then_some(self.header[which])
    }

    /// Reads the state back; one that is not valid ends the run and is not kept.
    fn snapshot(&mut self, chosen: &mut Chosen, ledger: &mut Ledger) -> Result<()> {
        let state = ledger.time("read back", chosen.device, || chosen.engine.sim().snapshot())?;
        state.validate()?;
        if state.step > self.last.step {
            self.before = Some((self.last.step, self.last.background.to_z()));
        }
        for (range, x) in self.header.iter_mut().zip(statistics(&state)) {
            *range = [range[0].min(x), range[1].max(x)];
        }
        // The device knows the flow; what the file says besides stays.
        self.last = State { meta: self.last.meta, ..state };
        Ok(())
    }

    fn picture(
        &mut self,
        args: &RunArgs,
        start: &Start,
        reference: Option<&Reference>,
        chosen: &mut Chosen,
        ledger: &mut Ledger,
    ) -> Result<()> {
        if args.no_decode {
            return Ok(());
        }
        let field = ledger.time("decode", chosen.device, || chosen.engine.sim().decode(start.params.n))?;
        let (step, time) = (chosen.engine.sim().step(), chosen.engine.sim().time());
        let bad = field.iter().filter(|w| !w.is_finite()).count() as u64;
        let max = field.iter().map(|w| w.abs()).filter(|w| w.is_finite()).fold(0.0, f32::max);
        self.field = Some((max, bad));
        self.device_bytes = self.device_bytes.max(chosen.engine.device_bytes());
        if bad > 0 {
            return Err(Error::Run(format!("step {step}: {bad} cells of the decoded field are not finite")));
        }
        // The reference has a thread of its own, which counts its time.
        let frame = reference.map(|reference| reference.at(step - start.state.step)).transpose()?;
        self.distance = match reference.zip(frame.as_ref()) {
            Some((reference, frame)) => Some(ledger.time("compare", reference.transforms.device(), || {
                Distance::of(&field, frame, &reference.transforms)
            })?),
            None => None,
        };
        if let Some(csv) = &mut self.csv {
            let norm = self.last.background.to_z().iter().map(|x| x * x).sum::<f64>().sqrt();
            csv.push(step, time, max, norm, self.distance)?;
        }
        let truth = reference.zip(frame.as_ref()).map(|(reference, frame)| (reference.name, frame.field.as_slice()));
        let snapshot = Snapshot { field: &field, reference: truth, step, time };
        ledger.time("picture", Device::Cpu, || picture::write(args, start, &mut self.frames, &snapshot))?;
        for (name, rgba) in chosen.engine.images()? {
            ledger.time("picture", Device::Cpu, || picture::image(args, start, step, &name, &rgba))?;
        }
        self.last_field = (args.output.save_field.is_some() && step == start.state.step + start.steps).then_some(field);
        Ok(())
    }

    /// What grew although nothing forces the flow.
    pub fn grown(&self, start: &Start, chosen: &Chosen) -> Option<Finding> {
        let grown = self.growth.worst().filter(|_| !start.forced)?;
        Some(flag::grows(grown.factor(), &self.growing(chosen)))
    }

    /// Why it grew, in words; empty where nothing did.
    fn growing(&self, chosen: &Chosen) -> String {
        let Some(grown) = self.growth.worst() else { return String::new() };
        let radius = chosen.kernel().and_then(|(_, report)| report.spectral_radius);
        let why = match radius {
            Some(radius) if radius > 1.0 + 1e-9 => {
                format!("A has the spectral radius {radius:.6}: learn it with the clamp")
            }
            Some(_) => "A has no eigenvalue outside the unit circle, but eigenvectors far from orthogonal".into(),
            None => "lower --dt, or raise what resolves the flow: --k-cut, --topk-mid, --nu".into(),
        };
        let (factor, name) = (grown.factor(), grown.name);
        format!(
            "the {name} is {} times that of the start ({}, at step {} {}), and nothing here can make it grow: the \
             forecast is wrong from there on; {why}",
            number(factor),
            number(grown.first),
            grown.at,
            number(grown.most)
        )
    }

    /// Whether the kernel left nothing to see, in words.
    pub fn collapsed(&self, start: &Start) -> Option<String> {
        let norm = |z: &[f64]| z.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (first, last) = (&start.state.background, &self.last.background);
        if first.is_zero() || start.params.kernel == Kernel::Frozen || self.last.step == start.state.step {
            return None;
        }
        let amplitudes = |b: &crate::state::Background| b.modes().map(|(_, c)| c.norm_sqr()).sum::<f64>().sqrt();
        let (a, b) = (amplitudes(first), amplitudes(last));
        if b <= 1e-9 * a {
            return Some(format!("decayed to nothing: amplitudes {a:.3e} at the start, {b:.3e} at the end"));
        }
        let z = last.to_z();
        let (step, before) = self.before.as_ref()?;
        (norm(&z) > 0.0 && *before == z).then(|| format!("has not changed since step {step}: a fixed point"))
    }
}

/// Times a look at the growth of a state: beside atoms it takes a transform.
fn looked<T>(state: &State, transforms: &Transforms, ledger: &mut Ledger, look: impl FnOnce() -> T) -> T {
    match state.atoms.is_empty() {
        true => ledger.time("invariants", Device::Cpu, look),
        false => ledger.time("measure", transforms.device(), look),
    }
}

/// A number with a few digits.
fn number(x: f64) -> String {
    if (1e-3..1e4).contains(&x) { format!("{x:.4}") } else { format!("{x:.3e}") }
}

/// What the header says of the encoder's residual.
fn statistics(state: &State) -> [f64; 3] {
    let header = &state.background.header;
    [header.support_frac, header.resid_mid_e, header.resid_high_e]
}

fn progress(done: u64, steps: u64, time: f64, rate: f64) {
    let left = (steps - done) as f64 / rate;
    remark(&format!("step {done} of {steps}, t = {time:.3}, {rate:.1} steps/s, about {left:.0} s left"));
}
