//! CloudWatch's alarms in its Query protocol.

use std::time::Duration;

use crate::client::{Reply, Sim};

const LATENCY: &str = "AlarmName=latency&AlarmDescription=p99+%3E+500+ms+%26+%3Cslow%3E%0D%0A%C3%A4&ActionsEnabled=false\
    &Namespace=AWS%2FSageMaker&MetricName=ModelLatency&ExtendedStatistic=p99&Unit=Microseconds&Period=60&EvaluationPeriods=3&DatapointsToAlarm=2\
    &Threshold=500000.5&ComparisonOperator=GreaterThanThreshold&TreatMissingData=notBreaching&EvaluateLowSampleCountPercentile=ignore\
    &Dimensions.member.2.Name=VariantName&Dimensions.member.2.Value=main&Dimensions.member.1.Name=EndpointName&Dimensions.member.1.Value=housing\
    &AlarmActions.member.1=arn%3Aaws%3Asns%3Aeu-west-1%3A000000000000%3Apager&OKActions=\
    &Tags.member.1.Key=environment&Tags.member.1.Value=prod";
const ARN: &str = "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:latency";

fn ok(reply: Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text
}

fn refused(reply: Reply, status: u16, code: &str) -> String {
    assert_eq!(reply.status, status, "{}", reply.text);
    let head = "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><Error><Type>Sender</Type>";
    let rest = reply.text.strip_prefix(head).unwrap();
    let rest = rest.strip_prefix(&format!("<Code>{code}</Code><Message>"));
    let (message, rest) = rest.expect(&reply.text).split_once("</Message>").unwrap();
    assert!(rest.starts_with("</Error><RequestId>"), "{rest}");
    message.to_owned()
}

fn simple(sim: &Sim, name: &str) {
    let alarm = format!(
        "AlarmName={name}&Namespace=N&MetricName=M&Statistic=Sum&Period=60&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold"
    );
    ok(sim.form("PutMetricAlarm", &alarm));
}

fn names(text: &str) -> Vec<&str> {
    let rest = text.split("<AlarmName>").skip(1);
    rest.map(|rest| rest.split('<').next().unwrap()).collect()
}

#[test]
fn an_alarm_is_described_as_it_was_put() {
    let sim = Sim::start();
    let put = ok(sim.form("PutMetricAlarm", LATENCY));
    assert!(
        put.starts_with("<PutMetricAlarmResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><ResponseMetadata><RequestId>"),
        "{put}"
    );
    let text = ok(sim.form(
        "DescribeAlarms",
        "AlarmNames.member.1=latency&AlarmTypes.member.1=MetricAlarm",
    ));
    assert!(text.starts_with("<DescribeAlarmsResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><DescribeAlarmsResult>"), "{text}");
    let (_, alarm) = text.split_once("<MetricAlarms><member>").unwrap();
    let (alarm, _) = alarm.split_once("</member></MetricAlarms>").unwrap();
    let expected = [
        "<AlarmName>latency</AlarmName>",
        "<AlarmArn>arn:aws:cloudwatch:eu-west-1:000000000000:alarm:latency</AlarmArn>",
        "<AlarmDescription>p99 &gt; 500 ms &amp; &lt;slow&gt;&#xD;\nä</AlarmDescription>",
        "<ActionsEnabled>false</ActionsEnabled>",
        "<AlarmActions><member>arn:aws:sns:eu-west-1:000000000000:pager</member></AlarmActions>",
        "<OKActions></OKActions>",
        "<InsufficientDataActions></InsufficientDataActions>",
        "<Namespace>AWS/SageMaker</Namespace>",
        "<MetricName>ModelLatency</MetricName>",
        "<ExtendedStatistic>p99</ExtendedStatistic>",
        "<Unit>Microseconds</Unit>",
        "<Period>60</Period>",
        "<EvaluationPeriods>3</EvaluationPeriods>",
        "<DatapointsToAlarm>2</DatapointsToAlarm>",
        "<Threshold>500000.5</Threshold>",
        "<ComparisonOperator>GreaterThanThreshold</ComparisonOperator>",
        "<TreatMissingData>notBreaching</TreatMissingData>",
        "<EvaluateLowSampleCountPercentile>ignore</EvaluateLowSampleCountPercentile>",
        "<Dimensions><member><Name>EndpointName</Name><Value>housing</Value></member><member><Name>VariantName</Name><Value>main</Value></member></Dimensions>",
        "<StateValue>INSUFFICIENT_DATA</StateValue>",
        "<StateReason>Unchecked: Initial alarm creation</StateReason>",
        "<AlarmConfigurationUpdatedTimestamp>2023-11-14T22:13:20.000Z</AlarmConfigurationUpdatedTimestamp>",
        "<StateUpdatedTimestamp>2023-11-14T22:13:20.000Z</StateUpdatedTimestamp>",
        "<StateTransitionedTimestamp>2023-11-14T22:13:20.000Z</StateTransitionedTimestamp>",
    ];
    let mut rest = alarm.to_owned();
    for element in expected {
        assert!(rest.contains(element), "{element} in {rest}");
        rest = rest.replacen(element, "", 1);
    }
    assert_eq!(rest, "", "nothing else is said of it");
}

