//! Writes what Lambda tells of a function, one JSON object a line: see README.md.

use lambda_extension::{
    Error, Extension, LambdaEvent, LambdaLog, LambdaTelemetry, LogBuffering, NextEvent,
    SharedService, service_fn,
};
use serde_json::{Value, json};
use std::env;
use std::fs::OpenOptions;
use std::io::{Write, stdout};
use std::process::exit;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio::time::timeout;

mod logs;
mod progress;
use progress::Progress;

const EVENTS: &[&str] = &["INVOKE", "SHUTDOWN"];
const TYPES: &[&str] = &["platform", "function"];

/// The least that Lambda allows: what is told of an invocation should be here before it ends.
const BUFFERING: LogBuffering =
    LogBuffering { timeout_ms: 25, max_bytes: 262_144, max_items: 1_000 };

/// How long before its deadline the extension stops to wait.
const RESERVE: Duration = Duration::from_millis(300);

static PROGRESS: LazyLock<watch::Sender<Progress>> = LazyLock::new(watch::Sender::default);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let port = env::var("TELEMETRY_PORT").as_deref().unwrap_or("9003").parse()?;
    let extension =
        Extension::new().with_events(EVENTS).with_events_processor(service_fn(wait_for_records));
    match env::var("TELEMETRY_API").as_deref().unwrap_or("telemetry") {
        // The Logs API, which the Telemetry API has superseded.
        "logs" => {
            extension
                .with_log_types(TYPES)
                .with_log_buffering(BUFFERING)
                .with_log_port_number(port)
                .with_logs_processor(SharedService::new(service_fn(take_logs)))
                .run()
                .await
        }
        _ => {
            extension
                .with_telemetry_record_type::<Value>()
                .with_telemetry_types(TYPES)
                .with_telemetry_buffering(BUFFERING)
                .with_telemetry_port_number(port)
                .with_telemetry_processor(SharedService::new(service_fn(take_telemetry)))
                .run()
                .await
        }
    }
}

async fn take_telemetry(records: Vec<LambdaTelemetry<Value>>) -> Result<(), Error> {
    write_lines(records.iter().map(|record| json!(record)))?;
    PROGRESS.send_modify(|progress| records.iter().for_each(|one| progress.note(&one.record)));
    Ok(())
}

async fn take_logs(records: Vec<LambdaLog>) -> Result<(), Error> {
    write_lines(records.iter().map(logs::to_json))?;
    PROGRESS.send_modify(|progress| records.iter().for_each(|one| progress.note_log(&one.record)));
    Ok(())
}

/// To the file that $TELEMETRY_FILE names, or to the log.
fn write_lines(values: impl Iterator<Item = Value>) -> Result<(), Error> {
    let lines: String = values.map(|value| format!("{value}\n")).collect();
    match env::var_os("TELEMETRY_FILE") {
        Some(path) => {
            OpenOptions::new().append(true).create(true).open(path)?.write_all(lines.as_bytes())?
        }
        None => stdout().write_all(lines.as_bytes())?,
    }
    Ok(())
}

/// An event is done with when the records of what it is about have arrived: the environment may be
/// frozen, or end, as soon as the next one is asked for.
async fn wait_for_records(event: LambdaEvent) -> Result<(), Error> {
    let mut watched = PROGRESS.subscribe();
    match event.next {
        NextEvent::Invoke(invoke) => {
            let done = watched.wait_for(|progress| progress.is_done(&invoke.request_id));
            let _ = timeout(time_until(invoke.deadline_ms), done).await;
            Ok(())
        }
        NextEvent::Shutdown(shutdown) => {
            let reported = watched.wait_for(Progress::is_all_reported);
            let _ =
                timeout(time_until(shutdown.deadline_ms).saturating_sub(RESERVE), reported).await;
            exit(0)
        }
    }
}

fn time_until(deadline_ms: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(deadline_ms).saturating_sub(now)
}
