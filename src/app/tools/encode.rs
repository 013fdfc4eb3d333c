//! Fields that become the running state: the window's side of [`crate::app::tools::encoding`].

use std::{path::Path, sync::Arc};

use crate::{
    app::{
        model::{EncodeResult, Job, Residual, Tab, dialog::Purpose},
        tools::encoding::{Encoding, Outcome, Source, Word},
        window::Session,
    },
    encode::Budget,
    error::{Error, Result},
    io::{self, picture_field::is_picture},
};

impl Session {
    /// What a file that was dropped is for.
    pub(crate) fn purpose_of(path: &Path) -> Result<Purpose> {
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
            return Ok(Purpose::OpenOperator);
        }
        let array = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
        if array || is_picture(path) {
            return Ok(Purpose::OpenField);
        }
        if io::holds(path, "A")? {
            return Ok(Purpose::OpenKernel);
        }
        Ok(if io::holds(path, "z")? { Purpose::OpenState } else { Purpose::OpenField })
    }

    /// Begins to encode a file; what was being encoded is given up.
    pub(crate) fn open_field(&mut self, path: &Path) -> Result<()> {
        self.encode(Source::File(path.into()))
    }

    /// Encodes the field at hand anew, with the budget as it is now.
    pub(crate) fn encode_again(&mut self) -> Result<()> {
        match self.field.clone() {
            Some((name, field, made)) => self.encode(Source::Held(name, field, made)),
            None => Err(Error::Usage("there is no field to encode: open one, or drop it on the window".into())),
        }
    }

    fn encode(&mut self, source: Source) -> Result<()> {
        let budget = Budget::Fraction(self.model.encode.share);
        // A software adapter fits more slowly than the CPU itself.
        let device = Some(self.engine.context()).filter(|context| !context.report.software).cloned();
        let encoding = Encoding::start(source, budget, u64::from(self.model.params.seed), device)?;
        self.model.encode.job = Some(Job { name: encoding.name.clone(), ..Job::default() });
        (self.model.panels.right, self.model.panels.tab) = (true, Tab::Encode);
        self.encoding = Some(encoding);
        Ok(())
    }

    /// Gives up what is being encoded; the running state stays.
    pub(crate) fn cancel_encoding(&mut self) {
        (self.encoding, self.model.encode.job) = (None, None);
    }

    /// Takes in what the encoder has to say.
    pub(crate) fn hear_encoder(&mut self, now_s: f64) {
        while let Some(word) = self.encoding.as_ref().and_then(Encoding::poll) {
            match word {
                Word::Progress(progress) => {
                    if let Some(job) = &mut self.model.encode.job {
                        (job.done, job.stage) = (progress.done, progress.stage);
                        (job.rel_l2, job.atoms) = (Some(progress.rel_l2), progress.atoms);
                    }
                }
                Word::Done(result) => {
                    self.cancel_encoding();
                    if let Err(e) = result.and_then(|outcome| self.encoded(*outcome, now_s)) {
                        self.model.complain(e.to_string(), now_s);
                    }
                }
            }
        }
    }

    /// The encoded field becomes the running state, undoably.
    fn encoded(&mut self, outcome: Outcome, now_s: f64) -> Result<()> {
        let Outcome { name, field, made, state, near, shares, residual, seconds } = outcome;
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
        self.begin_saved(state, Path::new(&name), now_s)?;
        self.model.inform(format!("{name} encoded as {} atoms", result.atoms), now_s);
        (self.model.encode.runs_as, self.field) = (name.clone(), Some((name, field, made)));
        self.model.encode.result = Some(result);
        self.model.encode.residual = Some(Residual::new(n, Arc::new(residual)));
        self.clock.forget();
        Ok(())
    }
}
