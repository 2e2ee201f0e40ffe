namespace Collector.ObjectStores.Http;

/// <summary>Connections to services of the node that give out identities, which no proxy may see.</summary>
internal static class DirectTransport
{
    public static SocketsHttpHandler Create()
    {
        var handler = HttpTransport.Create(caFile: "", proxy: "");
        handler.UseProxy = false;
        return handler;
    }
}