#[test]
fn metric_math_comes_back_too() {
    let sim = Sim::start();
    ok(sim.form(
        "PutMetricAlarm",
        "AlarmName=rate&EvaluationPeriods=1&Threshold=0.1&ComparisonOperator=GreaterThanThreshold&Metrics.member.1.Id=e&Metrics.member.1.Expression=a%2Fb&Metrics.member.1.ReturnData=true\
         &Metrics.member.2.Id=a&Metrics.member.2.MetricStat.Period=60&Metrics.member.2.MetricStat.Stat=Sum&Metrics.member.2.MetricStat.Metric.MetricName=Errors",
    ));
    let text = ok(sim.form("DescribeAlarms", "AlarmNames.member.1=rate"));
    for part in [
        "<Expression>a/b</Expression>",
        "<ReturnData>true</ReturnData>",
        "<Metric><MetricName>Errors</MetricName></Metric>",
        "<Stat>Sum</Stat>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn alarms_are_found_by_name_prefix_and_state_page_by_page() {
    let sim = Sim::start();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        simple(&sim, name);
    }
    let find = |parameters: &str| ok(sim.form("DescribeAlarms", parameters));
    assert_eq!(
        names(&find("AlarmNames.member.1=b-1&AlarmNames.member.2=none")),
        ["b-1"]
    );
    assert_eq!(names(&find("AlarmNamePrefix=a-")), ["a-1", "a-2", "a-3"]);
    assert_eq!(names(&find("AlarmTypes.member.1=CompositeAlarm")).len(), 0);
    let first = find("MaxRecords=3");
    assert_eq!(names(&first), ["a-1", "a-2", "a-3"]);
    assert!(first.contains("<NextToken>3</NextToken>"), "{first}");
    let last = find("MaxRecords=3&NextToken=3");
    assert_eq!(names(&last), ["b-1"]);
    assert!(!last.contains("NextToken"), "{last}");
    ok(sim.form(
        "SetAlarmState",
        "AlarmName=a-2&StateValue=ALARM&StateReason=x",
    ));
    assert_eq!(names(&find("StateValue=ALARM")), ["a-2"]);
    refused(
        sim.form("DescribeAlarms", "NextToken=far"),
        400,
        "InvalidNextToken",
    );
}

