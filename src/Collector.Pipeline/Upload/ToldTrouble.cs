using Collector.Pipeline.Diagnostics;

namespace Collector.Pipeline.Upload;

/// <summary>
/// The trouble of an output that the log has last. The same trouble is told once, although servers say it in other words each time,
/// with numbers of requests. Thread safe.
/// </summary>
/// <param name="clock">Measures.</param>
internal sealed class ToldTrouble(TimeProvider clock)
{
    /// <summary>Other words of the same outcome and code may be another reason, so they are told, too, but not at each attempt.</summary>
    internal static readonly TimeSpan WordsAgain = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private (AttemptResult Result, string Why, long At)? _told;

    /// <summary>Whether it is to be told; it counts as told then.</summary>
    /// <param name="result">The outcome.</param>
    /// <param name="why">What happened, a code of the server among it, and after a colon the server's words.</param>
    public bool IsNews(AttemptResult result, string why)
    {
        lock (_gate)
        {
            var isNews = _told is not { } told || told.Result != result || !Head(told.Why).SequenceEqual(Head(why)) ||
                (told.Why != why && clock.GetElapsedTime(told.At) >= WordsAgain);
            if (isNews)
            {
                _told = (result, why, clock.GetTimestamp());
            }

            return isNews;
        }
    }

    /// <summary>The trouble is over; false: none was told.</summary>
    public bool TryForget()
    {
        lock (_gate)
        {
            var wasTold = _told is not null;
            _told = null;
            return wasTold;
        }
    }

    private static ReadOnlySpan<char> Head(string why) => why.IndexOf(": ", StringComparison.Ordinal) is >= 0 and var end ? why.AsSpan(0, end) : why;
}
