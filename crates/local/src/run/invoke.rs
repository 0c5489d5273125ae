//! One invocation of one function, on a cloud of its own.

use cdc_core::{failure::shown, rules::Rules};
use cdc_esm::{INVOCATION_BYTES_MAX, ReadFrom, StreamReader as _, StreamRecord};

use super::{InputFile, LocalError, LocalOptions, system::System};
use crate::{cloud::lambda::Answered, functions::FunctionName, input};

/// What an invocation came to.
#[derive(Debug)]
pub struct Invoked {
    /// The function's answer.
    pub answered: Answered,
    /// Letters in the dead-letter queue, which was empty before.
    pub dead_letters: usize,
}

/// Invokes a function with an event, on a fresh cloud with nothing in it; by an alias of it where a qualifier
/// is told.
///
/// The processor takes, besides a Lambda event, whatever [`input::read`] takes: the records are put
/// on the fresh stream, and delivered from there in one event.
///
/// # Errors
/// [`LocalError`] where the system does not start or the event cannot be read; what the function
/// makes of it is in its answer.
pub async fn invoke(
    rules: Rules,
    function: FunctionName,
    qualifier: Option<&str>,
    event: &InputFile,
) -> Result<Invoked, LocalError> {
    let records = match function {
        FunctionName::CdcProcessor if !input::is_event(&event.content) => {
            Some(input::read(&event.name, &event.content, &rules)?)
        }
        _ => None,
    };
    let system = System::start(LocalOptions::new(rules), false).await?;
    let put;
    let payload = match records {
        None => &event.content,
        Some(records) => {
            system.producer().put_all(records.into_iter().map(Into::into).collect()).await?;
            put = delivered(&system, &event.name).await?;
            &put
        }
    };
    let answered = system.functions().invoke_by(function, qualifier, payload).await;
    Ok(Invoked { answered, dead_letters: system.dead_letters() })
}

/// All records of the stream's one shard, as one Lambda event.
async fn delivered(system: &System, name: &str) -> Result<Vec<u8>, LocalError> {
    let unread = |error: cdc_esm::ReadError| LocalError::Put(error.into());
    let reader = system.reader();
    let shards = reader.shards().await.map_err(unread)?;
    let Some(shard) = shards.first() else { return Ok(Vec::new()) };
    let mut records: Vec<StreamRecord> = Vec::new();
    loop {
        let from = match records.last() {
            Some(last) => ReadFrom::After(last.sequence.clone()),
            None => ReadFrom::TrimHorizon,
        };
        let page = reader.read(&shard.id, &from).await.map_err(unread)?;
        if page.records.is_empty() {
            break;
        }
        records.extend(page.records);
    }
    let event = system.event_source().event(&shard.id, &records);
    if event.len() > INVOCATION_BYTES_MAX {
        return Err(LocalError::EventTooLarge(shown(name)));
    }
    Ok(event.into())
}
