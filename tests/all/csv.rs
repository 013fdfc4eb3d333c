//! CSV files of every plot, read back by NumPy.

use dashi_vortex::app::model::table::Table;

use crate::{fake, python::python};

/// Prints the shape, whether cells are missing, and the sum of squares of what is there.
const READ: &str = "
for path in sys.argv[1:]:
    head = open(path).readline().strip().split(',')
    rows = np.genfromtxt(path, delimiter=',', skip_header=1, ndmin=2)
    named = np.genfromtxt(path, delimiter=',', names=True)
    assert len(named.dtype.names) == len(head) == rows.shape[1], path
    assert 'nan' not in open(path).read().lower(), path
    units = all('[' in name and name.endswith(']') for name in head)
    print(rows.shape[0], rows.shape[1], units, int(np.isnan(rows).any()), repr(float(np.nansum(rows * rows))))
";

#[test]
fn every_table_comes_back_through_genfromtxt() {
    let folder = tempfile::tempdir().unwrap();
    let model = fake::model();
    let paths: Vec<std::path::PathBuf> =
        Table::EVERY.iter().map(|table| folder.path().join(table.file_name())).collect();
    let written: Vec<usize> = Table::EVERY.iter().zip(&paths).map(|(t, path)| t.write(&model, path).unwrap()).collect();
    let printed = python(READ, &paths.iter().map(|path| path.as_path()).collect::<Vec<_>>());
    for ((table, rows), line) in Table::EVERY.iter().zip(written).zip(printed.lines()) {
        let found: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((found[0], found[2]), (rows.to_string().as_str(), "True"), "{table:?}: {line}");
        let missing = matches!(table, Table::Unresolved | Table::Length | Table::All | Table::Spectrum | Table::Ledger);
        assert_eq!(found[3], if missing { "1" } else { "0" }, "{table:?}: {line}");
    }
    assert_eq!(printed.lines().count(), Table::EVERY.len());
}

#[test]
fn a_series_comes_back_bit_for_bit_and_without_a_value_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (model, path) = (fake::model(), folder.path().join("energy.csv"));
    Table::Energy.write(&model, &path).unwrap();
    let script = "
rows = np.genfromtxt(sys.argv[1], delimiter=',', names=True)
print(rows.dtype.names)
for t, step, energy in zip(rows['t_T'], rows['step_1'], rows['energy_L2T2']):
    print(float(t).hex(), int(step), float(energy).hex())
";
    let printed = python(script, &[&path]);
    let mut lines = printed.lines();
    assert_eq!(lines.next(), Some("('t_T', 'step_1', 'branch_1', 'energy_L2T2')"));
    for (line, sample) in lines.by_ref().zip(model.invariants.samples.iter()) {
        let expected = python_hex(sample.time) + &format!(" {} ", sample.step) + &python_hex(sample.energy.unwrap());
        assert_eq!(line, expected);
    }
    assert_eq!(lines.next(), None);

    let empty = dashi_vortex::app::model::Model::default();
    let missing = folder.path().join("none.csv");
    let error = Table::Energy.write(&empty, &missing).unwrap_err().to_string();
    assert!(error.contains("nothing was measured yet") && !missing.exists(), "{error}");
}

/// `float.hex` of Python.
fn python_hex(x: f64) -> String {
    let bits = x.to_bits();
    let (exponent, mantissa) = (((bits >> 52) & 0x7ff) as i64, bits & ((1 << 52) - 1));
    let sign = if x.is_sign_negative() { "-" } else { "" };
    match (exponent, mantissa) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (e, m) => format!("{sign}0x1.{m:013x}p{:+}", e - 1023),
    }
}
