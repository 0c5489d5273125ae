//! Which partition a record goes to: by its key, as Kafka's Java client has it.

use std::num::NonZeroU32;

use murmur2::murmur2;

/// Kafka: `Utils.murmur2` starts from this seed.
const SEED: u32 = 0x9747_b28c;
/// Kafka: `Utils.toPositive`.
const POSITIVE: u32 = 0x7fff_ffff;

#[derive(Debug)]
pub(super) struct Partitioner {
    partitions: NonZeroU32,
    /// Whose turn it is of records without a key.
    turn: u32,
}

impl Partitioner {
    pub(super) fn new(partitions: NonZeroU32) -> Self {
        Self { partitions, turn: 0 }
    }

    pub(super) fn partition(&mut self, key: Option<&[u8]>) -> u32 {
        if let Some(key) = key {
            return (murmur2(key, SEED) & POSITIVE) % self.partitions;
        }
        let turn = self.turn;
        self.turn = (turn + 1) % self.partitions;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::{NonZeroU32, Partitioner, SEED, murmur2};

    /// The cases of Kafka's own `UtilsTest.testMurmur2`.
    #[test]
    fn the_hash_is_kafkas() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes(), SEED).cast_signed(), hash, "{key}");
        }
    }

    #[test]
    fn a_key_has_its_partition_and_records_without_one_take_turns() {
        let mut partitioner = Partitioner::new(NonZeroU32::new(3).unwrap());
        assert_eq!(partitioner.partition(Some(b"abc")), 479_470_107 % 3);
        assert_eq!(partitioner.partition(Some(b"21")), (-973_932_308_i32 & i32::MAX) as u32 % 3);
        let turns = [(); 4].map(|()| partitioner.partition(None));
        assert_eq!(turns, [0, 1, 2, 0]);
    }
}
