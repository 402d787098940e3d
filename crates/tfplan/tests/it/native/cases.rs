//! What is planned: configurations that need nothing but Terraform itself.
//!
//! `before` is applied first, when there is one; `after` is planned. A line `--- path` begins another file.

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// Whether planning, or applying `before`, ends with an error that leaves something behind.
    pub(crate) fails: bool,
}

const fn case(name: &'static str, before: &'static str, after: &'static str) -> Case {
    Case {
        name,
        before,
        after,
        arguments: &[],
        fails: false,
    }
}

const fn with(
    name: &'static str,
    before: &'static str,
    after: &'static str,
    arguments: &'static [&'static str],
) -> Case {
    Case {
        name,
        before,
        after,
        arguments,
        fails: false,
    }
}

const fn failing(name: &'static str, before: &'static str, after: &'static str) -> Case {
    Case {
        name,
        before,
        after,
        arguments: &[],
        fails: true,
    }
}

const NOTHING: &str = "locals {}\n";

pub(crate) const CASES: [Case; 57] = [
    case("empty", "", NOTHING),
    case(
        "create",
        "",
        r#"resource "terraform_data" "a" { input = "x" }"#,
    ),
    case(
        "update",
        r#"resource "terraform_data" "a" { input = "x" }"#,
        r#"resource "terraform_data" "a" { input = "y" }"#,
    ),
    case(
        "no_op",
        r#"resource "terraform_data" "a" { input = "x" }"#,
        r#"resource "terraform_data" "a" { input = "x" }"#,
    ),
    case(
        "delete",
        r#"resource "terraform_data" "a" { input = { b = [1, true, null] } }"#,
        NOTHING,
    ),
    case(
        "replace_delete_first",
        r#"resource "terraform_data" "a" { triggers_replace = "x" }"#,
        r#"resource "terraform_data" "a" { triggers_replace = "y" }"#,
    ),
    case(
        "replace_create_first",
        r#"
resource "terraform_data" "a" {
  triggers_replace = ["x", { deep = 1 }]
  lifecycle { create_before_destroy = true }
}"#,
        r#"
resource "terraform_data" "a" {
  triggers_replace = ["y", { deep = 2 }]
  lifecycle { create_before_destroy = true }
}"#,
    ),
    with(
        "replace_by_request",
        r#"resource "terraform_data" "a" { input = 1 }"#,
        r#"resource "terraform_data" "a" { input = 1 }"#,
        &["-replace=terraform_data.a"],
    ),
    case(
        "replace_by_triggers",
        r#"
resource "terraform_data" "a" { input = 1 }
resource "terraform_data" "b" {
  lifecycle { replace_triggered_by = [terraform_data.a] }
}"#,
        r#"
resource "terraform_data" "a" { input = 2 }
resource "terraform_data" "b" {
  lifecycle { replace_triggered_by = [terraform_data.a] }
}"#,
    ),
    failing(
        "tainted",
        r#"
resource "terraform_data" "a" {
  input = "x"
  provisioner "local-exec" { command = "exit 1" }
}"#,
        r#"resource "terraform_data" "a" { input = "x" }"#,
    ),
    failing(
        "deposed",
        r#"
resource "terraform_data" "a" {
  triggers_replace = "x"
  lifecycle { create_before_destroy = true }
  provisioner "local-exec" {
    when    = destroy
    command = "exit 1"
  }
}
--- then
resource "terraform_data" "a" {
  triggers_replace = "y"
  lifecycle { create_before_destroy = true }
  provisioner "local-exec" {
    when    = destroy
    command = "exit 1"
  }
}"#,
        r#"resource "terraform_data" "a" { triggers_replace = "y" }"#,
    ),
    case(
        "forget",
        r#"resource "terraform_data" "a" { input = "x" }"#,
        r#"
removed {
  from = terraform_data.a
  lifecycle { destroy = false }
}"#,
    ),
    case(
        "removed_and_destroyed",
        r#"resource "terraform_data" "a" { input = "x" }"#,
        r#"
removed {
  from = terraform_data.a
  lifecycle { destroy = true }
}"#,
    ),
    case(
        "moved",
        r#"resource "terraform_data" "a" { input = "x" }"#,
        r#"
resource "terraform_data" "b" { input = "x" }
moved {
  from = terraform_data.a
  to   = terraform_data.b
}"#,
    ),
    case(
        "moved_into_instances_and_changed",
        r#"resource "terraform_data" "a" { input = "x" }"#,
        r#"
resource "terraform_data" "b" {
  for_each = toset(["one \"quoted\" ${"$"}{x}", "two"])
  input    = each.key
}
moved {
  from = terraform_data.a
  to   = terraform_data.b["two"]
}"#,
    ),
    case(
        "import",
        "",
        r#"
resource "terraform_data" "a" { input = "x" }
import {
  to = terraform_data.a
  id = "an-id"
}"#,
    ),
    with(
        "import_with_generated_configuration",
        "",
        "import {\n  to = terraform_data.a\n  id = \"an-id\"\n}",
        &["-generate-config-out=generated.tf"],
    ),
    case(
        "count",
        r#"resource "terraform_data" "a" { count = 3 }"#,
        r#"
resource "terraform_data" "a" {
  count = 12
  input = count.index
}"#,
    ),
    case(
        "count_shrinks",
        r#"resource "terraform_data" "a" { count = 3 }"#,
        r#"resource "terraform_data" "a" { count = 1 }"#,
    ),
    case(
        "count_added",
        r#"resource "terraform_data" "a" {}"#,
        r#"resource "terraform_data" "a" { count = 2 }"#,
    ),
    case(
        "for_each",
        r#"
resource "terraform_data" "a" {
  for_each = toset(["a", "b.c", "d[0]"])
  input    = each.value
}"#,
        r#"
resource "terraform_data" "a" {
  for_each = { "a" = 1, "ü" = { x = 2 }, "x.terraform_data.a[0]" = null }
  input    = each.value
}"#,
    ),
    case(
        "for_each_to_count",
        r#"resource "terraform_data" "a" { for_each = toset(["x"]) }"#,
        r#"resource "terraform_data" "a" { count = 1 }"#,
    ),
    case(
        "modules",
        "",
        r#"
module "b" {
  source = "./m"
  for_each = toset(["x", "y"])
  name   = each.key
}
module "a" {
  source = "./m"
  name   = "a"
}
resource "terraform_data" "root" { input = module.a.all }
output "all" { value = { for key, module in module.b : key => module.all } }
--- m/main.tf
variable "name" { type = string }
module "inner" {
  source = "../n"
  count  = 2
  name   = "${var.name}-${count.index}"
}
resource "terraform_data" "z" { input = var.name }
resource "terraform_data" "a" { input = module.inner[0].id }
output "all" { value = module.inner[*].id }
--- n/main.tf
variable "name" {}
resource "terraform_data" "leaf" { input = var.name }
data "terraform_remote_state" "none" {
  backend  = "local"
  config   = { path = "${path.module}/../other.tfstate" }
  defaults = { x = terraform_data.leaf.id }
}
output "id" { value = terraform_data.leaf.id }
--- other.tfstate
{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}"#,
    ),
    case(
        "module_without_resources_of_its_own",
        "",
        r#"
module "outer" { source = "./m" }
--- m/main.tf
module "inner" { source = "../n" }
--- n/main.tf
resource "terraform_data" "leaf" {}"#,
    ),
    case(
        "module_gone",
        r#"
module "m" { source = "./m" }
--- m/main.tf
resource "terraform_data" "leaf" { input = 1 }
data "terraform_remote_state" "self" {
  backend  = "local"
  config   = { path = "other.tfstate" }
  defaults = { x = 1 }
}
output "x" { value = 1 }
--- other.tfstate
{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}"#,
        NOTHING,
    ),
    case(
        "moved_between_modules",
        r#"resource "terraform_data" "a" { input = 1 }"#,
        r#"
module "m" {
  source = "./m"
  count  = 1
}
moved {
  from = terraform_data.a
  to   = module.m[0].terraform_data.b
}
--- m/main.tf
resource "terraform_data" "b" { input = 1 }"#,
    ),
    case(
        "dynamic_types",
        "",
        r#"
resource "terraform_data" "a" {
  input = {
    number = 1, fraction = 0.1, text = "1.1", truth = true, nothing = null
    list = tolist(["a", "b"]), set = toset([3, 1, 2]), map = tomap({ b = 1, a = 2 })
    tuple = [1, "a", { x = [] }], object = {}, empty = [], emptymap = tomap({})
    sets = toset([["b"], ["a"]]), nested = { "key with space" = { "ü" = ["ß", "\u2028", "<&>"] } }
  }
}"#,
    ),
    case(
        "big_numbers",
        r#"resource "terraform_data" "a" { input = [1, 0.5] }"#,
        r#"
resource "terraform_data" "a" {
  input = [
    9223372036854775807, 9223372036854775808, -9223372036854775808, -9223372036854775809, 18446744073709551615,
    123456789012345678901234567890, 0.1, 0.5, 1 / 3, -0.000001, 1e21, 1.5e300, 1e-7, 4503599627370497.5, 0, -1, 255, 256, 65536,
    pow(2, 200), 3.0, 2.50
  ]
}
output "third" { value = { exact = 1 / 3, text = tostring(1 / 3) } }"#,
    ),
    case(
        "unknown_everywhere",
        r#"resource "terraform_data" "old" { input = ["a", "b"] }"#,
        r#"
resource "terraform_data" "a" {}
resource "terraform_data" "old" { input = ["a", terraform_data.a.id] }
resource "terraform_data" "whole" { input = terraform_data.a.output }
resource "terraform_data" "deep" {
  input = {
    list   = [terraform_data.a.id, "known", { x = terraform_data.a.id, y = 1 }]
    set    = toset([terraform_data.a.id, "known"])
    map    = tomap({ a = terraform_data.a.id, b = "known" })
    tuple  = [[], [terraform_data.a.id], {}]
    prefix = "begin-${terraform_data.a.id}"
    length = length(terraform_data.a.id)
    refined = toset([for id in [terraform_data.a.id] : upper(id)])
    truth  = terraform_data.a.id == "x"
    keys   = { for index, id in [terraform_data.a.id] : index => id }
  }
  triggers_replace = [terraform_data.a.id]
}
output "unknown" { value = terraform_data.a.id }
output "partly" { value = { id = terraform_data.a.id, list = [terraform_data.a.id, 1], known = 1 } }
output "set" { value = toset([terraform_data.a.id]) }"#,
    ),
    case(
        "unknown_secrets",
        "",
        r#"
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
resource "terraform_data" "a" { input = var.secret }
resource "terraform_data" "b" {
  input = { id = sensitive(terraform_data.a.id), both = "${terraform_data.a.id}${var.secret}", list = [sensitive(terraform_data.a.id), 1] }
}
output "o" {
  value     = terraform_data.b.output
  sensitive = true
}"#,
    ),
    case(
        "secrets_everywhere",
        r#"
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
resource "terraform_data" "gone" { input = { a = [var.secret, "b"], c = {} } }
resource "terraform_data" "kept" { input = [{ password = var.secret }] }
resource "terraform_data" "changed" { input = { password = var.secret, plain = 1 } }"#,
        r#"
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
resource "terraform_data" "kept" { input = [{ password = var.secret }] }
resource "terraform_data" "changed" { input = { password = "shown", plain = var.secret } }
resource "terraform_data" "new" {
  input = {
    whole = sensitive({ a = 1 }), list = [1, var.secret, [var.secret]], map = tomap({ x = var.secret, y = "shown" })
    set = toset([var.secret, "b"]), object = { "odd key" = { deep = [{ deeper = var.secret }] } }, none = sensitive(null)
    empty = [], emptyobject = {}, list_of_lists = [[], [{}]]
  }
  triggers_replace = sensitive(["x"])
}
output "secret" {
  value     = { a = var.secret, b = 1 }
  sensitive = true
}"#,
    ),
    case(
        "secret_becomes_plain",
        r#"resource "terraform_data" "a" { input = { x = sensitive("v"), y = 1 } }"#,
        r#"resource "terraform_data" "a" { input = { x = "v", y = sensitive(1) } }"#,
    ),
    case(
        "outputs",
        r#"
output "same" { value = 1 }
output "changed" { value = "a" }
output "retyped" { value = ["a"] }
output "gone" { value = { x = 1 } }
output "hidden" {
  value     = "s"
  sensitive = true
}"#,
        r#"
output "same" { value = 1 }
output "changed" { value = "b" }
output "retyped" { value = toset(["a"]) }
output "new" { value = { list = tolist(["x"]), tuple = [1, "a"], map = tomap({ a = true }) } }
output "nothing" { value = null }
output "typed_nothing" { value = tostring(null) }
output "hidden" { value = "s" }"#,
    ),
    with(
        "refresh_only",
        r#"resource "terraform_data" "a" { input = 1 }"#,
        r#"resource "terraform_data" "a" { input = 2 }"#,
        &["-refresh-only"],
    ),
    with(
        "refresh_only_moved",
        r#"
resource "terraform_data" "a" { input = 1 }
output "o" { value = 1 }"#,
        r#"
resource "terraform_data" "b" { input = 1 }
output "o" { value = 2 }
moved {
  from = terraform_data.a
  to   = terraform_data.b
}"#,
        &["-refresh-only"],
    ),
    with(
        "destroy",
        r#"
resource "terraform_data" "a" {
  count = 2
  input = [count.index, sensitive("s")]
}
output "o" { value = terraform_data.a[*].id }"#,
        r#"
resource "terraform_data" "a" {
  count = 2
  input = [count.index, sensitive("s")]
}
output "o" { value = terraform_data.a[*].id }"#,
        &["-destroy"],
    ),
    with(
        "targeted",
        "",
        r#"
resource "terraform_data" "a" {}
resource "terraform_data" "b" { input = terraform_data.a.id }
resource "terraform_data" "c" {}
output "o" { value = 1 }"#,
        &["-target=terraform_data.b"],
    ),
    with(
        "without_refresh",
        r#"resource "terraform_data" "a" { input = 1 }"#,
        r#"resource "terraform_data" "a" { input = 2 }"#,
        &["-refresh=false"],
    ),
    failing(
        "errored",
        "",
        r#"
resource "terraform_data" "a" { input = "x" }
resource "terraform_data" "b" {
  input = "y"
  lifecycle {
    precondition {
      condition     = terraform_data.a.input == "z"
      error_message = "a must be z"
    }
  }
}"#,
    ),
    case(
        "checks",
        "",
        r#"
locals { yes = true }
variable "size" {
  default = 3
  validation {
    condition     = var.size > 1
    error_message = "too small"
  }
}
resource "terraform_data" "a" {
  for_each = toset(["x", "y \"z\""])
  lifecycle {
    precondition {
      condition     = each.key != "no"
      error_message = "not this"
    }
    postcondition {
      condition     = self.id != ""
      error_message = "no id"
    }
  }
}
output "o" {
  value = 1
  precondition {
    condition     = local.yes
    error_message = "never"
  }
}
check "passes" {
  assert {
    condition     = local.yes
    error_message = "never"
  }
}
check "fails" {
  assert {
    condition     = !local.yes
    error_message = "this <fails> & says \"so\""
  }
  assert {
    condition     = 1 == (local.yes ? 2 : 1)
    error_message = "and this"
  }
}
check "later" {
  assert {
    condition     = terraform_data.a["x"].id == "x"
    error_message = "later"
  }
}
module "m" {
  source = "./m"
  count  = 2
  size   = count.index
}
--- m/main.tf
variable "size" {
  validation {
    condition     = var.size < 10
    error_message = "too large"
  }
}
resource "terraform_data" "b" {
  lifecycle {
    precondition {
      condition     = var.size >= 0
      error_message = "negative"
    }
  }
}
output "o" {
  value = var.size
  precondition {
    condition     = var.size >= 0
    error_message = "negative"
  }
}
check "inner" {
  assert {
    condition     = var.size == 0
    error_message = "it is ${var.size}"
  }
}"#,
    ),
    case(
        "data",
        "",
        r#"
data "terraform_remote_state" "now" {
  backend = "local"
  config  = { path = "other.tfstate" }
}
data "terraform_remote_state" "later" {
  backend  = "local"
  config   = { path = "other.tfstate" }
  defaults = { x = terraform_data.a.id }
}
resource "terraform_data" "a" { input = data.terraform_remote_state.now.outputs.x }
output "o" { value = data.terraform_remote_state.now.outputs }
--- other.tfstate
{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {"x": {"value": {"a": [1.5, "s"]}, "type": ["object", {"a": ["tuple", ["number", "string"]]}]}}, "resources": []}"#,
    ),
    case(
        "data_depending_on_changes",
        r#"
resource "terraform_data" "a" { input = 1 }
data "terraform_remote_state" "r" {
  backend    = "local"
  config     = { path = "other.tfstate" }
  defaults   = { x = 1 }
  depends_on = [terraform_data.a]
}
--- other.tfstate
{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}"#,
        r#"
resource "terraform_data" "a" { input = 2 }
data "terraform_remote_state" "r" {
  backend    = "local"
  config     = { path = "other.tfstate" }
  defaults   = { x = 1 }
  depends_on = [terraform_data.a]
}
--- other.tfstate
{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}"#,
    ),
    with(
        "variables",
        "",
        r#"
variable "text" { type = string }
variable "number" { type = number }
variable "list" { type = list(string) }
variable "any" { type = any }
variable "object" {
  type = object({ a = optional(number, 5), b = list(bool) })
}
variable "defaulted" { default = { x = [1, "a"] } }
variable "typed" {
  type    = set(number)
  default = ["3", "1", "3", 2]
}
variable "converted" {
  type    = string
  default = 5
}
variable "nothing" {
  type    = string
  default = null
}
variable "secret" {
  type      = string
  sensitive = true
}
variable "passing" {
  type      = string
  ephemeral = true
  default   = "p"
}
resource "terraform_data" "a" { input = [var.text, var.number, var.list, var.any, var.object] }"#,
        &[
            "-var=text=t",
            "-var=number=0.1",
            "-var=list=[\"a\",\"1\"]",
            "-var=any={x=1.1,y=null}",
            "-var=object={b=[true]}",
            "-var=secret=hunter2",
        ],
    ),
    case(
        "relevant_attributes",
        r#"
resource "terraform_data" "a" { input = { x = [1, { "y z" = 2 }] } }
resource "terraform_data" "b" { input = terraform_data.a.output.x[1]["y z"] }
output "o" { value = terraform_data.a.output.x[0] }"#,
        r#"
resource "terraform_data" "a" { input = { x = [1, { "y z" = 3 }] } }
resource "terraform_data" "b" { input = terraform_data.a.output.x[1]["y z"] }
output "o" { value = terraform_data.a.output.x[0] }"#,
    ),
    case(
        "depends_on_and_provisioners",
        "",
        r#"
resource "terraform_data" "a" {}
resource "terraform_data" "b" {
  depends_on = [terraform_data.a]
  provisioner "local-exec" {
    command     = "true ${self.id}"
    environment = { A = "b" }
    on_failure  = continue
  }
  connection {
    type = "ssh"
    host = "h"
  }
}
module "m" {
  source     = "./m"
  depends_on = [terraform_data.a]
}
output "o" {
  value      = 1
  depends_on = [terraform_data.b]
}
--- m/main.tf
resource "terraform_data" "c" {}"#,
    ),
    case(
        "expressions",
        "",
        r#"
variable "v" { default = { list = [{ a = 1 }], text = "t" } }
locals { l = 1 }
resource "terraform_data" "a" {
  for_each = { for index, item in var.v.list : index => item if item.a > local.l - 1 }
  input = [
    "plain", "a-${var.v.text}", "${var.v.text}", <<-EOT
      heredoc ${local.l}
    EOT
    , var.v.list[0].a, var.v.list[*].a, var.v["list"][0]["a"], [for x in var.v.list : x.a], { (var.v.text) = 1, k = local.l },
    each.key, each.value.a, path.module, terraform.workspace, 1 + 2, !true, -3, true ? "a" : "b", var.v.text == "t" ? 1 : 2,
    jsonencode({ a = 1 }), upper(var.v.text), max([1, 2]...), null, true, 1.50, "esc \" \\ \n \u00e9 $${x} %%{y}",
    "%{if local.l == 1}yes%{else}no%{endif}", "%{for x in var.v.list}${x.a},%{endfor}", ("paren"), (local.l), "a${1}b", "${1}", {}, [],
    terraform_data.b[0].id, terraform_data.b[*].id, terraform_data.b.*.id, terraform_data.b[local.l - 1].id, module.m["x"].o, module.m
  ]
}
resource "terraform_data" "b" { count = 1 + 0 }
module "m" {
  source   = "./m"
  for_each = toset(["x"])
  in       = [terraform_data.b[0].output, 1]
}
output "o" {
  description = "an output"
  value       = terraform_data.a["0"].input[0]
}
--- m/main.tf
variable "in" {
  description = "what comes in"
  default     = []
}
output "o" { value = var.in }"#,
    ),
    case(
        "json_configuration",
        "",
        r#"
locals {}
--- more.tf.json
{
  "variable": {"v": {"type": "list(string)", "default": ["a"], "description": "d"}},
  "resource": {"terraform_data": {"a": {"input": "${var.v[0]}-x"}, "b": [{"input": {"deep": ["${terraform_data.a.id}", 1, true, null, "plain"]}}]}},
  "output": {"o": {"value": "${terraform_data.a.id}", "sensitive": true}}
}"#,
    ),
    case(
        "override_files",
        "",
        r#"
resource "terraform_data" "a" {
  input            = "x"
  triggers_replace = "t"
}
variable "v" {
  default     = 1
  description = "first"
}
output "o" { value = 1 }
--- main_override.tf
resource "terraform_data" "a" { input = "y" }
variable "v" { default = 2 }
output "o" { value = 2 }"#,
    ),
    case(
        "nested_modules_in_file_order",
        "",
        r#"
module "m" { source = "./m" }
--- m/main.tf
module "z" { source = "../n" }
module "a" { source = "../n" }
module "many" {
  source = "../n"
  count  = 11
}
--- n/main.tf
module "deep" { source = "../o" }
--- o/main.tf
resource "terraform_data" "leaf" {}"#,
    ),
    case(
        "odd_keys",
        "",
        r#"
resource "terraform_data" "a" {
  for_each = toset(["\t\n", "a\\b", "$${x}", "%%{y}", "\"", "é", "a].b[0", ".data.x.y", ""])
}
module "m" {
  source   = "./m"
  for_each = toset([".terraform_data.leaf", "x\"].y"])
}
--- m/main.tf
resource "terraform_data" "leaf" {}"#,
    ),
    case(
        "long_text",
        "",
        r#"
resource "terraform_data" "a" {
  input = [join("", [for index in range(1000) : "sixty-four characters, of which there will be more than 65,536 now"]), [for index in range(20) : "y"], { for index in range(20) : "k${index}" => index }]
}"#,
    ),
    case(
        "nothing_planned_but_outputs",
        r#"output "o" { value = 1 }"#,
        r#"output "o" { value = { a = null == 1 ? 1 : 2 } }"#,
    ),
    case(
        "null_values",
        r#"resource "terraform_data" "a" { input = null }"#,
        r#"
resource "terraform_data" "a" {
  input            = [null, { a = null }, tostring(null)]
  triggers_replace = null
}"#,
    ),
    case(
        "nested_secret_in_module_output",
        "",
        r#"
module "m" { source = "./m" }
resource "terraform_data" "a" { input = { from = module.m.secret, list = [module.m.secret, module.m.plain] } }
--- m/main.tf
output "secret" {
  value     = { password = "hunter2" }
  sensitive = true
}
output "plain" { value = "p" }"#,
    ),
    case(
        "conditional_instances",
        r#"
variable "on" { default = true }
resource "terraform_data" "a" { count = var.on ? 1 : 0 }"#,
        r#"
variable "on" { default = false }
resource "terraform_data" "a" { count = var.on ? 1 : 0 }"#,
    ),
    failing(
        "check_fails_in_errored_plan",
        "",
        r#"
locals { no = false }
check "c" {
  assert {
    condition     = local.no
    error_message = "no"
  }
}
resource "terraform_data" "a" {
  lifecycle {
    precondition {
      condition     = local.no
      error_message = "never"
    }
  }
}"#,
    ),
    case(
        "ephemeral_values",
        "",
        r#"
variable "token" {
  type      = string
  ephemeral = true
  default   = "t"
}
locals { twice = "${var.token}${var.token}" }
resource "terraform_data" "a" { input = "x" }"#,
    ),
];
