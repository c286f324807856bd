//! The data folder: what outlives a process. Queues are not kept, since none needs to be: what is due stands in the table.
//!
//! | file | what |
//! |---|---|
//! | `table.sqlite` | the table |
//! | `secrets.json` | credentials in plain text, mode 0600 |
//! | `signing-key.der` | the issuer's key, mode 0600 |
//! | `lock` | held while a process uses the folder |

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

pub(crate) use crate::aws::write_private;

/// A data folder that no other process uses. The lock ends with this value.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it does not exist, and locks it.
    ///
    /// # Errors
    /// The folder cannot be made, or another process uses it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("make the data folder {}", path.display()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))
                .with_context(|| format!("close the data folder {} to others", path.display()))?;
        }
        let file = path.join("lock");
        let lock = File::create(&file).with_context(|| format!("open {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("another process uses the data folder {}; end it, or give another --data", path.display())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("lock the data folder {}", path.display()))
            }
        }
    }

    /// The table's file.
    pub fn table(&self) -> PathBuf {
        self.path.join("table.sqlite")
    }

    /// The secrets' snapshot.
    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets.json")
    }

    /// The issuer's key.
    pub fn signing_key(&self) -> PathBuf {
        self.path.join("signing-key.der")
    }
}
