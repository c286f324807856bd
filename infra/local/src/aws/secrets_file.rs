//! The snapshot of secrets: read at start, written after every change, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use winterbaume_core::{StatefulService, default_account_id};
use winterbaume_secretsmanager::{SecretsManagerService, SecretsmanagerStateView};

const REGION: &str = "us-east-1";

/// Restores the snapshot, if there is one, and keeps it up to date from now on.
pub(super) async fn keep(service: &Arc<SecretsManagerService>, file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        let text = fs::read(file).with_context(|| format!("read the secrets in {}", file.display()))?;
        let view: SecretsmanagerStateView = serde_json::from_slice(&text).map_err(|error| {
            anyhow::anyhow!("{} is no snapshot (column {}); move it away", file.display(), error.column())
        })?;
        service
            .restore(default_account_id(), REGION, view)
            .await
            .map_err(|error| anyhow::anyhow!("restore the secrets in {}: {error}", file.display()))?;
    }
    let file = file.to_owned();
    service.notifier().subscribe(move |_, _, view| {
        if let Err(error) = serde_json::to_vec(view).map_err(Into::into).and_then(|text| write_private(&file, &text)) {
            tracing::error!(error = format!("{error:#}"), "Secrets could not be written; they will be lost at exit.");
        }
    });
    Ok(())
}

/// Writes a file that its owner alone can read, whole or not at all.
pub(crate) fn write_private(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    let new = file.with_extension("new");
    // A file left by a crash keeps its mode, so it goes first.
    if new.exists() {
        fs::remove_file(&new).with_context(|| format!("remove {}", new.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(&new).with_context(|| format!("make {}", new.display()))?;
    opened.write_all(content).with_context(|| format!("write {}", new.display()))?;
    fs::rename(&new, file).with_context(|| format!("replace {}", file.display()))
}
