//! Greets whoever GET /hello?name= or /goodbye?name= names.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::time::SystemTime;

mod greeter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|event: LambdaEvent<greeter::Request>| async move {
        Ok::<_, Error>(greeter::respond(&event.payload, SystemTime::now()))
    }))
    .await
}
