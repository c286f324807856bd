//! The Bigger Brains connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&bigger_brains::CONNECTOR).await
}
