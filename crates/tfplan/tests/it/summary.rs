//! The summary as people read it.

use tfplan::summary;

use crate::plan;

#[test]
fn text_of_a_first_plan() {
    insta::assert_snapshot!(summary(&plan("first")).to_text(), @r#"
    10 to add, 0 to change, 0 to replace, 0 to destroy, 2 outputs change
    root module
      add      terraform_data.guarded
      add      terraform_data.plain
    module.shelf["clean"]
      add      terraform_data.named["north wing"]
      add      terraform_data.named["south.wing"]
      add      terraform_data.slot[0]
      add      terraform_data.slot[1]
    module.shelf["raw"]
      add      terraform_data.named["north wing"]
      add      terraform_data.named["south.wing"]
      add      terraform_data.slot[0]
      add      terraform_data.slot[1]
    outputs
      add      connection
      add      region
    "#);
}

#[test]
fn text_of_every_kind_of_change() {
    insta::assert_snapshot!(summary(&plan("changes")).to_text(), @r"
    1 to add, 1 to change, 2 to replace, 2 to destroy, 1 to forget, 1 to import, 1 to move, 2 outputs change
    destroys and replacements
      destroy  terraform_data.counted[1]: its index is beyond `count`
      destroy  terraform_data.deleted: its block is gone
      forget   terraform_data.forgotten: its block is gone
      replace  terraform_data.replaced: forced by `triggers_replace`
      replace  terraform_data.replaced_first: forced by `triggers_replace`
    root module
      import   terraform_data.adopted
      destroy  terraform_data.counted[1]
      destroy  terraform_data.deleted
      change   terraform_data.edited: input, output
      forget   terraform_data.forgotten
      add      terraform_data.late
      move     terraform_data.new_name from `terraform_data.old_name`
      replace  terraform_data.replaced
      replace  terraform_data.replaced_first
    outputs
      remove   gone
      change   size
    ");
}

#[test]
fn markdown_of_every_kind_of_change() {
    insta::assert_snapshot!(summary(&plan("changes")).to_markdown(usize::MAX), @"
    1 to add, 1 to change, **2 to replace**, **2 to destroy**, **1 to forget**, 1 to import, 1 to move, 2 outputs change
    - **destroy** `terraform_data.counted[1]`: its index is beyond `count`
    - **destroy** `terraform_data.deleted`: its block is gone
    - **forget** `terraform_data.forgotten`: its block is gone
    - **replace** `terraform_data.replaced`: forced by `triggers_replace`
    - **replace** `terraform_data.replaced_first`: forced by `triggers_replace`

    **root module**
    - import `terraform_data.adopted`
    - destroy `terraform_data.counted[1]`
    - destroy `terraform_data.deleted`
    - change `terraform_data.edited`: input, output
    - forget `terraform_data.forgotten`
    - add `terraform_data.late`
    - move `terraform_data.new_name` from `terraform_data.old_name`
    - replace `terraform_data.replaced`
    - replace `terraform_data.replaced_first`
    - remove output `gone`
    - change output `size`
    ");
}

#[test]
fn markdown_by_module_within_a_budget() {
    let markdown = summary(&plan("first")).to_markdown(330);
    assert!(markdown.len() <= 330);
    insta::assert_snapshot!(markdown, @r#"
    10 to add, 0 to change, 0 to replace, 0 to destroy, 2 outputs change

    **root module**
    - add `terraform_data.guarded`
    - add `terraform_data.plain`
    **`module.shelf["clean"]`**
    - add `terraform_data.named["north wing"]`
    - add `terraform_data.named["south.wing"]`

    _8 more lines do not fit here_
    "#);
}

#[test]
fn any_budget_keeps_the_counts_and_counts_what_is_missing() {
    let summary = summary(&plan("changes"));
    let whole = summary.to_markdown(usize::MAX);
    let items = |text: &str| text.lines().filter(|line| line.starts_with("- ")).count();
    for budget in 0..whole.len() + 1 {
        let text = summary.to_markdown(budget);
        assert!(text.starts_with(&summary.counts.sentence("**")));
        assert!(
            text.len() <= budget.max(summary.counts.sentence("**").len() + 41),
            "{budget}"
        );
        let missing = text
            .lines()
            .find_map(|line| line.strip_prefix('_')?.split(' ').next()?.parse().ok());
        assert_eq!(
            items(&text) + missing.unwrap_or(0),
            items(&whole),
            "{budget}"
        );
    }
    assert_eq!(summary.to_markdown(whole.len()), whole);
}

#[test]
fn evidence_lists_what_changes_and_what_is_destroyed() {
    let changes = summary(&plan("changes")).planned_changes();
    let actions: Vec<_> = changes
        .iter()
        .map(|change| (change.action.as_str(), change.destroys))
        .collect();
    let expected = [
        ("delete", true),
        ("delete", true),
        ("update", false),
        ("forget", true),
        ("create", false),
        ("replace", true),
        ("replace", true),
    ];
    assert_eq!(actions, expected);
    assert_eq!(changes[5].because, ["forced by `triggers_replace`"]);
    assert_eq!(summary(&plan("destroy")).planned_changes().len(), 9);
}
