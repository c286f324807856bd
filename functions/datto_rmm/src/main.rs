//! The Datto RMM connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&datto_rmm::CONNECTOR).await
}
