//! What the function does: a request in, a response out, the time given.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::SystemTime;

/// What is needed of an API Gateway HTTP API event (payload format 2.0).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    raw_path: String,
    query_string_parameters: Option<HashMap<String, String>>, // decoded; absent when there are none
    request_context: RequestContext,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    headers: HashMap<&'static str, &'static str>,
    body: String,
}

pub fn respond(request: &Request, now: SystemTime) -> Response {
    let greeting = match (request.request_context.http.method.as_str(), request.raw_path.as_str()) {
        ("GET", "/hello") => "Hello",
        ("GET", "/goodbye") => "Goodbye",
        _ => return answer(404, "Not found", now),
    };
    let name = request.query_string_parameters.as_ref().and_then(|all| all.get("name"));
    let name = name.filter(|name| !name.is_empty()).map_or("World", String::as_str);
    answer(200, &format!("{greeting}, {name}!"), now)
}

fn answer(status: u16, message: &str, now: SystemTime) -> Response {
    let timestamp = humantime::format_rfc3339_seconds(now).to_string();
    Response {
        status_code: status,
        headers: HashMap::from([("content-type", "application/json")]),
        body: serde_json::json!({"timestamp": timestamp, "status": status, "message": message})
            .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_str, json, to_value};

    const EVENT: &str = include_str!("../events/hello.json");
    const EXPECTED: &str = include_str!("../events/hello.expected.json");

    fn noon() -> SystemTime {
        humantime::parse_rfc3339("2026-11-23T12:00:00Z").unwrap()
    }

    /// The answer to an event, its body parsed too.
    fn answer_to(event: Value) -> Value {
        let mut answer = to_value(respond(&Request::deserialize(event).unwrap(), noon())).unwrap();
        answer["body"] = from_str(answer["body"].as_str().unwrap()).unwrap();
        answer
    }

    /// Checks the answer to a method, a path and parameters as API Gateway decodes them.
    fn check(method: &str, path: &str, parameters: Value, status: u16, message: &str) {
        let mut event: Value = from_str(EVENT).unwrap();
        event["requestContext"]["http"]["method"] = method.into();
        event["rawPath"] = path.into();
        event["queryStringParameters"] = parameters;

        let body =
            json!({"timestamp": "2026-11-23T12:00:00Z", "status": status, "message": message});
        assert_eq!(
            answer_to(event),
            json!({"statusCode": status, "headers": {"content-type": "application/json"}, "body": body}),
        );
    }

    #[test]
    fn greets_by_name() {
        check("GET", "/hello", json!({"name": "Chris"}), 200, "Hello, Chris!");
        check("GET", "/goodbye", json!({"name": "Chris"}), 200, "Goodbye, Chris!");
    }

    #[test]
    fn greets_the_world_without_a_name() {
        check("GET", "/hello", json!({}), 200, "Hello, World!");
        check("GET", "/goodbye", json!({"other": "x"}), 200, "Goodbye, World!");
        check("GET", "/hello", json!({"name": ""}), 200, "Hello, World!");
    }

    #[test]
    fn accepts_an_event_without_parameters() {
        let mut event: Value = from_str(EVENT).unwrap();
        event.as_object_mut().unwrap().remove("queryStringParameters");
        assert_eq!(answer_to(event)["body"]["message"], "Hello, World!");
    }

    #[test]
    fn keeps_every_character_of_a_decoded_name() {
        let name = "Jürgen \"J\" <Müller> &+";
        check("GET", "/hello", json!({"name": name}), 200, &format!("Hello, {name}!"));
    }

    #[test]
    fn answers_404_elsewhere() {
        for path in ["/", "/hello/", "/Hello"] {
            check("GET", path, json!({}), 404, "Not found");
        }
        check("POST", "/hello", json!({"name": "Chris"}), 404, "Not found");
    }

    #[test]
    fn the_event_in_events_gives_the_expected_answer() {
        let mut answer = answer_to(from_str(EVENT).unwrap());
        answer["body"].as_object_mut().unwrap().remove("timestamp");
        assert_eq!(answer, from_str::<Value>(EXPECTED).unwrap());
    }
}
