//! What is deployed: `template.yaml` against what the protocol asks of the mapping and the stream, and
//! against what the functions themselves take. That it is valid CloudFormation is `.ci/template`'s part.

mod image;
mod pages;
mod settings;
mod template;

use cdc_core::{pipeline::IdKey, rules::Rules};
use cdc_local::cloud::Resources;
use serde_json::{Value, json};
use template::{Template, text};

use crate::schemas::workspace;

const DAY_S: u64 = 24 * 60 * 60;

/// The longest that SQS keeps a message.
const LETTERS_KEPT_S: u64 = 14 * DAY_S;

/// The functions: logical name, and the name of crate, binary and function.
const FUNCTIONS: [(&str, &str); 5] = [
    ("CdcProcessor", "cdc-processor"),
    ("DataRedactor", "data-redactor"),
    ("DlqProcessor", "dlq-processor"),
    ("HealthCheck", "health-check"),
    ("StateManager", "state-manager"),
];

#[test]
fn each_function_is_built_from_its_crate_and_runs_under_a_role_of_its_own() {
    let template = Template::by_default();
    assert_eq!(template.all_of("AWS::Serverless::Function").len(), FUNCTIONS.len());
    for (id, name) in FUNCTIONS {
        let written = template.written(id);
        let folder = format!("crates/{name}");
        let manifest = std::fs::read_to_string(workspace(&folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(workspace(&folder).join("src/main.rs").is_file(), "{name} has no binary");
        let built = json!({"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": name}});
        assert_eq!(written["Metadata"], built, "{name}");
        assert_eq!(written["Properties"]["Role"], json!({"Fn::GetAtt": format!("{id}Role.Arn")}));
        let properties = template.properties(id);
        assert_eq!(properties["FunctionName"], name);
        assert_eq!(properties["CodeUri"], folder);
        assert_eq!(properties["LoggingConfig"]["LogGroup"], format!("/aws/lambda/{name}"));
    }
    let globals = template.globals();
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Architectures"], json!(["arm64"]));
    assert_eq!(globals["Handler"], "bootstrap");
    assert_eq!(globals["LoggingConfig"]["LogFormat"], "JSON");
}

/// R1 of the protocol: without reporting, or without a destination, what fails is lost; a pointer
/// (what queues and topics get) covers records that did not fail.
#[test]
fn the_mapping_reports_items_bisects_and_gives_up_into_a_bucket() {
    let template = Template::by_default();
    let mapping = template.properties("StreamMapping");
    assert_eq!(mapping["EventSourceArn"], stream_arn("coredb-cdc-stream"));
    assert_eq!(mapping["FunctionName"], "cdc-processor");
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(mapping["BisectBatchOnFunctionError"], true);
    assert_eq!(mapping["StartingPosition"], "TRIM_HORIZON");
    let destination = text(&mapping["DestinationConfig"]["OnFailure"]["Destination"]);
    assert!(destination.starts_with("arn:aws:s3:::"), "{destination}");
}

/// The same of every other source: a queue has its own redrive policy in the place of a destination.
#[test]
fn every_mapping_reports_items_and_those_that_can_give_up_into_the_bucket() {
    let template = Template::with(&[("KafkaBootstrapServers", "k-1:9092,k-2:9092")]);
    let mappings = template.all_of("AWS::Lambda::EventSourceMapping");
    let ids: Vec<&str> = mappings.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, ["KafkaMapping", "QueueMapping", "SelfManagedKafkaMapping", "StreamMapping"]);
    for (id, mapping) in &mappings {
        assert_eq!(mapping["FunctionName"], "cdc-processor", "{id}");
        assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{id}");
        if *id == "QueueMapping" {
            continue;
        }
        assert_eq!(mapping["BisectBatchOnFunctionError"], true, "{id}");
        assert_eq!(mapping["StartingPosition"], "TRIM_HORIZON", "{id}");
        let destination = text(&mapping["DestinationConfig"]["OnFailure"]["Destination"]);
        assert!(destination.starts_with("arn:aws:s3:::"), "{id}: {destination}");
        // Kafka's are retried, bisected and given up in provisioned mode alone.
        let provisioned = mapping["ProvisionedPollerConfig"].is_object();
        assert_eq!(provisioned, *id != "StreamMapping", "{id}");
    }
    let own = &template.properties("SelfManagedKafkaMapping")["SelfManagedEventSource"];
    assert_eq!(own["Endpoints"]["KafkaBootstrapServers"], json!(["k-1:9092", "k-2:9092"]));
}

