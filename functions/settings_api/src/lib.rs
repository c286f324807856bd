//! settings_api.
