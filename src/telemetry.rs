//! t
/// tp
pub fn current_traceparent() -> Option<String> { None }
