//! A field on its way to a state, on a thread of its own; frames go on meanwhile.

use std::{ops::ControlFlow, path::Path, sync::Arc, thread, time::Instant};

use crate::{
    encode::{Budget, Options, Progress, encode_with, on_cpu, on_device},
    error::{Error, Result},
    gpu::Context,
    io::{Provenance, field_file::Field},
    math::{Nearness, nearness},
    open::of_fields,
    process::task::{Task, Voice},
    sim::{
        decode,
        measure::{Shares, shares},
    },
    state::{Meta, State},
};

/// A field to be encoded.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name, or that of its file.
    pub name: String,
    /// The field.
    pub field: Arc<Field>,
    /// What its file says of how it was made.
    pub made: Provenance,
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

/// Something the encoder has to say.
#[derive(Debug)]
pub enum Word {
    /// How far it is.
    Progress(Progress),
    /// It is done.
    Done(Box<Outcome>),
}

/// Begins to encode; on a device where one is given.
///
/// # Errors
/// [`Error::Run`] without a thread; what else goes wrong is the task's last word.
pub fn start(source: Source, budget: Budget, seed: u64, device: Option<Context>) -> Result<Task<Word>> {
    Task::start("the encoder", move |voice| {
        let outcome = quietly(|| work(source, (budget, seed), device, voice))?;
        voice.say(Word::Done(outcome));
        Ok(())
    })
}

/// On all cores but one, which the frames keep.
fn quietly<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let cores = thread::available_parallelism().map_or(1, |n| n.get());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build();
    let pool = pool.map_err(|e| Error::Run(format!("the encoder has no threads: {e}")))?;
    pool.install(work)
}

fn work(
    source: Source,
    (budget, seed): (Budget, u64),
    device: Option<Context>,
    voice: &Voice<Word>,
) -> Result<Box<Outcome>> {
    let begun = Instant::now();
    let Source { name, field, made } = source;
    let n = field.n;
    let meta = of_fields(Path::new(&name), &made, &[], Meta { n, seed, ..Meta::default() })?;
    let options = Options { budget, cuts: Options::least_cuts(), effort: 1.0, meta };
    let make = |samples, room, bounds| match &device {
        Some(context) => on_device(context, samples, room, bounds),
        None => on_cpu(samples, room, bounds),
    };
    let state = encode_with(&make, &field.omega, n, &options, &mut |progress| {
        voice.say(Word::Progress(*progress));
        if voice.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?
    .state;
    if voice.is_cancelled() {
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
    use std::time::Duration;

    use super::*;

    fn bell(n: usize) -> Field {
        let d = |i: usize| (i as f64 / n as f64 - 0.5) / 0.06;
        let omega = (0..n * n).map(|c| 3.0 * (-0.5 * (d(c % n).powi(2) + d(c / n).powi(2))).exp()).collect();
        Field { n, omega }
    }

    fn result_of(mut encoding: Task<Word>) -> (usize, Result<Box<Outcome>>) {
        let mut told = 0;
        loop {
            match encoding.wait(Duration::from_secs(240)).unwrap() {
                Ok(Word::Progress(_)) => told += 1,
                Ok(Word::Done(outcome)) => return (told, Ok(outcome)),
                Err(e) => return (told, Err(e)),
            }
        }
    }

    #[test]
    fn a_held_field_becomes_a_state_with_its_residual() {
        let field = Arc::new(bell(64));
        // What is encoded once more starts as it did: the file's words stay with the field.
        let made = Provenance { dt: Some(0.02), nu0: Some(1e-4), ..Provenance::default() };
        let encoding =
            start(Source { name: "bell".into(), field: field.clone(), made }, Budget::Floats(40), 3, None).unwrap();
        let (told, outcome) = result_of(encoding);
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
    fn it_can_be_cancelled() {
        let encoding = start(
            Source { name: "bell".into(), field: Arc::new(bell(128)), made: Provenance::default() },
            Budget::Fraction(0.5),
            0,
            None,
        )
        .unwrap();
        encoding.cancel();
        assert!(matches!(result_of(encoding).1, Err(Error::Interrupted(_))));
    }
}
