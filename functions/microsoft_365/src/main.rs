//! The Microsoft 365 connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&microsoft_365::CONNECTOR).await
}
