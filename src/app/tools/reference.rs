//! The reference LES beside the run: prepared on a thread, started from the field at hand, compared now and then.

use crate::{
    app::{desk::Desk, model::reference::compared},
    error::Result,
    process::task::{self, Task},
    sim::{Beside, prepare_beside},
};

/// Real time between two comparisons.
const COMPARE_S: f64 = 0.1;

/// The reference LES.
#[derive(Default)]
pub struct Reference {
    /// Its shaders, being compiled.
    preparing: Option<Task<()>>,
    /// Whether this device has compiled them.
    prepared: bool,
    /// When it was last compared.
    compared_s: f64,
    /// The state that it was started from.
    put: u64,
}

impl Reference {
    /// Switches it on, from the field at hand, or off.
    ///
    /// # Errors
    /// Where the device has no room, or no thread can be had.
    pub fn toggle(&mut self, desk: &mut Desk) -> Result<()> {
        if self.preparing.take().is_some() {
            return Ok(());
        }
        self.refer(desk, !desk.model.kernel.reference)
    }

    /// The canvas shows the state and the reference side by side, or the state alone.
    ///
    /// # Errors
    /// As [`Reference::toggle`].
    pub fn toggle_sides(&mut self, desk: &mut Desk) -> Result<()> {
        let on = !desk.model.kernel.side_by_side;
        if on && !desk.model.kernel.reference {
            self.refer(desk, true)?;
        }
        (desk.model.kernel.side_by_side, desk.device.stale) = (on, true);
        Ok(())
    }

    /// Whether it is on, or about to be.
    pub fn is_wanted(&self, desk: &Desk) -> bool {
        desk.model.kernel.reference || self.preparing.is_some()
    }

    /// Starts it anew from the field at hand, or ends it.
    ///
    /// # Errors
    /// As [`Reference::toggle`].
    pub fn refer(&mut self, desk: &mut Desk, on: bool) -> Result<()> {
        desk.device.main.sim.probes_mut().beside = None;
        // Until it has started it is off: on another device its shaders are compiled first, which may fail.
        let kernel = &mut desk.model.kernel;
        (kernel.reference, kernel.sides) = (false, None);
        kernel.distances.clear();
        if on && !self.prepared {
            return self.prepare(desk);
        }
        self.preparing = None;
        if on {
            desk.device.begin_reference()?;
            (desk.model.kernel.reference, desk.device.stale) = (true, true);
            self.put = desk.run.puts;
        }
        Ok(())
    }

    /// Compiles its shaders on a thread, so that no frame waits for it; it starts after that.
    fn prepare(&mut self, desk: &mut Desk) -> Result<()> {
        if self.preparing.is_some() {
            return Ok(());
        }
        let (context, side) = (desk.device.context().clone(), desk.device.side_of_reference());
        self.preparing = Some(Task::once("the reference LES", move || prepare_beside(&context, side))?);
        desk.inform("The reference LES is being prepared");
        Ok(())
    }

    /// Takes in what was found, and asks now and then.
    pub fn hear(&mut self, desk: &mut Desk, now_s: f64) {
        if let Some(done) = task::answer(&mut self.preparing) {
            self.prepared = done.is_ok();
            if let Err(e) = done.and_then(|()| self.refer(desk, true)) {
                desk.model.kernel.side_by_side = false;
                desk.complain(format!("The reference LES did not start: {e}"));
            }
        }
        // It follows an edit from its moment on.
        if desk.model.kernel.reference
            && self.put != desk.run.puts
            && let Err(e) = self.refer(desk, true)
        {
            desk.complain(format!("The reference LES ended: {e}"));
        }
        let beside = &mut desk.device.main.sim.probes_mut().beside;
        match beside.as_mut().and_then(Beside::take) {
            Some(Ok(instant)) => {
                let (sides, distance) = compared(instant);
                let kernel = &mut desk.model.kernel;
                kernel.sides = Some(sides);
                kernel.distances.push(distance);
            }
            Some(Err(e)) => {
                (*beside, desk.model.kernel.reference) = (None, false);
                return desk.complain(format!("The reference LES ended: {e}"));
            }
            None => {}
        }
        if desk.model.kernel.reference && desk.run.clock.is_moving() && now_s - self.compared_s >= COMPARE_S {
            self.compared_s = now_s;
            desk.device.main.sim.probes_mut().beside.iter_mut().for_each(Beside::ask);
        }
    }
}
