using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Sources;

/// <summary>Far more files than descriptors.</summary>
public sealed class ManyFilesTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-18.</summary>
    [Fact]
    public void Ten_thousand_files_are_delivered_within_1024_descriptors()
    {
        const int Files = 10_000;
        stage.Launcher = ["/usr/bin/env", "prlimit", "--nofile=1024:1024", "--"];
        string app = Directory.CreateDirectory(stage.Sub("app")).FullName;
        stage.Sources = [$"{{type: file, name: app, path: '{app}/*.log'}}"];
        Write("first");
        Agent agent = stage.Start();
        agent.AwaitUploaded(Files);
        Write("second");
        agent.AwaitUploaded(2 * Files);

        Assert.DoesNotContain(agent.Log, l => l.Level is "warn" or "error");
        agent.Stop();
        Assert.Equal(Numbered("first").Concat(Numbered("second")).Order(StringComparer.Ordinal), StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));

        IEnumerable<string> Numbered(string text) => Enumerable.Range(0, Files).Select(i => $"{text} {i}");

        void Write(string text)
        {
            for (int i = 0; i < Files; i++)
            {
                File.AppendAllText(Path.Combine(app, $"{i}.log"), $"{text} {i}\n");
            }
        }
    }
}
