//! From an address to the line: modules, counts, dynamic blocks, and odd HCL.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tfplan::{ModuleSource, Precision, SavedPlan, SourceMap};

use crate::{CASES, plan, saved};

/// `file:line:column-line:column precision` and what stands there.
fn shown(map: &SourceMap, address: &str, attribute: Option<&str>) -> String {
    let Some(located) = map.locate(address, attribute) else {
        return "nowhere".to_owned();
    };
    let at = &located.location;
    let end_column = at.end_column.expect("an end");
    let mut quoted: Vec<String> = Vec::new();
    for (index, line) in located.text.lines().enumerate() {
        let number = u32::try_from(index + 1).expect("a small file");
        if (at.line..=at.end_line).contains(&number) {
            let from = if number == at.line { at.column - 1 } else { 0 };
            let to = if number == at.end_line {
                end_column - 1
            } else {
                u32::MAX
            };
            let chars = line.chars().skip(from as usize).take((to - from) as usize);
            quoted.push(chars.collect::<String>().trim().to_owned());
        }
    }
    assert_eq!(map.files()[&at.file], located.text);
    format!(
        "{}:{} {:?} {}",
        at.file,
        at.line,
        located.precision,
        quoted.join(" ")
    )
}

/// Key, folder and files of a module.
type Module<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// A saved plan with other sources in it.
fn with_modules(modules: &[Module<'_>]) -> SavedPlan {
    let mut plan = saved("first");
    plan.modules = modules
        .iter()
        .map(|(key, dir, files)| ModuleSource {
            key: (*key).to_owned(),
            dir: (*dir).to_owned(),
            files: files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect::<BTreeMap<_, _>>(),
        })
        .collect();
    plan
}

#[test]
fn every_planned_resource_is_found() {
    for case in CASES {
        let map = SourceMap::from_saved(&saved(case), "iac/prod");
        assert_eq!(map.unparsed(), []);
        for change in plan(case)
            .resource_changes()
            .filter(|change| !change.after.is_null())
        {
            let shown = shown(&map, change.address, None);
            let block = format!("resource \"{}\" \"{}\"", change.kind, change.name);
            assert!(shown.ends_with(&format!("Block {block}")), "{shown}");
        }
    }
}

#[test]
fn paths_lead_from_the_root_of_the_repository() {
    let map = SourceMap::from_saved(&saved("first"), "./iac/environments/prod/");
    let files: Vec<&String> = map.files().keys().collect();
    assert_eq!(
        files,
        [
            "iac/environments/modules/shelf/main.tf",
            "iac/environments/prod/main.tf"
        ]
    );
    let map = SourceMap::from_saved(&saved("changes"), ".");
    assert_eq!(map.files().keys().next().unwrap(), "main.tf");
}

#[test]
fn attributes_are_found_where_they_are_written() {
    let map = SourceMap::from_saved(&saved("aws"), "iac/prod");
    let of = |address, attribute| shown(&map, address, Some(attribute));
    let endpoint = "module.serving.aws_sagemaker_endpoint_configuration.this";
    let group = "module.serving.aws_security_group.this";
    let file = "iac/modules/serving/main.tf";
    assert_eq!(
        of("aws_s3_bucket.raw", "bucket"),
        "iac/prod/main.tf:26 Attribute bucket = \"housing-raw\""
    );
    assert_eq!(
        of("aws_s3_bucket.raw", "tags"),
        "iac/prod/main.tf:28 Attribute tags = { team = \"ml\" }"
    );
    assert_eq!(
        of("aws_s3_bucket.raw", "tags.team"),
        "iac/prod/main.tf:29 Attribute team = \"ml\""
    );
    assert_eq!(
        of("aws_s3_bucket.raw", "tags[\"team\"]"),
        "iac/prod/main.tf:29 Attribute team = \"ml\""
    );
    assert_eq!(
        of(endpoint, "production_variants[1].model_name"),
        format!(
            "{file}:12 Attribute model_name             = \"housing-${{production_variants.key}}\""
        )
    );
    assert_eq!(
        of(endpoint, "production_variants[0]"),
        format!("{file}:8 Attribute dynamic \"production_variants\"")
    );
    assert_eq!(
        of(group, "ingress[1].cidr_blocks"),
        format!("{file}:33 Attribute cidr_blocks = [\"0.0.0.0/0\"]")
    );
    assert_eq!(
        of(group, "ingress[1].cidr_blocks[0]"),
        format!("{file}:33 Attribute \"0.0.0.0/0\"")
    );
    assert_eq!(
        of(group, "ingress[0].cidr_blocks"),
        format!("{file}:26 Attribute cidr_blocks = [\"10.0.0.0/8\"]")
    );
}

#[test]
fn elements_of_sets_are_found_by_their_values() {
    let map = SourceMap::from_saved(&saved("aws"), "iac/prod");
    let plan = plan("aws");
    let group = plan
        .resource_changes()
        .find(|change| change.kind == "aws_security_group")
        .unwrap();
    // Terraform sorted the set: the block that is written second comes first.
    assert_eq!(group.after["ingress"][0]["from_port"], 22);
    let line = |attribute| {
        map.locate_change(&group, Some(attribute))
            .unwrap()
            .location
            .line
    };
    assert_eq!(
        (
            line("ingress[0].cidr_blocks"),
            line("ingress[1].cidr_blocks")
        ),
        (33, 26)
    );
    assert_eq!((line("ingress[0]"), line("ingress[1]")), (29, 22));
    assert_eq!(line("name"), 20);
}

#[test]
fn constants_beside_dynamic_blocks_and_in_lists_tell_them_apart() {
    let text = "resource \"terraform_data\" \"plain\" {\n  rule {\n    port = \"443\"\n  }\n  dynamic \"rule\" {\n    content {\n      port = rule.value\n    }\n  }\n  \
                cidrs = [\n    \"b\",\n    \"a\",\n  ]\n}\n";
    let map = SourceMap::from_saved(&with_modules(&[("", ".", &[("main.tf", text)])]), "");
    let mut document = crate::document("first");
    document["resource_changes"][1]["change"]["after"] = serde_json::json!({"rule": [{"port": 22}, {"port": 443}, {"port": 80}], "cidrs": ["a", "b"]});
    let plan = tfplan::PlanJson::from_value(document).unwrap();
    let change = plan.resource_changes().nth(1).unwrap();
    let line = |attribute| {
        map.locate_change(&change, Some(attribute))
            .unwrap()
            .location
            .line
    };
    assert_eq!(
        (
            line("rule[0].port"),
            line("rule[1].port"),
            line("rule[2].port")
        ),
        (7, 3, 7)
    );
    assert_eq!(
        (line("cidrs[0]"), line("cidrs[1]"), line("cidrs[7]")),
        (12, 11, 10)
    );
}

#[test]
fn what_is_not_written_is_shown_at_the_nearest_place() {
    let map = SourceMap::from_saved(&saved("aws"), "iac/prod");
    let of = |address, attribute| shown(&map, address, Some(attribute));
    let group = "module.serving.aws_security_group.this";
    assert_eq!(
        of("aws_s3_bucket.raw", "acl"),
        "iac/prod/main.tf:25 Block resource \"aws_s3_bucket\" \"raw\""
    );
    assert_eq!(
        of("aws_s3_bucket.raw", "not a [path"),
        "iac/prod/main.tf:25 Block resource \"aws_s3_bucket\" \"raw\""
    );
    assert_eq!(
        of(group, "ingress[1].description"),
        "iac/modules/serving/main.tf:29 Block ingress"
    );
    assert_eq!(
        of("aws_s3_bucket.raw", "tags.owner"),
        "iac/prod/main.tf:28 Block tags = { team = \"ml\" }"
    );
    let changes = SourceMap::from_saved(&saved("changes"), "");
    assert_eq!(shown(&changes, "terraform_data.deleted", None), "nowhere");
    assert_eq!(
        shown(&changes, "terraform_data.forgotten", Some("input")),
        "main.tf:35 Block removed"
    );
    assert_eq!(shown(&changes, "not an address", None), "nowhere");
}

#[test]
fn a_module_from_elsewhere_is_shown_at_its_call() {
    let call =
        "\nmodule \"net\" {\n  source = \"x/y/z\"\n}\nmodule \"own\" {\n  source = \"./own\"\n}\n";
    let plan = with_modules(&[
        ("", ".", &[("main.tf", call)]),
        (
            "net",
            ".terraform/modules/net",
            &[("main.tf", "module \"inner\" {}\nresource \"a\" \"b\" {}")],
        ),
        (
            "net.inner",
            ".terraform/modules/net/inner",
            &[("main.tf", "resource \"a\" \"b\" {}")],
        ),
        (
            "own",
            "own",
            &[("main.tf", "module \"far\" {\n  source = \"git::x\"\n}\n")],
        ),
        (
            "own.far",
            ".terraform/modules/own.far",
            &[("main.tf", "resource \"a\" \"b\" {}")],
        ),
        (
            "out",
            "../../../out",
            &[("main.tf", "resource \"a\" \"b\" {}")],
        ),
    ]);
    let map = SourceMap::from_saved(&plan, "iac/prod");
    assert_eq!(
        shown(&map, "module.net[0].a.b", Some("x")),
        "iac/prod/main.tf:2 Call module \"net\""
    );
    assert_eq!(
        shown(&map, "module.net.module.inner[\"k\"].a.b", None),
        "iac/prod/main.tf:2 Call module \"net\""
    );
    assert_eq!(
        shown(&map, "module.own.module.far.a.b", None),
        "iac/prod/own/main.tf:1 Call module \"far\""
    );
    assert_eq!(shown(&map, "module.out.a.b", None), "nowhere");
    assert_eq!(map.files().len(), 2);
}

#[test]
fn odd_files_are_named_and_the_others_are_read() {
    let deep = format!("x = {}1{}", "[".repeat(5000), "]".repeat(5000));
    let plan = with_modules(&[(
        "",
        ".",
        &[
            ("broken.tf", "resource \"a\" {{{"),
            ("deep.tf", &deep),
            ("doc.tf.json", "{}"),
            (
                "labels.tf",
                "resource {}\nresource \"a\" {}\nmodule {}\ndata \"x\" {}\ncheck {}\n",
            ),
            (
                "main.tf",
                "# Grüße\r\n/* ü */ resource \"a\" \"b\" {\r\n  c = 1\r\n}\r\n",
            ),
        ],
    )]);
    let map = SourceMap::from_saved(&plan, "");
    let unparsed: Vec<&str> = map
        .unparsed()
        .iter()
        .map(|unparsed| unparsed.file.as_str())
        .collect();
    assert_eq!(unparsed, ["broken.tf", "deep.tf", "doc.tf.json"]);
    assert!(
        map.unparsed()[0].because.starts_with("line 1: "),
        "{:?}",
        map.unparsed()[0]
    );
    assert_eq!(
        shown(&map, "a.b", None),
        "main.tf:2 Block resource \"a\" \"b\""
    );
    let located = map.locate("a.b", None).unwrap();
    assert_eq!(
        (located.location.column, located.location.end_column),
        (9, Some(25))
    );
    assert_eq!(located.precision, Precision::Block);
    assert_eq!(shown(&map, "a.b", Some("c")), "main.tf:3 Attribute c = 1");
}

#[test]
fn an_override_wins_for_the_attributes_that_it_writes() {
    let plan = with_modules(&[(
        "",
        ".",
        &[
            ("a_override.tf", "resource \"a\" \"b\" {\n  c = 2\n}\n"),
            ("main.tf", "resource \"a\" \"b\" {\n  c = 1\n  d = 1\n}\n"),
        ],
    )]);
    let map = SourceMap::from_saved(&plan, "");
    assert_eq!(
        shown(&map, "a.b", Some("c")),
        "a_override.tf:2 Attribute c = 2"
    );
    assert_eq!(shown(&map, "a.b", Some("d")), "main.tf:3 Attribute d = 1");
    assert_eq!(
        shown(&map, "a.b", None),
        "main.tf:1 Block resource \"a\" \"b\""
    );
}

#[test]
fn data_sources_and_dynamic_blocks_after_written_ones() {
    let text = "data \"a\" \"b\" {\n  rule {\n    x = 1\n  }\n  dynamic \"rule\" {\n    for_each = []\n    content {\n      x = 2\n    }\n  }\n}\n\
                check \"c\" {\n  data \"a\" \"nested\" {\n    x = 3\n  }\n}\n";
    let map = SourceMap::from_saved(&with_modules(&[("", ".", &[("main.tf", text)])]), "");
    assert_eq!(
        shown(&map, "data.a.b", Some("rule[0].x")),
        "main.tf:3 Attribute x = 1"
    );
    assert_eq!(
        shown(&map, "data.a.b", Some("rule[3].x")),
        "main.tf:8 Attribute x = 2"
    );
    assert_eq!(
        shown(&map, "data.a.nested", Some("x")),
        "main.tf:14 Attribute x = 3"
    );
    assert_eq!(shown(&map, "a.b", None), "nowhere");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        source in r#"((resource|data|module|check|removed|dynamic|"a"|b|from|content|=|\.|\{|\}|\[|\]|1| |\n|\u{e4}){0,40})"#,
        address in r#"((module|data|a|b|\.|\[|\]|"|0|\\|\u{e4}){0,12})"#,
        attribute in r#"((a|b|content|\.|\[|\]|"|0|9999999999999999999999){0,8})"#,
        root in r"((\.\.|\.|a|/){0,6})",
    ) {
        let plan = with_modules(&[("", "..", &[("main.tf", &source)])]);
        let map = SourceMap::from_saved(&plan, &root);
        for address in [address.as_str(), "a.b", "data.a.b", "module.b.a.b"] {
            if let Some(located) = map.locate(address, Some(&attribute)) {
                let lines = u32::try_from(located.text.lines().count()).unwrap();
                prop_assert!(located.location.line >= 1 && located.location.end_line <= lines);
            }
        }
    }
}
