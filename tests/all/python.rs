//! Real NumPy as the second opinion on files.

use std::{path::Path, process::Command};

/// A Python that has NumPy.
pub fn interpreter() -> &'static str {
    let interpreter = ["/usr/bin/python3", "python3"].into_iter().find(|name| {
        Command::new(name).args(["-c", "import numpy"]).output().is_ok_and(|output| output.status.success())
    });
    interpreter.expect("this test needs Python with NumPy: apt-get install python3-numpy")
}

/// Runs a Python script with NumPy imported as `np`, `args` as `sys.argv[1:]`, and gives what it
/// prints. Without NumPy the test fails and says what to install; it never passes unseen.
pub fn python(script: &str, args: &[&Path]) -> String {
    let interpreter = interpreter();
    let script = format!("import sys, numpy as np\n{script}");
    let output = Command::new(interpreter).arg("-c").arg(&script).args(args).output().expect("Python starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    assert!(output.status.success(), "{script}\n{}", text(&output.stderr));
    text(&output.stdout)
}
