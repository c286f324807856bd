//! What became of a vendor's pushes, for people: every one that reached a known address is accepted, a duplicate, or
//! rejected for a cause, and nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Why a push was not taken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Rejection {
            $($(#[$doc])* $name),+
        }

        impl Rejection {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name used in the API, in logs and in the table.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }

            /// The rejection of this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rejection| rejection.as_str() == name)
            }
        }
    };
}

rejections! {
    /// Off or paused; the vendor is told that all is well, since it need not send it again.
    Inactive = "inactive",
    /// Larger than any vendor's.
    TooLarge = "too_large",
    /// It carries no signature.
    SignatureMissing = "signature_missing",
    /// Its signature is not that of its bytes under our secret: forged, altered, of another tenant, or after a rotation.
    SignatureMismatch = "signature_mismatch",
    /// It carries no user name and password.
    CredentialsMissing = "credentials_missing",
    /// Its user name or password is not ours.
    CredentialsMismatch = "credentials_mismatch",
    /// It does not say where the key is that it is signed with.
    KeyMissing = "key_missing",
    /// The key that it names is on a host that is not this tenant's vendor's.
    KeyHost = "key_host",
    /// The key that it names is not at an address of keys, or is another account's.
    KeyAddress = "key_address",
    /// The key that it names could not be fetched in time; the vendor is asked to send it again.
    KeyUnreachable = "key_unreachable",
    /// Signed too long ago.
    Stale = "stale",
}

/// How many pushes came, by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WebhookCounts {
    /// Taken.
    pub accepted: u64,
    /// Told of what was taken before.
    pub duplicate: u64,
    /// Not taken, by cause.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub rejected: BTreeMap<Rejection, u64>,
}

impl WebhookCounts {
    /// All that were received.
    pub fn received(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected.values().sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_that_of_one_rejection_everywhere() {
        for rejection in Rejection::ALL {
            assert_eq!(Rejection::parse(rejection.as_str()), Some(*rejection));
            assert_eq!(serde_json::to_value(rejection).unwrap(), rejection.as_str());
        }
        assert_eq!(Rejection::parse("accepted"), None);
    }

    #[test]
    fn received_is_the_sum() {
        let rejected = BTreeMap::from([(Rejection::Stale, 3), (Rejection::Inactive, 4)]);
        assert_eq!(WebhookCounts { accepted: 1, duplicate: 2, rejected }.received(), 10);
    }
}
