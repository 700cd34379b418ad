//! What this build is: from the environment of the build (07 section 8.2 and 9.5).

/// When it was built: RFC 3339, UTC.
pub const TIME: &str = env!("BUILD_TIME");
/// Commit that was built: build argument `GIT_REF`.
pub const GIT_REF: &str = match option_env!("GIT_REF") {
    Some(given) => given,
    None => "unknown",
};
/// Branch that was built: build argument `GIT_BRANCH`.
pub const GIT_BRANCH: &str = match option_env!("GIT_BRANCH") {
    Some(given) => given,
    None => "unknown",
};

/// Version: build argument `BUILD_NUMBER`, else the date of the build.
pub fn version() -> &'static str {
    match option_env!("BUILD_NUMBER") {
        Some(given) if !given.is_empty() => given,
        _ => TIME.split('T').next().unwrap_or(TIME),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_time_of_the_build_is_an_instant() {
        assert!(chrono::DateTime::parse_from_rfc3339(super::TIME).is_ok(), "{}", super::TIME);
        assert!(super::TIME.starts_with("20"));
    }
}
