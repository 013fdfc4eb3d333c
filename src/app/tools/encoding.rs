//! A field on its way to a state, on a thread of its own; frames go on meanwhile.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Instant,
};

use crate::{
    encode::{Budget, Options, Progress, encode_with, on_cpu, on_device},
    error::{Error, Result, caught},
    gpu::Context,
    io::{Provenance, Selection, field_file::Field, read_any, read_provenance},
    math::{Nearness, nearness},
    open::of_fields,
    sim::{
        decode,
        measure::{Shares, shares},
    },
    state::{Meta, State},
};

/// Where the field comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file that holds one, or a picture.
    File(PathBuf),
    /// A field that was read before, its name, and what its file said.
    Held(String, Arc<Field>, Provenance),
}

/// A field as a state, and what is left of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Name of the field.
    pub name: String,
    /// The field.
    pub field: Arc<Field>,
    /// What its file says of how it was made.
    pub made: Provenance,
    /// The state.
    pub state: State,
    /// How near its decode is to the field.
    pub near: Nearness,
    /// Who holds energy and enstrophy; `None` for a state that is zero.
    pub shares: Option<Shares>,
    /// Field less decoded state, `[n, n]`.
    pub residual: Vec<f32>,
    /// Real time it took.
    pub seconds: f64,
}

/// Something the thread has to say.
#[derive(Debug)]
pub enum Word {
    /// How far it is.
    Progress(Progress),
    /// It is done, or why it is not.
    Done(Result<Box<Outcome>>),
}

/// A field under way. Dropping it stops the thread.
#[derive(Debug)]
pub struct Encoding {
    /// Name of the field.
    pub name: String,
    words: Receiver<Word>,
    stop: Arc<AtomicBool>,
}

impl Drop for Encoding {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Encoding {
    /// Begins; on a device where one is given.
    ///
    /// # Errors
    /// [`Error::Run`] without a thread; everything else comes as [`Word::Done`].
    pub fn start(source: Source, budget: Budget, seed: u64, device: Option<Context>) -> Result<Self> {
        let (out, words) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let name = match &source {
            Source::Held(name, ..) => name.clone(),
            Source::File(path) => path.display().to_string(),
        };
        let (stopped, known) = (stop.clone(), name.clone());
        let run = move || {
            let encode = |out: &Sender<Word>| work(&source, known, (budget, seed), device, &stopped, out);
            let done = caught("the encoder", || quietly(encode, &out));
            // Nobody listens any more when it was cancelled.
            let _unheard = out.send(Word::Done(done));
        };
        let spawned = thread::Builder::new().name("encode".into()).spawn(run);
        spawned.map_err(|e| Error::Run(format!("the encoder has no thread to run on: {e}")))?;
        Ok(Self { name, words, stop })
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// The next word, if there is one.
    pub fn poll(&self) -> Option<Word> {
        self.words.try_recv().ok()
    }
}

/// On all cores but one, which the frames keep.
fn quietly<T: Send>(work: impl FnOnce(&Sender<Word>) -> Result<T> + Send, out: &Sender<Word>) -> Result<T> {
    let cores = thread::available_parallelism().map_or(1, |n| n.get());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build();
    let pool = pool.map_err(|e| Error::Run(format!("the encoder has no threads: {e}")))?;
    let out = out.clone();
    pool.install(move || work(&out))
}

fn work(
    source: &Source,
    name: String,
    (budget, seed): (Budget, u64),
    device: Option<Context>,
    stop: &AtomicBool,
    out: &Sender<Word>,
) -> Result<Box<Outcome>> {
    let begun = Instant::now();
    let (field, made) = match source {
        Source::Held(_, field, made) => (field.clone(), *made),
        Source::File(path) => (Arc::new(read_any(path, &Selection::default())?), read_provenance(path)?),
    };
    let n = field.n;
    let meta = of_fields(Path::new(&name), &made, &[], Meta { n, seed, ..Meta::default() })?;
    let options = Options { budget, cuts: Options::least_cuts(), effort: 1.0, meta };
    let make = |samples, room, bounds| match &device {
        Some(context) => on_device(context, samples, room, bounds),
        None => on_cpu(samples, room, bounds),
    };
    let state = encode_with(&make, &field.omega, n, &options, &mut |progress| {
        let unheard = out.send(Word::Progress(*progress)).is_err();
        if unheard || stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?
    .state;
    if stop.load(Ordering::Relaxed) {
        return Err(Error::Interrupted("the field was not encoded".into()));
    }
    let decoded = decode(&state, n as u32);
    let near = nearness(&decoded, &field.omega);
    let residual = field.omega.iter().zip(&decoded).map(|(w, d)| (w - d) as f32).collect();
    let shares = shares(&state);
    Ok(Box::new(Outcome { name, field, made, state, near, shares, residual, seconds: begun.elapsed().as_secs_f64() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bell(n: usize) -> Field {
        let d = |i: usize| (i as f64 / n as f64 - 0.5) / 0.06;
        let omega = (0..n * n).map(|c| 3.0 * (-0.5 * (d(c % n).powi(2) + d(c / n).powi(2))).exp()).collect();
        Field { n, omega }
    }

    fn result_of(encoding: &Encoding) -> (usize, Result<Box<Outcome>>) {
        let mut told = 0;
        loop {
            match encoding.words.recv().unwrap() {
                Word::Progress(_) => told += 1,
                Word::Done(result) => return (told, result),
            }
        }
    }

    #[test]
    fn a_held_field_becomes_a_state_with_its_residual() {
        let field = Arc::new(bell(64));
        // What is encoded once more starts as it did: the file's words stay with the field.
        let made = Provenance { dt: Some(0.02), nu0: Some(1e-4), ..Provenance::default() };
        let encoding =
            Encoding::start(Source::Held("bell".into(), field.clone(), made), Budget::Floats(40), 3, None).unwrap();
        let (told, outcome) = result_of(&encoding);
        let outcome = outcome.unwrap();
        assert!(told > 10 && outcome.near.rel_l2 < 0.05, "{told} {:?}", outcome.near);
        assert_eq!((outcome.name.as_str(), outcome.state.meta.seed, outcome.residual.len()), ("bell", 3, 4096));
        assert_eq!((outcome.state.meta.dt, outcome.state.meta.nu, outcome.made), (0.02, 1e-4, made));
        let square = |x: f64| x * x;
        let (rest, all) = (outcome.residual.iter().map(|r| square(f64::from(*r))), field.omega.iter().map(|w| w * w));
        let rel_l2 = (rest.sum::<f64>() / all.sum::<f64>()).sqrt();
        assert!((rel_l2 - outcome.near.rel_l2).abs() < 1e-5);
        assert!(outcome.shares.unwrap().energy.atoms > 0.5);
    }

    #[test]
    fn it_can_be_cancelled_and_says_what_is_wrong_with_a_file() {
        let encoding = Encoding::start(
            Source::Held("bell".into(), Arc::new(bell(128)), Provenance::default()),
            Budget::Fraction(0.5),
            0,
            None,
        )
        .unwrap();
        encoding.cancel();
        assert!(matches!(result_of(&encoding).1, Err(Error::Interrupted(_))));
        let encoding =
            Encoding::start(Source::File("/no/such/field.npy".into()), Budget::Fraction(0.1), 0, None).unwrap();
        let (told, result) = result_of(&encoding);
        assert!(told == 0 && matches!(result, Err(Error::Unreadable { .. })), "{result:?}");
    }
}
