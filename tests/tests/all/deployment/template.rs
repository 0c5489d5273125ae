//! `template.yaml` as CloudFormation reads it: tags become the functions that they stand for, and
//! values follow from the parameters.
//!
//! Knows what the template uses and nothing else: an unknown function, parameter or resource is a
//! failure, not a guess. Addresses are made up in one region and account.

use std::{collections::BTreeMap, fmt, fs};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

use crate::schemas::workspace;

/// Where a resolved template lies.
pub(super) const REGION: &str = "eu-west-1";

const ACCOUNT: &str = "123456789012";

/// The template under chosen parameters.
pub(super) struct Template {
    root: Value,
    chosen: BTreeMap<String, Value>,
}

impl Template {
    /// The template under its own defaults.
    pub(super) fn by_default() -> Self {
        Self::with(&[])
    }

    /// The template with some parameters chosen.
    pub(super) fn with(parameters: &[(&str, &str)]) -> Self {
        let text = fs::read_to_string(workspace("template.yaml")).unwrap();
        let Node(root) = serde_saphyr::from_str(&text).unwrap();
        let chosen = parameters.iter().map(|(name, value)| {
            assert!(root["Parameters"][name].is_object(), "no parameter {name}");
            ((*name).to_owned(), json!(value))
        });
        Self { chosen: chosen.collect(), root }
    }

    /// The template with a queue and topics beside the stream.
    pub(super) fn with_every_source() -> Self {
        let account = format!("{REGION}:{ACCOUNT}");
        Self::with(&[
            ("SourceQueueArn", &format!("arn:aws:sqs:{account}:rows.fifo")),
            ("KafkaClusterArn", &format!("arn:aws:kafka:{account}:cluster/rows/0a1b-2")),
            ("KafkaTopic", "core-users"),
        ])
    }

    /// A parameter as it is declared.
    pub(super) fn parameter(&self, name: &str) -> &Value {
        let declared = &self.root["Parameters"][name];
        assert!(declared.is_object(), "no parameter {name}");
        declared
    }

