using System.Diagnostics;

namespace Collector.Testing.Processes;

/// <summary>Waiting for what another process does: by looking, with a deadline and a reason.</summary>
public static class Retry
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until <paramref name="condition"/> holds. Throws <see cref="TimeoutException"/> with the reason when it does not in time.</summary>
    /// <param name="reason">What is waited for, as in "the agent is ready".</param>
    public static void Until(string reason, Func<bool> condition, TimeSpan timeout)
    {
        if (!Within(condition, timeout)) throw new TimeoutException($"Waited {timeout.TotalSeconds:0.#} s in vain until {reason}.");
    }

    /// <summary>Looks until <paramref name="condition"/> holds; false when it does not in time.</summary>
    public static bool Within(Func<bool> condition, TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > timeout) return false;
            Thread.Sleep(Interval);
        }

        return true;
    }
}
