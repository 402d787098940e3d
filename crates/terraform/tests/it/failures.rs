//! Failures that have an error of their own.

use terraform::{Class, Error, InitOptions, Tool, ToolRequest};

use crate::fixture::{Fixture, root, tool};

fn init(configuration: &str, options: &InitOptions) -> Error {
    let folder = Fixture::new(configuration);
    folder.root().init(options, &mut |_| {}).unwrap_err()
}

#[test]
fn a_required_version_that_is_not_this_one() {
    let wants = "terraform {\n  required_version = \"> 9.0\"\n}\n";
    let error = init(wants, &InitOptions::default());
    let Error::VersionRefused { required, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(required.as_deref(), Some("> 9.0"));
    assert_eq!(
        error.to_string(),
        format!(
            "the configuration wants version `> 9.0`, this is {}",
            tool()
        )
    );
    assert_eq!(error.class(), Class::BadInput);
}

#[test]
fn a_variable_without_a_value() {
    let folder = Fixture::ready("variable \"region\" {}\n");
    let error = folder
        .root()
        .plan(&folder.options(), &mut |_| {})
        .unwrap_err();
    assert_eq!(error.to_string(), "the variable `region` has no value");
    assert_eq!(error.class(), Class::BadInput);
}

#[test]
fn a_backend_that_was_not_initialised_or_has_changed() {
    let backend = |path: &str| {
        format!("terraform {{\n  backend \"local\" {{\n    path = \"{path}\"\n  }}\n}}\n")
    };
    let folder = Fixture::new(&backend("one.tfstate"));
    let root = folder.root();
    let plan = || root.plan(&folder.options(), &mut |_| {}).unwrap_err();
    let error = plan();
    assert!(matches!(error, Error::NotInitialised(_)), "{error:?}");

    root.init(&InitOptions::default(), &mut |_| {}).unwrap();
    folder.write("main.tf", &backend("two.tfstate"));
    let error = plan();
    assert!(matches!(error, Error::BackendChanged(_)), "{error:?}");
    // The same, said in text for people.
    let error = root.state_pull(&mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::BackendChanged(_)), "{error:?}");
    let error = root.init(&InitOptions::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::BackendChanged(_)), "{error:?}");

    let reconfigure = InitOptions {
        reconfigure: true,
        ..InitOptions::default()
    };
    root.init(&reconfigure, &mut |_| {}).unwrap();
    root.plan(&folder.options(), &mut |_| {}).unwrap();
}

#[test]
fn backend_settings_are_passed_and_their_secrets_not_shown() {
    let folder = Fixture::new("terraform {\n  backend \"local\" {}\n}\n");
    let mut events = Vec::new();
    let options = InitOptions {
        backend_config: vec!["path=here.tfstate".to_owned(), "secret_key=x".to_owned()],
        ..InitOptions::default()
    };
    let error = folder
        .root()
        .init(&options, &mut |event| events.push(event.clone()))
        .unwrap_err();
    assert!(error.to_string().contains("Invalid backend"), "{error}");
    let command = &crate::fixture::commands(&events)[0];
    assert!(
        command.ends_with("-backend-config=path=here.tfstate -backend-config=secret_key=***"),
        "{command}"
    );
}

const NEEDS_A_PROVIDER: &str = r#"
terraform {
  required_providers { thing = { source = "example.invalid/no/thing" } }
}
resource "thing_x" "a" {}
"#;

#[test]
fn a_provider_that_cannot_be_had() {
    let error = init(NEEDS_A_PROVIDER, &InitOptions::default());
    assert!(matches!(error, Error::ProviderUnavailable(_)), "{error:?}");
    assert_eq!(error.class(), Class::OutsideService);
}

#[test]
fn a_lock_file_that_lacks_a_provider() {
    let folder = Fixture::new(NEEDS_A_PROVIDER);
    let error = folder
        .root()
        .plan(&folder.options(), &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, Error::LockFile(_)), "{error:?}");
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert_eq!(
        help,
        "run `terraform init` and commit `.terraform.lock.hcl`"
    );
    let error = folder.root().validate(&mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::NotInitialised(_)), "{error:?}");
}

#[test]
fn a_folder_that_is_not_there() {
    let folder = Fixture::new("");
    let error = root(tool(), folder.path("nowhere"))
        .workspace_show(&mut |_| {})
        .unwrap_err();
    assert!(matches!(error, Error::NoRoot { .. }), "{error:?}");
}

/// A tool that gives its version like the real one, and then does `body`.
fn fake(folder: &Fixture, body: &str) -> Tool {
    let body = format!("case $1 in version) echo Terraform v1.11.4;; *) {body};; esac");
    let path = folder.script("fake", &body);
    Tool::find(&ToolRequest {
        name_or_path: Some(path.into_string()),
        ..ToolRequest::default()
    })
    .unwrap()
}

#[test]
fn rubbish_is_never_success() {
    let folder = Fixture::new("");
    for body in [
        "echo rubbish",
        "echo '{\"half\":'; exit 2",
        "echo oops >&2; exit 70",
        "kill -9 $$",
        "head -c 5000 /dev/urandom",
    ] {
        let root = root(fake(&folder, body), folder.path(""));
        let error = root.plan(&folder.options(), &mut |_| {}).unwrap_err();
        assert!(
            matches!(error, Error::Unexpected { .. }),
            "{body}: {error:?}"
        );
        assert_eq!(error.class(), Class::Failure);
        let error = root.validate(&mut |_| {}).unwrap_err();
        assert!(
            matches!(error, Error::Unexpected { .. }),
            "{body}: {error:?}"
        );
    }
    let root = root(fake(&folder, "echo oops >&2; exit 70"), folder.path(""));
    assert_eq!(
        root.plan(&folder.options(), &mut |_| {})
            .unwrap_err()
            .to_string(),
        "`plan` ended with exit code 70 and without saying why: `oops`"
    );
}

#[test]
fn what_the_cloud_says_of_credentials_is_recognised() {
    let folder = Fixture::new("");
    for (said, summary) in [
        (
            "operation error STS: GetCallerIdentity, api error InvalidClientTokenId: The security token is invalid",
            "Retrieving AWS account details",
        ),
        (
            "api error ExpiredToken: The security token included in the request is expired",
            "reading S3 Bucket",
        ),
        (
            "failed to refresh cached credentials",
            "No valid credential sources found",
        ),
    ] {
        let line = format!(
            r#"{{"@level":"error","@message":"Error","type":"diagnostic","diagnostic":{{"severity":"error","summary":"{summary}","detail":"{said}"}}}}"#
        );
        let root = root(
            fake(&folder, &format!("echo '{line}'; exit 1")),
            folder.path(""),
        );
        let error = root.plan(&folder.options(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, Error::Credentials(_)), "{said}: {error:?}");
        assert_eq!(error.class(), Class::BadInput);
    }
}
