using System.Collections.Concurrent;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Tailing.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// The tail (DESIGN.md): scans, gives chains their turns, keeps the chunks. One thread calls <see cref="Cycle"/>; the others
/// only post commands. What it does in virtual time is decided by the clock it is given.
/// </summary>
internal sealed partial class TailWorker : IDisposable
{
    /// <summary>Bytes a cursor may read in a turn: 5 ms at 200 MB/s, so a flood delays others by as much (S-100).</summary>
    private const long TurnBudget = 1 << 20;

    private static readonly TimeSpan ScanInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SkipFoldInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPark = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPark = TimeSpan.FromMinutes(1);

    /// <summary>How long a dead chain is remembered: a directory that was only unmounted for a while is not read again.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly TailSettings _settings;
    private readonly Lane[] _lanes;
    private readonly Books _books;
    private readonly TailBook _tailBook;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Discovery[] _discoveries;
    private readonly ChainReader _reader;
    private readonly ChainKeeper _keeper;
    private readonly SiblingMatcher _matcher;
    private readonly Dictionary<string, Chain> _chains = new(StringComparer.Ordinal);
    private readonly List<Chain> _order = [];
    private readonly KnownGenerations _known;
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly int _maxOpenFiles;
    private int _openFiles;
    private long _scanAt;
    private long _upkeepAt;
    private long _skipFoldAt;
    private bool _hasScanned;

    public TailWorker(TailSettings settings, IReadOnlyList<Lane> lanes, KnownGenerations known, Books books, TimeProvider clock, ILogger logger, bool isOnce)
    {
        _settings = settings;
        _lanes = [.. lanes];
        _known = known;
        _books = books;
        _tailBook = books.AddTail();
        _clock = clock;
        _logger = logger;
        _discoveries = [.. settings.Sources.Select(s => Discovery.For(s, settings, logger))];
        _matcher = new SiblingMatcher(_lanes.Length, books, clock, logger);
        _reader = new ChainReader(new RecordSink(books, clock), MakeRoute);
        _keeper = new ChainKeeper(_matcher, _reader, books, clock, isOnce, logger);
        _maxOpenFiles = settings.MaxOpenFiles > 0 ? settings.MaxOpenFiles : DescriptorLimit.Raise() / 2;
    }

    /// <summary>Chains that are known, for tests and the log.</summary>
    public IReadOnlyCollection<Chain> Chains => _order;

    /// <summary>Runs something on the worker's thread, soon. Thread safe.</summary>
    public void Post(Action command)
    {
        _commands.Enqueue(command);
        _wake.Release();
    }

