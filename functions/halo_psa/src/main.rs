//! The Halo PSA connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&halo_psa::CONNECTOR).await
}
