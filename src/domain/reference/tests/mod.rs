//! The words themselves: names as the OpenAPI document of the live service has them, lists as its answers had them,
//! mappings as the chapters have them.

mod mappings;
mod names;
mod recorded;