    /// <summary>Sleeps until something is due, a command comes, or <paramref name="cancellation"/>.</summary>
    public void Wait(CancellationToken cancellation)
    {
        try
        {
            if (_wake.Wait(TimeUntilDue(), cancellation))
            {
                while (_wake.CurrentCount > 0 && _wake.Wait(0, cancellation))
                {
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The caller looks at its token.
        }
    }

    /// <summary>One cycle: commands, scan, the turns that are due, upkeep. True when something was read.</summary>
    public bool Cycle()
    {
        while (_commands.TryDequeue(out var command))
        {
            command();
        }

        var now = _clock.GetTimestamp();
        if (!_hasScanned || now >= _scanAt)
        {
            Scan();
            _scanAt = After(ScanInterval);
        }

        var progress = false;
        for (var i = 0; i < _order.Count; i++)
        {
            if (_order[i].PollAt <= now)
            {
                progress |= Turn(_order[i]);
            }
        }

        if (now >= _upkeepAt)
        {
            Upkeep();
            _upkeepAt = After(UpkeepInterval);
        }

        return progress;
    }

    /// <summary>Makes every chain due now.</summary>
    public void PollAll()
    {
        _scanAt = 0;
        _order.ForEach(c => c.PollAt = 0);
    }

    /// <summary>Whether some output could not take all that is there, or a generation waits to be still before it is left.</summary>
    public bool IsWaiting => _order.Exists(c => c.GoneSince == 0 && c.Generations.Count > 0 && (c.Detached.Count > 0 || c.IsWaiting));

    /// <summary>Makes durable what was passed over without a record.</summary>
    public void FoldSkipped()
    {
        foreach (var lane in _lanes)
        {
            var map = new CoverageMap();
            foreach (var generation in _order.SelectMany(c => c.Generations).Where(g => !g.Unrecorded[lane.Index].IsEmpty))
            {
                foreach (var interval in generation.Unrecorded[lane.Index].Items)
                {
                    map.Of(generation.Identity).Add(interval.From, interval.To, default);
                }
            }

            if (map.Count > 0)
            {
                lane.Buffer.Positions.Fold(0, 0, map);
                foreach (var generation in _order.SelectMany(c => c.Generations))
                {
                    var set = generation.Unrecorded[lane.Index];
                    set.Remove(0, set.End);
                }
            }
        }
    }

    /// <summary>Gives coverage back: the sources are read again. False, with nothing done, when they do not hold all of it any more.</summary>
    public bool TryUncover(Lane lane, CoverageMap coverage, bool evenIfGone)
    {
        var holders = coverage.Entries.Select(e => (Entry: e, Holder: FindHolder(e))).ToList();
        if (!evenIfGone && holders.Exists(h => h.Holder.Chain is null || h.Entry.Intervals.End > h.Holder.Generation!.Size))
        {
            return false;
        }

        foreach (var (entry, (chain, generation)) in holders)
        {
            if (chain is null)
            {
                _books.LostBytes(BytesLostReason.RotatedAway, entry.Intervals.Total);
            }
            else
            {
                foreach (var interval in entry.Intervals.Items)
                {
                    generation!.Covered[lane.Index].Remove(interval.From, interval.To);
                }

                ChainKeeper.Reset(chain);
                chain.PollAt = 0;
            }
        }

        return true;
    }

    public void Dispose()
    {
        _order.ForEach(c => c.Dispose());
        foreach (var discovery in _discoveries)
        {
            discovery.Dispose();
        }

        _reader.Dispose();
        _reader.Sink.Dispose();
        _wake.Dispose();
    }

    private long After(TimeSpan time) => _clock.GetTimestamp() + (long)(time.TotalSeconds * _clock.TimestampFrequency);

    private TimeSpan TimeUntilDue()
    {
        var due = Math.Min(_scanAt, _upkeepAt);
        foreach (var chain in _order)
        {
            due = Math.Min(due, chain.PollAt);
        }

        var seconds = (due - _clock.GetTimestamp()) / (double)_clock.TimestampFrequency;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0.001, LongestPoll.TotalSeconds));
    }

    private (Chain? Chain, Generation? Generation) FindHolder(CoverageEntry entry)
    {
        var chain = _chains.GetValueOrDefault(entry.Identity.Chain);
        var generation = chain?.Find(entry.Identity.Id);
        return generation is { HasEnded: false } && (generation.File is not null || generation.Name is not null) ? (chain, generation) : (null, null);
    }

    private void Scan()
    {
        foreach (var discovery in _discoveries)
        {
            discovery.Scan((found, name) => Take(discovery.Settings, found, name));
        }

        if (!_hasScanned)
        {
            Remember();
            FirstStart();
            _hasScanned = true;
        }
    }

    private void Take(SourceSettings source, FoundChain found, string name)
    {
        if (_chains.TryGetValue(found.Key, out var chain))
        {
            TakeContainerId(chain, found);
            return;
        }

        chain = new Chain(found.Key, source, _books.Source(source.Name), found.Root, found.Directory, found.Names) { Container = found.Container };
        TakeContainerId(chain, found);
        chain.Generations.AddRange(_known.Take(found.Key));
        var identity = MakeRoute(chain, found.Container?.Restart ?? 0);
        chain.Lanes = [.. identity.Lanes.Select(r => r.Lane)];
        chain.Detached.AddRange(chain.Lanes);
        _chains.Add(found.Key, chain);
        _order.Add(chain);
        LogFound(LogText.Of(name), chain.Generations.Count);
    }

    private static void TakeContainerId(Chain chain, FoundChain found)
    {
        if (found.Container is { ContainerId.Length: > 0 } container && chain.ContainerIds.TryAdd(container.Restart, container.ContainerId))
        {
            chain.ForgetRoutes();
            chain.PollAt = 0;
        }
    }

    private Route MakeRoute(Chain chain, int restart)
    {
        var identity = chain.Source is FileSourceSettings file
            ? file.Identity
            : _settings.Identify(chain.Container! with { Restart = restart, ContainerId = chain.ContainerIds.GetValueOrDefault(restart, "") });
        return new Route(chain.Source.Name, identity, _lanes);
    }

