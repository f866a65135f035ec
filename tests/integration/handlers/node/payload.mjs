import { appendFileSync, existsSync } from "node:fs";

if ("FAIL_INIT" in process.env) {
  throw new Error("no database");
}
if ("SAY_GOODBYE" in process.env) {
  process.on("SIGTERM", () => {
    console.log("goodbye");
    process.exit(0);
  });
}

class Boom extends Error {
  name = "Boom";
}

async function answer(event, context) {
  if ("CALLS" in process.env) {
    appendFileSync(process.env.CALLS, `${context.awsRequestId}\n`);
  }
  switch (event.do) {
    case "echo":
      return event;
    case "describe":
      return describe(context);
    case "fail":
      throw new Boom("boom");
    case "exit":
      process.exit(event.code);
    case "hang":
      return new Promise((resolve) => setTimeout(resolve, 3_600_000));
  }
}

function describe(context) {
  const client = context.clientContext;
  return {
    requestId: context.awsRequestId,
    remainingMs: context.getRemainingTimeInMillis(),
    functionArn: context.invokedFunctionArn,
    functionName: context.functionName,
    functionVersion: context.functionVersion,
    memoryMB: Number(context.memoryLimitInMB),
    appTitle: client?.client.app_title ?? null,
    custom: client?.custom ?? null,
    tenantId: context.tenantId ?? null,
    traceId: process.env._X_AMZN_TRACE_ID ?? null,
    processId: process.pid,
  };
}

/** Sends the event's pieces; before the second it waits for a file. */
async function stream(event, out, context) {
  if (event.do !== "stream") {
    out.end(JSON.stringify(await answer(event, context)));
    return;
  }
  for (const [i, piece] of event.pieces.entries()) {
    while (i === 1 && !existsSync(event.gate)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    out.write(piece);
  }
  if (event.fail) {
    throw new Boom("boom");
  }
  out.end();
}

export const handler = answer;
export const streamer = awslambda.streamifyResponse(stream);
