//! Gestures as sequences of events.

use super::*;

const A: DVec2 = DVec2::new(10.0, 20.0);
const B: DVec2 = DVec2::new(60.0, 25.0);

fn acts(events: &[Event]) -> Vec<Act> {
    let mut gestures = Gestures::default();
    events.iter().filter_map(|event| gestures.on(*event)).collect()
}

fn drag(button: Button, shift: bool) -> Vec<Act> {
    acts(&[Event::Press { button, at: A, shift }, Event::Move { at: B }, Event::Release { button }])
}

#[test]
fn the_button_and_shift_choose_the_sign() {
    for (button, shift, sign) in [
        (Button::Left, false, Sign::Plus),
        (Button::Left, true, Sign::Minus),
        (Button::Right, false, Sign::Minus),
        (Button::Right, true, Sign::Minus),
    ] {
        assert_eq!(drag(button, shift), [Act::Filament { path: vec![A, B], sign }]);
    }
}

#[test]
fn a_press_that_hardly_moves_is_a_vortex() {
    let press = Event::Press { button: Button::Left, at: A, shift: false };
    let near = Event::Move { at: A + DVec2::splat(2.0) };
    let done = acts(&[press, near, Event::Release { button: Button::Left }]);
    assert_eq!(done, [Act::Vortex { at: A, sign: Sign::Plus }]);
}

#[test]
fn a_small_loop_that_returns_is_still_a_filament() {
    let press = Event::Press { button: Button::Right, at: A, shift: false };
    let events = [press, Event::Move { at: B }, Event::Move { at: A }, Event::Release { button: Button::Right }];
    assert_eq!(acts(&events), [Act::Filament { path: vec![A, B, A], sign: Sign::Minus }]);
}

#[test]
fn fingers_pan_and_pinch_zooms_about_the_pointer_however_small_the_steps() {
    let delta = DVec2::new(0.25, -0.125);
    assert_eq!(acts(&[Event::Scroll { delta }]), [Act::Pan(delta)]);
    assert_eq!(acts(&[Event::Pinch { factor: 1.01, at: A }]), [Act::Zoom(1.01, A)]);
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(acts(&[Event::Pinch { factor, at: A }]), []);
    }
    assert_eq!(acts(&[Event::Scroll { delta: DVec2::ZERO }]), []);
    let press = Event::Press { button: Button::Left, at: A, shift: false };
    let up = Event::Scroll { delta: DVec2::new(3.0, POINTS) };
    assert_eq!(acts(&[press, up]), [Act::Widen(NOTCH)], "while drawing they widen the core");
}

#[test]
fn the_wheel_widens_while_drawing_and_zooms_otherwise() {
    let wheel = Event::Wheel { notches: 1.0, at: B };
    assert_eq!(acts(&[wheel]), [Act::Zoom(NOTCH, B)]);
    let press = Event::Press { button: Button::Left, at: A, shift: false };
    assert_eq!(acts(&[press, wheel]), [Act::Widen(NOTCH)]);
}

#[test]
fn another_tool_picks_carries_and_erases() {
    let with = |tool| {
        let mut gestures = Gestures { tool, ..Gestures::default() };
        let press = Event::Press { button: Button::Left, at: A, shift: false };
        let events = [press, Event::Move { at: B }, Event::Release { button: Button::Left }];
        events.into_iter().filter_map(|event| gestures.on(event)).collect::<Vec<_>>()
    };
    assert_eq!(with(Tool::Pick), [Act::Pick(A)]);
    assert_eq!(with(Tool::Move), [Act::Pick(A), Act::Carry(B - A)]);
    assert_eq!(with(Tool::Erase), [Act::Erase(vec![A, B])]);
    let mut gestures = Gestures { tool: Tool::Erase, ..Gestures::default() };
    gestures.on(Event::Cancel);
    assert_eq!(gestures.tool, Tool::Erase, "Escape keeps the tool");
}

#[test]
fn an_inverted_brush_draws_the_other_sign() {
    for (button, sign) in [(Button::Left, Sign::Minus), (Button::Right, Sign::Plus)] {
        let mut gestures = Gestures { inverted: true, ..Gestures::default() };
        gestures.on(Event::Press { button, at: A, shift: false });
        assert_eq!(gestures.on(Event::Release { button }), Some(Act::Vortex { at: A, sign }));
    }
}

#[test]
fn middle_drag_and_space_drag_pan() {
    assert_eq!(drag(Button::Middle, false), [Act::Pan(B - A)]);
    let press = Event::Press { button: Button::Left, at: A, shift: false };
    let release = Event::Release { button: Button::Left };
    let events = [Event::SpaceDown, press, Event::Move { at: B }, release, Event::SpaceUp];
    assert_eq!(acts(&events), [Act::Pan(B - A)], "a Space drag does not pause");
}

#[test]
fn space_alone_pauses_on_release() {
    assert_eq!(acts(&[Event::SpaceDown, Event::SpaceUp]), [Act::TogglePause]);
    assert_eq!(acts(&[Event::SpaceUp]), []);
}

#[test]
fn other_buttons_and_cancel_do_not_end_a_stroke_by_mistake() {
    let press = Event::Press { button: Button::Left, at: A, shift: false };
    let other = Event::Press { button: Button::Right, at: B, shift: false };
    let end = Event::Release { button: Button::Left };
    let done = acts(&[press, other, Event::Release { button: Button::Right }, Event::Move { at: B }, end]);
    assert_eq!(done, [Act::Filament { path: vec![A, B], sign: Sign::Plus }]);
    assert_eq!(acts(&[press, Event::Move { at: B }, Event::Cancel, end]), []);
}