    /// <summary>Chains of an earlier life that no name leads to any more: still there, or gone with what was unread.</summary>
    private void Remember()
    {
        foreach (var key in _known.Keys)
        {
            foreach (var discovery in _discoveries)
            {
                if (discovery.Remember(key) is { } found)
                {
                    Take(discovery.Settings, found, found.Key);
                    break;
                }
            }
        }

        var sourceKinds = _discoveries.Any(d => d is ContainerDiscovery);
        foreach (var (key, generations) in _known.TakeRest())
        {
            // A source that is configured no longer takes its files with it: that is asked for, not lost.
            if (sourceKinds && key.StartsWith(ContainerDiscovery.KubeletKey, StringComparison.Ordinal) && generations.Exists(g => !g.HasEnded))
            {
                CountGone(key, generations);
            }
        }
    }

    private void CountGone(string key, List<Generation> generations)
    {
        var last = generations.MaxBy(g => g.Identity.Ordinal)!;
        var unread = generations.Where(g => !g.HasEnded).Sum(g => g.Unread(_lanes));
        _books.LostBytes(BytesLostReason.RotatedAway, unread);
        if (unread > 0 || !last.HasEnded)
        {
            _books.LostFiles(FilesLostReason.GenerationGone, 1);
            LogGoneWhileDown(LogText.Of(key), unread);
        }

        foreach (var lane in _lanes)
        {
            generations.ForEach(g => lane.Buffer.Positions.End(g.Identity.Id));
        }
    }

    /// <summary>What is there at the very first start of an output is skipped where the source says so; durable before anything is read.</summary>
    private void FirstStart()
    {
        foreach (var lane in _lanes.Where(l => !l.Buffer.Positions.FirstStartDone))
        {
            var skipped = new CoverageMap();
            foreach (var chain in _order.Where(c => c.Source.StartAtEnd && c.Lanes.Contains(lane)))
            {
                _matcher.Refresh(chain);
                foreach (var generation in chain.Generations)
                {
                    var end = generation.IsGzip ? generation.Size = 1L << 60 : generation.Size;
                    generation.Covered[lane.Index].Add(0, end);
                    skipped.Of(generation.Identity).Add(0, end, default);
                }

                CloseBeyondLimit(chain);
            }

            lane.Buffer.Positions.EndFirstStart(skipped);
        }
    }

    private bool Turn(Chain chain)
    {
        try
        {
            var open = chain.OpenFiles;
            var progress = _keeper.Turn(chain, TurnBudget);
            _openFiles += chain.OpenFiles - open;
            if (chain.Failures > 0)
            {
                chain.Failures = 0;
                LogUnparked(LogText.Of(chain.Key));
            }

            CloseBeyondLimit(chain);
            SetNextPoll(chain, progress);
            return progress;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Park(chain, e);
            return false;
        }
    }

    private void SetNextPoll(Chain chain, bool progress)
    {
        chain.PollInterval = progress ? TimeSpan.Zero
            : chain.GoneSince != 0 ? LongestPark
            : TimeSpan.FromTicks(Math.Clamp(chain.PollInterval.Ticks * 2, ShortestPoll.Ticks, LongestPoll.Ticks));
        chain.PollAt = progress ? 0 : After(chain.PollInterval);
    }

    /// <summary>I6: what is wrong with one file stays with that file. It is tried again from what is covered.</summary>
    private void Park(Chain chain, Exception e)
    {
        _reader.Sink.Abandon();
        ChainKeeper.Reset(chain);
        _openFiles -= chain.OpenFiles;
        foreach (var generation in chain.Generations.Where(g => g.Name is not null && g.Links > 0))
        {
            generation.CloseFile();
        }

        _openFiles += chain.OpenFiles;
        chain.ListedAt = 0;
        if (chain.Failures++ == 0)
        {
            LogParked(LogText.Of(chain.Key), e);
        }

        var pause = TimeSpan.FromTicks(Math.Min(LongestPark.Ticks, ShortestPark.Ticks << Math.Min(chain.Failures - 1, 16)));
        chain.PollAt = After(pause);
    }

