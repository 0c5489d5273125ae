//! Which faults make sense, and what to use instead of one that makes none.

use super::{
    Fault,
    Kind::{Deadline, Fail, Hang, Kill, Late, LoseAnswer, Refuse, Slow, Throttle},
    Port::{DeadLetter, Function, LedgerRead, LedgerWrite, PutEvents},
    Scope::{Call, Entry},
};

/// A fault that can be written, and that nothing could ever meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault \"{fault}\" makes no sense: {why}")]
pub struct SenselessFault {
    fault: String,
    why: &'static str,
}

impl Fault {
    /// Whether this fault can happen.
    ///
    /// # Errors
    ///
    /// A sentence that names the fault, says why it can't, and what to use instead.
    pub fn supported(&self) -> Result<(), SenselessFault> {
        match self.senseless() {
            Some(why) => Err(SenselessFault { fault: self.to_string(), why }),
            None => Ok(()),
        }
    }

    fn senseless(&self) -> Option<&'static str> {
        match (self.port, self.scope, self.kind) {
            (Function, Entry, _) => {
                Some("an invocation has no entries; use function=…:call, which strikes all of it")
            }
            (Function, Call, Refuse) => Some(
                "an invocation that is refused is not begun, whatever the reason; use \
                 function=throttle, which does not begin it either",
            ),
            (Function, Call, Late) => Some(
                "Lambda ends an invocation at its timeout, so none is done later; use function=hang, \
                 which runs into the timeout, or function=lose-answer, whose work is done unheard",
            ),
            (Function, Call, Throttle | Fail | LoseAnswer | Slow | Hang | Kill | Deadline) => None,
            (_, _, Kill) => Some(
                "a call cannot be killed, only the process that makes it; use function=kill, which \
                 strikes before or after any of its calls",
            ),
            (_, _, Deadline) => Some(
                "a call has no deadline of its own; use function=deadline for an invocation's, or \
                 hang for a call that nobody answers",
            ),
            (_, Call, Throttle | Refuse | Fail | LoseAnswer | Late | Slow | Hang) => None,
            (_, Entry, LoseAnswer | Late | Slow | Hang) => Some(
                "entries come and go in one request and one answer; use :call, which strikes all of \
                 them",
            ),
            (PutEvents | DeadLetter, Entry, Throttle | Refuse | Fail) => None,
            (LedgerWrite, Entry, Throttle) => None,
            (LedgerWrite, Entry, Refuse | Fail) => Some(
                "DynamoDB hands single items back, and refuses or fails only all of them; use \
                 ledger-write=throttle:entry, or :call",
            ),
            (LedgerRead, Entry, Throttle | Refuse | Fail) => {
                Some("a query has no entries; use ledger-read=…:call")
            }
        }
    }
}
