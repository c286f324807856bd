//! The ConnectWise Manage connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&connectwise_manage::CONNECTOR).await
}