/// What is not asked for is not there, and nobody has rights to it.
#[test]
fn a_source_that_is_not_set_has_no_mapping_and_no_rights() {
    let sources = [
        ("QueueMapping", "HasSourceQueue", "sqs:ReceiveMessage"),
        ("KafkaMapping", "HasKafkaCluster", "kafka-cluster:ReadData"),
    ];
    for (mapping, condition, action) in sources {
        let template = Template::by_default();
        assert_eq!(template.written(mapping)["Condition"], condition);
        let may = |template: &Template| {
            let role = template.properties("CdcProcessorRole");
            let mut actions = statements(&role).into_iter().flat_map(|it| each(&it["Action"]));
            actions.any(|it| it == action)
        };
        assert!(!may(&template), "{action}");
        assert!(may(&Template::with_every_source()), "{action}");
    }
    let own = Template::by_default();
    assert_eq!(own.written("SelfManagedKafkaMapping")["Condition"], "HasKafkaServers");
}

/// The rest of R1, whatever is chosen: the limits of the parameters hold it.
#[test]
fn giving_up_comes_after_the_outage_and_before_the_stream_forgets() {
    let template = Template::by_default();
    let mapping = &template.written("StreamMapping")["Properties"];
    let parameter = |property: &str| {
        let name = mapping[property]["Ref"].as_str().unwrap();
        template.parameter(name)
    };
    let (retries, age) =
        (parameter("MaximumRetryAttempts"), parameter("MaximumRecordAgeInSeconds"));
    let finite =
        |limit: &Value| limit["MinValue"].as_i64().unwrap() > 0 && limit["MaxValue"].is_u64();
    assert!(finite(retries) && finite(age), "the mapping gives up, sooner or later");

    let timeout = number(&template.properties("CdcProcessor")["Timeout"]);
    let oldest = number(&age["MaxValue"]);
    let attempts = number(&retries["MinValue"]);
    assert!(attempts * timeout > oldest, "age, not the number of attempts, ends an outage");

    let kept = number(&template.parameter("StreamRetentionHours")["MinValue"]) * 60 * 60;
    assert!(kept >= oldest + DAY_S, "no time to replay while the stream keeps the records");
    let remembered = number(&template.parameter("LedgerTtlDays")["MinValue"]) * DAY_S;
    assert!(remembered >= oldest + DAY_S, "the ledger forgets before documents are replayed");
}

#[test]
fn defaults_lie_within_their_own_limits() {
    let template = Template::by_default();
    for (name, declared) in template.parameters() {
        let default = &declared["Default"];
        let (least, most) = (declared["MinValue"].as_u64(), declared["MaxValue"].as_u64());
        let within = default.as_u64().is_none_or(|default| {
            least.is_none_or(|least| default >= least) && most.is_none_or(|most| default <= most)
        });
        let allowed = declared["AllowedValues"].as_array();
        assert!(within && allowed.is_none_or(|allowed| allowed.contains(default)), "{name}");
    }
}