    /// All parameters as they are declared.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.root["Parameters"].as_object().unwrap().iter()
    }

    /// What all functions have.
    pub(super) fn globals(&self) -> Value {
        self.value(&self.root["Globals"]["Function"])
    }

    /// The resources of a kind, by their logical names, those of a condition that doesn't hold too.
    pub(super) fn all_of(&self, kind: &str) -> Vec<(&str, Value)> {
        let resources = self.root["Resources"].as_object().unwrap();
        let of_kind = resources.iter().filter(|(_, resource)| resource["Type"] == kind);
        of_kind.map(|(id, _)| (id.as_str(), self.properties(id))).collect()
    }

    /// A resource as it is written, with its metadata and policies.
    pub(super) fn written(&self, id: &str) -> &Value {
        let resource = &self.root["Resources"][id];
        assert!(resource.is_object(), "no resource {id}");
        resource
    }

    /// A resource's properties, resolved.
    pub(super) fn properties(&self, id: &str) -> Value {
        self.value(&self.written(id)["Properties"])
    }

    fn value(&self, written: &Value) -> Value {
        self.resolve(written).unwrap_or(Value::Null)
    }

    /// `None` for what is to be left out.
    fn resolve(&self, written: &Value) -> Option<Value> {
        match written {
            Value::Array(items) => {
                Some(items.iter().filter_map(|item| self.resolve(item)).collect())
            }
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.call(name, argument),
                None => Some(self.members(members).into()),
            },
            plain => Some(plain.clone()),
        }
    }

    fn members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let resolved = |(name, value)| Some((String::clone(name), self.resolve(value)?));
        members.iter().filter_map(resolved).collect()
    }

    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        match name {
            "Ref" => self.reference(argument.as_str().unwrap()),
            "Fn::GetAtt" => Some(json!(self.attribute(argument.as_str().unwrap()))),
            "Fn::Sub" => Some(json!(self.substitute(argument.as_str().unwrap()))),
            "Fn::If" => {
                let branch = if self.holds(argument[0].as_str().unwrap()) { 1 } else { 2 };
                self.resolve(&argument[branch])
            }
            "Fn::Equals" => {
                Some(json!(text(&self.value(&argument[0])) == text(&self.value(&argument[1]))))
            }
            "Fn::Split" => {
                let (separator, whole) = (text(&argument[0]), text(&self.value(&argument[1])));
                Some(whole.split(&separator).map(Value::from).collect())
            }
            "Fn::Not" => Some(json!(self.value(&argument[0]) != json!(true))),
            unknown => panic!("the function {unknown} is not known here"),
        }
    }

    fn holds(&self, condition: &str) -> bool {
        let written = &self.root["Conditions"][condition];
        assert!(!written.is_null(), "no condition {condition}");
        self.value(written) == json!(true)
    }

    fn reference(&self, name: &str) -> Option<Value> {
        let parameter = &self.root["Parameters"][name];
        match name {
            "AWS::NoValue" => None,
            "AWS::Region" => Some(json!(REGION)),
            "AWS::AccountId" => Some(json!(ACCOUNT)),
            "AWS::Partition" => Some(json!("aws")),
            _ if parameter.is_object() => {
                Some(self.chosen.get(name).unwrap_or(&parameter["Default"]).clone())
            }
            _ => Some(json!(self.physical(name))),
        }
    }

    /// What `Ref` of a resource is: a name, but for queues (URL) and secrets (ARN).
    fn physical(&self, id: &str) -> String {
        match self.written(id)["Type"].as_str().unwrap() {
            "AWS::SQS::Queue" => {
                format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{}", self.name(id))
            }
            "AWS::SecretsManager::Secret" => self.attribute(&format!("{id}.Arn")),
            _ => self.name(id),
        }
    }

    fn name(&self, id: &str) -> String {
        let names = ["Name", "TableName", "QueueName", "FunctionName", "LogGroupName"];
        let properties = &self.written(id)["Properties"];
        let given = names
            .iter()
            .find(|name| properties[name].is_string() || function_of(&properties[name]));
        // CloudFormation makes up names of buckets in lower case.
        let is_bucket = self.written(id)["Type"] == "AWS::S3::Bucket";
        let made_up = || if is_bucket { id.to_lowercase() } else { id.to_owned() };
        given.map_or_else(made_up, |name| text(&self.value(&properties[name])))
    }

    fn attribute(&self, path: &str) -> String {
        let (id, attribute) = path.split_once('.').unwrap();
        let name = self.name(id);
        let (service, resource) = match self.written(id)["Type"].as_str().unwrap() {
            _ if attribute != "Arn" => return name,
            "AWS::S3::Bucket" => return format!("arn:aws:s3:::{name}"),
            "AWS::Kinesis::Stream" => ("kinesis", format!("stream/{name}")),
            "AWS::Events::EventBus" => ("events", format!("event-bus/{name}")),
            "AWS::DynamoDB::Table" => ("dynamodb", format!("table/{name}")),
            "AWS::SQS::Queue" => ("sqs", name),
            "AWS::SecretsManager::Secret" => ("secretsmanager", format!("secret:{name}-AbCdEf")),
            "AWS::Logs::LogGroup" => ("logs", format!("log-group:{name}:*")),
            "AWS::IAM::Role" => ("iam", format!("role/{name}")),
            "AWS::Serverless::Function" => ("lambda", format!("function:{name}")),
            unknown => panic!("what the ARN of {unknown} looks like is not known here"),
        };
        format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
    }

    fn substitute(&self, pattern: &str) -> String {
        let mut parts = pattern.split("${");
        let mut made = parts.next().unwrap_or("").to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            made += &match name.split_once('.') {
                Some(_) => self.attribute(name),
                None => text(&self.reference(name).unwrap()),
            };
            made += rest;
        }
        made
    }
}

/// A value as CloudFormation hands it on in a text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next()?;
    (members.len() == 1 && (name == "Ref" || name.starts_with("Fn::"))).then_some((name, argument))
}

fn function_of(value: &Value) -> bool {
    value.as_object().is_some_and(|members| function(members).is_some())
}

/// A node of the file, its tag turned into the function that it is short for.
struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Content(value), tag) = Tagged::deserialize(deserializer)?;
        Ok(Self(match tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
            None => value,
            Some("Ref") => json!({"Ref": value}),
            Some(function) => json!({format!("Fn::{function}"): value}),
        }))
    }
}

/// A node without its tag.
struct Content(Value);

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor).map(Self)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of a template")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Node(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Node(value))) = members.next_entry::<String, _>()? {
            all.insert(name, value);
        }
        Ok(all.into())
    }
}
