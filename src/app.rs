//! The state that handlers share.
