//! From a refused call to the IAM statement that is missing.

/// The JSON of the IAM statement that would have allowed `operation` on `resource`.
///
/// AWS names the full ARN in the message of a refusal; where it does not, the statement names what was asked for.
pub fn missing_statement(operation: &str, resource: &str, message: &str) -> String {
    let named = message
        .split_once("on resource: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .filter(|arn| arn.starts_with("arn:"));
    let resource = named.unwrap_or(resource);
    // a bare name can only be meant by any ARN that ends in it
    let resource = if resource.starts_with("arn:") {
        resource.to_owned()
    } else {
        format!("*/{resource}")
    };
    format!(
        "{{\"Effect\": \"Allow\", \"Action\": \"sagemaker:{operation}\", \"Resource\": \"{resource}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_arn_from_the_message_where_it_has_one() {
        let message = "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: sagemaker:DescribeModel \
                       on resource: arn:aws:sagemaker:eu-central-1:1:model/m because no identity-based policy allows it";
        assert_eq!(
            missing_statement("DescribeModel", "m", message),
            r#"{"Effect": "Allow", "Action": "sagemaker:DescribeModel", "Resource": "arn:aws:sagemaker:eu-central-1:1:model/m"}"#
        );
        assert_eq!(
            missing_statement("DescribeModel", "m", "denied"),
            r#"{"Effect": "Allow", "Action": "sagemaker:DescribeModel", "Resource": "*/m"}"#
        );
    }
}
