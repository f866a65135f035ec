use lambda_runtime::streaming::{Body, channel};
use lambda_runtime::{
    Context, Diagnostic, Error, FunctionResponse, LambdaEvent, run, service_fn,
    spawn_graceful_shutdown_handler,
};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{env, process, thread};

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

async fn handle(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Diagnostic> {
    let (event, context) = event.into_parts();
    if event["do"] == "stream" {
        return Ok(FunctionResponse::StreamingResponse(stream(event).into()));
    }
    answer(event, context).await.map(FunctionResponse::BufferedResponse)
}

/// Sends the event's pieces; before the second it waits for a file.
fn stream(event: Value) -> Body {
    let (mut sender, body) = channel();
    thread::spawn(move || {
        let pieces = event["pieces"].as_array().cloned().unwrap_or_default();
        for (i, piece) in pieces.into_iter().enumerate() {
            let gate = Path::new(event["gate"].as_str().unwrap_or("/"));
            while i == 1 && !gate.exists() {
                thread::sleep(Duration::from_millis(1));
            }
            let bytes = piece.as_str().unwrap_or_default().to_owned().into_bytes();
            while sender.try_send_data(bytes.clone().into()).is_err() {
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    body
}

async fn answer(event: Value, context: Context) -> Result<Value, Diagnostic> {
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