#[test]
fn a_state_outlives_a_change_of_the_alarm() {
    let sim = Sim::start();
    simple(&sim, "errors");
    sim.clock.advance(Duration::from_secs(60));
    ok(sim.form(
        "SetAlarmState",
        "AlarmName=errors&StateValue=ALARM&StateReason=drill&StateReasonData=%7B%7D",
    ));
    sim.clock.advance(Duration::from_secs(60));
    simple(&sim, "errors");
    let text = ok(sim.form("DescribeAlarms", "AlarmNames.member.1=errors"));
    for part in [
        "<StateValue>ALARM</StateValue>",
        "<StateReason>drill</StateReason>",
        "<StateReasonData>{}</StateReasonData>",
        "<StateTransitionedTimestamp>2023-11-14T22:14:20.000Z<",
        "<AlarmConfigurationUpdatedTimestamp>2023-11-14T22:15:20.000Z<",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let not_json = "AlarmName=errors&StateValue=OK&StateReason=x&StateReasonData=%7B";
    refused(sim.form("SetAlarmState", not_json), 400, "InvalidFormat");
}

#[test]
fn tags_change_only_by_the_tag_operations_and_end_with_the_alarm() {
    let sim = Sim::start();
    ok(sim.form("PutMetricAlarm", LATENCY));
    ok(sim.form("PutMetricAlarm", &LATENCY.replace("prod", "ignored")));
    let arn = format!("ResourceARN={ARN}");
    let list = || ok(sim.form("ListTagsForResource", &arn));
    let prod = "<member><Key>environment</Key><Value>prod</Value></member>";
    assert!(list().contains(&format!(
        "<ListTagsForResourceResult><Tags>{prod}</Tags></ListTagsForResourceResult>"
    )));
    ok(sim.form(
        "TagResource",
        &format!("{arn}&Tags.member.1.Key=a&Tags.member.1.Value=%26"),
    ));
    let a = "<member><Key>a</Key><Value>&amp;</Value></member>";
    assert!(list().contains(&format!("<Tags>{a}{prod}</Tags>")));
    let untag = format!("{arn}&TagKeys.member.1=environment");
    ok(sim.form("UntagResource", &untag));
    assert!(list().contains(&format!("<Tags>{a}</Tags>")));
    ok(sim.form("DeleteAlarms", "AlarmNames.member.1=latency"));
    let gone = sim.form("ListTagsForResource", &arn);
    refused(gone, 404, "ResourceNotFoundException");
}

#[test]
fn one_wrong_name_deletes_nothing() {
    let sim = Sim::start();
    simple(&sim, "here");
    let both = "AlarmNames.member.1=here&AlarmNames.member.2=elsewhere";
    let message = refused(sim.form("DeleteAlarms", both), 404, "ResourceNotFound");
    assert!(message.contains("elsewhere"), "{message}");
    assert_eq!(names(&ok(sim.form("DescribeAlarms", ""))), ["here"]);
}

#[test]
fn what_cloudwatch_would_refuse_is_refused_in_xml() {
    let sim = Sim::start();
    let message = refused(sim.form("GetMetricData", ""), 400, "InvalidAction");
    assert!(message.contains("GetMetricData"), "{message}");
    // SageMaker's operations are not reachable in this protocol
    refused(sim.form("ListTags", ""), 400, "InvalidAction");
    let put = |from: &str, to: &str| {
        let changed = LATENCY.replace(from, to);
        assert_ne!(changed, LATENCY, "{from}");
        sim.form("PutMetricAlarm", &changed)
    };
    let message = refused(put("GreaterThanThreshold", "%3C"), 400, "ValidationError");
    assert!(
        message.starts_with("1 validation error detected: Value '&lt;' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: ["),
        "{message}"
    );
    refused(put("AlarmName=latency", ""), 400, "ValidationError");
    refused(put("Period=60", "Period=61"), 400, "ValidationError");
    refused(put("Period=60", "Period=soon"), 400, "MalformedInput");
    refused(
        put("Threshold=500000.5", "Threshold=NaN"),
        400,
        "MalformedInput",
    );
    refused(put("p99+", "p99%01"), 400, "MalformedInput");
    let both = "Statistic=Sum&ExtendedStatistic=p99";
    refused(
        put("ExtendedStatistic=p99", both),
        400,
        "InvalidParameterCombination",
    );
    assert_eq!(names(&ok(sim.form("DescribeAlarms", ""))).len(), 0);
}

#[test]
fn cloudwatch_in_another_protocol_is_told_which_one_is_spoken() {
    let sim = Sim::start();
    let target = "X-Amz-Target: GraniteServiceVersion20100801.DescribeAlarms\r\n";
    let reply = sim.send("POST", "/", target, "{}");
    assert_eq!(reply.body["__type"], "UnknownOperationException");
    assert!(reply.text.contains("Query protocol"), "{}", reply.text);
}

#[test]
fn unsigned_and_foreign_forms_are_refused_in_xml() {
    let sim = Sim::start();
    let form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    let unsigned = sim.send(
        "POST",
        "/",
        form,
        "Action=DescribeAlarms&Version=2010-08-01",
    );
    refused(unsigned, 403, "MissingAuthenticationToken");
    let foreign = sim.form_as("sagemaker", "DescribeAlarms", "");
    let message = refused(foreign, 403, "SignatureDoesNotMatch");
    assert!(message.contains("'monitoring'"), "{message}");
    refused(sim.send("POST", "/", form, ""), 400, "MissingAction");
    let other = sim.send(
        "POST",
        "/",
        form,
        "Action=DescribeAlarms&Version=2009-05-15",
    );
    assert_eq!(
        refused(other, 400, "InvalidAction"),
        "Could not find operation DescribeAlarms for version 2009-05-15"
    );
}
