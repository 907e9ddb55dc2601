// A first sync with the HttpClient that Java brings, as it comes: it offers h2c with every request. Prints a line for each
// step, and ends with 1 where an answer is not what a sync client goes by.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class FirstSync {
  static final HttpClient CLIENT = HttpClient.newHttpClient();
  static String url;
  static String token;

  public static void main(String[] words) throws Exception {
    url = words[0];
    token = words[1];
    step("me", 200, send("GET", "/api/v1/me", null));

    String window = "/api/v1/events?startAt=2026-03-01T00:00:00Z&endAt=2026-04-01T00:00:00Z&limit=2";
    HttpResponse<String> page = step("interval", 200, send("GET", window, null));
    for (String next; (next = find("nextPageToken", page.body())) != null; )
      page = step("next page", 200, send("GET", window + "&pageToken=" + next, null));
    String delta = find("nextDeltaToken", page.body());

    String meeting = "{\"subject\":\"Kick-off\",\"startTime\":\"2026-03-02T15:00:00Z\",\"endTime\":\"2026-03-02T16:00:00Z\"}";
    HttpResponse<String> made =
        step("create", 201, send("POST", "/api/v1/events", meeting, "Idempotency-Key", "java-" + System.nanoTime()));
    String id = find("id", made.body());
    String etag = made.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> patched =
        step("patch", 200, send("PATCH", "/api/v1/events/" + id, "{\"location\":\"Room 4\"}", "If-Match", etag));
    expect(patched.body().contains("Room 4"), "the place is written");
    step("stale", 412, send("PATCH", "/api/v1/events/" + id, "{\"location\":\"Room 5\"}", "If-Match", etag));

    HttpResponse<String> changes = step("delta", 200, send("GET", "/api/v1/events?since=" + delta, null));
    expect(changes.body().contains("\"id\":\"" + id + "\""), "the feed has it");
    String later = find("nextDeltaToken", changes.body());

    step("GraphQL", 200, send("POST", "/graphql", "{\"query\":\"{ me { email } }\"}", "Content-Type", "application/json"));
    step("delete", 204, send("DELETE", "/api/v1/events/" + id, null));
    HttpResponse<String> gone = step("deleted", 200, send("GET", "/api/v1/deletedEvents?since=" + later, null));
    expect(gone.body().contains("\"id\":\"" + id + "\""), "the feed of deletions has it");
    step("not there", 404, send("GET", "/api/v1/events/" + id, null));

    List<CompletableFuture<HttpResponse<String>>> many = new ArrayList<>();
    for (int i = 0; i < 100; i++)
      many.add(CLIENT.sendAsync(request("GET", "/api/v1/me", null), BodyHandlers.ofString()));
    for (CompletableFuture<HttpResponse<String>> one : many) expect(one.get().statusCode() == 200, "each of many at once");
    System.out.println("done");
  }

  static HttpRequest request(String method, String path, String body, String... headers) {
    BodyPublisher sent = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path)).method(method, sent);
    builder.timeout(Duration.ofSeconds(60)).header("Authorization", "Bearer " + token);
    return (headers.length > 0 ? builder.headers(headers) : builder).build();
  }

  static HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
    return CLIENT.send(request(method, path, body, headers), BodyHandlers.ofString());
  }

  static HttpResponse<String> step(String what, int status, HttpResponse<String> reply) {
    System.out.println(what + " " + reply.statusCode());
    expect(reply.statusCode() == status, what + " is " + status + ", not " + reply.statusCode() + ": " + reply.body());
    return reply;
  }

  static void expect(boolean so, String what) {
    if (so) return;
    System.err.println("Not so: " + what);
    System.exit(1);
  }

  static String find(String key, String json) {
    Matcher found = Pattern.compile("\"" + key + "\":\"([^\"]*)\"").matcher(json);
    return found.find() ? found.group(1) : null;
  }
}
