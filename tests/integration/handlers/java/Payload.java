import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

public class Payload {
    public Payload() {
        if (System.getenv("FAIL_INIT") != null) {
            throw new IllegalStateException("no database");
        }
        if (System.getenv("SAY_GOODBYE") != null) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("goodbye")));
        }
    }

    public Object handleRequest(Map<String, Object> event, Context context) throws IOException, InterruptedException {
        String calls = System.getenv("CALLS");
        if (calls != null) {
            String line = context.getAwsRequestId() + "\n";
            Files.writeString(Path.of(calls), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        switch ((String) event.get("do")) {
            case "echo":
                return event;
            case "describe":
                return describe(context);
            case "fail":
                throw new IllegalArgumentException("boom");
            case "exit":
                System.exit((Integer) event.get("code"));
            case "hang":
                Thread.sleep(3_600_000);
            default:
                throw new UnsupportedOperationException("cannot do " + event.get("do"));
        }
    }

    private static Map<String, Object> describe(Context context) {
        ClientContext client = context.getClientContext();
        Map<String, Object> told = new HashMap<>();
        told.put("requestId", context.getAwsRequestId());
        told.put("remainingMs", context.getRemainingTimeInMillis());
        told.put("functionArn", context.getInvokedFunctionArn());
        told.put("functionName", context.getFunctionName());
        told.put("functionVersion", context.getFunctionVersion());
        told.put("memoryMB", context.getMemoryLimitInMB());
        told.put("appTitle", client == null ? null : client.getClient().getAppTitle());
        told.put("custom", client == null ? null : client.getCustom());
        told.put("tenantId", context.getTenantId());
        told.put("traceId", System.getProperty("com.amazonaws.xray.traceHeader"));
        told.put("processId", ProcessHandle.current().pid());
        return told;
    }
}