#[test]
fn letters_wait_two_weeks_and_are_never_moved_by_the_queue_itself() {
    let template = Template::by_default();
    for queue in ["DeadLetterQueue", "ParkedQueue"] {
        let properties = template.properties(queue);
        assert_eq!(number(&properties["MessageRetentionPeriod"]), LETTERS_KEPT_S, "{queue}");
        assert!(properties["RedrivePolicy"].is_null(), "{queue}");
        assert!(properties["FifoQueue"].is_null(), "{queue}: letters carry no message group");
        assert_eq!(properties["SqsManagedSseEnabled"], true, "{queue}");
        let name = text(&properties["QueueName"]);
        let alarms = template.all_of("AWS::CloudWatch::Alarm");
        let tells = |(_, alarm): &(&str, Value)| {
            alarm["Dimensions"] == json!([{"Name": "QueueName", "Value": name}])
                && (DAY_S..LETTERS_KEPT_S).contains(&waited_s(alarm))
        };
        assert!(alarms.iter().any(tells), "{queue}: letters would go unnoticed");
    }
}

#[test]
fn names_and_keys_are_those_of_the_local_system() {
    let template = Template::by_default();
    let name = |id: &str, property: &str| text(&template.properties(id)[property]);
    let local = Resources::default();
    assert_eq!(name("Stream", "Name"), local.stream);
    assert_eq!(name("EventBus", "Name"), local.bus);
    assert_eq!(name("CheckpointTable", "TableName"), local.checkpoint_table);
    assert_eq!(name("StateTable", "TableName"), local.state_table);
    assert_eq!(name("DeadLetterQueue", "QueueName"), local.dead_letter_queue);
    assert_eq!(name("ParkedQueue", "QueueName"), local.parked_queue);
    assert_eq!(name("IdKeySecret", "Name"), local.id_key_secret);
    assert_eq!(template.parameter("EventSource")["Default"], local.event_source);

    let checkpoints = template.properties("CheckpointTable");
    let key = |name, kind| json!({"AttributeName": name, "KeyType": kind});
    assert_eq!(checkpoints["KeySchema"], json!([key("pk", "HASH"), key("sk", "RANGE")]));
    let expiry = json!({"AttributeName": "ttl", "Enabled": true});
    assert_eq!(checkpoints["TimeToLiveSpecification"], expiry);
    assert_eq!(template.properties("StateTable")["KeySchema"], json!([key("pk", "HASH")]));
}

#[test]
fn a_second_pipeline_needs_another_prefix_and_nothing_else() {
    let template = Template::with(&[("Prefix", "b-")]);
    let named = [
        ("AWS::Kinesis::Stream", "Name"),
        ("AWS::Events::EventBus", "Name"),
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::SecretsManager::Secret", "Name"),
        ("AWS::Serverless::Function", "FunctionName"),
    ];
    for (kind, property) in named {
        for (id, properties) in template.all_of(kind) {
            assert!(text(&properties[property]).starts_with("b-"), "{id}");
        }
    }
    for (id, properties) in template.all_of("AWS::Logs::LogGroup") {
        assert!(text(&properties["LogGroupName"]).starts_with("/aws/lambda/b-"), "{id}");
    }
    for kind in ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::CloudWatch::Alarm"] {
        for (id, properties) in template.all_of(kind) {
            let named = ["BucketName", "RoleName", "AlarmName"].map(|name| &properties[name]);
            assert!(named.iter().all(|name| name.is_null()), "{id}: the stack makes up its name");
        }
    }
}

#[test]
fn what_holds_data_stays_when_the_stack_goes() {
    let template = Template::by_default();
    let kinds = [
        "AWS::Kinesis::Stream",
        "AWS::DynamoDB::Table",
        "AWS::SQS::Queue",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    ];
    for kind in kinds {
        for (id, _) in template.all_of(kind) {
            for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
                assert_eq!(template.written(id)[policy], "Retain", "{id}");
            }
        }
    }
}

/// Figures come under the name that the rules give the pipeline; an alarm on another never goes off.
#[test]
fn the_alarm_on_health_watches_the_pipeline_that_is_deployed() {
    let template = Template::by_default();
    let rules = Rules::compiled_in().unwrap().rules;
    let alarm = template.properties("PipelineUnhealthy");
    let watched = json!([{"Name": "Pipeline", "Value": rules.pipeline()}]);
    assert_eq!(alarm["Dimensions"], watched);
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&json!("CDC"), &json!("Unhealthy")));
}

