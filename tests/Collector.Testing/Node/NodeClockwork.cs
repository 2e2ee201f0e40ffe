using System.Diagnostics;

namespace Collector.Testing.Node;

/// <summary>Runs a node live on a thread of its own, at a rate, until it is stopped or has written enough.</summary>
public sealed class NodeClockwork : IDisposable
{
    // Steps are made up for in pieces of this length, so that writers come in small bursts rather than once a second.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly NodeSimulator node;
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private Exception? failure;

    /// <param name="bytesPerSecond">At most this much is written.</param>
    /// <param name="totalBytes">The thread ends when the node has written this much.</param>
    public NodeClockwork(NodeSimulator node, double bytesPerSecond, long totalBytes = long.MaxValue)
    {
        this.node = node;
        thread = new Thread(() => Guard(bytesPerSecond, totalBytes)) { Name = "node", IsBackground = true };
    }

    /// <summary>No more than this is written for now. May be set by any thread.</summary>
    public long Limit { get; set; } = long.MaxValue;

    public bool IsRunning => thread.IsAlive;

    public void Start() => thread.Start();

    /// <summary>Stops the node, ends what is begun, and throws what went wrong on its thread.</summary>
    public void Stop()
    {
        stop.Cancel();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException("The node simulator failed.", failure);
        node.Finish();
    }

    public void Dispose()
    {
        stop.Cancel();
        if (thread.IsAlive) thread.Join();
        stop.Dispose();
    }

    private void Guard(double bytesPerSecond, long totalBytes)
    {
        try
        {
            Run(bytesPerSecond, totalBytes);
        }
        catch (Exception e)
        {
            failure = e;
        }
    }

    private void Run(double bytesPerSecond, long totalBytes)
    {
        long start = node.Stats.Bytes;
        long began = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested && node.Stats.Bytes - start < totalBytes)
        {
            long written = node.Stats.Bytes - start;
            if (written < Limit && written <= Stopwatch.GetElapsedTime(began).TotalSeconds * bytesPerSecond)
            {
                node.Step();
                continue;
            }

            node.Linger();
            stop.Token.WaitHandle.WaitOne(Tick);
        }
    }
}
