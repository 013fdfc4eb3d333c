//! The event loop on the window system that answers.
//!
//! `winit` takes Wayland wherever a variable names a compositor, even one that is long gone while an X server is there
//! (a shell in `tmux`, `ssh -X`, a container): then the window opens on X, and what misled is said.

use winit::event_loop::EventLoop;

use crate::{
    error::{Error, Result},
    process::environment::without_build_paths,
};

/// An event loop.
///
/// # Errors
/// Where no window system answers; names the variables that were heard.
pub fn event_loop<T: 'static>() -> Result<EventLoop<T>> {
    let mut builder = EventLoop::<T>::with_user_event();
    #[cfg(target_os = "linux")]
    linux::choose(&mut builder);
    builder.build().map_err(|e| {
        let cause = without_build_paths(&e.to_string());
        Error::Run(format!("no window system: {cause}{}; `dashi-vortex run` computes without one", said()))
    })
}

/// The variables that lead to a window system, as they are set.
fn said() -> String {
    let set = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().filter_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some(format!("{name}={value}"))
    });
    let set: Vec<_> = set.collect();
    if set.is_empty() { "; set DISPLAY or WAYLAND_DISPLAY".into() } else { format!(" (tried {})", set.join(", ")) }
}

/// Why nothing can be drawn to a window, where that is the screen's doing.
pub fn shallow() -> Option<String> {
    #[cfg(target_os = "linux")]
    {
        let depth = linux::depth()?;
        (depth < 24).then(|| {
            format!(
                "the screen {} has {depth} bits a pixel, and drivers draw to 24: start it with more (Xvfb: -screen 0 \
                 1280x800x24; a VNC or X server: -depth 24)",
                std::env::var("DISPLAY").unwrap_or_default()
            )
        })
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        env,
        os::unix::net::UnixStream,
        path::{Path, PathBuf},
    };

    use winit::{event_loop::EventLoopBuilder, platform::x11::EventLoopBuilderExtX11};
    use x11rb::connection::Connection;

    use crate::process::remark;

    /// The socket of the compositor that the environment names; `None` where it names none, or hands one down open.
    fn compositor() -> Option<PathBuf> {
        if env::var_os("WAYLAND_SOCKET").is_some_and(|socket| !socket.is_empty()) {
            return None;
        }
        let name = env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty())?;
        // An absolute name stays what it is.
        Some(Path::new(&env::var_os("XDG_RUNTIME_DIR").unwrap_or_default()).join(name))
    }

    /// Takes X where the compositor that is named does not answer and an X server does.
    pub fn choose<T: 'static>(builder: &mut EventLoopBuilder<T>) {
        let Some(socket) = compositor() else { return };
        let Err(why) = UnixStream::connect(&socket) else { return };
        if depth().is_some() {
            let (socket, display) = (socket.display(), env::var("DISPLAY").unwrap_or_default());
            remark(&format!(
                "warning: WAYLAND_DISPLAY leads to no compositor ({socket}: {why}); the window opens on DISPLAY {display}"
            ));
            builder.with_x11();
        }
    }

    /// Bits a pixel of the X screen, where an X server answers.
    pub fn depth() -> Option<u8> {
        env::var_os("DISPLAY").filter(|name| !name.is_empty())?;
        let (connection, screen) = x11rb::connect(None).ok()?;
        connection.setup().roots.get(screen).map(|root| root.root_depth)
    }
}
