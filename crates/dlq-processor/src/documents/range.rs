//! The records that a document only points to: read from the stream, from its first number to its last.

use cdc_aws::config::READ_TIMEOUT;
use cdc_core::{
    delivery::CallErrorKind,
    on_failure::OnFailure,
    ports::{RangeReader as _, StreamPage},
    record::{RawRecord, SequenceNumber, Shard, expand},
};

use super::{NotAll, Refused, Run, Unsettled, Wiring, deliver::Came};
use crate::{
    answer::Stopped,
    refusals::STREAM_ERROR,
    run::{BETWEEN_READS, Why},
};

/// Records of one read, which are one batch: few enough for the function's memory, many enough that a long
/// range does not take longer to read than to publish.
const PAGE_RECORDS: usize = 1000;

/// Reads in a row that bring nothing although there is something behind: more than Kinesis needs to
/// cross an hour without records.
const EMPTY_READS_MAX: usize = 20;

/// Most bytes of the records of one invocation, whose payload has at most 6 MiB.
const BATCH_BYTES_MAX: usize = 6 << 20;

/// The code of a document whose records the stream no longer has.
const RECORDS_GONE: &str = "RECORDS_GONE";

/// How far a range was read.
pub(super) struct Range<'d> {
    shard: &'d Shard,
    first: &'d SequenceNumber,
    last: &'d SequenceNumber,
    /// The last record that was read.
    read: Option<SequenceNumber>,
    /// Nothing of the range lies behind it.
    done: bool,
    /// The first or the last record was not there.
    gone: bool,
}

impl<'d> Range<'d> {
    pub(super) fn new(
        shard: &'d Shard,
        first: &'d SequenceNumber,
        last: &'d SequenceNumber,
    ) -> Self {
        Self { shard, first, last, read: None, done: false, gone: false }
    }

    /// Those of a page that lie in the range.
    fn take(&mut self, page: StreamPage) -> Vec<RawRecord> {
        let StreamPage { mut records, ended } = page;
        // A page begins with the record that was read last, or retention has taken what stood between.
        let expected = self.read.as_ref().unwrap_or(self.first);
        let begins = records.first().is_some_and(|record| record.number == *expected);
        self.gone |= !begins;
        if begins && self.read.is_some() {
            records.remove(0);
        }
        let within = records.partition_point(|record| record.number <= *self.last);
        let passed = within < records.len();
        records.truncate(within);
        if let Some(record) = records.last() {
            self.read = Some(record.number.clone());
        }
        let reached = self.read.as_ref() == Some(self.last);
        self.done = reached || passed || ended;
        self.gone |= self.done && !reached;
        records
    }
}

impl<W: Wiring> Run<'_, W> {
    /// Reads the range and delivers it, a page at a time.
    pub(super) async fn range(
        &mut self,
        document: &OnFailure,
        shard: &Shard,
        came: &mut Came,
    ) -> Result<(), NotAll> {
        let mut range = Range::new(shard, &document.first, &document.last);
        if !self.documents.whole_ranges && !self.request.force {
            let records = self.exactly(document, &mut range).await?;
            came.read = records.len();
            return Ok(self.batches(shard, records, came).await?);
        }
        while !range.done {
            let records = self.read_range(&mut range).await?;
            came.read += records.len();
            came.surplus = came.read.saturating_sub(document.batch_size as usize);
            came.gone = range.gone;
            self.batches(shard, records, came).await?;
        }
        if range.gone { Err(gone(document).into()) } else { Ok(()) }
    }

    /// All records of the range, where they are those that the mapping gave up and no others. Records of
    /// an aggregate count one by one: with lanes, Lambda may have taken it apart.
    async fn exactly(
        &mut self,
        document: &OnFailure,
        range: &mut Range<'_>,
    ) -> Result<Vec<RawRecord>, NotAll> {
        let mut records = Vec::new();
        let mut bytes = 0;
        while !range.done {
            let page = self.read_range(range).await?;
            bytes += page.iter().map(|record| record.data.len()).sum::<usize>();
            records.extend(page);
            let too_many = records.len() > document.batch_size as usize;
            if range.gone || too_many || bytes > BATCH_BYTES_MAX {
                return Err(NotAll::Refused(Refused::Surplus));
            }
        }
        let count = expand(records.clone()).records.len();
        if count > document.batch_size as usize {
            return Err(NotAll::Refused(Refused::Surplus));
        }
        Ok(records)
    }

    /// The next records of a range.
    pub(super) async fn read_range(
        &mut self,
        range: &mut Range<'_>,
    ) -> Result<Vec<RawRecord>, Unsettled> {
        for _ in 0..EMPTY_READS_MAX {
            if self.pace.left() <= READ_TIMEOUT + self.batch_time() {
                return Err(Unsettled::no_time());
            }
            if self.has_read {
                self.pace.sleep(BETWEEN_READS).await;
            }
            self.has_read = true;
            let page = self.read_page(range).await?;
            let records = range.take_or_wait(page);
            if !records.is_empty() || range.done {
                return Ok(records);
            }
        }
        Err(stream("nothing but empty pages"))
    }

    async fn read_page(&mut self, range: &Range<'_>) -> Result<StreamPage, Unsettled> {
        let from = range.read.as_ref().unwrap_or(range.first);
        let at_most = PAGE_RECORDS + usize::from(range.read.is_some());
        let reader = self.source.reader;
        let id = &*range.shard.id;
        match self.pace.tries(|| reader.read_on(id, from, at_most)).await {
            Ok(page) => Ok(page),
            // AWS does not tell an expired shard from one that never was.
            Err(error) if error.kind == CallErrorKind::Denied && !self.lists(id) => {
                Ok(StreamPage { records: Vec::new(), ended: true })
            }
            // A number that this stream never gave: it was made anew under its name.
            Err(error) if error.kind == CallErrorKind::Invalid => {
                Ok(StreamPage { records: Vec::new(), ended: true })
            }
            Err(error) => {
                self.pace.failed(&error);
                Err(stream(&error.to_string()))
            }
        }
    }
}

impl Range<'_> {
    /// As [`Range::take`]; an empty page that is not the end says nothing.
    fn take_or_wait(&mut self, page: StreamPage) -> Vec<RawRecord> {
        if page.records.is_empty() && !page.ended {
            return Vec::new();
        }
        self.take(page)
    }

    /// Whether the stream still had all of it, as far as it was read.
    pub(super) fn is_whole(&self) -> bool {
        !self.gone
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }
}

fn stream(why: &str) -> Unsettled {
    Unsettled::blameless(Why::new(STREAM_ERROR, why), Stopped::Stream)
}

/// What is left of the range is settled; the rest nobody here has any more.
fn gone(document: &OnFailure) -> Unsettled {
    let text = format!(
        "the stream no longer has all of its records from {} on: its retention period is over, or it was \
         made anew. How many are missing can't be said; what is left is settled. Let the source send \
         the rows of that time again, then park or purge the document",
        document.first
    );
    Unsettled { why: Why::new(RECORDS_GONE, text), stopped: None, blameless: false }
}
