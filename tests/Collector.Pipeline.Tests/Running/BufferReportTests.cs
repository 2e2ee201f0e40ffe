using Collector.Pipeline.Running;
using Collector.Pipeline.Tests.Upload;
using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.Pipeline.Tests.Running;

public sealed class BufferReportTests : IDisposable
{
    private readonly PipelineBench _bench = new() { Grace = TimeSpan.FromSeconds(3) };

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task What_waits_is_listed_and_listing_changes_nothing()
    {
        await LeaveTwoRecordsAsync();
        var before = _bench.Snapshot();

        var report = Assert.Single(BufferReport.Read(_bench.DataDir));
        Assert.Equal(("o", 2), (report.Output, report.Records));
        var file = Assert.Single(report.Files);
        Assert.Equal("attempted", file.State);
        Assert.Equal(_bench.Store("o").Calls[0].Key, file.Key);
        Assert.Equal(before, _bench.Snapshot());
    }

    [Fact]
    public async Task What_is_given_up_is_gone_and_what_it_was_is_told()
    {
        await LeaveTwoRecordsAsync();

        Assert.Equal(2, BufferReport.Drop(_bench.DataDir, "o")!.Records);
        Assert.Empty(Assert.Single(BufferReport.Read(_bench.DataDir)).Files);
        Assert.Null(BufferReport.Drop(_bench.DataDir, "o"));
        Assert.Null(BufferReport.Drop(_bench.DataDir, "never-there"));
    }

    /// <summary>An output that is configured again goes on where it was: nothing is stored twice.</summary>
    [Fact]
    public async Task What_was_given_up_or_stored_before_is_not_read_again()
    {
        _bench.Write("stored");
        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o"));
        await LeaveTwoRecordsAsync();

        Assert.Equal(2, BufferReport.Drop(_bench.DataDir, "o")!.Records);
        _bench.Write("three");
        _bench.Store("o").Script = _ => StoreAnswer.Store;
        Assert.Equal(PipelineEnd.Done, await _bench.RunOnceAsync("o"));

        Assert.Equal(["stored", "three"], _bench.Store("o").Lines);
        Assert.Empty(_bench.Store("o").Violations);
    }

    [Fact]
    public async Task Nothing_is_given_up_under_a_running_collector()
    {
        await LeaveTwoRecordsAsync();
        using (DataDir.Open(_bench.DataDir))
        {
            Assert.Throws<DataDirException>(() => BufferReport.Drop(_bench.DataDir, "o"));
        }

        Assert.Equal(2, Assert.Single(BufferReport.Read(_bench.DataDir)).Records);
    }

    [Fact]
    public void A_directory_that_is_no_data_dir_stays_as_it_is()
    {
        var before = _bench.Snapshot();

        Assert.Throws<DataDirException>(() => BufferReport.Read(_bench.DataDir));
        Assert.Throws<DataDirException>(() => BufferReport.Drop(_bench.DataDir, "o"));
        Assert.Equal(before, _bench.Snapshot());
    }

    private async Task LeaveTwoRecordsAsync()
    {
        _bench.Write("one", "two");
        _bench.Store("o").Script = _ => StoreAnswer.Refuse(PutStatus.Unavailable);
        Assert.Equal(PipelineEnd.Incomplete, await _bench.RunOnceAsync("o"));
    }
}
