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
        Assert.Empty(BufferReport.Read(_bench.DataDir));
        Assert.Null(BufferReport.Drop(_bench.DataDir, "never-there"));
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
