use lambda_runtime::{
    Context, Diagnostic, Error, LambdaEvent, run, service_fn, spawn_graceful_shutdown_handler,
};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::time::SystemTime;
use std::{env, process};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if env::var_os("FAIL_INIT").is_some() {
        return Err("no database".into());
    }
    if env::var_os("SAY_GOODBYE").is_some() {
        spawn_graceful_shutdown_handler(|| async { println!("goodbye") }).await;
    }
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let (event, context) = event.into_parts();
    if let Some(path) = env::var_os("CALLS") {
        let mut calls =
            OpenOptions::new().append(true).create(true).open(path).map_err(Error::from)?;
        writeln!(calls, "{}", context.request_id).map_err(Error::from)?;
    }
    match event["do"].as_str() {
        Some("echo") => Ok(event),
        Some("describe") => Ok(describe(&context)),
        Some("fail") => Err(Diagnostic { error_type: "Boom".into(), error_message: "boom".into() }),
        Some("exit") => process::exit(event["code"].as_i64().unwrap_or(0) as i32),
        Some("hang") => std::future::pending().await,
        other => Err(format!("cannot do {other:?}").into()),
    }
}

fn describe(context: &Context) -> Value {
    let remaining = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let client = context.client_context.as_ref();
    json!({
        "requestId": context.request_id,
        "remainingMs": remaining.as_millis() as u64,
        "functionArn": context.invoked_function_arn,
        "functionName": context.env_config.function_name,
        "functionVersion": context.env_config.version,
        "memoryMB": context.env_config.memory,
        "appTitle": client.map(|client| &client.client.app_title),
        "custom": client.map(|client| &client.custom),
        "tenantId": context.tenant_id,
        "traceId": env::var("_X_AMZN_TRACE_ID").ok(),
        "processId": process::id(),
    })
}
