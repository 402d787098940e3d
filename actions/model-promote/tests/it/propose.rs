//! Proposing without GitHub: the release file in the working copy, and the text.

use crate::desk::{Desk, GOOD, Made, arn};

#[test]
fn the_first_promotion_has_nobody_to_compare_with() {
    let desk = Desk::new();
    desk.register(GOOD);
    let before = desk.release_file();
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("this is the first promotion here"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("There is nothing to go back to"),
        "{}",
        ran.stdout
    );
    let after = desk.release_file();
    assert!(
        after.contains("url: s3://artifacts/housing/1/model.tar.gz"),
        "{after}"
    );
    assert!(after.contains("previous: null"), "{after}");
    let comments = |text: &str| {
        let marks = text.lines().filter_map(|line| line.split_once('#'));
        marks
            .map(|(_, comment)| comment.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(comments(&before), comments(&after));

    let again = desk.said(&[]);
    assert_eq!(
        again,
        "exit code: 0\nnothing to promote: housing 1 is the release already\n"
    );
    assert_eq!(desk.release_file(), after);
}

#[test]
fn a_better_challenger() {
    let desk = Desk::released();
    desk.register(Made {
        rmse: 0.4414,
        ..GOOD
    });
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r##"
    ## Promote housing 2 to prod

    **Better**: housing 2 has RMSE 0.4414, and housing 1 has 0.4521 (difference -0.0107, noise of both 0.0099).

    ### How good it is

    | RMSE on rows not seen in training | housing 1 | housing 2 | difference | |
    |---|---:|---:|---:|---|
    | rows at random | 0.4521 ± 0.0070 | 0.4414 ± 0.0070 | -0.0107 | better |
    | places held back | 0.6690 ± 0.0200 | 0.6690 ± 0.0200 | +0.0000 | not better than noise |
    | `INLAND`, 4128 rows | 0.3521 ± 0.0100 | 0.3414 ± 0.0100 | -0.0107 | not better than noise |
    | `ISLAND`, 2 rows | 0.5000 | 0.5000 | +0.0000 | noise not known |

    The linear baseline has 0.7000 on the same rows at random and 0.8000 in the places held back.

    ± is the standard error over draws of the test rows. A difference counts when it is larger than the noise of both.

    ### What else changes

    | | now | proposed |
    |---|---|---|
    | size | 1234567 bytes | the same |
    | latency | 2.5 µs a row | the same |
    | features | 3 | the same |
    | rows trained on and tested on | 16512 and 4128 | the same |
    | features, sha256 | `999999999999` | the same |
    | input, sha256 | `888888888888` | the same |
    | image | `sha256:444444444444` | the same |

    The schema is the same: whoever calls the model need not change.

    ### What the plan will do

    - create `aws_sagemaker_model` and `aws_sagemaker_endpoint_configuration` of `housing-2`
    - update `aws_sagemaker_endpoint` `towpath-prod-housing` in place: 50 % of 2 instances try the new model for 300 seconds, and go back if an alarm fires

    housing 1 stays ready to go back to.

    ### Where it comes from

    - package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/2`
    - trained by `arn:aws:sagemaker:eu-central-1:000000000000:pipeline/towpath-dev-housing/execution/abc123`
    - evaluation `s3://artifacts/evaluations/2/evaluation.json`
    - data contract `1.0.0`

    ### How to decide

    - **Approve**: review and merge. The gate lets the plan through once the registry says `Approved`.
    - **Reject**: close this, or `towpath model-promote --environment prod --model housing --package arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/2 --revoke "<reason>"`.
    - **Go back** later: `towpath model-promote --environment prod --model housing --back`.
    "##);
    let file = desk.release_file();
    let (_, previous) = file.split_once("\nprevious:\n").unwrap();
    assert!(
        previous.starts_with(&format!("  package: {}\n", arn(1))),
        "{previous}"
    );
}

#[test]
fn noise_is_called_noise_and_worse_is_called_worse() {
    for (rmse, words) in [
        (0.4450, "**Not better than noise**"),
        (0.4521, "**Not better than noise**"),
        (0.4800, "**Worse** than what serves, by more than noise"),
        (0.4300, "**Better**"),
    ] {
        let desk = Desk::released();
        desk.register(Made { rmse, ..GOOD });
        let ran = desk.run(&["--dry-run"]);
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(words), "{rmse}: {}", ran.stdout);
    }
}

#[test]
fn another_schema_is_a_warning() {
    let desk = Desk::released();
    let features = &["longitude", "latitude", "rooms_per_household"];
    desk.register(Made { features, ..GOOD });
    let ran = desk.run(&["--dry-run"]);
    let warning =
        "**The schema changes**: new are `rooms_per_household`; gone are `median_income`.";
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
}

#[test]
fn a_dry_run_changes_nothing_and_shows_the_change() {
    let desk = Desk::released();
    desk.register(Made {
        rmse: 0.4414,
        ..GOOD
    });
    let before = desk.release_file();
    let ran = desk.run(&["--dry-run"]);
    assert_eq!(desk.release_file(), before);
    assert!(
        ran.stderr.contains(&format!("-  package: {}\n", arn(1))),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains(&format!("+  package: {}\n", arn(2))),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_rejected_package_is_passed_over_and_refused_by_name() {
    let desk = Desk::released();
    desk.register(GOOD);
    desk.decide(2, "Rejected");
    let before = desk.release_file();
    assert_eq!(
        desk.said(&[]),
        "exit code: 0\nnothing to promote: housing 1 is the release already\n"
    );
    let said = desk.said(&["--package", &arn(2)]);
    assert_eq!(
        said,
        "exit code: 3\n  - it is rejected: by hand\nrefused  package housing 2\n"
    );
    let said = desk.said(&["--package", &arn(9)]);
    assert_eq!(
        said,
        "exit code: 3\n  - the registry does not know it\nrefused  package housing 9\n"
    );
    assert_eq!(desk.release_file(), before);
}