    /// <summary>Beyond the limit a chain keeps only the files that could not be opened again.</summary>
    private void CloseBeyondLimit(Chain chain)
    {
        if (_openFiles <= _maxOpenFiles)
        {
            return;
        }

        foreach (var generation in chain.Generations)
        {
            if (generation.File is not null && generation.Name is not null && generation.Links > 0)
            {
                generation.CloseFile();
                _openFiles--;
            }
        }
    }

    private void Upkeep()
    {
        foreach (var lane in _lanes)
        {
            lane.Failed = false;
            lane.Buffer.CloseDue();
            lane.Buffer.Book.SetFull(lane.Buffer.Space.IsFull);
            lane.Buffer.Book.SetOldestRecord(lane.Buffer.OldestOpenedAt() is { } oldest ? DateTimeOffset.FromUnixTimeMilliseconds(oldest) : null);
        }

        GiveUpDeleted();
        SetGauges();
        if (_clock.GetTimestamp() >= _skipFoldAt)
        {
            FoldSkipped();
            Forget();
            _skipFoldAt = After(SkipFoldInterval);
            foreach (var lane in _lanes)
            {
                lane.Buffer.RetirePartitions();
            }
        }
    }

    /// <summary>Deleted files that are held open because they are unread have a limit; beyond it the largest goes, counted.</summary>
    private void GiveUpDeleted()
    {
        var deleted = _order.SelectMany(c => c.Generations, (c, g) => (Chain: c, Generation: g))
            .Where(p => p.Generation is { HasEnded: false, Links: 0, File: not null })
            .Select(p => (p.Chain, p.Generation, Unread: p.Generation.Unread(p.Chain.Lanes)))
            .Where(p => p.Unread > 0)
            .OrderByDescending(p => p.Unread)
            .ToList();
        var sum = deleted.Sum(p => p.Unread);
        foreach (var (chain, generation, unread) in deleted)
        {
            if (sum <= _settings.MaxDeletedUnread)
            {
                break;
            }

            _openFiles--;
            _keeper.GiveUp(chain, generation);
            sum -= unread;
        }
    }

    private void SetGauges()
    {
        long open = 0, idle = 0, deleted = 0, lag = 0, parked = 0;
        _openFiles = 0;
        foreach (var chain in _order)
        {
            parked += chain.Failures > 0 ? 1 : 0;
            foreach (var generation in chain.Generations)
            {
                if (generation.HasEnded)
                {
                    continue;
                }

                _openFiles += generation.File is null ? 0 : 1;
                lag += generation.Unread(chain.Lanes);
                deleted += generation is { File: not null, Links: 0 } ? 1 : 0;
                open += generation is { File: not null, Links: > 0 } ? 1 : 0;
                idle += generation.File is null ? 1 : 0;
            }
        }

        _tailBook.Set(new TailFigures { Open = open, Idle = idle, Deleted = deleted, LagBytes = lag, Parked = parked });
    }

    /// <summary>Chains whose last byte has long been stored are forgotten, in memory and in the positions.</summary>
    private void Forget()
    {
        foreach (var chain in _order.Where(c => c.GoneSince != 0 && _clock.GetElapsedTime(c.GoneSince) > Remembered).ToList())
        {
            if (!chain.Generations.TrueForAll(g => chain.Lanes.TrueForAll(l => IsDurable(l, g))))
            {
                continue;
            }

            foreach (var lane in chain.Lanes)
            {
                chain.Generations.ForEach(g => lane.Buffer.Positions.Forget(g.Identity.Id));
            }

            _chains.Remove(chain.Key);
            _order.Remove(chain);
            chain.Dispose();
        }
    }

    /// <summary>Whether nothing in the output's buffer holds records of it any more.</summary>
    private static bool IsDurable(Lane lane, Generation generation)
    {
        var map = new CoverageMap();
        var entry = map.Of(generation.Identity);
        foreach (var interval in generation.Covered[lane.Index].Items)
        {
            entry.Add(interval.From, interval.To, default);
        }

        return lane.Buffer.Positions.Contains(map);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Name}: found, with {Known} known generations")]
    private partial void LogFound(string name, int known);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Chain}: parked after an error; it is tried again, the others go on")]
    private partial void LogParked(string chain, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Chain}: no longer parked")]
    private partial void LogUnparked(string chain);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Chain}: gone while the collector was down, with {Unread} bytes seen unread; counted as lost")]
    private partial void LogGoneWhileDown(string chain, long unread);
}
