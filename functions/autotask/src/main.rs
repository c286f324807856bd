//! The Autotask connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&autotask::CONNECTOR).await
}
