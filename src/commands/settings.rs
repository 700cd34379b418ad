//! `settings`: prints every setting as a table in Markdown; docs/settings.md is made by it.

use std::process::ExitCode;

use crate::config::SETTINGS;

pub(super) fn run() -> ExitCode {
    print!("{}", page());
    ExitCode::SUCCESS
}

/// The page of the documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Settings\n\nEnvironment variables, read once at start. What is missing or wrong stops the start: one line for each on \
         standard error, exit code 2. An empty value counts as not set. Times are written as `20s`, `500ms`, `2m`, `PT20S` or plain \
         seconds, sizes as `10MB`, `512KB` or plain bytes.\n\nThis page is printed by `locations-inside-prison-api settings`.\n\n\
         | Variable | Needed | Default | Secret | Meaning |\n|---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let default = setting.default.map_or_else(|| "-".to_owned(), |default| format!("`{default}`"));
        let (needed, secret) = (if setting.required { "yes" } else { "" }, if setting.secret { "yes" } else { "" });
        page.push_str(&format!("| `{}` | {needed} | {default} | {secret} | {} |\n", setting.name, setting.meaning));
    }
    page
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_lists_the_settings_as_they_are() {
        let written = include_str!("../../docs/settings.md");
        assert!(written == super::page(), "write it anew: locations-inside-prison-api settings > docs/settings.md");
    }
}
