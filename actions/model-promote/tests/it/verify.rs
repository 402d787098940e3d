//! Proving what serves: good deployments pass, and every silent rollback is seen at the first look.

use serde_json::json;

use crate::desk::{Desk, GOOD};

/// Version 1 pinned, approved, and serving.
fn serving() -> Desk {
    let desk = Desk::released();
    let config = desk.configure(1);
    desk.deploy("CreateEndpoint", &config);
    desk
}

#[test]
fn what_is_pinned_serves() {
    let desk = serving();
    insta::assert_snapshot!(desk.said(&["--verify"]), @"
    exit code: 0
    what was proven
      `towpath-prod-housing-1-abcd1234` serves housing 1
      housing 1 is approved
      2 × ml.m5.large, with traffic
      canary of 50 %, watched by 2 alarms
      2 golden predictions, the worst off by 0.0e0

    verified  endpoint towpath-prod-housing  pinned housing 1  serves housing 1
    ");
}

#[test]
fn a_silent_rollback_is_drift_and_says_what_serves() {
    let desk = serving();
    desk.register(GOOD);
    assert_eq!(desk.run(&[]).exit_code, 0);
    desk.approve(2);
    let config = desk.configure(2);
    desk.roll_back_silently();
    desk.deploy("UpdateEndpoint", &config);
    insta::assert_snapshot!(desk.said(&["--verify"]), @r#"
    exit code: 5
    what was proven
      housing 1 is approved
      2 × ml.m5.large, with traffic
      canary of 50 %, watched by 2 alarms

    what puts git right (`propose` opens the pull request)
      -  package: arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/2
      +  package: arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1
      -    url: s3://artifacts/housing/2/model.tar.gz
      -    etag: 51cf77b2b989b56faec94499045a3bea
      +    url: s3://artifacts/housing/1/model.tar.gz
      +    etag: 6104963756db9419a67678eff5f846cf
      -previous:
      -  package: arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1
      -  image: 000000000000.dkr.ecr.eu-central-1.amazonaws.com/housing-xgboost@sha256:[sha256]
      -  model_data:
      -    url: s3://artifacts/housing/1/model.tar.gz
      -    etag: 6104963756db9419a67678eff5f846cf
      -  training_data:
      -    sha256: "[sha256]"
      -  metrics:
      -    rmse: 0.4521
      -    rmse_spatial: 0.669
      +previous: null

      - `models/housing/prod.yaml` pins housing 2, and `towpath-prod-housing-1-abcd1234` serves housing 1: the rollout went back, or never began.
    drift  endpoint towpath-prod-housing  pinned housing 2  serves housing 1
    "#);
}

#[test]
fn thirty_silent_rollbacks_are_all_seen_and_as_many_good_rollouts_are_not() {
    let desk = serving();
    let mut serves = 1;
    for round in 0..60 {
        let version = desk.register(GOOD);
        assert_eq!(desk.run(&[]).exit_code, 0);
        desk.approve(version);
        let config = desk.configure(version);
        let silent = round % 2 == 0;
        if silent {
            desk.roll_back_silently();
        }
        desk.deploy("UpdateEndpoint", &config);
        let ran = desk.run(&["--verify"]);
        if silent {
            assert_eq!(ran.exit_code, 5, "round {round}: {}", ran.stdout);
            let said = format!("serves housing {serves}: the rollout went back");
            assert!(ran.stdout.contains(&said), "round {round}: {}", ran.stdout);
            // the next round begins with what serves
            desk.deploy("UpdateEndpoint", &config);
        } else {
            assert_eq!(ran.exit_code, 0, "round {round}: {}", ran.stdout);
        }
        serves = version;
    }
}

#[test]
fn a_rollout_under_way_is_waited_for_and_not_for_ever() {
    let desk = serving();
    let config = desk.configure_again();
    desk.begin("UpdateEndpoint", &config);
    let ran = desk.run(&["--verify", "--wait", "1"]);
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("`towpath-prod-housing` is still Updating"),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_golden_predictions_are_drift() {
    let desk = serving();
    desk.store.answer_times(1.0 + 5e-5);
    assert_eq!(desk.run(&["--verify"]).exit_code, 0);
    desk.store.answer_times(1.0 + 2e-4);
    let ran = desk.run(&["--verify"]);
    assert_eq!(ran.exit_code, 5, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("2 of 2 golden predictions are wrong"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_lost_deployment_policy_is_drift() {
    let desk = serving();
    let config = desk.configure_again();
    desk.call(
        "UpdateEndpoint",
        json!({"EndpointName": "towpath-prod-housing", "EndpointConfigName": config}),
    );
    desk.clock.advance(std::time::Duration::from_secs(7200));
    let ran = desk.run(&["--verify"]);
    assert_eq!(ran.exit_code, 5, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("no deployment policy any more"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_approval_beside_git_is_drift() {
    let desk = serving();
    desk.register(GOOD);
    desk.decide(2, "Approved");
    let ran = desk.run(&["--verify"]);
    assert_eq!(ran.exit_code, 5, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("housing 2 is approved by")
            && ran.stdout.contains("no release file pins it"),
        "{}",
        ran.stdout
    );
}

#[test]
fn nothing_serves() {
    let desk = Desk::released();
    let ran = desk.run(&["--verify"]);
    assert_eq!(ran.exit_code, 5, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("there is no endpoint `towpath-prod-housing`"),
        "{}",
        ran.stdout
    );
}

#[test]
fn two_hundred_good_rollouts_raise_no_alarm() {
    // each on a desk of its own, because a run mostly waits for its services
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let desk = serving();
                let configs = [
                    desk.configure_again(),
                    "towpath-prod-housing-1-abcd1234".to_owned(),
                ];
                for round in 0..50 {
                    desk.deploy("UpdateEndpoint", &configs[round % 2]);
                    let ran = desk.run(&["--verify"]);
                    assert_eq!(
                        ran.exit_code, 0,
                        "round {round}: {}{}",
                        ran.stdout, ran.stderr
                    );
                }
            });
        }
    });
}
