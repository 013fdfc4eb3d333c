//! The view of the window as a session file keeps it.

use crate::{
    app::model::{
        ViewModel,
        range::{Range, RangeMode},
    },
    io::session::ViewPart,
    render::{
        FilamentColor, Lines, Picture,
        camera::{Camera, SPAN_MAX, SPAN_MIN},
        colormap::Colormap,
    },
};

const MODES: [(RangeMode, &str); 3] =
    [(RangeMode::Follow, "follow"), (RangeMode::Once, "once"), (RangeMode::Fixed, "fixed")];

/// The view as a session keeps it.
pub fn view_part(view: &ViewModel) -> ViewPart {
    let Range { mode, limit, .. } = view.range;
    ViewPart {
        center: view.camera.center.to_array(),
        span: view.camera.span,
        picture: view.picture.word().into(),
        colormap: view.colormap.clone(),
        range: MODES.iter().find(|(known, _)| *known == mode).map_or("follow", |(_, word)| word).into(),
        limit,
        filaments: view.filaments,
        strokes: view.strokes,
        filament_color: view.filament_color.name().into(),
        tracers: view.tracers,
        trails: view.trails,
        lines: view.lines.name().into(),
    }
}

/// Puts a session's view on the window; sentences for what it does not know.
pub fn show_view(part: &ViewPart, view: &mut ViewModel) -> Vec<String> {
    let mut lost = vec![];
    view.camera = Camera { center: part.center.into(), span: part.span.clamp(SPAN_MIN, SPAN_MAX) };
    match Picture::ALL.into_iter().find(|picture| picture.word() == part.picture) {
        Some(picture) => view.choose(picture),
        None => lost.push(format!("view: picture: expected the name of one, such as speed, found {}", part.picture)),
    }
    match Lines::ALL.into_iter().find(|lines| lines.name() == part.lines) {
        Some(lines) => view.lines = lines,
        None => lost.push(format!("view: lines: expected none, arrows or LIC, found {}", part.lines)),
    }
    view.trails = part.trails;
    view.range.restart();
    view.range.limit = part.limit;
    view.range.mode = MODES.iter().find(|(_, word)| *word == part.range).map_or(RangeMode::Follow, |(mode, _)| *mode);
    (view.filaments, view.strokes, view.tracers) = (part.filaments, part.strokes, part.tracers);
    match Colormap::by_name(&part.colormap) {
        Some(map) => view.colormap = map.name().into(),
        None if part.colormap.is_empty() => {}
        None => lost.push(format!("view: colormap: expected the name of a map, found {}", part.colormap)),
    }
    match FilamentColor::ALL.iter().find(|color| color.name() == part.filament_color) {
        Some(color) => view.filament_color = *color,
        None => lost.push(format!("view: filament_color: expected sign, twist or core, found {}", part.filament_color)),
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_as_it_was() {
        let mut view = ViewModel::default();
        view.choose(Picture::Stream);
        (view.filaments, view.trails, view.lines, view.colormap) = (false, true, Lines::Lic, "vik".into());
        view.strokes = false;
        view.fill();
        (view.range.mode, view.range.limit) = (RangeMode::Fixed, 3.25);
        (view.camera.center.x, view.camera.span) = (0.1 + 0.2, 1.0 / 3.0);
        view.filament_color = FilamentColor::Core;
        let mut again = ViewModel::default();
        assert_eq!(show_view(&view_part(&view), &mut again), [""; 0]);
        again.fill();
        assert_eq!(view_part(&again), view_part(&view));
        assert_eq!(again.colors, view.colors);
        let odd = ViewPart { colormap: "mud".into(), filament_color: "loud".into(), ..ViewPart::default() };
        assert_eq!(show_view(&odd, &mut again).len(), 2);
        assert_eq!(again.colormap, "vik");
    }
}