/// An own key is used for all that holds rows or keys, and whoever needs it may use it.
#[test]
fn an_own_key_locks_what_holds_rows() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b";
    let template = Template::with(&[("KmsKeyArn", key)]);
    let at = |id: &str, pointer: &str| {
        template.properties(id).pointer(pointer).cloned().unwrap_or_default()
    };
    let rule =
        "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault";
    for (id, pointer) in [
        ("Stream", "/StreamEncryption/KeyId"),
        ("CheckpointTable", "/SSESpecification/KMSMasterKeyId"),
        ("StateTable", "/SSESpecification/KMSMasterKeyId"),
        ("DeadLetterQueue", "/KmsMasterKeyId"),
        ("ParkedQueue", "/KmsMasterKeyId"),
        ("IdKeySecret", "/KmsKeyId"),
        ("OnFailureBucket", &format!("{rule}/KMSMasterKeyID")),
        ("ClaimCheckBucket", &format!("{rule}/KMSMasterKeyID")),
        ("DeadLetterBucket", &format!("{rule}/KMSMasterKeyID")),
    ] {
        assert_eq!(at(id, pointer), key, "{id}");
    }
    for (id, role) in template.all_of("AWS::IAM::Role") {
        let statements = statements(&role);
        let may_use = statements.iter().any(|statement| statement["Resource"] == key);
        assert_eq!(may_use, id != "DataRedactorRole", "{id}");
    }
}

/// A role may do what its statements name, on what this stack made.
#[test]
fn permissions_name_each_call_and_each_resource() {
    for (id, role) in Template::by_default().all_of("AWS::IAM::Role") {
        assert!(role["ManagedPolicyArns"].is_null(), "{id}");
        let trusted = &role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"];
        assert_eq!(*trusted, json!({"Service": "lambda.amazonaws.com"}), "{id}");
        for statement in statements(&role) {
            let actions = each(&statement["Action"]);
            assert!(actions.iter().all(|action| !action.contains('*')), "{id}: {actions:?}");
            for resource in each(&statement["Resource"]) {
                let open = ["arn:aws:s3:::", "arn:aws:logs:"];
                let parts_of_one = open.iter().any(|kind| resource.starts_with(kind));
                assert!(parts_of_one || !resource.contains('*'), "{id}: {resource}");
            }
        }
    }
}

/// Secrets Manager draws from letters and digits: valid base64 at a length divisible by four.
#[test]
fn the_generated_secret_is_a_key() {
    let template = Template::by_default();
    let secret = &template.properties("IdKeySecret")["GenerateSecretString"];
    assert_eq!(secret["ExcludePunctuation"], true);
    assert_eq!(secret["IncludeSpace"], false);
    let length = usize::try_from(number(&secret["PasswordLength"])).unwrap();
    let alphabet = ('A'..='Z').chain('a'..='z').chain('0'..='9').cycle();
    for first in 0..62 {
        let drawn: String = alphabet.clone().skip(first).step_by(7).take(length).collect();
        let key = base64_simd::STANDARD.decode_to_vec(drawn).unwrap();
        assert!(IdKey::new(&key).is_ok(), "{} bytes", key.len());
    }
}

/// How long a letter has waited when an alarm goes off.
fn waited_s(alarm: &Value) -> u64 {
    if alarm["MetricName"] == "ApproximateAgeOfOldestMessage" {
        return number(&alarm["Threshold"]);
    }
    number(&alarm["Period"]) * number(&alarm["EvaluationPeriods"])
}

fn statements(role: &Value) -> Vec<Value> {
    let policies = role["Policies"].as_array().unwrap().iter();
    policies
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
        .cloned()
        .collect()
}

/// One text, or a list of them.
fn each(value: &Value) -> Vec<String> {
    value.as_array().map_or_else(|| vec![text(value)], |items| items.iter().map(text).collect())
}

fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

fn stream_arn(name: &str) -> String {
    format!("arn:aws:kinesis:{}:123456789012:stream/{name}", template::REGION)
}
