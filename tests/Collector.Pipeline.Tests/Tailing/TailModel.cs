using Collector.Pipeline.Buffer;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What the models of containers and files share: a harness with one or two outputs, the collector's own life, and a trace.</summary>
internal abstract class TailModel : IDisposable
{
    private readonly List<string> _trace = [];
    private long _capacity;

    protected TailModel(int seed, TailOptions options)
    {
        Random = new Random(seed);
        Tail = new TailHarness(options with { Outputs = Random.Next(1, 3), Seed = seed });
    }

    protected Random Random { get; }

    protected TailHarness Tail { get; }

    /// <summary>Nobody collects.</summary>
    protected bool IsDown { get; private set; }

    /// <summary>Lines that may be missing: they were deleted while they may not have been read.</summary>
    protected HashSet<string> MayBeLost { get; } = new(StringComparer.Ordinal);

    /// <summary>A known file went away: whether it had more in it is not known to a collector that was down then, and it counts the file.</summary>
    protected bool HasVanished { get; set; }

    /// <summary>Outputs take nothing, so nothing is surely read.</summary>
    protected bool IsFull => _capacity > 0;

    public abstract void Step();

    /// <summary>Lets everything be read, and compares.</summary>
    public void Check()
    {
        Note("check");
        Fill(false);
        Up();
        Settle();
        Tail.Advance(130);
        for (var output = 0; output < Tail.Outputs.Count; output++)
        {
            try
            {
                Compare(Tail.Stored(output));
                if (MayBeLost.Count == 0 && !HasVanished)
                {
                    Tail.AssertNothingLost();
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\n  trace: {string.Join(" | ", _trace)}\n  log:   {string.Join("\n         ", Tail.Log.Lines.TakeLast(12).Select(l => l.Message))}", e);
            }
        }
    }

    public void Dispose() => Tail.Dispose();

    /// <summary>Writers end what they have begun, because a silence comes after which it would be taken as it is.</summary>
    protected abstract void Settle();

    /// <summary>Compares what one output has with what was written.</summary>
    protected abstract void Compare(StoredRecords stored);

    protected void Note(string what) => _trace.Add(what);

    /// <summary>Everything written must have been stored but what may be lost, and in that order.</summary>
    protected void AssertSame(string what, List<string> written, List<string> stored)
    {
        var kept = written.Where(l => !MayBeLost.Contains(l) || stored.Contains(l)).ToList();
        Assert.True(kept.SequenceEqual(stored), $"{what}\n  kept:   {Short(kept)}\n  stored: {Short(stored)}");
    }

    private static string Short(List<string> lines) => string.Join(' ', lines.Select(l => l.TrimEnd('.')));

    /// <summary>What happens to the collector.</summary>
    protected void StepCollector()
    {
        switch (Random.Next(14))
        {
            case < 4:
                Note("run");
                IfUp(Tail.Run);
                break;
            case < 6:
                Note("cycle");
                IfUp(() =>
                {
                    Tail.Worker.PollAll();
                    Tail.Cycle();
                });
                break;
            case < 8:
                var seconds = Random.Next(1, 8) * (Random.Next(6) == 0 ? 10 : 0.3);
                Note($"advance {seconds:0.0}");
                if (seconds >= 10)
                {
                    Settle();
                }

                if (IsDown)
                {
                    Tail.Clock.Advance(TimeSpan.FromSeconds(seconds));
                }
                else
                {
                    Tail.Advance(seconds);
                }

                break;
            case < 10:
                Down();
                break;
            case < 12:
                Up();
                break;
            case 12:
                Fill(!IsFull);
                break;
            default:
                Note("upload");
                IfUp(() =>
                {
                    if (!IsFull)
                    {
                        Tail.Outputs[^1].Upload();
                    }
                });
                break;
        }
    }

    protected void IfUp(Action action)
    {
        if (!IsDown)
        {
            action();
        }
    }

    private void Down()
    {
        if (IsDown)
        {
            return;
        }

        var end = (End)Random.Next(3);
        Fill(false);
        Note($"down {end}");
        Tail.Stop(end);
        IsDown = true;
    }

    private void Up()
    {
        if (IsDown)
        {
            Note("up");
            Tail.Start();
            IsDown = false;
        }
    }

    /// <summary>The disk has no room for a byte more, or as much as before.</summary>
    private void Fill(bool isFull)
    {
        if (IsDown || isFull == IsFull || Tail.Outputs[0].Buffer.Settings.Buffer.WhenFull != WhenFull.Block)
        {
            return;
        }

        Note(isFull ? "full" : "freed");
        (_capacity, Tail.Disk.CapacityBytes) = isFull ? (Tail.Disk.CapacityBytes, Tail.Disk.UsedBytes) : (0, _capacity);
        if (!isFull)
        {
            Tail.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
