use lambda_extension::{LambdaLog, LambdaLogRecord};
use serde_json::{Value, json};

/// A record of the Logs API as it came: the crate only reads them.
pub fn to_json(log: &LambdaLog) -> Value {
    let (kind, record) = match &log.record {
        LambdaLogRecord::Function(line) => ("function", json!(line)),
        LambdaLogRecord::Extension(line) => ("extension", json!(line)),
        LambdaLogRecord::PlatformStart { request_id } => {
            ("platform.start", json!({"requestId": request_id}))
        }
        LambdaLogRecord::PlatformRuntimeDone { request_id, status } => {
            ("platform.runtimeDone", json!({"requestId": request_id, "status": status}))
        }
        LambdaLogRecord::PlatformEnd { request_id } => {
            ("platform.end", json!({"requestId": request_id}))
        }
        LambdaLogRecord::PlatformReport { request_id, metrics } => (
            "platform.report",
            json!({"requestId": request_id, "metrics": {
                "durationMs": metrics.duration_ms,
                "billedDurationMs": metrics.billed_duration_ms,
                "memorySizeMB": metrics.memory_size_mb,
                "maxMemoryUsedMB": metrics.max_memory_used_mb,
                "initDurationMs": metrics.init_duration_ms,
            }}),
        ),
        LambdaLogRecord::PlatformFault(text) => ("platform.fault", json!(text)),
        LambdaLogRecord::PlatformExtension { name, state, events } => {
            ("platform.extension", json!({"name": name, "state": state, "events": events}))
        }
        LambdaLogRecord::PlatformLogsSubscription { name, state, types } => {
            ("platform.logsSubscription", json!({"name": name, "state": state, "types": types}))
        }
        LambdaLogRecord::PlatformLogsDropped { reason, dropped_records, dropped_bytes } => (
            "platform.logsDropped",
            json!({"reason": reason, "droppedRecords": dropped_records, "droppedBytes": dropped_bytes}),
        ),
    };
    json!({"time": log.time, "type": kind, "record": record})
}
