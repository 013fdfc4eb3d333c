//! `--parity`: the same run once more on the other backend, the CPU beside a device or a device beside the CPU.
//!
//! Whole numbers (`--dtype fixed`) must give equal hashes at every look; floats are rounded differently on each
//! side, and what counts there is how far the decoded fields are apart at the end.

use super::{RunArgs, rollout::Outcome, start::Start};
use crate::{
    cli::{
        backend::{Alone, Backend, Chosen, Dtype, Wish, choose},
        operators::Operators,
        signal,
    },
    error::{Error, Result},
    io::hash_state,
    perf::{Device, Ledger, Parity},
};

/// Most steps between two questions whether to stop.
const STRETCH: u64 = 256;

/// What was asked for, seen from the other side: whole numbers stay whole, floats are those that it has.
fn other<'a>(args: &'a RunArgs, start: &Start, kernel: Alone<'a>, device: Device) -> Wish<'a> {
    let backend = if device.through_gpu() { Backend::Cpu } else { Backend::Gpu };
    // A device has no float64, and the CPU float32 for a matrix by itself only.
    let narrow = start.propagator.is_some() && start.state.atoms.is_empty();
    let dtype = match kernel.dtype {
        Dtype::Float64 if backend == Backend::Gpu => Dtype::Auto,
        Dtype::Float32 if backend == Backend::Cpu && !narrow => Dtype::Auto,
        own => own,
    };
    Wish {
        backend,
        adapter: args.adapter.as_deref(),
        require_gpu: false,
        operators: Operators::default(),
        decodes: true,
        kernel: Alone { dtype, ..kernel },
        remedy: "lower it, or leave --parity out, which takes the same steps on the device",
    }
}

/// Sets the other side up. That is done before the first step of the run: what does not fit there is refused while
/// nothing is lost. `device` is where the run itself takes place.
///
/// # Errors
/// [`Error::NoGpu`] where the other side is a device and there is none; [`Error::Invalid`] for what it has no room for.
pub fn twin(args: &RunArgs, start: &Start, kernel: Alone<'_>, device: Device) -> Result<Chosen> {
    let wish = other(args, start, kernel, device);
    let twin = choose(&wish, &start.state, &start.params, start.propagator.clone())?;
    if twin.device.through_gpu() == device.through_gpu() {
        let why = twin.why_cpu.unwrap_or_else(|| "both sides would be the same".into());
        return Err(Error::NoGpu(format!("--parity needs the CPU and a device: {why}")));
    }
    Ok(twin)
}

/// Takes the steps of a finished run on the other backend and compares.
///
/// # Errors
/// Whatever the run meets there.
pub fn compare(
    args: &RunArgs,
    start: &Start,
    mut twin: Chosen,
    chosen: &mut Chosen,
    outcome: &Outcome,
    ledger: &mut Ledger,
) -> Result<(Parity, String)> {
    let (steps, every) = (outcome.last.step - start.state.step, args.hash_every.unwrap_or(u64::MAX));
    let (mut done, mut hashes, device) = (0, outcome.hashes.iter(), twin.device);
    let mut first_different_step = None;
    while done < steps {
        let event = (done - done % every).saturating_add(every).min(steps);
        while done < event {
            let count = STRETCH.min(event - done);
            ledger.time("parity", device, || twin.engine.sim().advance(count))?;
            done += count;
            if signal::asked_to_stop() {
                return Err(Error::Interrupted(format!(
                    "the other side of --parity stood at step {done} of {steps}; the run itself is complete and saved"
                )));
            }
        }
        if done % every == 0 {
            let hash = hash_state(&twin.engine.sim().snapshot()?);
            let differs = hashes.next().is_some_and(|own| *own != hash);
            first_different_step = first_different_step.or(differs.then_some(start.state.step + done));
        }
    }
    let state = twin.engine.sim().snapshot()?;
    let n = start.params.n;
    let ours = ledger.time("decode", chosen.device, || chosen.engine.sim().decode(n))?;
    let theirs = ledger.time("parity", device, || twin.engine.sim().decode(n))?;
    let hash = hash_state(&state);
    let equal = hash == hash_state(&outcome.last);
    let parity = Parity {
        backend: if device.through_gpu() { "gpu" } else { "cpu" },
        adapter: twin.adapter,
        dtype: twin.dtype.name(),
        equal,
        first_different_step: first_different_step.or((!equal).then_some(state.step)),
        field_difference: largest_difference(&ours, &theirs),
    };
    Ok((parity, hash))
}

/// Largest difference of two fields over the largest value of the second; `None` for a field that is zero.
fn largest_difference(a: &[f32], b: &[f32]) -> Option<f64> {
    let largest = b.iter().fold(0.0_f64, |m, x| m.max(f64::from(x.abs())));
    let difference = a.iter().zip(b).fold(0.0_f64, |m, (a, b)| m.max((f64::from(*a) - f64::from(*b)).abs()));
    (largest > 0.0).then_some(difference / largest)
}

/// The comparison in one line of text.
pub fn line(parity: &Parity, hash: &str) -> String {
    let Parity { backend, adapter, dtype, equal, first_different_step, field_difference } = parity;
    let place = adapter.as_ref().map_or(String::new(), |name| format!(" ({name})"));
    let verdict = match first_different_step {
        _ if *equal => "the same hash".into(),
        Some(step) => format!("another hash, seen first at step {step}"),
        None => "another hash".into(),
    };
    let far = field_difference.map_or("are zero".into(), |x| format!("differ by {x:.2e} of the largest |omega|"));
    format!("parity: {backend}{place} in {dtype} gave {verdict}, {hash}; the decoded fields {far}\n")
}

/// Whole numbers that differ are a fault.
///
/// # Errors
/// [`Error::CheckFailed`] naming the first step whose hashes differ.
pub fn verdict(parity: &Parity) -> Result<()> {
    match parity.first_different_step {
        Some(step) if parity.dtype == "fixed" => Err(Error::CheckFailed(format!(
            "--dtype fixed gave different hashes on the CPU and on the device, seen first at step {step}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_as_a_share_and_whole_numbers_must_agree() {
        assert_eq!(largest_difference(&[1.0, -4.0], &[1.5, -4.0]), Some(0.125));
        assert_eq!(largest_difference(&[0.0], &[0.0]), None);
        let parity = Parity {
            backend: "gpu",
            adapter: Some("Test GPU".into()),
            dtype: "fixed",
            equal: false,
            first_different_step: Some(40),
            field_difference: Some(0.5),
        };
        assert!(line(&parity, "ab").contains("gpu (Test GPU) in fixed gave another hash, seen first at step 40, ab"));
        assert!(matches!(verdict(&parity), Err(Error::CheckFailed(_))));
        assert!(verdict(&Parity { dtype: "float32", ..parity }).is_ok());
    }
}
