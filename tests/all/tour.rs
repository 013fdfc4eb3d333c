//! A tour of the window by mouse and keys alone: each stop leaves a picture and says what must have changed.
//!
//! The pictures go to `target/tmp/tour`, numbered in the order of the stops; at the end the slowest actions are
//! printed.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

use super::desk::{Desk, canvas, changed, number, path_dialog, read};

/// The window, and the pictures of it so far.
struct Tour {
    desk: Desk,
    folder: PathBuf,
    stops: usize,
}

impl Tour {
    fn begin(arguments: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour");
        // Pictures of an earlier tour would lie about this one.
        let _gone = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { desk: Desk::open(arguments), folder, stops: 0 }
    }

    fn key(&self, keys: &str) {
        self.desk.mouse(&format!("key {keys}"));
    }

    /// Waits for a change and leaves a picture of it.
    fn stop(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> (Value, image::RgbaImage) {
        let status = self.desk.wait_for(name, wanted);
        (status, self.shot(name))
    }

    fn shot(&mut self, name: &str) -> image::RgbaImage {
        std::thread::sleep(Duration::from_millis(600));
        self.stops += 1;
        let picture = self.desk.picture("shot.png");
        picture.save(self.folder.join(format!("{:02}-{name}.png", self.stops))).unwrap();
        picture
    }

    fn status(&self) -> Value {
        // The file is written five times a second.
        std::thread::sleep(Duration::from_millis(700));
        self.desk.status().unwrap()
    }

    /// Drags from one share of the canvas to another.
    fn drag(&self, rect: [u32; 4], a: [f64; 2], b: [f64; 2], button: u32) {
        let [x, y, w, h] = rect.map(f64::from);
        let at = |t: f64| [x + w * (a[0] + t * (b[0] - a[0])), y + h * (a[1] + t * (b[1] - a[1]))].map(|v| v.round());
        let go = |[x, y]: [f64; 2], then: &str| self.desk.mouse(format!("mousemove {x} {y} {then}").trim());
        go(at(0.0), &format!("mousedown {button}"));
        for i in 1..=10 {
            go(at(f64::from(i) / 10.0), "");
        }
        self.desk.mouse(&format!("mouseup {button}"));
    }

    fn click(&self, rect: [u32; 4], at: [f64; 2], button: u32) {
        let [x, y, w, h] = rect.map(f64::from);
        let (x, y) = ((x + w * at[0]).round(), (y + h * at[1]).round());
        self.desk.mouse(&format!("mousemove {x} {y} click {button}"));
    }

    /// Types a line into the command palette.
    fn palette(&self, line: &str) {
        self.key("ctrl+p");
        std::thread::sleep(Duration::from_millis(600));
        self.desk.tool("xdotool", &["type", "--delay", "30", line]);
        self.key("Return");
    }

    /// Counts frames of a movie.
    fn frames(path: &Path) -> u64 {
        let arguments = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries"];
        let mut probe = Command::new("ffprobe");
        probe.args(arguments).args(["stream=nb_read_frames", "-of", "default=nokey=1:noprint_wrappers=1"]);
        let said = probe.arg(path).output().expect("ffprobe does not start: install ffmpeg");
        String::from_utf8_lossy(&said.stdout).trim().parse().unwrap_or(0)
    }
}

fn parameter(status: &Value, name: &str) -> f64 {
    status["params"][name].as_f64().unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn everything_a_person_does_in_an_hour() {
    let mut tour = Tour::begin(&["--scene", "dipole"]);
    let (first, _) = tour.stop("moving", |s| number(s, "step") > 3.0);
    assert!(number(&first, "first_frame_s") < 20.0);
    let rect = canvas(&first);
    tour.desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    tour.click(rect, [0.5, 0.1], 3);
    tour.key("p");
    let (paused, before) = tour.stop("paused", |s| s["running"] == false);
    let (atoms, time) = (number(&paused, "atoms"), number(&tour.status(), "time"));

    draw(&mut tour, rect, atoms, time, &before);
    parameters(&mut tour);
    time_travels(&mut tour);
    tools(&mut tour, rect);
    pictures(&mut tour, rect);
    exports(&mut tour);
    reopened(&mut tour);
    around(&mut tour);

    let last = tour.status();
    let mut actions: Vec<(f64, &str)> = last["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[1].as_f64().unwrap(), pair[0].as_str().unwrap()))
        .collect();
    actions.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("slowest of the last {} actions, ms: {:?}", actions.len(), &actions[..actions.len().min(8)]);
    tour.key("ctrl+q");
    let code = tour.desk.program.wait().unwrap();
    assert!(code.success(), "{code}: {}", tour.desk.log());
    assert!(!tour.desk.log().contains("panicked"), "{}", tour.desk.log());
}

/// Filaments and a vortex while paused: they show at once and no time passes.
fn draw(tour: &mut Tour, rect: [u32; 4], atoms: f64, time: f64, before: &image::RgbaImage) {
    tour.drag(rect, [0.2, 0.2], [0.7, 0.3], 1);
    tour.desk.wait_for("a + filament", |s| number(s, "atoms") == atoms + 1.0);
    tour.drag(rect, [0.3, 0.8], [0.8, 0.75], 3);
    tour.desk.wait_for("a - filament", |s| number(s, "atoms") == atoms + 2.0);
    tour.click(rect, [0.85, 0.5], 1);
    let (drawn, after) = tour.stop("drawn", |s| number(s, "atoms") == atoms + 3.0);
    assert_eq!(number(&drawn, "time"), time, "no time passes while paused");
    assert!(changed(before, &after, rect) > 300, "the strokes are on the canvas");
    let lag = number(&tour.status(), "edit_lag_frames");
    assert!(lag <= 2.0, "a stroke is on screen after {lag} frames");
}

/// Cuts and thresholds while it runs, from the palette; each can be undone.
fn parameters(tour: &mut Tour) {
    tour.key("p");
    tour.desk.wait_for("running", |s| s["running"] == true);
    for (name, value) in [("k_cut", 6.0), ("topk_mid", 40.0), ("merge_dist", 0.2)] {
        let old = parameter(&tour.status(), name);
        assert_ne!(old, value);
        tour.palette(&format!("{name} {value}"));
        tour.stop(name, |s| parameter(s, name) == value && s["running"] == true);
    }
    tour.key("ctrl+z");
    tour.stop("undone", |s| parameter(s, "merge_dist") != 0.2 && parameter(s, "topk_mid") == 40.0);
}

/// Steps, rewinding, branches, speed, running to a time.
fn time_travels(tour: &mut Tour) {
    tour.key("p");
    tour.desk.wait_for("pause", |s| s["running"] == false);
    let step = number(&tour.status(), "step");
    tour.key("period");
    tour.stop("one-step", |s| number(s, "step") == step + 1.0);
    tour.key("shift+period");
    tour.stop("ten-steps", |s| number(s, "step") == step + 11.0 && s["running"] == false);
    // The last save, and the one before it: what comes after that becomes a branch of its own.
    tour.key("bracketleft");
    std::thread::sleep(Duration::from_millis(700));
    tour.key("bracketleft");
    let (wound, _) = tour.stop("wound-back", |s| number(s, "step") < step + 11.0);
    let back = number(&wound, "step");
    assert_eq!((wound["running"].as_bool(), wound["timeline"][1].as_u64()), (Some(false), Some(1)));
    tour.key("p");
    tour.stop("branch", |s| s["timeline"][1] == 2 && number(s, "step") > back);
    tour.key("equal");
    tour.stop("faster", |s| number(s, "speed") == 2.0);
    tour.key("minus");
    tour.desk.wait_for("as before", |s| number(s, "speed") == 1.0);
    tour.key("shift+b");
    tour.stop("beside", |s| s["beside"].is_number());
    tour.key("shift+b");
    tour.desk.wait_for("alone", |s| s["beside"].is_null());
}

/// Pick, move, erase; undone again.
fn tools(tour: &mut Tour, rect: [u32; 4]) {
    tour.key("p");
    tour.desk.wait_for("pause", |s| s["running"] == false);
    tour.key("d");
    tour.click(rect, [0.5, 0.5], 1);
    tour.key("s");
    tour.desk.wait_for("the tool", |s| s["tool"] == "Pick");
    tour.click(rect, [0.5, 0.5], 1);
    let (picked, _) = tour.stop("picked", |s| s["picked"].is_array());
    assert_eq!(picked["picked"][0], 1.0, "{}", picked["picked"]);
    assert_eq!(picked["tab"], "Edit");
    tour.key("g");
    tour.desk.wait_for("the tool", |s| s["tool"] == "Move");
    let before = tour.shot("before-the-move");
    tour.drag(rect, [0.5, 0.5], [0.6, 0.6], 1);
    std::thread::sleep(Duration::from_millis(700));
    let after = tour.shot("moved");
    assert!(changed(&before, &after, rect) > 50, "the atom is elsewhere");
    let atoms = number(&tour.status(), "atoms");
    tour.key("x");
    tour.desk.wait_for("the tool", |s| s["tool"] == "Erase");
    tour.drag(rect, [0.55, 0.55], [0.65, 0.65], 1);
    tour.stop("erased", |s| number(s, "atoms") < atoms);
    tour.key("ctrl+z");
    tour.desk.wait_for("undo", |s| number(s, "atoms") == atoms);
    tour.key("d");
    tour.desk.wait_for("the tool", |s| s["tool"] == "Draw");
}

/// Every picture, a map of each sort, lines, trails, colours of filaments.
fn pictures(tour: &mut Tour, rect: [u32; 4]) {
    tour.key("p");
    let mut last = tour.shot("vorticity");
    for (key, name) in [
        ("2", "speed"),
        ("3", "stream"),
        ("4", "pressure"),
        ("5", "carrier"),
        ("6", "atoms"),
        ("7", "background"),
        ("1", "vorticity"),
    ] {
        tour.key(key);
        let (_, now) = tour.stop(&format!("picture-{name}"), |s| s["picture"] == name);
        assert!(changed(&last, &now, rect) > 200, "{name} looks like what was before it");
        last = now;
    }
    let map = tour.status()["colormap"].clone();
    tour.key("m");
    let (_, now) = tour.stop("another-map", |s| s["colormap"] != map);
    assert!(changed(&last, &now, rect) > 1000, "another map has other colours");
    for (key, lines) in [("w", "arrows"), ("w", "lic"), ("w", "none")] {
        tour.key(key);
        tour.stop(&format!("lines-{lines}"), |s| s["lines"] == lines);
    }
    tour.key("h");
    tour.stop("trails", |s| s["trails"] == true);
    tour.key("h");
    tour.key("c");
    tour.shot("filaments-by-twist");
    tour.key("c");
    tour.key("c");
}

/// Picture, figure, field, state, session; movies of every kind.
fn exports(tour: &mut Tour) {
    let folder = tour.desk.folder.path().to_path_buf();
    tour.key("F5");
    tour.stop("export-panel", |s| s["tab"] == "Export");
    path_dialog(&mut tour.desk, "ctrl+e", "Export frame", &folder.join("frame.png"));
    wait_for_file(&folder.join("frame.png"));
    assert!(read(&folder.join("frame.png")).pixels().filter(|p| p.0[..3].iter().any(|c| *c > 90)).count() > 100);
    path_dialog(&mut tour.desk, "ctrl+shift+e", "Export field", &folder.join("omega.npz"));
    wait_for_file(&folder.join("omega.npz"));
    for name in ["movie.mp4", "movie.png", "movie.gif"] {
        let path = folder.join(name);
        path_dialog(&mut tour.desk, "ctrl+r", "Record mp4", &path);
        let (recorded, _) = tour.stop(&format!("recording-{name}"), |s| number(&s["export"], "frames") >= 5.0);
        assert_eq!(recorded["export"]["path"].as_str().map(Path::new), Some(path.as_path()));
        tour.key("ctrl+r");
        tour.desk.wait_for("the end of the recording", |s| s["export"].is_null());
        wait_for_file(&path);
        let frames = Tour::frames(&path);
        assert!(frames >= 5, "{name}: {frames} frames");
    }
    sequence(tour, &folder);
    tour.key("p");
    tour.desk.wait_for("pause", |s| s["running"] == false);
    path_dialog(&mut tour.desk, "ctrl+s", "Export state", &folder.join("z0.npz"));
    path_dialog(&mut tour.desk, "ctrl+shift+s", "Save session", &folder.join("evening.toml"));
    tour.stop("saved", |s| s["session"].as_str().is_some_and(|path| path.ends_with("evening.toml")));
}

/// Numbered pictures: the format is chosen in the panel by the mouse.
fn sequence(tour: &mut Tour, folder: &Path) {
    let frames = folder.join("frames");
    std::fs::create_dir(&frames).unwrap();
    tour.desk.mouse("mousemove 1210 337 click 1");
    std::thread::sleep(Duration::from_millis(700));
    // The last of the list.
    tour.desk.mouse("mousemove 1200 447");
    tour.shot("formats");
    tour.desk.mouse("mousemove 1200 447 click 1");
    std::thread::sleep(Duration::from_millis(700));
    path_dialog(&mut tour.desk, "ctrl+r", "Record PNG sequence", &frames.join("frame.png"));
    tour.stop("recording-a-sequence", |s| number(&s["export"], "frames") >= 5.0);
    tour.key("ctrl+r");
    tour.desk.wait_for("the end of the recording", |s| s["export"].is_null());
    let mut steps: Vec<u64> = std::fs::read_dir(&frames)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_prefix("frame_")?.strip_suffix(".png")?.parse().ok()
        })
        .collect();
    steps.sort_unstable();
    assert!(steps.len() >= 5, "{steps:?}");
    assert!(steps.windows(2).all(|pair| pair[1] == pair[0] + 1), "no step is missing: {steps:?}");
}

fn wait_for_file(path: &Path) {
    let begin = std::time::Instant::now();
    while !path.is_file() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{} never came", path.display());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// State and session come back as they were.
fn reopened(tour: &mut Tour) {
    let folder = tour.desk.folder.path().to_path_buf();
    let saved = tour.status();
    let atoms = number(&saved, "atoms");
    let rect = canvas(&saved);
    tour.click(rect, [0.3, 0.5], 1);
    tour.desk.wait_for("an edit", |s| number(s, "atoms") == atoms + 1.0);
    path_dialog(&mut tour.desk, "ctrl+o", "Open state", &folder.join("z0.npz"));
    let held = dashi_vortex::io::read_state(&folder.join("z0.npz")).unwrap().atoms.len() as f64;
    tour.stop("state-reopened", |s| number(s, "atoms") == held && number(s, "step") == number(&saved, "step"));
    tour.palette("k_cut 9");
    tour.desk.wait_for("another cut", |s| parameter(s, "k_cut") == 9.0);
    path_dialog(&mut tour.desk, "ctrl+o", "Open state", &folder.join("evening.toml"));
    let (again, _) = tour.stop("session-reopened", |s| parameter(s, "k_cut") == parameter(&saved, "k_cut"));
    for name in ["picture", "colormap", "lines", "running"] {
        assert_eq!(again[name], saved[name], "{name}");
    }
    assert_eq!(number(&again, "step"), number(&saved, "step"));
}

/// Gallery, help, plots, the light look, a small window.
fn around(tour: &mut Tour) {
    tour.key("ctrl+g");
    tour.desk.wait_for("the gallery", |s| s["gallery"] == true);
    // It comes up softly, and a loaded machine draws few frames.
    std::thread::sleep(Duration::from_secs(2));
    tour.shot("gallery");
    tour.key("Escape");
    tour.desk.wait_for("no gallery", |s| s["gallery"] == false);
    tour.key("question");
    std::thread::sleep(Duration::from_secs(2));
    tour.shot("help");
    tour.key("Escape");
    tour.key("p");
    for (key, tab) in [("F4", "Invariants"), ("F11", "Kernel"), ("F2", "Device")] {
        tour.key(key);
        tour.stop(&format!("panel-{tab}"), |s| s["tab"] == tab);
    }
    let dark = tour.shot("dark");
    tour.key("F7");
    tour.desk.wait_for("the light look", |s| s["look"] == "light");
    // A loaded machine draws few frames.
    std::thread::sleep(Duration::from_secs(2));
    let (_, light) = tour.stop("light", |s| s["look"] == "light");
    let bright =
        |picture: &image::RgbaImage| picture.get_pixel(20, 400).0[..3].iter().map(|c| u32::from(*c)).sum::<u32>();
    assert!(bright(&light) > bright(&dark) + 300, "{} {}", bright(&light), bright(&dark));
    tour.desk.mouse("search --onlyvisible --name dashi-vortex windowsize 900 600");
    tour.stop("small", |s| s["canvas"][3].as_f64().is_some_and(|height| height < 520.0));
    tour.key("F12");
    tour.stop("clean", |s| s["canvas"][0] == 0.0);
}
