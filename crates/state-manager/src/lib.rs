//! state-manager: progress and state, for operators and other processors.
