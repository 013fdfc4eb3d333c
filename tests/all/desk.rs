//! A virtual screen with the program in it, driven by mouse and keys alone.
//!
//! A missing Xvfb, xdotool or import fails the test: a window that nobody looked at is not tested.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const INSTALL: &str =
    "install it (Debian: apt-get install xvfb xauth xdotool imagemagick libvulkan1 mesa-vulkan-drivers)";
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A virtual screen; it ends with the test.
pub struct Screen {
    server: Child,
    /// Its name, for `DISPLAY`.
    pub display: String,
}

impl Screen {
    /// Xvfb picks a free number itself.
    pub fn open() -> Self {
        Self::of_depth(24)
    }

    /// The same with so many bits a pixel.
    pub fn of_depth(bits: u32) -> Self {
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", &format!("1280x800x{bits}"), "-nolisten", "tcp"]);
        let mut server = spawn(xvfb.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { server, display: format!(":{}", number.trim()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended already; there is nothing else to do about it.
        let _ended = self.server.kill();
        let _status = self.server.wait();
    }
}

/// A virtual screen with the program in it; both end with the test.
pub struct Desk {
    /// The program under test.
    pub program: Child,
    screen: Screen,
    /// What it writes goes here.
    pub folder: tempfile::TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ended = self.program.kill();
        let _status = self.program.wait();
    }
}

fn spawn(command: &mut Command) -> Child {
    let name = command.get_program().to_string_lossy().into_owned();
    command.spawn().unwrap_or_else(|e| panic!("{name} does not start ({e}): {INSTALL}"))
}

impl Desk {
    /// The program on a screen of its own.
    pub fn open(arguments: &[&str]) -> Self {
        Self::open_with(arguments, &[])
    }

    /// The same with variables of the environment.
    pub fn open_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let screen = Screen::open();
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
        program.args(arguments).arg("--status-json").arg(folder.path().join("status.json"));
        // Settings of whoever runs the tests are none of their business.
        program.env("DASHI_VORTEX_CONFIG", folder.path().join("config"));
        program.env("DISPLAY", &screen.display).env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
        program.envs(variables.iter().copied());
        let program = spawn(program.stdout(Stdio::null()).stderr(log));
        Self { program, screen, folder }
    }

    pub fn status(&self) -> Option<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("status.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// The first status that satisfies `wanted`.
    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        let begin = Instant::now();
        let mut last = None;
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.status() {
                if wanted(&status) {
                    return status;
                }
                last = Some(status);
            }
            if let Some(code) = self.program.try_wait().unwrap() {
                panic!("the window closed ({code}) before {what}:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no {what} within {PATIENCE:?}; last status {last:?}\n{}", self.log())
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn tool(&self, name: &str, arguments: &[&str]) {
        let status = spawn(Command::new(name).args(arguments).env("DISPLAY", &self.screen.display)).wait().unwrap();
        assert!(status.success(), "{name} {arguments:?} failed");
    }

    pub fn mouse(&self, arguments: &str) {
        self.tool("xdotool", &arguments.split(' ').collect::<Vec<_>>());
    }

    pub fn picture(&self, name: &str) -> image::RgbaImage {
        let path: PathBuf = self.folder.path().join(name);
        self.tool("import", &["-window", "root", path.to_str().unwrap()]);
        read(&path)
    }
}

pub fn read(path: &Path) -> image::RgbaImage {
    image::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).to_rgba8()
}

pub fn number(status: &serde_json::Value, name: &str) -> f64 {
    status[name].as_f64().unwrap_or_else(|| panic!("{name} is missing in {status}"))
}

/// Left, top, width, height of the canvas in pixels.
pub fn canvas(status: &serde_json::Value) -> [u32; 4] {
    [0, 1, 2, 3].map(|i| status["canvas"][i].as_f64().unwrap() as u32)
}

/// Pixels of the canvas that differ by more than a hair.
pub fn changed(a: &image::RgbaImage, b: &image::RgbaImage, [x, y, w, h]: [u32; 4]) -> usize {
    let differ = |p: &image::Rgba<u8>, q: &image::Rgba<u8>| p.0.iter().zip(q.0).any(|(p, q)| p.abs_diff(q) > 8);
    let inside = (y + 2..y + h - 2).flat_map(|j| (x + 2..x + w - 2).map(move |i| (i, j)));
    inside.filter(|(i, j)| differ(a.get_pixel(*i, *j), b.get_pixel(*i, *j))).count()
}

/// Asks for a path by its keys and types it into the in-app dialog, as on a desktop without another.
pub fn path_dialog(desk: &mut Desk, keys: &str, title: &str, path: &Path) {
    desk.mouse(&format!("key {keys}"));
    desk.wait_for(title, |s| s["dialog"] == title);
    std::thread::sleep(Duration::from_millis(500));
    desk.mouse("key ctrl+a");
    desk.mouse(&format!("type --delay 20 {}", path.display()));
    desk.mouse("key Return");
    desk.wait_for("closed dialog", |s| s["dialog"].is_null());
}
