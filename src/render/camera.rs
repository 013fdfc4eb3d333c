//! Pan and zoom on the periodic box: the map between view pixels and world coordinates.
//!
//! A view has its origin at the top left and y downwards, in pixels or points; the world has y
//! upwards and repeats with the side of the box. The camera keeps its centre inside the box, so
//! coordinates stay small however long one pans.

use glam::DVec2;

use crate::math::{BOX, wrap};

/// Smallest world length across the shorter side of a view.
pub const SPAN_MIN: f64 = BOX / 4096.0;
/// Largest world length across the shorter side of a view: one and a half boxes.
pub const SPAN_MAX: f64 = BOX * 1.5;

/// Where the viewer stands over the periodic box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// World coordinates in the middle of the view, inside `[0, 2 pi)^2`.
    pub center: DVec2,
    /// World length across the shorter side of the view.
    pub span: f64,
}

impl Default for Camera {
    /// The whole box.
    fn default() -> Self {
        Self { center: DVec2::splat(BOX / 2.0), span: BOX }
    }
}

impl Camera {
    /// World length of one view unit, for a view of `size`.
    pub fn world_per_view(&self, size: DVec2) -> f64 {
        self.span / size.min_element().max(1.0)
    }

    /// Half the world width and height that a view of `size` shows.
    pub fn half_extent(&self, size: DVec2) -> DVec2 {
        size * 0.5 * self.world_per_view(size)
    }

    /// World coordinates under a view position; unwrapped, so near the camera's centre.
    pub fn world_from_view(&self, at: DVec2, size: DVec2) -> DVec2 {
        let offset = (at - size * 0.5) * self.world_per_view(size);
        self.center + DVec2::new(offset.x, -offset.y)
    }

    /// View position of unwrapped world coordinates.
    pub fn view_from_world(&self, world: DVec2, size: DVec2) -> DVec2 {
        let offset = (world - self.center) / self.world_per_view(size);
        size * 0.5 + DVec2::new(offset.x, -offset.y)
    }

    /// Moves the world with the pointer: what was under it stays under it.
    pub fn pan(&mut self, delta: DVec2, size: DVec2) {
        let scale = self.world_per_view(size);
        let center = self.center + DVec2::new(-delta.x, delta.y) * scale;
        self.center = DVec2::new(wrap(center.x), wrap(center.y));
    }

    /// Zooms in by `factor` (above 1) or out (below 1); the world point under `at` stays there.
    pub fn zoom(&mut self, factor: f64, at: DVec2, size: DVec2) {
        if !(factor.is_finite() && factor > 0.0) {
            return;
        }
        let fixed = self.world_from_view(at, size);
        self.span = (self.span / factor).clamp(SPAN_MIN, SPAN_MAX);
        let center = self.center + fixed - self.world_from_view(at, size);
        self.center = DVec2::new(wrap(center.x), wrap(center.y));
    }

    /// How many times nearer than the whole box.
    pub fn magnification(&self) -> f64 {
        BOX / self.span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: DVec2 = DVec2::new(800.0, 600.0);

    #[test]
    fn the_whole_box_fits_the_shorter_side() {
        let camera = Camera::default();
        let bottom_left = camera.world_from_view(DVec2::new(100.0, 600.0), SIZE);
        let top_right = camera.world_from_view(DVec2::new(700.0, 0.0), SIZE);
        assert!(bottom_left.length() < 1e-12, "{bottom_left}");
        assert!((top_right - DVec2::splat(BOX)).length() < 1e-12, "{top_right}");
    }

    #[test]
    fn view_and_world_are_inverse() {
        let camera = Camera { center: DVec2::new(1.0, 5.0), span: 0.37 };
        for at in [DVec2::ZERO, DVec2::new(13.0, 599.0), SIZE] {
            assert!((camera.view_from_world(camera.world_from_view(at, SIZE), SIZE) - at).length() < 1e-9);
        }
    }

    #[test]
    fn zoom_keeps_the_point_under_the_cursor_up_to_whole_boxes() {
        let mut camera = Camera::default();
        let at = DVec2::new(700.0, 40.0);
        for factor in [1.25, 1.25, 3.0, 0.5, 40.0, 1e-9, 1e9, f64::NAN, -1.0] {
            let before = camera.world_from_view(at, SIZE);
            camera.zoom(factor, at, SIZE);
            let moved = (camera.world_from_view(at, SIZE) - before) / BOX;
            assert!((moved - moved.round()).length() < 1e-9, "factor {factor} moved the point by {moved} boxes");
            assert!((SPAN_MIN..=SPAN_MAX).contains(&camera.span));
        }
    }

    #[test]
    fn pan_follows_the_pointer_and_never_leaves_the_box() {
        let mut camera = Camera::default();
        let grabbed = camera.world_from_view(DVec2::new(400.0, 300.0), SIZE);
        camera.pan(DVec2::new(50.0, -20.0), SIZE);
        assert!((camera.world_from_view(DVec2::new(450.0, 280.0), SIZE) - grabbed).length() < 1e-12);
        for _ in 0..1000 {
            camera.pan(DVec2::new(311.0, 173.0), SIZE);
        }
        assert!(camera.center.min_element() >= 0.0 && camera.center.max_element() < BOX);
    }
}
