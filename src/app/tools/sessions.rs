//! Session files: written, and gone on with.

use std::{path::Path, sync::Arc};

use crate::{
    app::{
        desk::Desk,
        model::dialog::Purpose,
        run::{fitted::fit, put::Next},
        tools::{
            kernel::Kernels,
            operators,
            same::same,
            view_part::{show_view, view_part},
        },
    },
    error::{Error, Result},
    genesis,
    io::{
        self, lenient,
        session::{OperatorPart, SessionFile, state_beside, state_place},
    },
    open::{Rule, Said, Session, Start},
    operator::Operator,
    params::{Kernel, Params, TABLE},
};

/// Scenes of more filaments are not made only to compare parameters.
const QUICK: u32 = 1000;

/// Writes the session, its state beside it where that is not simply the scene's start.
///
/// # Errors
/// For a lost device, and [`crate::Error::Unwritable`].
pub fn save(desk: &mut Desk, path: &Path) -> Result<()> {
    let mut state = desk.device.main.sim.snapshot()?;
    (state.meta.dt, state.meta.nu) = (desk.model.params.dt, desk.model.params.nu);
    let params = desk.model.params;
    let scene = Some(desk.model.scene.clone()).filter(|name| genesis::scene(name).is_ok());
    let start = scene.as_ref().filter(|_| params.filaments <= QUICK).and_then(|name| {
        let mut base = params;
        Some((genesis::make(name, &mut base).ok()?, base))
    });
    let is_start = start.as_ref().is_some_and(|(begin, _)| same(&state, begin));
    let state_file = (!is_start).then(|| state_place(path));
    if let Some(file) = &state_file {
        io::write_state(file, &state)?;
    }
    // Everything that could come out otherwise: what differs from the default or from what the scene sets, and
    // what a window fits to its adapter.
    let defaults = Params::default();
    let mut listed = match &start {
        Some((_, base)) => lenient::differing(&params, &[&defaults, base]),
        None => TABLE.iter().filter_map(|info| Some((info.name, params.get(info.name)?))).collect(),
    };
    let fitted = ["n", "max_vertices", "parcels", "tracers"];
    listed.retain(|(name, _)| !fitted.contains(name));
    listed.extend(fitted.iter().filter_map(|name| Some((*name, params.get(name)?))));
    let operators = desk.device.operators().iter();
    let operators = operators.map(|(operator, on)| OperatorPart { file: operator.path.clone(), on: *on }).collect();
    let kernel = desk.model.kernel.loaded.as_ref().map(|loaded| loaded.path.clone());
    let running = desk.run.clock.is_moving();
    let view = view_part(&desk.model.view);
    let elsewhere = state_file.as_ref().filter(|file| **file != state_beside(path));
    let told = elsewhere.map_or_else(String::new, |file| format!(", its state to {}", file.display()));
    let session = SessionFile { scene, state: state_file, kernel, running, params: listed, view, operators };
    io::write_session(path, &session)?;
    desk.model.files.session = Some(path.into());
    desk.model.files.remember(Purpose::OpenSession, path.into());
    desk.inform(format!("Session at step {} written to {}{told}", state.step, path.display()));
    Ok(())
}

/// Goes on with a session, undoably; what does not fit is told and left out. `preset` beats what it says.
///
/// # Errors
/// For values that do not fit; then nothing has changed.
pub fn go_on(desk: &mut Desk, kernels: &mut Kernels, path: &Path, mut session: Session, preset: &Said) -> Result<()> {
    let mut defaults = Params::default();
    fit(&mut defaults, desk.device.context().report.software);
    let source = session.source();
    let Session { file, mut lost, kernel, operators, .. } = session;
    let said: [&Said; 2] = [&file.params, preset];
    let scene = file.scene.clone().unwrap_or_else(|| source.name());
    let start = Start::new(source, &Rule { defaults, said: &said, flags: false })?;
    let Start { state, params, told, auto_dt } = start;
    if let (Some(from), true) = (&file.kernel, auto_dt.is_some()) {
        let from = from.display();
        return Err(Error::Usage(format!("dt auto excludes the session's kernel {from}, made for one time step")));
    }
    // What is cut comes first: the rest is told as far as there is room.
    lost.splice(0..0, told);
    desk.begin(Next { state, params, scene, kernel: None })?;
    lost.extend(show_view(&file.view, &mut desk.model.view));
    if let Some((from, read)) = kernel {
        match read.and_then(|propagator| kernels.take(desk, Arc::new(propagator), &from)) {
            Ok(()) => kernels.follow(&from, desk.now_s()),
            Err(e) => lost.push(format!("The kernel of the session was not loaded: {e}")),
        }
        if params.kernel != Kernel::Linear {
            desk.model.params.kernel = params.kernel;
        }
    }
    use_operators(desk, operators, &mut lost);
    if desk.run.clock.is_moving() != file.running {
        desk.run.clock.toggle();
    }
    desk.model.files.session = Some(path.into());
    desk.model.files.remember(Purpose::OpenSession, path.into());
    desk.inform(format!("Session {}", path.display()));
    auto_dt.iter().for_each(|found| desk.inform(found.words()));
    lost.into_iter().take(2).for_each(|sentence| desk.complain(sentence));
    Ok(())
}

/// Those of the session instead of those at hand.
fn use_operators(desk: &mut Desk, read: Vec<Result<(Operator, bool)>>, lost: &mut Vec<String>) {
    let mut list = vec![];
    for operator in read {
        match operator {
            Ok((operator, on)) => list.push((Arc::new(operator), on)),
            Err(e) => lost.push(e.to_string()),
        }
    }
    if !(list.is_empty() && desk.device.operators().is_empty())
        && let Err(e) = operators::act(desk, list)
    {
        lost.push(format!("The operators of the session were not loaded: {e}"));
    }
}
