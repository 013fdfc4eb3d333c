//! What the cards of a rescue offer: the last autosave, and a way out of numbers that are none.

use crate::{
    app::{
        desk::Desk,
        model::RescueAsk,
        tools::{Tools, sessions},
    },
    error::Result,
    open,
};

/// What a card asks for.
pub(super) fn ask(tools: &mut Tools, desk: &mut Desk, ask: RescueAsk) -> Result<()> {
    match ask {
        RescueAsk::Fresh => desk.model.rescue.offer = None,
        RescueAsk::Reopen => {
            if let Some(path) = desk.model.rescue.offer.clone() {
                let session = desk.model.files.session.take();
                let recent = desk.model.files.recent.clone();
                let opened =
                    open::session(&path).and_then(|read| sessions::go_on(desk, &mut tools.kernels, &path, &read, &[]));
                // The file is not the user's and will be gone some day.
                (desk.model.files.session, desk.model.files.recent) = (session, recent);
                if opened.is_err() && desk.device.awaited.puts_off() {
                    // It is still offered until the run is ready for it.
                    return opened;
                }
                desk.model.rescue.offer = None;
                opened?;
                desk.inform(format!("Step {}, as it was saved by itself", desk.run.origin.step));
            }
        }
        RescueAsk::Fix => return tools.safety.take_fix(desk),
        RescueAsk::Leave => desk.model.rescue.fix = None,
    }
    Ok(())
}

/// The first button of the first card.
pub(super) fn take_offer(tools: &mut Tools, desk: &mut Desk) -> Result<()> {
    match (&desk.model.rescue.fix, &desk.model.rescue.offer) {
        (Some(_), _) => ask(tools, desk, RescueAsk::Fix),
        (None, Some(_)) => ask(tools, desk, RescueAsk::Reopen),
        (None, None) => {
            desk.inform("Nothing is offered now");
            Ok(())
        }
    }
}
