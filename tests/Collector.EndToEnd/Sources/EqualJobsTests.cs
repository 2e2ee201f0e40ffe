using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Sources;

/// <summary>A job that writes the same lines whenever it runs, each time to a new file: what was deleted before is no copy (design R2, R3).</summary>
public sealed class EqualJobsTests : IDisposable
{
    private const int Lines = 500;

    /// <summary>Longer than a tick of the file system's clock.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Stage stage = new();
    private readonly string jobs;

    public EqualJobsTests()
    {
        jobs = Directory.CreateDirectory(stage.Sub("jobs")).FullName;
        stage.Sources = [$"{{type: file, name: jobs, path: '{jobs}/*.log'}}"];
    }

    public void Dispose() => stage.Dispose();

    [Fact]
    public void A_new_file_that_equals_one_whose_end_an_earlier_run_has_noted_is_stored()
    {
        for (int run = 1; run <= 3; run++)
        {
            string file = Write(run);
            Assert.Equal(0, stage.RunOnce());
            File.Delete(file);
            Assert.Equal(0, stage.RunOnce());
        }

        AssertStored(3);
    }

    [Fact]
    public void A_new_file_that_equals_the_one_deleted_just_before_is_stored()
    {
        Agent agent = stage.Start();
        for (int run = 1; run <= 3; run++)
        {
            string file = Write(run);
            agent.AwaitUploaded(run * Lines);
            File.Delete(file);
            Thread.Sleep(Pause);
        }

        agent.Stop();
        AssertStored(3);
    }

    /// <summary>Each is undecided as long as the first one is there, and deleted before a minute has passed.</summary>
    [Fact]
    public void Files_that_equal_one_that_stays_are_stored_when_they_are_deleted_soon()
    {
        Agent agent = stage.Start();
        Write(1);
        agent.AwaitUploaded(Lines);
        for (int run = 2; run <= 4; run++)
        {
            string file = Write(run);
            agent.AwaitSaid($"{file} (inode");
            Thread.Sleep(TimeSpan.FromSeconds(1));
            File.Delete(file);
            agent.AwaitUploaded(run * Lines);
        }

        agent.Stop();
        AssertStored(4);
    }

    /// <summary>A copy is made before its original goes.</summary>
    [Fact]
    public void A_copy_of_a_file_that_is_deleted_then_is_stored_once()
    {
        Agent agent = stage.Start();
        string file = Write(1);
        agent.AwaitUploaded(Lines);
        File.Copy(file, Path.Combine(jobs, "kept.log"));
        Thread.Sleep(Pause);
        File.Delete(file);
        agent.AwaitSaid("kept.log");
        agent.Stop();
        Assert.Equal(0, stage.RunOnce());
        AssertStored(1);
    }

    private string Write(int run)
    {
        string file = Path.Combine(jobs, $"backup-{run}.log");
        File.WriteAllLines(file, Enumerable.Range(1, Lines).Select(i => $"backup step {i} of {Lines}"));
        return file;
    }

    private void AssertStored(int times) =>
        Assert.All(StoredRecords.Texts(stage.Objects).GroupBy(t => t).Select(g => g.Count()).DefaultIfEmpty(0), count => Assert.Equal(times, count));
}
