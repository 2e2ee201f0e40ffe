using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Collector.Endpoints;

/// <summary>
/// Keeps the endpoints reachable while others hold connections open: a new connection is always accepted. Above the limit an old
/// connection is closed, of the client with the most. So a client that hoards connections loses its own, and a probe, which asks at
/// once, is answered. Thread safe.
/// </summary>
internal sealed class OpenConnections(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Open> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, int> _counts = [];
    private long _taken;

    /// <summary>Connection middleware: counts the connection while it exists.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Admit(connection)?.Abort(new ConnectionAbortedException("closed to make room for a new connection"));
        try
        {
            await next(connection);
        }
        finally
        {
            Remove(connection.ConnectionId);
        }
    }

    /// <summary>
    /// A request on that connection is being answered, or no longer. A busy connection is closed only if all are busy.
    /// </summary>
    public void SetBusy(string id, bool isBusy)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(id, out var open))
            {
                open.IsBusy = isBusy;
            }
        }
    }

    /// <summary>Counts a connection; returns another one that must be closed for it.</summary>
    private ConnectionContext? Admit(ConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        lock (_gate)
        {
            var victim = _open.Count < most ? null : _open.Values.MinBy(o => (o.IsBusy, -_counts[o.Address], o.Number));
            if (victim is not null)
            {
                Remove(victim.Connection.ConnectionId);
            }

            _open[connection.ConnectionId] = new Open(connection, address, _taken++);
            _counts[address] = _counts.GetValueOrDefault(address) + 1;
            return victim?.Connection;
        }
    }

    private void Remove(string id)
    {
        lock (_gate)
        {
            if (_open.Remove(id, out var open) && --_counts[open.Address] == 0)
            {
                _counts.Remove(open.Address);
            }
        }
    }

    private sealed class Open(ConnectionContext connection, IPAddress address, long number)
    {
        public ConnectionContext Connection { get; } = connection;

        public IPAddress Address { get; } = address;

        public long Number { get; } = number;

        public bool IsBusy { get; set; }
    }
}
