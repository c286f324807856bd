//! The Stripe connector's function.

#[tokio::main]
async fn main() -> Result<(), platform::Error> {
    platform::run(&stripe::CONNECTOR).await
}
