//! halo_psa.
