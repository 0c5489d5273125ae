//! The delivery protocol over the real handlers: seeded schedules in virtual time.

mod schedules;
