//! Which variables a configuration declares as secret, before there is a plan that could say so.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

/// The names of the variables that `files`, the sources of one module, declare with `sensitive = true`.
///
/// A file that does not parse declares none; Terraform will say what is wrong with it.
pub fn sensitive_variables(files: &[String]) -> Vec<String> {
    let bodies = files.iter().filter_map(|text| text.parse::<Body>().ok());
    let mut names = Vec::new();
    for body in bodies {
        let variables = body
            .iter()
            .filter_map(|structure| structure.as_block())
            .filter(|block| block.has_ident("variable"));
        let sensitive = variables.filter(|block| {
            let attribute = block
                .body
                .get_attribute("sensitive")
                .map(|attribute| &attribute.value);
            attribute.and_then(Expression::as_bool).unwrap_or(false)
        });
        names.extend(
            sensitive
                .filter_map(|block| block.labels.first().map(|label| label.as_str().to_owned())),
        );
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_declared_sensitive() {
        let files = [
            "variable \"password\" {\n  type = string\n  sensitive = true\n}\nvariable \"name\" {}\n".to_owned(),
            "variable broken {".to_owned(),
            "variable \"shown\" {\n  sensitive = false\n}\n".to_owned(),
        ];
        assert_eq!(sensitive_variables(&files), ["password"]);
    }
}
