//! Every format written and read back: counts, order, sizes, and what failures leave.

use std::{fs, path::Path, process::Command, time::Instant};

use image::AnimationDecoder;

use super::*;

const SHAPE: Shape = Shape { width: 9, height: 6, rate: 25.0 };

fn picture(shape: Shape, i: u64) -> Vec<u8> {
    (0..shape.bytes()).map(|k| if k % 4 == 3 { 255 } else { (k as u64 * 7 + i * 40) as u8 }).collect()
}

fn write(format: Format, path: &Path, shape: Shape, frames: u64, ffmpeg: &Ffmpeg) -> Result<()> {
    let mut movie = begin(format, path, shape, &[("Software", "test")], ffmpeg)?;
    for i in 0..frames {
        movie.push(&Frame { step: 10 + 5 * i, rgba: &picture(shape, i) })?;
    }
    movie.finish()
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

/// A shell script that stands for ffmpeg.
#[cfg(unix)]
fn script(folder: &Path, text: &str) -> Ffmpeg {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("fake-ffmpeg");
    let list = "case \"$*\" in *-encoders*) echo ' V....D libx264 x'; exit 0;; esac";
    fs::write(&path, format!("#!/bin/sh\n{list}\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Ffmpeg(path)
}

/// Frames, width and height as ffprobe counts them.
fn probe(path: &Path) -> String {
    let wanted = "stream=nb_read_frames,width,height,r_frame_rate,pix_fmt";
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", wanted, "-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("this test needs ffprobe: apt-get install ffmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().into()
}

#[test]
fn a_sequence_is_numbered_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frame.png");
    write(Format::Frames, &path, SHAPE, 3, &Ffmpeg::default()).unwrap();
    assert_eq!(names(folder.path()), ["frame_0000000010.png", "frame_0000000015.png", "frame_0000000020.png"]);
    let last = image::open(frame_path(&path, 20)).unwrap().to_rgba8();
    assert_eq!((last.dimensions(), last.into_raw()), ((9, 6), picture(SHAPE, 2)));
}

#[test]
fn animations_hold_every_frame_whatever_their_number() {
    let folder = tempfile::tempdir().unwrap();
    for count in [1, 2, 31] {
        let path = folder.path().join("a.png");
        write(Format::Apng, &path, SHAPE, count, &Ffmpeg::default()).unwrap();
        let file = || std::io::BufReader::new(fs::File::open(&path).unwrap());
        let control = png::Decoder::new(file()).read_info().unwrap().info().animation_control.unwrap();
        assert_eq!((u64::from(control.num_frames), control.num_plays), (count, 0));
        let decoder = image::codecs::png::PngDecoder::new(file()).unwrap().apng().unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        assert_eq!(frames.len() as u64, count);
        assert_eq!(frames.last().unwrap().buffer().as_raw(), &picture(SHAPE, count - 1));
        assert_eq!(frames[0].delay().numer_denom_ms().0, 40);

        let path = folder.path().join("a.gif");
        write(Format::Gif, &path, SHAPE, count, &Ffmpeg::default()).unwrap();
        let file = std::io::BufReader::new(fs::File::open(&path).unwrap());
        let frames = image::codecs::gif::GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap();
        assert_eq!(frames.len() as u64, count);
        assert_eq!(frames[0].buffer().dimensions(), (9, 6));
    }
    assert_eq!(names(folder.path()), ["a.gif", "a.png"]);
}

/// Delays of the frames of a GIF, in hundredths of a second.
fn delays(path: &Path) -> Vec<u32> {
    let file = std::io::BufReader::new(fs::File::open(path).unwrap());
    let frames = image::codecs::gif::GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap();
    frames.iter().map(|frame| frame.delay().numer_denom_ms().0 / 10).collect()
}

#[test]
fn a_gif_keeps_its_length_and_no_delay_that_a_browser_would_stretch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gif");
    for (rate, count, kept) in [(30.0, 30, 30), (50.0, 50, 50), (60.0, 60, 50), (100.0, 200, 100), (1000.0, 1000, 50)] {
        write(Format::Gif, &path, Shape { rate, ..SHAPE }, count, &Ffmpeg::default()).unwrap();
        let delays = delays(&path);
        assert!(delays.iter().all(|delay| *delay >= 2), "{rate}: {delays:?}");
        assert_eq!(f64::from(delays.iter().sum::<u32>()), (100.0 * count as f64 / rate).round(), "{rate}");
        assert_eq!(delays.len(), kept, "{rate}");
        assert_eq!(Format::Gif.remark(rate).is_some(), rate > 50.0);
    }
    write(Format::Gif, &path, Shape { rate: 30.0, ..SHAPE }, 3, &Ffmpeg::default()).unwrap();
    assert_eq!(delays(&path), [3, 4, 3]);
    write(Format::Gif, &path, Shape { rate: 500.0, ..SHAPE }, 1, &Ffmpeg::default()).unwrap();
    assert_eq!(delays(&path), [2], "one frame is shown for as long as any");
}

#[test]
fn a_movie_has_the_exact_number_of_frames_and_even_sides() {
    let folder = tempfile::tempdir().unwrap();
    for (shape, count, expected) in [
        (Shape { width: 66, height: 34, rate: 30.0 }, 47, "66,34,yuv420p,30/1,47"),
        (Shape { width: 33, height: 17, rate: 12.5 }, 1, "34,18,yuv420p,25/2,1"),
        (Shape { width: 1, height: 1, rate: 60.0 }, 3, "2,2,yuv420p,60/1,3"),
    ] {
        let path = folder.path().join("a.mp4");
        write(Format::Mp4, &path, shape, count, &Ffmpeg::default()).unwrap();
        assert_eq!(probe(&path), expected);
    }
    assert_eq!(names(folder.path()), ["a.mp4"]);
}

#[test]
fn what_is_not_finished_leaves_nothing_but_numbered_files() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join("cut").with_extension(format.extension());
        let mut movie = begin(format, &path, SHAPE, &[], &Ffmpeg::default()).unwrap();
        for i in 0..4 {
            movie.push(&Frame { step: i, rgba: &picture(SHAPE, i) }).unwrap();
        }
        let short = movie.push(&Frame { step: 4, rgba: &[0; 8] }).unwrap_err().to_string();
        assert!(short.contains("frame of step 4") && short.contains("216 bytes"), "{short}");
        drop(movie);
        assert_eq!(names(folder.path()).len(), if format == Format::Frames { 4 } else { 0 }, "{format:?}");
        assert!(write(format, &path, SHAPE, 0, &Ffmpeg::default()).unwrap_err().to_string().contains("one frame"));
    }
}

