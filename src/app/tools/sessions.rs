//! Session files: written, and gone on with.

use std::{path::Path, sync::Arc};

use crate::{
    app::{
        desk::Desk,
        model::dialog::Purpose,
        run::{fitted::fit, put::Next},
        tools::{
            kernel::{self, Kernels},
            operators,
            same::same,
            saver::Saver,
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
    params::{Params, TABLE},
    state::State,
};

/// Scenes of more filaments are not made only to compare parameters.
const QUICK: u32 = 1000;

/// Has the session written, its state beside it where that is not simply the scene's start.
pub fn save(saver: &mut Saver, desk: &mut Desk, path: &Path) {
    let operators = desk.device.operators.list().iter();
    let operators = operators.map(|(operator, on)| OperatorPart { file: operator.path.clone(), on: *on }).collect();
    let file = SessionFile {
        scene: Some(desk.model.scene.clone()).filter(|name| genesis::scene(name).is_ok()),
        state: None,
        kernel: desk.model.kernel.loaded.as_ref().map(|loaded| loaded.path.clone()),
        running: desk.run.clock.is_moving(),
        params: vec![],
        view: view_part(&desk.model.view),
        operators,
    };
    let (path, params) = (path.to_path_buf(), desk.model.params);
    desk.model.files.remember(Purpose::OpenSession, path.clone());
    saver.save(desk, Some(path.clone()), move |state| write(&path, file, &params, &state));
}

/// Writes a session of a state, and says where.
fn write(path: &Path, file: SessionFile, params: &Params, state: &State) -> Result<String> {
    let start = file.scene.as_ref().filter(|_| params.filaments <= QUICK).and_then(|name| {
        let mut base = *params;
        Some((genesis::make(name, &mut base).ok()?, base))
    });
    let is_start = start.as_ref().is_some_and(|(begin, _)| same(state, begin));
    let place = (!is_start).then(|| state_place(path));
    if let Some(place) = &place {
        io::write_state(place, state)?;
    }
    // Everything that could come out otherwise: what differs from the default or from what the scene sets, and
    // what a window fits to its adapter.
    let defaults = Params::default();
    let mut listed = match &start {
        Some((_, base)) => lenient::differing(params, &[&defaults, base]),
        None => TABLE.iter().filter_map(|info| Some((info.name, params.get(info.name)?))).collect(),
    };
    let fitted = ["n", "max_vertices", "parcels", "tracers"];
    listed.retain(|(name, _)| !fitted.contains(name));
    listed.extend(fitted.iter().filter_map(|name| Some((*name, params.get(name)?))));
    let elsewhere = place.as_ref().filter(|place| **place != state_beside(path));
    let told = elsewhere.map_or_else(String::new, |place| format!(", its state to {}", place.display()));
    io::write_session(path, &SessionFile { state: place, params: listed, ..file })?;
    Ok(format!("Session at step {} written to {}{told}", state.step, path.display()))
}

/// Goes on with a session, undoably; what does not fit is told and left out. `preset` beats what it says.
///
/// # Errors
/// For values that do not fit; then nothing has changed.
pub fn go_on(desk: &mut Desk, kernels: &mut Kernels, path: &Path, session: &Session, preset: &Said) -> Result<()> {
    let Session { file, kernel, operators, .. } = session;
    let (mut lost, source) = (session.lost.clone(), session.source());
    let mut defaults = Params::default();
    fit(&mut defaults, desk.device.context().report.software);
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
    let fitted = kernel.as_ref().map(|(from, read)| match read {
        Ok(propagator) => kernel::fit(propagator, &state, params, from).map(|fit| (from, propagator.clone(), fit)),
        Err(e) => Err(Error::Run(e.to_string())),
    });
    let fitted = fitted.and_then(|fitted| {
        fitted.map_err(|e| lost.push(format!("The kernel of the session was not loaded: {e}"))).ok()
    });
    let (with, matrix) = match &fitted {
        // The session may have it at hand and move the background by another.
        Some((_, propagator, fit)) => (Params { kernel: params.kernel, ..fit.params }, Some(propagator.clone())),
        None => (params, None),
    };
    desk.begin(Next { state: state.clone(), params: with, scene, kernel: matrix })?;
    desk.model.home = params;
    lost.extend(show_view(&file.view, &mut desk.model.view));
    if let Some((from, propagator, fit)) = fitted {
        kernels.taken(desk, propagator, from, &state, fit.told);
        kernels.follow(from, desk.now_s());
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
fn use_operators(desk: &mut Desk, read: &[Result<(Operator, bool)>], lost: &mut Vec<String>) {
    let mut list = vec![];
    for operator in read {
        match operator {
            Ok((operator, on)) => list.push((Arc::new(operator.clone()), *on)),
            Err(e) => lost.push(e.to_string()),
        }
    }
    if !(list.is_empty() && desk.device.operators.list().is_empty())
        && let Err(e) = operators::act(desk, list)
    {
        lost.push(format!("The operators of the session were not loaded: {e}"));
    }
}
