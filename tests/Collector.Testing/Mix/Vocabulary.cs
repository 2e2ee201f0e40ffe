namespace Collector.Testing.Mix;

/// <summary>
/// What the programs of the mix say. A pattern holds <c>&lt;dN&gt;</c> (N digits), <c>&lt;xN&gt;</c> (N hex digits) and
/// <c>&lt;name&gt;</c> (one of <see cref="Words"/>).
/// </summary>
internal static class Vocabulary
{
    public static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["user"] = ["alice", "bob", "carol", "dmitri", "erin", "farid", "grace", "heidi", "ivan", "josé", "karen", "léa", "mallory", "nadia", "oscar", "zoë"],
        ["method"] = ["GET", "GET", "GET", "POST", "PUT", "DELETE"],
        ["status"] = ["200", "200", "200", "200", "201", "204", "304", "400", "404", "500", "503"],
        ["path"] = ["/api/v1/carts", "/api/v1/orders", "/api/v1/items", "/healthz", "/api/v2/search", "/login", "/api/v1/users/me", "/static/app.js"],
        ["region"] = ["eu-west-1", "eu-central-1", "us-east-1", "ap-south-1"],
        ["state"] = ["pending", "running", "done", "failed", "retrying"],
        ["city"] = ["München", "Kraków", "São Paulo", "Tokyo 東京", "Oslo", "Quito"],
        ["level"] = ["info", "info", "info", "warn", "debug", "error"],
    };

    public static readonly string[] Levels = ["INFO ", "INFO ", "INFO ", "DEBUG", "WARN ", "ERROR"];

    public static readonly string[] Loggers =
    [
        "com.acme.shop.cart.CartService", "com.acme.shop.orders.OrderRepository", "com.acme.shop.payments.PaymentGateway",
        "o.s.web.servlet.DispatcherServlet", "o.apache.kafka.clients.consumer.ConsumerCoordinator", "c.z.hikari.pool.HikariPool",
        "com.acme.shop.search.IndexWriter", "io.netty.channel.nio.NioEventLoop", "com.acme.platform.auth.TokenVerifier",
    ];

    public static readonly string[] Sentences =
    [
        "Added item <d4> to cart of user <user>", "Order <d4> moved to state <state>", "<method> <path> answered <status> in <d3> ms",
        "Fetched <d2> rows from table orders in <d2> ms", "Cache miss for key cart:<d3>, loading from the database",
        "Retrying the call to payment provider, attempt <d1> of 5", "Connection pool stats (total=10, active=<d1>, idle=<d1>, waiting=0)",
        "Committed offset <d4> of partition orders-<d1>", "Session of user <user> from 10.0.<d1>.<d2> was renewed",
        "Indexed document <d4> into shard <d1>", "Token for subject <user> expires in <d3> s", "Flushed <d3> events to the audit log \"main\"",
    ];

    public static readonly string[] Tails =
    [
        " trace=<x6>", " span=<x4>", " user=<user>", " region=<region>", " thread=http-nio-8080-exec-<d1>", " attempt=<d1>",
        " city=\"<city>\"", " component=checkout", " tenant=acme-<d1>", " elapsed=<d2>ms", " status=<status>", " path=<path>",
        " because the upstream service asked for it", " (feature flag checkout.v2 is on)", " within the configured time limit",
    ];

    public static readonly string[] JsonPairs =
    [
        "\"trace_id\":\"<x8>\"", "\"user\":\"<user>\"", "\"path\":\"<path>\"", "\"status\":<status>", "\"duration_ms\":<d3>",
        "\"method\":\"<method>\"", "\"region\":\"<region>\"", "\"client_ip\":\"10.0.<d1>.<d2>\"", "\"order_id\":<d4>", "\"city\":\"<city>\"",
        "\"bytes\":<d4>", "\"retries\":<d1>", "\"component\":\"checkout\"", "\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"",
        "\"caller\":\"handlers/cart.go:<d2>\"", "\"tags\":[\"shop\",\"backend\",\"<region>\"]", "\"labels\":{\"app\":\"cart\",\"tier\":\"backend\"}",
        "\"quote\":\"a \\\"quoted\\\" word and a back\\\\slash\"",
    ];

    public static readonly string[] Exceptions =
    [
        "java.lang.IllegalStateException: Cart <d5> is already checked out", "java.net.SocketTimeoutException: Read timed out after <d4> ms",
        "org.springframework.dao.DeadlockLoserDataAccessException: deadlock detected in transaction <d4>",
        "java.util.concurrent.CompletionException: java.io.IOException: Connection reset by peer",
    ];

    public static readonly string[] Packages = ["com.acme.shop.cart", "com.acme.shop.orders", "org.springframework.web.servlet", "org.hibernate.engine", "java.base/java.util.concurrent"];

    public static readonly string[] Classes = ["CartService", "OrderRepository", "DispatcherServlet", "SessionImpl", "ThreadPoolExecutor", "FilterChain", "Interceptor"];

    public static readonly string[] Methods = ["addItem", "findById", "doDispatch", "flush", "runWorker", "doFilter", "invoke", "lambda$submit$0"];

    public const string LargeItem = "{\"id\":\"<x4>\",\"sku\":\"SKU-<d3>\",\"name\":\"Wanderstiefel für <city>\",\"qty\":<d1>,\"price\":{\"amount\":<d3>,\"currency\":\"EUR\"},\"state\":\"<state>\"},";
}
