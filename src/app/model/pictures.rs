//! Which picture is shown: what commands change, what is there to show, and what stands under the cursor.

use crate::{
    app::model::{Model, Residual},
    render::Picture,
};

/// Why there is no residual.
pub const NO_RESIDUAL: &str = "There is no residual: encode a field (Ctrl+Shift+O), or switch on the reference LES (L)";

impl Model {
    /// Shows a picture, or says why there is none.
    pub fn show_picture(&mut self, picture: Picture, now_s: f64) {
        match self.why_not(picture) {
            Some(why) => self.inform(why, now_s),
            None => self.view.choose(picture),
        }
    }

    /// The residual, or what was shown before it.
    pub fn toggle_residual(&mut self, now_s: f64) {
        if self.view.picture == Picture::Residual {
            self.view.go_back();
        } else {
            self.show_picture(Picture::Residual, now_s);
        }
    }

    /// Why a picture cannot be shown; `None` if it can.
    pub fn why_not(&self, picture: Picture) -> Option<&'static str> {
        let none = picture == Picture::Residual && self.left_over().is_none();
        none.then_some(NO_RESIDUAL)
    }

    /// What a state has not: against the reference while that runs, else of the last encoding.
    fn left_over(&self) -> Option<&Residual> {
        let reference = self.kernel.sides.as_ref().filter(|_| self.kernel.reference);
        reference.map(|sides| &sides.difference).or(self.encode.residual.as_ref())
    }

    /// The residual, while the canvas shows it.
    pub fn residual(&self) -> Option<&Residual> {
        self.left_over().filter(|_| self.view.picture == Picture::Residual)
    }

    /// Whether it is of the reference.
    pub fn residual_is_of_reference(&self) -> bool {
        self.kernel.reference && self.kernel.sides.is_some()
    }

    /// A picture of what is not there any more gives way to vorticity.
    pub fn settle_picture(&mut self) {
        if self.why_not(self.view.picture).is_some() {
            self.view.choose(Picture::Vorticity);
        }
        self.view.has_residual = self.left_over().is_some();
        self.view.fill();
    }

    /// The value of what is shown under the cursor.
    pub fn probe(&self) -> Option<f64> {
        match self.residual() {
            Some(residual) => residual.at(self.cursor?),
            None => self.readout.probe.map(|value| self.view.shown(value)),
        }
    }

    /// The value of the last colour.
    pub fn limit(&self) -> f64 {
        self.residual().map_or(self.view.range.limit, |residual| residual.limit)
    }
}
