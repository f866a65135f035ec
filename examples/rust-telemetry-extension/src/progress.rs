use lambda_extension::{LambdaLogRecord, LambdaTelemetryRecord};

/// What of the latest invocation has arrived.
#[derive(Default)]
pub struct Progress {
    started: String,
    done: String,
    reported: String,
}

impl Progress {
    pub fn note<L>(&mut self, record: &LambdaTelemetryRecord<L>) {
        match record {
            LambdaTelemetryRecord::PlatformStart { request_id, .. } => {
                self.started.clone_from(request_id)
            }
            LambdaTelemetryRecord::PlatformRuntimeDone { request_id, .. } => {
                self.done.clone_from(request_id)
            }
            LambdaTelemetryRecord::PlatformReport { request_id, .. } => {
                self.reported.clone_from(request_id)
            }
            _ => {}
        }
    }

    pub fn note_log(&mut self, record: &LambdaLogRecord) {
        match record {
            LambdaLogRecord::PlatformStart { request_id } => self.started.clone_from(request_id),
            LambdaLogRecord::PlatformRuntimeDone { request_id, .. } => {
                self.done.clone_from(request_id)
            }
            LambdaLogRecord::PlatformReport { request_id, .. } => {
                self.reported.clone_from(request_id)
            }
            _ => {}
        }
    }

    /// Whether the runtime is done with an invocation.
    pub fn is_done(&self, request_id: &str) -> bool {
        self.done == request_id || self.reported == request_id
    }

    pub fn is_all_reported(&self) -> bool {
        self.reported == self.started
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_extension::LambdaTelemetry;
    use serde_json::{Value, from_value, json};

    fn note(progress: &mut Progress, kind: &str, record: Value) {
        let record = json!({"time": "2022-10-12T00:00:15.064Z", "type": kind, "record": record});
        progress.note(&from_value::<LambdaTelemetry>(record).unwrap().record);
    }

    #[test]
    fn an_invocation_is_done_before_it_is_reported() {
        let mut progress = Progress::default();
        assert!(progress.is_all_reported());

        note(&mut progress, "platform.start", json!({"requestId": "a", "version": "1"}));
        assert!(!progress.is_done("a") && !progress.is_all_reported());

        note(&mut progress, "function", json!("a line"));
        note(&mut progress, "platform.runtimeDone", json!({"requestId": "a", "status": "success"}));
        assert!(progress.is_done("a") && !progress.is_all_reported());

        let metrics = json!({"durationMs": 1.5, "billedDurationMs": 2, "memorySizeMB": 128, "maxMemoryUsedMB": 9});
        let report = json!({"requestId": "a", "status": "success", "metrics": metrics});
        note(&mut progress, "platform.report", report);
        assert!(progress.is_all_reported() && !progress.is_done("b"));
    }
}
