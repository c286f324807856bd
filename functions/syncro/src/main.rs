//! The Syncro connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&syncro::CONNECTOR).await
}
