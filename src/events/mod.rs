//! How others hear of it.
