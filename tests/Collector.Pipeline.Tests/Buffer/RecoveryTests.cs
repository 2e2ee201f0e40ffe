using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>Single cases of recovery; all their mixtures are the model's (<see cref="BufferModelTests"/>).</summary>
public sealed class RecoveryTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    private OneOutput Open() => new(_disk, _clock);

    /// <summary>S-61: the positions are newer than the buffer, which is lost: what was only there is read again, what was delivered is not.</summary>
    [Fact]
    public void When_the_buffer_is_lost_what_was_in_it_is_read_again()
    {
        using (var output = Open())
        {
            var delivered = output.AppendSealed(0, 1);
            output.Buffer.Positions.Fold(delivered.Seq, delivered.OpenedAt, Header(output, delivered).Coverage);
            output.AppendSealed(2);
            output.Append(3);
        }

        foreach (var name in _disk.Root.ListFiles().Where(name => FileNames.TryParse(name, out _, out _)))
        {
            _disk.Root.Delete(name);
        }

        using var next = Open();
        Assert.Equal([0, 1], OneOutput.RecordsIn(next.Recovered.Coverage));
        Assert.Equal(0, next.Figures.Recovered);
        Assert.True(next.Numbering.Next().Seq > 1);
    }

    /// <summary>S-61: the buffer is newer than the positions, which are an old copy, or none.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void When_the_positions_are_older_what_is_in_the_buffer_is_not_read_again(bool lost)
    {
        byte[] old;
        using (var output = Open())
        {
            old = Read(PositionsJournal.FileName);
            output.AppendSealed(0, 1);
            output.Append(2);
        }

        _disk.Root.Delete(PositionsJournal.FileName);
        if (!lost)
        {
            using var file = _disk.Root.Create(PositionsJournal.FileName);
            file.Write(old, 0);
        }

        using var next = Open();
        Assert.Equal([0, 1, 2], OneOutput.RecordsIn(next.Recovered.Coverage));
        Assert.Equal(3, next.Figures.Recovered);
        Assert.Equal(3, next.Numbering.Next().Seq);
    }

    /// <summary>S-63, first half: an open chunk.</summary>
    [Fact]
    public void A_bit_flip_in_an_open_chunk_cuts_it_and_its_rest_is_read_again()
    {
        using (var output = Open())
        {
            output.Append(0);
            output.Append(1);
            output.Append(2);
        }

        var chunk = _disk.Root.ListFiles().Single(name => name.EndsWith(".chunk", StringComparison.Ordinal));
        using (var output = Open())
        {
            output.Flip(chunk, FrameStart(1) + Frame.HeaderLength + 3);
        }

        var frame = FrameStart(1);
        using var next = Open();
        Assert.Equal(frame, next.Root.GetLength(chunk));
        Assert.Equal([0], OneOutput.RecordsIn(next.Recovered.Coverage));
        Assert.Contains(next.Log.Warnings, warning => warning.Contains("is damaged at byte", StringComparison.Ordinal));
        Assert.Equal(CommitResult.Committed, next.Append(1, 2));
        Assert.Equal((1, 2, 1), (next.Buffer.OpenChunks, next.Figures.Recovered, next.Figures.Dropped[DropReason.Reread]));
    }

    /// <summary>S-63, first half, when the flip comes after the start: found in sealing.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_bit_flip_that_is_found_in_sealing_gives_back_what_is_behind_it(int frame)
    {
        using var output = Open();
        output.Append(0);
        output.Append(1);
        output.Append(2);
        output.Buffer.CloseAll();
        var chunk = output.Root.ListFiles().Single(name => name.EndsWith(".chunk", StringComparison.Ordinal));
        output.Flip(chunk, FrameStart(frame) + 9);

        while (output.Sealer.SealNext())
        {
        }

        Assert.Equal(Enumerable.Range(frame, 3 - frame), OneOutput.RecordsIn(output.Uncovered));
        Assert.Equal(frame == 0 ? 0 : 1, output.Buffer.Backlog.Count);
        Assert.Equal((frame, 0), (output.Figures.BufferRecords[BufferState.Sealed], output.Figures.Imbalance));
        Assert.Equal(output.Figures.BufferBytes.Total, output.Buffer.Space.Used);
        if (frame > 0)
        {
            Assert.Equal(Enumerable.Range(0, frame), OneOutput.RecordsIn(Header(output, output.Buffer.Backlog.TakeForUpload()!).Coverage));
        }

        using var next = new OneOutput(_disk.Restart(1, LossMode.PowerLoss), _clock);
        Assert.Equal(Enumerable.Range(0, frame), OneOutput.RecordsIn(next.Recovered.Coverage));
    }

    /// <summary>S-63, second half, as far as the buffer goes: the header of a sealed object; it is kept, and its sources are read again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_bit_flip_in_an_objects_header_quarantines_it_and_its_sources_are_read_again(bool attempted)
    {
        string name;
        using (var output = Open())
        {
            var item = output.AppendSealed(0, 1);
            var length = Header(output, item).FileLength;
            name = FileNames.Format(item.Seq, attempted ? FileState.Attempted : FileState.Object);
            output.Root.Rename(item.FileName, name);
            output.Flip(name, length - 30);
        }

        using var next = Open();
        Assert.Empty(OneOutput.RecordsIn(next.Recovered.Coverage));
        Assert.Equal(0, next.Buffer.Backlog.Count);
        Assert.Contains(Path.ChangeExtension(name, "quarantined"), next.Root.ListFiles());
        Assert.Single(next.Log.Warnings);
    }

    /// <summary>S-63, second half: the body of a sealed object is known to be bad before it is sent (I2).</summary>
    [Fact]
    public void A_bit_flip_in_an_objects_body_is_found()
    {
        using var output = Open();
        var item = output.AppendSealed(0, 1);
        var header = Header(output, item);
        for (var at = header.BodyOffset; at < header.BodyOffset + header.BodyLength; at++)
        {
            using var file = output.Root.Open(item.FileName);
            Assert.True(ObjectFile.BodyChecks(file, item.FileName, header));
            output.Flip(item.FileName, at);
            Assert.False(ObjectFile.BodyChecks(file, item.FileName, header));
            output.Flip(item.FileName, at);
        }
    }

    [Fact]
    public void An_object_whose_header_is_another_objects_is_not_taken_for_it()
    {
        using (var output = Open())
        {
            var item = output.AppendSealed(0);
            output.Root.Rename(item.FileName, FileNames.Format(99, FileState.Object));
        }

        using var next = Open();
        Assert.Equal((0, 0), (next.Buffer.Backlog.Count, next.Figures.Recovered));
    }

    [Fact]
    public void A_chunk_of_a_newer_version_is_refused_and_nothing_touched()
    {
        using (var output = Open())
        {
            output.Append(0);
        }

        var chunk = _disk.Root.ListFiles().Single(name => name.EndsWith(".chunk", StringComparison.Ordinal));
        using (var file = _disk.Root.Open(chunk, writable: true))
        {
            using var header = new Pipeline.Records.ByteBuffer();
            var start = Envelope.Begin(header, ChunkHeader.Magic);
            header.WriteUInt16(Envelope.Version + 1);
            Envelope.End(header, start);
            file.Write(header.Written, 0);
        }

        var before = _disk.Operations;
        Assert.Throws<FormatVersionException>(Open);
        Assert.Equal(before, _disk.Operations);
    }

    /// <summary>Whatever of making the copy and deleting the old one a power loss takes, there is one object with these records.</summary>
    [Fact]
    public void An_object_that_gets_a_new_key_is_there_once_at_every_moment()
    {
        for (var operation = 1; operation < 40; operation++)
        {
            foreach (var crash in (DiskFault[])[DiskFault.CrashBefore, DiskFault.CrashInside, DiskFault.CrashAfter, DiskFault.Io])
            {
                var disk = new SimulatedDisk(operation);
                var key = GiveNewKey(disk, operation, crash);
                for (var seed = 0; seed < 5; seed++)
                {
                    using var next = new OneOutput(disk.Restart(seed, LossMode.PowerLoss), _clock);
                    var item = Assert.Single(next.Recovered.Objects);
                    Assert.Equal(1, next.Figures.Recovered);
                    Assert.Equal(ObjectKeyTime(key), ObjectKeyTime(Header(next, item).Key));
                }
            }
        }
    }

    /// <summary>The key of the object before.</summary>
    private string GiveNewKey(SimulatedDisk disk, int operation, DiskFault fault)
    {
        using var output = new OneOutput(disk, _clock);
        var item = output.AppendSealed(0);
        output.Root.Rename(item.FileName, FileNames.Format(item.Seq, FileState.Attempted));
        item.Attempted = true;
        output.Root.Sync();
        var key = Header(output, item).Key;
        disk.FailAt(disk.Operations + operation, fault);
        try
        {
            var copy = ObjectFile.CopyWithNewKey(output.Root, item.FileName, output.Buffer.Positions);
            Assert.NotEqual(key, copy.Key);
            output.Root.Delete(item.FileName);
            output.Root.Sync();
        }
        catch (Exception e) when (e is SimulatedCrashException or StorageException)
        {
            // What is found afterwards is the test.
        }

        return key;
    }

    private static string ObjectKeyTime(string key) => key[..("p/".Length + 13)];

    private static ObjectHeader Header(OneOutput output, BacklogItem item)
    {
        using var file = output.Root.Open(item.FileName);
        return ObjectHeader.Read(file, item.FileName)!;
    }

    private long FrameStart(int frame)
    {
        var chunk = _disk.Root.ListFiles().Single(name => name.EndsWith(".chunk", StringComparison.Ordinal));
        using var file = _disk.Root.Open(chunk);
        using var reader = ChunkReader.Open(file, chunk)!;
        for (; frame > 0; frame--)
        {
            Assert.True(reader.MoveNext());
        }

        return reader.End;
    }

    private byte[] Read(string name)
    {
        using var file = _disk.Root.Open(name);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }
}
