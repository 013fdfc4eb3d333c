//! Fields that become the running state: the window's side of [`super::encoding`].

use std::{path::Path, sync::Arc};

use super::encoding::{self, Outcome, Source, Word};
use crate::{
    app::{
        desk::Desk,
        model::{EncodeResult, Job, Residual, Tab},
    },
    encode::Budget,
    error::{Error, Result},
    process::task::Task,
};

/// The field that is being encoded, and the one that was.
#[derive(Default)]
pub struct Encoder {
    encoding: Option<Task<Word>>,
    /// What was found, until the run is ready for it.
    found: Option<Box<Outcome>>,
    /// The field that was encoded last.
    field: Option<Source>,
}

impl Encoder {
    /// Encodes the field at hand anew, with the budget as it is now.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no field.
    pub fn again(&mut self, desk: &mut Desk) -> Result<()> {
        match self.field.clone() {
            Some(source) => self.encode(desk, source),
            None => Err(Error::Usage("there is no field to encode: open one, or drop it on the window".into())),
        }
    }

    /// Begins to encode a field; what was being encoded is given up.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn encode(&mut self, desk: &mut Desk, source: Source) -> Result<()> {
        let budget = Budget::Fraction(desk.model.encode.share);
        // A software adapter fits more slowly than the CPU itself.
        let device = Some(desk.device.context()).filter(|context| !context.report.software).cloned();
        let name = source.name.clone();
        self.encoding = Some(encoding::start(source, budget, u64::from(desk.model.params.seed), device)?);
        desk.model.encode.job = Some(Job { name, ..Job::default() });
        (desk.model.panels.right, desk.model.panels.tab) = (true, Tab::Encode);
        Ok(())
    }

    /// Gives up what is being encoded; the running state stays.
    pub fn cancel(&mut self, desk: &mut Desk) {
        (self.encoding, self.found, desk.model.encode.job) = (None, None, None);
    }

    /// Takes in what the encoder has to say.
    pub fn hear(&mut self, desk: &mut Desk) {
        if let Some(outcome) = self.found.take() {
            self.end(desk, outcome);
        }
        while let Some(word) = self.encoding.as_mut().and_then(Task::take) {
            let ended = match word {
                Ok(Word::Progress(progress)) => {
                    if let Some(job) = &mut desk.model.encode.job {
                        (job.done, job.stage) = (progress.done, progress.stage);
                        (job.rel_l2, job.atoms) = (Some(progress.rel_l2), progress.atoms);
                    }
                    continue;
                }
                Ok(Word::Done(outcome)) => Ok(outcome),
                Err(e) => Err(e),
            };
            self.cancel(desk);
            match ended {
                Ok(outcome) => self.end(desk, outcome),
                Err(e) => desk.complain(e.to_string()),
            }
        }
    }

    fn end(&mut self, desk: &mut Desk, outcome: Box<Outcome>) {
        desk.device.awaited.is_put_off();
        match self.encoded(desk, &outcome) {
            Ok(()) => {}
            Err(_) if desk.device.awaited.is_put_off() => self.found = Some(outcome),
            Err(e) => desk.complain(e.to_string()),
        }
    }

    /// The encoded field becomes the running state, undoably.
    fn encoded(&mut self, desk: &mut Desk, outcome: &Outcome) -> Result<()> {
        let Outcome { name, field, made, state, near, shares, residual, seconds } = outcome.clone();
        let (floats, n) = (state.floats(), field.n);
        let result = EncodeResult {
            n,
            atoms: state.atoms.len(),
            floats,
            rel_l2: Some(near.rel_l2).filter(|x| x.is_finite()),
            corr: Some(near.corr).filter(|x| x.is_finite()),
            shares,
            seconds,
        };
        desk.begin_saved(state, Path::new(&name))?;
        desk.inform(format!("{name} encoded as {} atoms", result.atoms));
        desk.model.encode.runs_as.clone_from(&name);
        self.field = Some(Source { name, field, made });
        desk.model.encode.result = Some(result);
        desk.model.encode.residual = Some(Residual::new(n, Arc::new(residual)));
        desk.run.clock.forget();
        Ok(())
    }
}