#[test]
fn impossible_sizes_paces_and_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join("x").with_extension(format.extension());
        let refused = |shape| begin(format, &path, shape, &[], &Ffmpeg::default()).err().unwrap().to_string();
        assert!(refused(Shape { width: 0, ..SHAPE }).contains("0 x 6"));
        assert!(refused(Shape { rate: f64::NAN, ..SHAPE }).contains("frame rate"));
        assert!(refused(Shape { rate: 0.0, ..SHAPE }).contains("frame rate"));
    }
    let message = write(Format::Gif, Path::new("/no/such/a.gif"), SHAPE, 1, &Ffmpeg::default()).unwrap_err();
    assert!(message.to_string().starts_with("/no/such/a.gif: cannot be written"), "{message}");
    assert!(names(folder.path()).is_empty());
    assert_eq!(Format::of(Path::new("a.MP4")).unwrap(), Format::Mp4);
    assert!(Format::of(Path::new("a.webm")).is_err());
}

#[test]
fn a_missing_ffmpeg_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let gone = Ffmpeg("/no/such/ffmpeg".into());
    let message = write(Format::Mp4, &folder.path().join("a.mp4"), SHAPE, 1, &gone).unwrap_err().to_string();
    assert!(message.contains("/no/such/ffmpeg does not start") && message.contains("apt-get"), "{message}");
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn an_ffmpeg_that_dies_leaves_nothing_and_its_last_words() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shape = Shape { width: 256, height: 256, rate: 30.0 };
    let path = folder.path().join("a.mp4");
    for (text, expected) in [
        ("head -c 600000 > /dev/null\necho first >&2\necho 'No space left on device' >&2\nexit 3", "No space left"),
        ("head -c 600000 > /dev/null\nkill -9 $$", "signal: 9"),
        // Takes every frame and fails at the end.
        ("cat > /dev/null\necho 'moov atom lost' >&2\nexit 1", "moov atom lost"),
    ] {
        let message = write(Format::Mp4, &path, shape, 40, &script(tools.path(), text)).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("no file is left"), "{message}");
        assert!(names(folder.path()).is_empty(), "{:?} after {message}", names(folder.path()));
    }
}

#[cfg(unix)]
#[test]
fn an_ffmpeg_that_hangs_is_ended_from_another_thread() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shape = Shape { width: 256, height: 256, rate: 30.0 };
    let hanging = script(tools.path(), "exec sleep 600");
    let mut movie = begin(Format::Mp4, &folder.path().join("a.mp4"), shape, &[], &hanging).unwrap();
    let stopper = movie.stopper().unwrap();
    let start = Instant::now();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        stopper.stop();
    });
    let pushed = movie.push(&Frame { step: 0, rgba: &picture(shape, 0) });
    assert!(pushed.unwrap_err().to_string().contains("signal: 9"));
    assert!(start.elapsed().as_secs() < 60);
    drop(movie);
    assert!(names(folder.path()).is_empty());
}
