//! Rows that XGBoost has scored. The small models and the real data's are made by `fixtures/make.py`; the latter only where the
//! environment names both a Python with XGBoost (`TOWPATH_XGBOOST_PYTHON`) and the data (`TOWPATH_HOUSING_CSV`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use xgboost_json::Model;

const TOLERANCE: f32 = 1e-5;

struct Scored {
    row: Vec<f32>,
    prediction: f32,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn read(folder: &Path, name: &str) -> (Model, Vec<Scored>) {
    let model = fs::read(folder.join(format!("{name}.json"))).unwrap();
    let rows = fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
    let rows = rows.lines().map(|line| {
        let (row, prediction) = line.split_once(';').unwrap();
        let value = |field: &str| match field {
            "" => f32::NAN,
            number => number.parse().unwrap(),
        };
        Scored {
            row: row.split(',').map(value).collect(),
            prediction: value(prediction),
        }
    });
    (Model::parse(&model).unwrap(), rows.collect())
}

fn largest_difference(model: &Model, rows: &[Scored]) -> f32 {
    rows.iter()
        .map(|scored| (model.score(&scored.row).unwrap() - scored.prediction).abs())
        .fold(0.0, f32::max)
}

#[test]
fn every_objective_is_scored_as_by_xgboost() {
    for name in [
        "reg-squarederror",
        "reg-logistic",
        "binary-logitraw",
        "count-poisson",
        "categories",
    ] {
        let (model, rows) = read(&fixtures(), name);
        assert!(rows.len() > 20, "{name}");
        let difference = largest_difference(&model, &rows);
        assert!(difference <= TOLERANCE, "{name}: {difference}");
    }
}

#[test]
fn a_sum_of_leaves_is_the_same_number_to_the_bit() {
    let (model, rows) = read(&fixtures(), "reg-squarederror");
    assert_eq!(largest_difference(&model, &rows), 0.0);
}

#[test]
fn what_a_row_lacks_at_its_end_is_missing() {
    let (model, rows) = read(&fixtures(), "reg-squarederror");
    let mut missing = rows[0].row.clone();
    missing[3] = f32::NAN;
    assert_eq!(model.score(&rows[0].row[..3]), model.score(&missing));
    let refused = model.score(&[0.0; 5]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the row has 5 values, the model takes 4"
    );
}

/// Both forms of the base score, and both of a flag
#[test]
fn the_form_of_older_versions_is_read() {
    let text = fs::read_to_string(fixtures().join("reg-squarederror.json")).unwrap();
    let older = text
        .replace(r#""version":[3,2,0]"#, r#""version":[1,7,6]"#)
        .replace(r#""base_score":"["#, r#""base_score":""#)
        .replace(r#"]","boost_from_average""#, r#"","boost_from_average""#);
    assert!(older.contains(r#""base_score":"1."#), "{older}");
    let (newer, rows) = read(&fixtures(), "reg-squarederror");
    let older = Model::parse(older.as_bytes()).unwrap();
    for scored in rows {
        assert_eq!(older.score(&scored.row), newer.score(&scored.row));
    }
}

#[test]
fn the_real_data_is_scored_as_by_xgboost() {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let (Some(python), Some(csv)) = (
        given("TOWPATH_XGBOOST_PYTHON"),
        given("TOWPATH_HOUSING_CSV"),
    ) else {
        eprintln!("skipped: TOWPATH_XGBOOST_PYTHON and TOWPATH_HOUSING_CSV are not both set");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("housing");
    fs::create_dir_all(&folder).unwrap();
    let status = Command::new(python)
        .arg(fixtures().join("make.py"))
        .args([Path::new(&csv), &folder])
        .status()
        .unwrap();
    assert!(status.success());
    let (model, rows) = read(&folder, "housing");
    assert_eq!((rows.len(), model.features()), (4128, 13));
    let difference = largest_difference(&model, &rows);
    assert!(difference <= TOLERANCE, "{difference}");

    let mut nanoseconds: Vec<u128> = rows
        .iter()
        .map(|scored| {
            let started = Instant::now();
            model.score(&scored.row).unwrap();
            started.elapsed().as_nanos()
        })
        .collect();
    nanoseconds.sort_unstable();
    let p50 = nanoseconds[nanoseconds.len() / 2] as f64 / 1000.0;
    eprintln!("largest difference {difference:e}, p50 {p50} us a row");
    assert!(p50 <= 50.0, "{p50} us a row");
}
