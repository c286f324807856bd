//! The ConnectWise Asio connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&connectwise_asio::CONNECTOR).await
}
