//! dlq-processor: lists, replays, parks and purges dead letters.
