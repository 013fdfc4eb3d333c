//! Every widget has a name, lies within the window, and can be reached by the Tab key.

use std::collections::BTreeSet;

use dashi_vortex::app::{
    model::{
        Model, Tab,
        dialog::{PathDialog, Purpose},
    },
    ui,
};
use egui::accesskit::Role;
use egui_kittest::{Harness, Node, kittest::NodeT};

use crate::fake;

/// What people operate.
const INTERACTIVE: [Role; 10] = [
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::ComboBox,
    Role::TextInput,
    Role::MultilineTextInput,
    Role::Link,
    Role::ColorWell,
];

fn window(size: [f32; 2], pixels: f32, mut model: Model) -> Harness<'static, Model> {
    model.panels.wide = size[0] >= ui::WIDE;
    model.panels.hint = false;
    let show = |ui: &mut egui::Ui, model: &mut Model| {
        ui::keys(ui, model);
        ui::show(ui, model, 0.0);
    };
    let builder = Harness::builder().with_size(size).with_max_steps(20).with_pixels_per_point(pixels);
    let mut harness = builder.with_context_setup(ui::theme::apply).build_ui_state(show, model);
    harness.run_steps(4);
    harness
}

fn interactive<'a>(harness: &'a Harness<'_, Model>) -> Vec<Node<'a>> {
    let all = harness.root().children_recursive();
    all.filter(|node| INTERACTIVE.contains(&node.accesskit_node().role())).collect()
}

fn name(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default().trim().to_owned()
}

/// Every tab, and every window over the window.
fn situations() -> Vec<(String, Model)> {
    let mut all: Vec<(String, Model)> = vec![];
    for tab in Tab::ALL {
        let mut model = fake::model();
        model.panels.tab = *tab;
        all.push((tab.label().into(), model));
    }
    let mut help = fake::model();
    help.panels.help = true;
    all.push(("help".into(), help));
    let mut palette = fake::model();
    palette.panels.palette = Some(String::new());
    all.push(("palette".into(), palette));
    let mut paths = fake::model();
    paths.dialogs.typed = Some(PathDialog::new(Purpose::SaveState, "No portal."));
    all.push(("path dialog".into(), paths));
    let mut told = fake::model();
    told.inform("Written", 0.0);
    told.complain("No space left", 0.0);
    all.push(("notices".into(), told));
    all
}

#[test]
fn every_widget_has_a_name_and_lies_within_the_window() {
    let mut faults = BTreeSet::new();
    for size in [[1280.0, 800.0], [900.0, 600.0]] {
        for (situation, model) in situations() {
            let harness = window(size, 1.0, model);
            let canvas = harness.state().canvas;
            let nodes = interactive(&harness);
            assert!(nodes.len() > 20, "{situation}: {} widgets", nodes.len());
            for node in nodes {
                let (rect, role) = (node.rect(), node.accesskit_node().role());
                if name(&node).is_empty() {
                    faults.insert(format!("{situation} {size:?}: {role:?} at {rect} has no name"));
                }
                // What lies below the edge of a side panel or of a list can be scrolled to; nothing lies beside it.
                let beside = rect.left() < -0.5 || rect.right() > size[0] + 0.5;
                let panel = rect.right() <= canvas.left() + 0.5 || rect.left() >= canvas.right() - 0.5;
                let outside = !panel && (rect.top() < -0.5 || rect.bottom() > size[1] + 0.5);
                if beside || (outside && !["help", "palette"].contains(&situation.as_str())) {
                    faults.insert(format!("{situation} {size:?}: {role:?} {} lies outside at {rect}", name(&node)));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Pairs of widgets that lie on each other.
fn collisions(nodes: &[Node<'_>]) -> Vec<String> {
    let mut found = vec![];
    for (i, a) in nodes.iter().enumerate() {
        for b in &nodes[i + 1..] {
            if a.rect().shrink(0.5).intersect(b.rect().shrink(0.5)).is_positive() {
                found.push(format!("{} at {} and {} at {}", name(a), a.rect(), name(b), b.rect()));
            }
        }
    }
    found
}

#[test]
fn no_two_widgets_of_the_bars_and_tabs_lie_on_each_other() {
    for (size, pixels) in [([900.0, 600.0], 1.0), ([1280.0, 800.0], 1.0), ([1920.0, 1080.0], 2.0)] {
        // What a side panel has scrolled away still has a place, so the bars are looked at without them.
        let mut bare = fake::model();
        (bare.panels.left, bare.panels.right) = (false, false);
        let harness = window(size, pixels, bare);
        let bars = interactive(&harness);
        assert!(bars.len() >= 8, "{} widgets", bars.len());
        assert_eq!(collisions(&bars), [""; 0], "{size:?}");

        let harness = window(size, pixels, fake::model());
        let labels: Vec<&str> = Tab::ALL.iter().map(|tab| tab.label()).collect();
        let mut tabs = interactive(&harness);
        // A menu may have the name of a tab.
        let right = harness.state().canvas.right();
        tabs.retain(|node| node.rect().left() >= right && labels.contains(&name(node).as_str()));
        assert_eq!((tabs.len(), collisions(&tabs)), (labels.len(), vec![]), "{size:?}");
        let sizes: Vec<egui::Vec2> = tabs.iter().map(|node| node.rect().size()).collect();
        assert!(sizes.windows(2).all(|w| (w[0] - w[1]).length() < 0.5), "the buttons are equal: {sizes:?}");
    }
}

#[test]
fn the_tab_key_reaches_every_widget_of_the_panels_in_order() {
    for tab in Tab::ALL {
        let mut model = fake::model();
        model.panels.tab = *tab;
        // High enough that nothing needs to be scrolled to.
        let mut harness = window([1280.0, 2600.0], 1.0, model);
        let right = harness.state().canvas.right();
        let expected: Vec<(String, f32)> = interactive(&harness)
            .iter()
            .filter(|node| node.rect().left() >= right && !node.accesskit_node().is_disabled())
            .map(|node| (name(node), node.rect().center().y))
            .collect();
        let (mut reached, mut seen): (Vec<(String, f32)>, Vec<_>) = (vec![], vec![]);
        let all = interactive(&harness).len();
        for _ in 0..2 * all + 20 {
            harness.key_press(egui::Key::Tab);
            harness.run_steps(1);
            let focused = interactive(&harness).into_iter().find(|node| node.is_focused());
            let Some(focused) = focused.filter(|node| node.rect().left() >= right) else { continue };
            let at = (name(&focused), focused.rect().center().y);
            let id = focused.accesskit_node().id();
            if seen.contains(&id) {
                break;
            }
            seen.push(id);
            reached.push(at);
        }
        let missed: Vec<&(String, f32)> = expected
            .iter()
            // A number that is being typed stands half a point higher.
            .filter(|(name, y)| !reached.iter().any(|(other, at)| name == other && (y - at).abs() < 2.0))
            .collect();
        assert!(missed.is_empty(), "{}: Tab never comes to {missed:?}\nreached {reached:?}", tab.label());
        let down = reached.windows(2).filter(|w| w[1].1 < w[0].1 - 12.0).count();
        assert!(down <= 1, "{}: focus jumps up {down} times: {reached:?}", tab.label());
    }
}
