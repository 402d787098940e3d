//! What `towpath` says of itself, and to somebody who mistypes.

use test_support::{Program, Ran};

fn towpath(arguments: &[&str]) -> Ran {
    Program::new(env!("CARGO_BIN_EXE_towpath"))
        .args(arguments)
        .run()
}

/// The names below `Commands:`.
fn commands(help: &str) -> Vec<&str> {
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let lines = list.lines().take_while(|line| !line.is_empty());
    lines
        // what is further in goes on from the line above
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect()
}

#[test]
fn help_names_every_command() {
    let ran = towpath(&["--help"]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @"
    Lead a machine-learning repository from a commit to production on AWS

    Usage: towpath <COMMAND>

    Commands:
      terraform-plan   Plan a Terraform root module and write down what it would do
      policy-check     Check a Terraform plan, or other documents, against Rego policies
      model-approval   Check that every model a plan would put into service is approved
      gate             Judge the evidence about a plan by the rules in `towpath.yaml`
      terraform-apply  Apply a saved plan, if it is the one that was judged and nothing has changed
                       since
      report           Report what the checks of a pull request came to, in one comment and a check run
      pipeline-lint    Check a SageMaker pipeline definition for what would fail late or pass unseen
      workflows        Generate the repository's workflow files, or check that they are what would be
                       generated
      model-promote    Propose, record and prove which model package serves, and go back from it
      image-push       Build an image if it has to be, and push what is missing of it
      eks-rollout      Roll out an application on EKS, say why it fails, and come back by itself
      release-tag      Work out the next version from the commits since the last tag, and release it
      sandbox          Run local stand-ins for AWS
      help             Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version
    ");
    let ran = towpath(&["sandbox", "--help"]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @r#"
    Run local stand-ins for AWS

    Usage: towpath sandbox <COMMAND>

    Commands:
      up      Start them, unless they run, and print the variables that lead there
      down    Stop them and remove what they kept
      env     Print the variables that lead to them, for `eval "$(towpath sandbox env)"`
      status  Say how they are
      tools   Find or install the tools that they and Terraform need, and print where they are
      python  Find or make a virtual environment with locked Python packages, and print its interpreter
      run     Start fresh ones around a command, and stop them when it ends
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    "#);
}

#[test]
fn every_command_explains_itself() {
    let whole = towpath(&["--help"]).stdout;
    let sandbox = towpath(&["sandbox", "--help"]).stdout;
    let top = commands(&whole).into_iter().map(|name| vec![name]);
    let below = commands(&sandbox)
        .into_iter()
        .map(|name| vec!["sandbox", name]);
    for path in top.chain(below) {
        let mut arguments = path.clone();
        arguments.push("--help");
        let ran = towpath(&arguments);
        assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""), "{path:?}");
        // the sentence in the list above is the one that its own help begins with
        let about = ran.stdout.lines().next().unwrap();
        let list = if path.len() == 1 { &whole } else { &sandbox };
        let list: Vec<_> = list.split_whitespace().collect();
        assert!(list.join(" ").contains(about), "{path:?}: {about}");
        let usage = format!("Usage: towpath {}", path.join(" "));
        assert!(ran.stdout.contains(&usage), "{}", ran.stdout);
        for line in ran.stdout.lines().filter(|line| line.starts_with("  -")) {
            assert!(!line.trim().ends_with('.'), "{path:?}: {line}");
        }
    }
}

#[test]
fn the_version_is_one_line() {
    let ran = towpath(&["--version"]);
    let expected = format!("towpath {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((ran.exit_code, ran.stdout), (0, expected));
}

#[test]
fn a_mistyped_command_is_bad_input_with_the_nearest_one() {
    let ran = towpath(&["polcy-check"]);
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(ran.stderr, @"
    error: unrecognized subcommand 'polcy-check'

      tip: a similar subcommand exists: 'policy-check'

    Usage: towpath <COMMAND>

    For more information, try '--help'.
    ");
    let ran = towpath(&["gate", "--explian"]);
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(ran.stderr, @"
    error: unexpected argument '--explian' found

      tip: a similar argument exists: '--explain'

    Usage: towpath gate --explain

    For more information, try '--help'.
    ");
}

#[test]
fn saying_nothing_gets_the_help_and_is_bad_input() {
    let ran = towpath(&[]);
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        commands(&ran.stderr),
        commands(&towpath(&["--help"]).stdout)
    );
}

#[test]
fn what_the_runner_sets_for_an_action_is_not_for_the_command_line() {
    // the umbrella is typed; a stray input of the step around it must not change what was typed
    let ran = Program::new(env!("CARGO_BIN_EXE_towpath"))
        .args(["gate", "--config", "mine.yaml"])
        .env("INPUT_CONFIG", "theirs.yaml")
        .env("INPUT_OUTPUT", "no-such-format")
        .run();
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr.contains("failed to read `mine.yaml`"),
        "{}",
        ran.stderr
    );
}
